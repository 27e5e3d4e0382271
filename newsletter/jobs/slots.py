"""Which moments of the schedules are due, which come next; what is decided stands in `Slot`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.calendar import Cron, DueSlots, Moment, default_grace, due, zone
from newsletter.models import Schedule, Slot

NOTHING_DUE = DueSlots(publish=None, missed=())


def active_schedules(session: Session) -> Sequence[Schedule]:
    """The schedules that make issues by themselves."""
    return session.scalars(
        sa.select(Schedule).where(Schedule.active, Schedule.cron.is_not(None)).order_by(Schedule.id)
    ).all()


def due_slots(session: Session, schedule: Schedule, now: datetime) -> tuple[DueSlots, timedelta]:
    """The schedule's slots that nobody decided yet, and its grace."""
    assert schedule.cron is not None
    cron = Cron.parse(schedule.cron)
    grace = (
        timedelta(minutes=schedule.grace_minutes)
        if schedule.grace_minutes is not None
        else default_grace(cron)
    )
    decided = session.scalar(
        sa.select(sa.func.max(Slot.due_at)).where(
            Slot.schedule_id == schedule.id, Slot.due_at <= now
        )
    )
    since = max(schedule.begins_at, decided) if decided else schedule.begins_at
    return due(cron, zone(schedule.timezone), since, now, grace), grace


def slots_due(session: Session, now: datetime) -> int:
    """How many due moments nobody has decided yet; the ticker takes a minute at most."""
    found = [due_slots(session, schedule, now)[0] for schedule in active_schedules(session)]
    return sum(len(slots.missed) + (slots.publish is not None) for slots in found)


def soonest_slot(session: Session, now: datetime) -> datetime | None:
    """When the next slot of any list is due; sources are read again shortly before."""
    moments = [next_slot(schedule, now) for schedule in active_schedules(session)]
    return min((moment.due_at for moment in moments if moment is not None), default=None)


def next_slot(schedule: Schedule, now: datetime) -> Moment | None:
    """The schedule's first slot after `now`, if it is within a day."""
    assert schedule.cron is not None
    since = max(now, schedule.begins_at)
    coming = due(
        Cron.parse(schedule.cron),
        zone(schedule.timezone),
        since,
        since + timedelta(days=1),
        timedelta(days=2),
    )
    return coming.missed[0] if coming.missed else coming.publish
