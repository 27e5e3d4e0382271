"""Backups, copies to another database, and what a restored one must be told before it may send."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter import epoch, schema
from newsletter.database import Database
from newsletter.delivery import workers
from newsletter.errors import DatabaseError, Refused
from newsletter.installation import Installation
from newsletter.jobs import forgetting
from newsletter.journal import Line
from newsletter.mail.dkim import load_signers
from newsletter.models import (
    Base,
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueState,
    Schedule,
    Worker,
)
from subscribers import audit, leaving, suppression
from subscribers.models import MailingList, Subscriber, Subscription, SuppressionReason

BATCH = 1000  # rows copied at a time

UNDER_WAY = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)

OnTable = Callable[[str, int], None]
"""Called with a table's name and how many of its rows are copied so far."""


@dataclass(frozen=True)
class Backup:
    """The files of one backup, all readable by their owner only."""

    database: Path
    keys: Path
    journal: Path
    dkim: tuple[Path, ...]
    epoch: int  # of the installation from now on; the copy is one behind, which makes it known


def backup(
    inst: Installation, file: Path, *, now: datetime, on_table: OnTable | None = None
) -> Backup:
    """Copy database, keys (of DKIM too) and journal to `file` and beside it, also while sending.

    The copied journal is already of the next epoch: wherever the backup is restored, it is known
    as one. Raises DatabaseError when a file exists already or cannot be written.
    """
    keys = file.with_name(f"{file.name}.keys.toml")
    signing = {
        file.with_name(f"{file.name}.dkim.{section.domain}.{selector}.pem"): key
        for section in inst.config.dkim
        for selector, key in section.files.items()
    }
    journal = file.with_name(f"{file.name}.journal.jsonl")
    done = Backup(file, keys, journal, tuple(signing), 0)
    for path in (done.database, done.keys, done.journal, *done.dkim):
        if path.exists():
            raise DatabaseError(f"{path}: exists already (name a new file)")
    if not file.parent.is_dir():
        raise DatabaseError(f"{file}: there is no folder {file.parent} (make it first)")
    inst.keys  # noqa: B018 - a backup without its keys is none: fail before anything is written
    load_signers(inst.config.dkim)
    if inst.database.is_sqlite:
        inst.database.copy_file(file)
    else:
        _copy_into_file(inst.database, file, now, on_table)
    with inst.database.write() as session:
        coming = epoch.advance(session, inst.journal, now)
    try:
        _write_private(done.keys, inst.config.keys.read_bytes())
        _write_private(done.journal, inst.journal.path.read_bytes())
        for copied, key in signing.items():
            _write_private(copied, key.read_bytes())
    except OSError as error:
        raise DatabaseError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return replace(done, epoch=coming)


def _copy_into_file(
    database: Database, file: Path, now: datetime, on_table: OnTable | None
) -> None:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    target = Database(f"sqlite:///{file}")
    try:
        schema.upgrade(target, now)
        copy_tables(database, target, on_table)
        target.checkpoint(force=True)
    finally:
        target.close()


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def copy(
    inst: Installation, url: str, *, now: datetime, on_table: OnTable | None = None
) -> dict[str, int]:
    """Copy everything into an empty database; gives the number of rows by table.

    Raises Refused while a sender runs, since two databases would then send the same mail, or when
    the target holds anything; DatabaseError when it cannot be opened.
    """
    lease = timedelta(seconds=inst.config.sending.lease_seconds)
    with inst.database.read() as session:
        running = workers.alive(session, inst.database.clock(session), lease)
    if running:
        names = ", ".join(f"{worker.host}:{worker.pid}" for worker in running)
        raise Refused(f"a sender is running ({names}): stop it before the database is copied")
    target = Database(url)
    try:
        if target.url == inst.database.url:
            raise Refused("that is the database in use (name another one)")
        schema.upgrade(target, now)
        return copy_tables(inst.database, target, on_table)
    finally:
        target.close()


def copy_tables(
    source: Database, target: Database, on_table: OnTable | None = None
) -> dict[str, int]:
    """All rows of all tables, in an order that foreign keys allow, in one transaction of each.

    Ids go on where they were: they stand in signed links and are never used again.
    """
    copied: dict[str, int] = {}
    with source.read() as reading, target.write() as writing:
        if not source.is_sqlite:  # one moment in time for all tables; SQLite's reads are so anyway
            reading.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        for table in Base.metadata.sorted_tables:
            if writing.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)):
                raise Refused(
                    f"database {target.label}: is not empty, it has rows in '{table.name}' "
                    "(name an empty one)"
                )
        for table in Base.metadata.sorted_tables:
            copied[table.name] = 0
            for batch in _batches(reading, table):
                writing.execute(sa.insert(table), batch)
                copied[table.name] += len(batch)
                if on_table is not None:
                    on_table(table.name, copied[table.name])
        for name, last in _last_ids(reading).items():
            _go_on_after(writing, name, last)
    return copied


def _batches(session: Session, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    rows = session.execute(sa.select(table), execution_options={"yield_per": BATCH})
    for part in rows.mappings().partitions(BATCH):
        yield [dict(row) for row in part]


def _numbered() -> list[str]:
    """The tables that give out ids."""
    return [
        table.name
        for table in Base.metadata.sorted_tables
        if table.autoincrement_column is not None
    ]


def _last_ids(session: Session) -> dict[str, int]:
    """The highest id that each table ever gave out; a table that gave none is left out."""
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
        return {row.name: row.seq for row in rows if row.name in _numbered()}
    found = {}
    for name in _numbered():
        last = session.scalar(
            sa.text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)"),
            {"name": name},
        )
        if last is not None:
            found[name] = last
    return found


