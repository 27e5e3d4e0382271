"""The installation's epoch: how a database restored from a backup is known before it sends.

The database (Fact "epoch") and the journal beside the keys advance together, at every freeze and
every backup. A database that is behind the file was restored: who left since might still be on it,
and what went out since might go out again. It does not send until `db adopt` has seen to both.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session

from newsletter.errors import DatabaseError
from newsletter.journal import Journal
from newsletter.models import Fact
from subscribers.bulk import insert_new

KEY = "epoch"


def of_database(session: Session) -> int:
    """The epoch that the database remembers; 0 before the first."""
    fact = session.get(Fact, KEY)
    return int(fact.value) if fact is not None else 0


def check(session: Session, journal: Journal) -> None:
    """Raise DatabaseError when the database is behind the journal: it was restored."""
    # In this order, since whoever begins an epoch right now commits first and writes it down then:
    # the other way round, two senders that start at once take the database for a restored one.
    there = journal.epoch()
    here = of_database(session)
    if here < there:
        raise DatabaseError(
            f"this database was restored from a backup: {_age(journal, here)} (nothing is sent "
            "from it until 'newsletter db adopt' was run)"
        )


def _age(journal: Journal, epoch: int) -> str:
    """Of when a database of this epoch is, and how far the journal goes; in UTC, as all here."""
    began, last = journal.moments(epoch)
    later = (line.at for line in journal.lines() if line.verb == "epoch" and line.value > epoch)
    of = (
        f"of {began:%Y-%m-%d %H:%M} UTC" if began else f"of before {next(later):%Y-%m-%d %H:%M} UTC"
    )
    return f"it is {of}, and the journal beside the keys goes on to {last:%Y-%m-%d %H:%M} UTC"


def advance(session: Session, journal: Journal, now: datetime) -> int:
    """Begin a new epoch, in the caller's transaction; returns it.

    Whoever begins one at the same time waits for this transaction to end, and counts on from it.
    The journal learns of it once the transaction is committed. A crash in between leaves the file
    one behind, which is harmless: the next epoch is beyond both.
    """
    insert_new(session, Fact, [{"key": KEY, "value": "0"}])
    fact = session.get_one(Fact, KEY, populate_existing=True, with_for_update=True)
    coming = max(int(fact.value), journal.epoch()) + 1
    fact.value = str(coming)
    session.flush()

    waiting = [coming]

    def committed(of: Session) -> None:
        # A savepoint's release is told as a commit too; the transaction is over after the last.
        if waiting and not of.in_nested_transaction():
            journal.append("epoch", waiting.pop(), now)

    event.listen(session, "after_commit", committed)
    return coming
