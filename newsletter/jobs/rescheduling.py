"""Changes a schedule: rhythm, limits, approval, rest; skips it once, removes it."""

from __future__ import annotations

from datetime import datetime

from newsletter.calendar import Moment
from newsletter.installation import Installation
from newsletter.jobs import scheduling
from newsletter.jobs.operating import removed_before
from newsletter.jobs.scheduling import (
    check_limits,
    default_schedule,
    find_schedule,
    make_default,
    parse_approval,
    reschedule,
    schedules_of,
    skip_slot,
)
from newsletter.models import Schedule
from subscribers import audience, audit
from subscribers.lists import find_list


def edit_schedule(
    inst: Installation,
    slug: str,
    name: str,
    *,
    cron: str | None = None,
    title: str | None = None,
    approval: str | None = None,
    minimum: int | None = None,
    maximum: int | None = None,
    max_age_days: int | None = None,
    is_default: bool = False,
    paused: bool | None = None,
    now: datetime,
    actor: str,
) -> tuple[list[str], Schedule]:
    """Change what is given (an empty `cron` is by hand); gives the names of what was different.

    A schedule that rested starts anew: slots of the meantime never were. Raises NotFound, Refused.
    """
    with inst.database.write() as session:
        one = find_schedule(session, find_list(session, slug), name)
        changed = []
        if cron is not None and (cron or None) != one.cron:
            reschedule(session, one, cron or None, now)
            changed.append("cron")
        if approval is not None and parse_approval(approval) != (one.approval, one.hold_minutes):
            one.approval, one.hold_minutes = parse_approval(approval)
            changed.append("approval")
        wanted = {
            "title": title,
            "minimum": minimum,
            "maximum": maximum,
            "max_age_days": max_age_days,
            "active": None if paused is None else not paused,
        }
        for field, value in wanted.items():
            if value is not None and getattr(one, field) != value:
                setattr(one, field, value)
                changed.append(field)
        check_limits(one.minimum, one.maximum, one.max_age_days)
        if "active" in changed and one.active:
            one.begins_at = now
        if is_default and not one.is_default:
            make_default(session, one)
            changed.append("is_default")
        if changed:
            detail = {"changed": changed}
            audit.note(session, actor, "schedule.edit", f"schedule {one.id}", now, detail)
        return changed, one


def readers_of(inst: Installation, slug: str, name: str, *, now: datetime) -> int:
    """How many would get an issue of this schedule now: who chose it, and for the default one who
    chose none."""
    with inst.database.read() as session:
        one = find_schedule(session, find_list(session, slug), name)
        return audience.count(
            session,
            one.mlist_id,
            "digest",
            cadence=one.name,
            is_default_cadence=one.is_default,
            now=now,
        )


def skip_next(
    inst: Installation, slug: str, name: str | None, *, reason: str, now: datetime, actor: str
) -> tuple[Schedule, Moment]:
    """Leave out the next moment of a schedule, the list's default one unless named."""
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        one = find_schedule(session, mlist, name) if name else default_schedule(session, mlist)
        moment = skip_slot(session, one, now, reason=reason)
        audit.note(session, actor, "schedule.skip", f"schedule {one.id}", now)
        return one, moment


def was_removed(inst: Installation, slug: str, name: str) -> bool:
    """Whether the list had this schedule once, and has it no more."""
    with inst.database.read() as session:
        mlist = find_list(session, slug)
        there = name in {one.name for one in schedules_of(session, mlist)}
        return not there and removed_before(session, "schedule.remove", f"schedule {slug}/{name}")


def remove_schedule(inst: Installation, slug: str, name: str, *, now: datetime, actor: str) -> int:
    """Delete a schedule; gives how many readers moved to the default one. Raises Refused."""
    with inst.database.write() as session:
        one = find_schedule(session, find_list(session, slug), name)
        moved = scheduling.remove_schedule(session, one, now)
        subject = f"schedule {slug}/{name}"
        audit.note(session, actor, "schedule.remove", subject, now, {"moved": moved})
        return moved