def _go_on_after(session: Session, table: str, last: int) -> None:
    if last < 1:
        return
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
        session.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
            {"name": table, "last": last},
        )
        return
    session.execute(
        sa.text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
        {"name": table, "last": last},
    )


@dataclass(frozen=True)
class Adopted:
    """What adopting a restored database did; all nought where there was nothing to adopt."""

    restored: bool
    left: int = 0  # subscriptions ended again
    back: int = 0  # subscriptions, some of these, whose people had come back
    complained: int = 0  # people suppressed again
    erased: int = 0
    held: int = 0  # deliveries that may have been sent since: unknown until `issue settle`
    drafts: int = 0  # drafts that wait for approval once more
    issues: int = 0  # that went out since: their numbers are not used again
    since: datetime | None = None  # when the epoch of this database began
    until: datetime | None = None  # the journal's last line


def is_restored(inst: Installation) -> bool:
    """Whether the database is behind the journal beside the keys."""
    with inst.database.read() as session:
        return epoch.of_database(session) < inst.journal.epoch()


def adopt(inst: Installation, *, now: datetime, actor: str) -> Adopted:
    """Let a restored database send again, once it knows what people asked since it was backed up.

    Whoever left, came back, complained or was forgotten since is so again, by the journal beside
    the keys. Whatever would still have gone out may have been sent by the database that this one
    replaces: such deliveries become `unknown` and are held, those too that were to be tried again,
    and drafts wait for approval once more. Slots up to now are left to it. Adopted already: nothing
    changes.
    """
    with inst.database.write() as session:
        here = epoch.of_database(session)
        if here >= inst.journal.epoch():
            return Adopted(restored=False)
        since, until = inst.journal.moments(here)
        verbs = ("left", "back", "complained", "erased", "blanked", "sent")
        counts = dict.fromkeys(verbs, 0)
        for line in inst.journal.since(here):
            if _replay(inst, session, line, actor):
                counts[line.verb] += 1
        held = session.execute(
            sa.update(Delivery)
            .where(sa.or_(Delivery.due_at.is_not(None), Delivery.state.in_(UNDER_WAY)))
            .values(
                state=DeliveryState.UNKNOWN,
                due_at=None,
                worker_id=None,
                reply="restored from a backup: it may have been sent since",
            )
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        ).all()
        drafts = session.execute(
            sa.update(Issue)
            .where(Issue.state == IssueState.DRAFT, Issue.ready_at.is_not(None))
            .values(ready_at=None, note="restored from a backup: it may have gone out since")
            .returning(Issue.id)
            .execution_options(synchronize_session=False)
        ).all()
        session.execute(sa.update(Schedule).values(begins_at=now))
        session.execute(sa.update(Worker).where(Worker.ended_at.is_(None)).values(ended_at=now))
        epoch.advance(session, inst.journal, now)
        detail = {**counts, "held": len(held), "drafts": len(drafts)}
        audit.note(session, actor, "db.adopt", f"epoch {here}", now, detail)
        return Adopted(
            True,
            left=counts["left"],
            complained=counts["complained"],
            erased=counts["erased"] + counts["blanked"],
            back=counts["back"],
            held=len(held),
            drafts=len(drafts),
            issues=counts["sent"],
            since=since,
            until=until,
        )


def _take_number(session: Session, line: Line) -> bool:
    """Let a cancelled issue stand for one that this database never knew, so that no other gets its
    number; False where the number is taken, or the list is another.
    """
    mlist = session.get(MailingList, line.mlist)
    if mlist is None or mlist.created_at > line.at:
        return False
    same = sa.exists().where(Issue.mlist_id == mlist.id, Issue.number == line.value)
    if session.scalar(sa.select(same)):
        return False
    session.add(
        Issue(
            mlist_id=mlist.id,
            number=line.value,
            kind=IssueKind.LETTER,
            state=IssueState.CANCELLED,
            nominal_at=line.at,
            created_at=line.at,
            ended_at=line.at,
            note="went out after the backup was made: only its number is known",
        )
    )
    session.flush()
    return True


def _replay(inst: Installation, session: Session, line: Line, actor: str) -> bool:
    """Do again what somebody asked; False where it stands already.

    Ids given out after the backup may have been given anew since: a row younger than the line is
    somebody else's.
    """
    if line.verb == "sent":
        return _take_number(session, line)
    if line.verb in ("left", "back"):
        subscription = session.get(Subscription, line.value)
        if subscription is None or subscription.requested_at > line.at:
            return False
        if line.verb == "back":
            return leaving.return_again(
                session, subscription, source="restore", now=line.at, actor=actor
            )
        return leaving.unsubscribe(
            session, subscription, source="restore", now=line.at, actor=actor
        )
    person = session.get(Subscriber, line.value)
    if person is None or person.created_at > line.at or person.address is None:
        return False
    if line.verb == "complained":
        return suppression.suppress(
            session,
            person.address,
            SuppressionReason.COMPLAINT,
            source="restore",
            now=line.at,
            actor=actor,
        )
    if line.verb in ("erased", "blanked"):
        return forgetting.erase(
            session,
            inst,
            person.id,
            source="restore",
            actor=actor,
            now=line.at,
            sealed=line.verb == "erased",
        )
    return False
