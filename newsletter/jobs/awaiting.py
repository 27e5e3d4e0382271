"""Which sources an issue waits for: what they hold is not known, which is never "nothing new".

A source is unread while its last reading failed, while it was never read, and where nobody has read
it in the hour before the slot (the machine was off). Before a slot, and as long as one waits, such
sources are asked again however often they failed; a slot waits half an hour for them if there is
enough without them, else for its whole grace.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.rhythm import silent
from newsletter.jobs.health import in_days, usual_gap
from newsletter.jobs.slots import active_schedules, due_slots, next_slot
from newsletter.models import Source, SourceKind, SourceList

BEFORE_SLOT = timedelta(minutes=15)
FRESH = timedelta(hours=1)  # before a slot; the ticker reads all a quarter of an hour before


def unread(session: Session, mlist_id: int, due_at: datetime) -> list[Source]:
    """The list's sources that could not be read, or were not, for the slot of `due_at`."""
    failed = sa.or_(Source.failures > 0, Source.read_at.is_(None), Source.read_at < due_at - FRESH)
    return list(session.scalars(_sources_of(mlist_id).where(failed)))


def quiet(session: Session, mlist_id: int, now: datetime) -> list[str]:
    """A line for each source of the list that has nothing new for unusually long."""
    sources = session.scalars(_sources_of(mlist_id).where(Source.failures == 0))
    return [line for source in sources if (line := silence_of(source, now)) is not None]


def silence_of(source: Source, now: datetime) -> str | None:
    """`source 'x' has been silent for 12 days (usually 2 days at most)`, or None."""
    span = silent(source.newest_at, source.usual_gap_minutes, now)
    if span is None:
        return None
    return (
        f"source '{source.name}' has been silent for {in_days(span)} (usually {usual_gap(source)})"
    )


def awaited(session: Session, now: datetime) -> list[Source]:
    """The sources that are unread, of every list whose slot is near, or is due and waits."""
    found: dict[int, Source] = {}
    for schedule in active_schedules(session):
        slot = due_slots(session, schedule, now)[0].publish
        if slot is None:
            slot = next_slot(schedule, now)
            if slot is None or slot.due_at - BEFORE_SLOT > now:
                continue
        found |= {source.id: source for source in unread(session, schedule.mlist_id, slot.due_at)}
    return list(found.values())


def names(sources: Sequence[Source]) -> str:
    """`mairie, piscine`, for a line that says what is missing."""
    return ", ".join(source.name for source in sources)


def _sources_of(mlist_id: int) -> sa.Select[Source]:
    return (
        sa.select(Source)
        .join(SourceList, SourceList.source_id == Source.id)
        .where(
            SourceList.mlist_id == mlist_id,
            Source.active,
            Source.gone_at.is_(None),
            Source.kind != SourceKind.MANUAL,
        )
        .order_by(Source.name)
    )
