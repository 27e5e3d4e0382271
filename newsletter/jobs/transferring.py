"""People in and out of files, in many short transactions: others write in between, and what was
killed half-way goes on where it was.

Nobody is written to. Importing the same file twice changes nothing the second time.
"""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.turns import Turns
from newsletter.models import Schedule
from subscribers import audit, former, segments
from subscribers.lists import find_list, find_lists
from subscribers.models import FormerSlug, MailingList
from subscribers.transfer import (
    Consent,
    ImportReport,
    Rejected,
    Table,
    export_rows,
    import_rows,
    open_table,
    runs,
)
from subscribers.transfer import write_csv as write_rows
from subscribers.transfer.formats import Format
from subscribers.transfer.importing import check
from subscribers.transfer.taking import People

_SOURCE = "import"
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_TOLD = 1000  # rows of an export between one word of progress and the next


@dataclass(frozen=True)
class Reading:
    """How a file is read, where that was said and is not guessed."""

    mapped: Mapping[str, str] = field(default_factory=dict)  # a column -> a field
    system: Format | None = None  # whose file it is
    typed: bool = False  # attributes that read like numbers are numbers
    assumed: str = ""  # what everybody in listmonk's CSV was said to be

    def terms(self) -> dict[str, object]:
        """As plain values."""
        system = self.system.name if self.system else ""
        return {
            "mapped": sorted(self.mapped.items()),
            "system": system,
            "typed": self.typed,
            "assumed": self.assumed,
        }


@dataclass(frozen=True)
class Progress:
    """How far an import has come."""

    report: ImportReport
    read: int  # bytes
    size: int  # bytes of the whole file; 0: nobody knows, as of a pipe


def import_subscribers(
    inst: Installation,
    file: Path,
    slug: str | None,
    *,
    consent: Consent,
    reading: Reading | None = None,
    dry_run: bool = False,
    from_start: bool = False,
    on_table: Callable[[Table], None] | None = None,
    on_run: Callable[[runs.Run], None] | None = None,
    on_batch: Callable[[Progress], None] | None = None,
    on_reject: Callable[[Rejected], None],
    now: datetime,
    actor: str,
) -> ImportReport:
    """Take a CSV file's rows into a list; without one, an export of ours into the lists it names.

    Good rows go in; each bad one is given to `on_reject` with its line and reason. `dry_run` says
    what would happen. `on_table` is told, before anything is done, what was understood of the file,
    and may raise; `on_run`, whether one that was killed goes on: the same file on the same terms,
    into lists with the same topics and schedules, and not `from_start`.
    Raises UnknownList, NotPermitted for a closed list; Refused when the file cannot be read or
    names no list, SubscriberError when no column of it holds addresses.
    """
    reading = reading or Reading()
    with inst.database.read() as session:
        lists = find_lists(session) if slug is None else [find_list(session, slug)]
        if slug is not None:
            segments.refuse_members(session, lists[0])
        for mlist in lists:
            mlist.topics  # noqa: B018 - loaded here, so that nothing is read while the file is
        cadences, renamed = _cadences(session, lists), _renamed(session, lists)
    into = lists if slug is None else lists[0]
    check(into, consent)
    with _opened(file) as stream, _old_things_left_alone():
        table = open_table(stream, mapped=reading.mapped, system=reading.system)
        if slug is None and not table.own:
            raise Refused(f"{file}: does not say which list (name it with --list)")
        if on_table is not None:
            on_table(table)
        run, turn = None, inst.database.read
        if not dry_run:
            terms = {**asdict(consent), **reading.terms(), **_of_lists(lists, cadences)}
            run = _begin(inst, file, stream, slug, terms, from_start, actor, now)
            turn = Turns(inst.database)
            if on_run is not None:
                on_run(run)
        size = _size(stream)

        def told(report: ImportReport) -> None:
            if on_batch is not None:
                on_batch(Progress(report, _place(stream), size))

        report = import_rows(
            turn,
            into,
            table.rows,
            consent=consent,
            own=table.own,
            cadences=cadences,
            renamed=renamed,
            typed=reading.typed,
            actor=actor,
            now=now,
            dry_run=dry_run,
            after=run.after if run else None,
            on_turn=(lambda session, step: runs.advance(session, run, step)) if run else None,
            on_batch=told,
            on_reject=on_reject,
            on_people=_remembering(table),
            on_ended=lambda ids: inst.journal.append_all("left", ids, now),
            hmacs=inst.tokens.hmacs,
            source=_SOURCE,
        )
    if run is not None:
        _end(inst, run, file, slug, report, actor, now)
    return report


