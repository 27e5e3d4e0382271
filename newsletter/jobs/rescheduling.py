"""Changes a schedule: its rhythm, its limits, who lets its issues out, whether it rests."""

from __future__ import annotations

from datetime import datetime

from newsletter.installation import Installation
from newsletter.jobs.scheduling import (
    check_limits,
    find_schedule,
    make_default,
    parse_approval,
    reschedule,
)
from newsletter.models import Schedule
from subscribers import audit
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
