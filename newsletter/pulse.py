"""The ticker's pulse: how others know that something still collects and publishes.

Senders have rows of their own; of tickers one pulse is enough, whichever of them it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.database import Database
from newsletter.models import Fact
from subscribers.bulk import insert_new

KEY = "ticker"
BEAT = timedelta(seconds=30)  # a commit at most so often
PATIENCE = timedelta(minutes=2)  # freezing a large issue keeps the ticker busy for a while


def beat(database: Database) -> bool:
    """Say that the ticker lives, by the database's clock; False where it was said just now."""
    with database.read() as session:
        now = database.clock(session)
        last = last_beat(session)
    if last is not None and timedelta(0) <= now - last < BEAT:
        return False
    with database.write() as session:
        insert_new(session, Fact, [{"key": KEY, "value": now.isoformat()}])
        session.execute(sa.update(Fact).where(Fact.key == KEY).values(value=now.isoformat()))
    return True


def last_beat(session: Session) -> datetime | None:
    """When a ticker last said that it lives; None before the first ever did."""
    said = session.scalar(sa.select(Fact.value).where(Fact.key == KEY))
    return None if said is None else datetime.fromisoformat(said)


def is_beating(session: Session, now: datetime) -> bool:
    """Whether a ticker lives; `now` is the database's."""
    last = last_beat(session)
    return last is not None and now - last <= PATIENCE