def export_subscribers(
    inst: Installation,
    slug: str | None,
    stream: BinaryIO,
    *,
    name: str = "",
    on_rows: Callable[[int], None] | None = None,
    now: datetime,
    actor: str,
) -> int:
    """Write every subscription, or those of one list, as CSV; gives how many rows.

    `name` is the file's, for the log of who did what; that it began is noted before the first row
    is out.
    """
    with inst.database.read() as session:
        mlist = find_list(session, slug) if slug is not None else None
    subject = f"list {mlist.slug}" if mlist else "all lists"

    def note(**detail: Any) -> None:
        with inst.database.write() as session:
            detail = {"file": name, **detail}
            audit.note(session, actor, "subscriber.export", subject, now, detail)

    note(step="begin")
    with inst.database.read() as session:
        if not inst.database.is_sqlite:  # where a transaction is of one moment anyway
            session.connection(execution_options=_ONE_MOMENT)
        rows = export_rows(session, mlist)
        number = write_rows(rows if on_rows is None else _counted(rows, on_rows), stream)
    note(step="end", rows=number)
    return number


def _counted(
    rows: Iterator[dict[str, str]], on_rows: Callable[[int], None]
) -> Iterator[dict[str, str]]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _TOLD == 0:
            on_rows(number)


def _begin(
    inst: Installation,
    file: Path,
    stream: BinaryIO,
    slug: str | None,
    terms: Mapping[str, Any],
    from_start: bool,
    actor: str,
    now: datetime,
) -> runs.Run:
    """Note who begins what, and find whether it is to go on where it was killed."""
    if stream.seekable():
        place = stream.tell()
        stream.seek(0)
        seal = runs.fingerprint(stream, {**terms, "slug": slug})
        stream.seek(place)
    else:
        seal = uuid.uuid4().hex  # what comes through a pipe comes once
    with inst.database.write() as session:
        if from_start:
            runs.give_up(session, seal, now)
        run = runs.begin(session, seal, slug=slug or "", source=_SOURCE, actor=actor, now=now)
        detail: dict[str, Any] = {"step": "begin", "file": file.name, "fingerprint": seal}
        if run.after is not None:
            detail["after_line"] = run.after.line
        audit.note(session, actor, "subscriber.import", _subject(slug), now, detail)
    return run


def _end(
    inst: Installation,
    run: runs.Run,
    file: Path,
    slug: str | None,
    report: ImportReport,
    actor: str,
    now: datetime,
) -> None:
    numbers = {name: number for name, number in asdict(report).items() if number}
    with inst.database.write() as session:
        runs.end(session, run, report, now)
        detail = {"step": "end", "file": file.name, **numbers}
        audit.note(session, actor, "subscriber.import", _subject(slug), now, detail)


def _subject(slug: str | None) -> str:
    return f"list {slug}" if slug is not None else "all lists"


def _of_lists(
    lists: Sequence[MailingList], cadences: Mapping[str, frozenset[str]]
) -> dict[str, object]:
    """What decides, beside a row, whether it is good: one refused for a topic that is there now is
    not to be passed over. Another list of the same name is another list."""
    return {
        "lists": [mlist.id for mlist in lists],
        "topics": [sorted(topic.slug for topic in mlist.topics) for mlist in lists],
        "cadences": [sorted(cadences.get(mlist.slug, ())) for mlist in lists],
    }


def _cadences(session: Session, lists: Sequence[MailingList]) -> dict[str, frozenset[str]]:
    """The names of each list's schedules."""
    rows = session.execute(sa.select(Schedule.mlist_id, Schedule.name)).all()
    return {
        mlist.slug: frozenset(name for mlist_id, name in rows if mlist_id == mlist.id)
        for mlist in lists
    }


def _renamed(session: Session, lists: Sequence[MailingList]) -> dict[str, str]:
    """What these lists were called before -> what they are called."""
    now_called = {mlist.id: mlist.slug for mlist in lists}
    rows = session.execute(sa.select(FormerSlug.slug, FormerSlug.mlist_id)).all()
    return {slug: now_called[mlist_id] for slug, mlist_id in rows if mlist_id in now_called}


def _remembering(table: Table) -> People | None:
    if table.system is None:
        return None
    system = table.system.name
    return lambda session, names: former.remember(session, system, names)


def _size(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size if stream.seekable() else 0


def _place(stream: BinaryIO) -> int:
    return stream.tell() if stream.seekable() else 0


@contextmanager
def _old_things_left_alone() -> Iterator[None]:
    """Python looks through all its objects again and again while millions come and go; here not
    through those that were there before, which was a tenth of the whole time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise Refused(f"{file}: {reason} (give a CSV file)") from error
