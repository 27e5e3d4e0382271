"""People taken in from a file, batch by batch, by statements over the whole batch.

Nobody is written to. People who left or are suppressed stay so unless that is asked for, and what a
file says against mail to somebody holds (see `objecting`); what else is known of a person is added
to, where nothing is known, and not changed. Importing the same file again changes nothing.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from subscribers.bulk import Turn
from subscribers.errors import InvalidValue, NotPermitted, SubscriberError
from subscribers.models import MailingList, Visibility
from subscribers.suppression import Hmacs, no_hmacs
from subscribers.transfer.entries import Entry, Reader, Terms
from subscribers.transfer.reading import Row
from subscribers.transfer.taking import ImportReport, People, Taking
from subscribers.transfer.writing import Writing

FIRST, LEAST, MOST = 500, 100, 4000  # rows of a batch
HELD = 0.05  # seconds that a batch may hold the database, so that others wait for milliseconds


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken in."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Consent:
    """By what right these people are taken in, and how far that goes."""

    confirmed: bool = False  # they agreed elsewhere; else they are PENDING
    words: str = ""  # that they agreed to, where a row has none of its own
    back: bool = False  # take those back who left
    lift: bool = False  # lift what an admin or a bounce put against an address


@dataclass(frozen=True, slots=True)
class Step:
    """A batch that is in, or about to be."""

    line: int  # where its last row begins
    report: ImportReport


def import_rows(
    turn: Turn,
    into: MailingList | Sequence[MailingList],
    rows: Iterable[Row],
    *,
    consent: Consent,
    actor: str,
    now: datetime,
    own: bool = False,
    cadences: Mapping[str, frozenset[str]] | None = None,
    renamed: Mapping[str, str] | None = None,
    typed: bool = False,
    dry_run: bool = False,
    after: Step | None = None,
    on_turn: Callable[[Session, Step], None] | None = None,
    on_batch: Callable[[ImportReport], None] | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    on_people: People | None = None,
    on_ended: Callable[[Sequence[int]], None] | None = None,
    hmacs: Hmacs = no_hmacs,
    source: str = "import",
) -> ImportReport:
    """Take rows in, each batch in a `turn` of its own; `on_batch` is called after each.

    Rows are read and checked between the turns, while nothing is locked. A row's own state may only
    lower what `consent` says. With several lists each row must name its own; with one, a row may.
    `own`: the file is a whole export of ours (`Table.own`), whose alerts and evidence come along
    for people who are confirmed; all others' alerts are left off. `cadences` are the schedules of
    each list, by its slug: another is not kept. `renamed` is what lists were called before, and are
    called now. `dry_run` writes nothing and reports what would
    happen. `on_turn` is called within each turn, and `after` is what it was told last by a run that
    was killed: rows up to there are read and not taken in again. `on_people` is given, within the
    turn, who the names that a row's `former` holds turned out to be; `on_ended`, after a turn,
    which subscriptions it has ended.

    Raises InvalidValue for consent without words, NotPermitted for a closed list.
    """
    lists = [into] if isinstance(into, MailingList) else list(into)
    check(into, consent)
    lists = [mlist for mlist in lists if mlist.visibility is not Visibility.CLOSED]
    readers = {
        mlist.slug: Reader(
            Terms(
                topics=frozenset(topic.slug for topic in mlist.topics),
                confirmed=consent.confirmed,
                own=own,
                cadences=(cadences or {}).get(mlist.slug),
                typed=typed,
            )
        )
        for mlist in lists
    }
    report = after.report if after else ImportReport()
    report.read = report.elsewhere = report.rejected = 0
    only = into.slug if isinstance(into, MailingList) else ""
    reading = _Reading(readers, report, on_reject or (lambda _: None), only, own, renamed or {})
    taking = Taking(
        ids={mlist.slug: mlist.id for mlist in lists},
        back=consent.back and consent.confirmed,
        lift=consent.lift,
        writing=Writing(consent.words, actor, now, source),
        dry_run=dry_run,
        hmacs=hmacs,
        report=report,
        on_people=on_people,
        own=own,
    )
    stream = iter(rows)
    done, first = (after.line if after else 0), None
    if done:
        first = _read_again(stream, reading, done)
    if first is not None:
        stream = itertools.chain([first], stream)
    size = FIRST
    while chunk := list(itertools.islice(stream, size)):
        entries = reading.entries(chunk)
        with turn() as session:
            begun = time.perf_counter()
            taking.take(session, entries)
            if on_turn is not None:
                on_turn(session, Step(chunk[-1].line, report))
            held = time.perf_counter() - begun
        if taking.ended and on_ended is not None:
            on_ended(tuple(taking.ended))
        taking.ended.clear()
        size = _next_size(len(chunk), held) if len(chunk) == size else size
        if on_batch is not None:
            on_batch(report)
    return report


def check(into: MailingList | Sequence[MailingList], consent: Consent) -> None:
    """Raise InvalidValue for consent without words, NotPermitted when the only list is closed."""
    lists = [into] if isinstance(into, MailingList) else into
    if consent.confirmed and not consent.words.strip():
        raise InvalidValue(
            "nobody can be imported as confirmed like this: give the words of consent "
            "(--consent TEXT)"
        )
    if len(lists) == 1 and lists[0].visibility is Visibility.CLOSED:
        slug = lists[0].slug
        raise NotPermitted(f"list {slug!r} is closed: make it public or private first")


def _next_size(rows: int, held: float) -> int:
    """How many rows the next batch has, when this one held the database so many seconds."""
    fitting = int(rows * HELD / max(held, 1e-6))
    return max(LEAST, min(fitting, 2 * rows, MOST))


def _read_again(rows: Iterator[Row], reading: _Reading, line: int) -> Row | None:
    """Read the rows up to this line, so that they are counted and refused once more; gives the
    first one beyond it, if there is one."""
    for row in rows:
        if row.line > line:
            return row
        reading.entries([row])
    return None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Rows into entries; those that are none are counted and rejected."""

    readers: Mapping[str, Reader]
    report: ImportReport
    reject: Callable[[Rejected], None]
    only: str  # list, to which rows go that name none; empty: there are several
    own: bool
    renamed: Mapping[str, str]  # list: before -> now

    def entries(self, rows: Sequence[Row]) -> dict[str, list[Entry]]:
        """The good rows by list."""
        found: dict[str, list[Entry]] = {slug: [] for slug in self.readers}
        self.report.read += len(rows)
        for row in rows:
            slug = row.values.get("list", "") or self._default(row)
            slug = self.renamed.get(slug, slug)
            reader = self.readers.get(slug)
            if reader is None and self.only:
                self.report.elsewhere += 1
                continue
            try:
                if row.fault:
                    raise InvalidValue(row.fault)
                if reader is None:
                    raise InvalidValue(
                        f"no list {slug[:64]!r} that is open: create or open it first"
                    )
                entry = reader.entry(row.values)
            except SubscriberError as error:
                self.report.rejected += 1
                self.reject(Rejected(row.line, str(error), row.raw))
                continue
            found[slug].append(entry)
        return found

    def _default(self, row: Row) -> str:
        """Where a row goes that names no list. In an export of ours that is somebody on none."""
        nobody_s = self.own and not row.values.get("state")
        return self.only or (next(iter(self.readers), "") if nobody_s else "")
