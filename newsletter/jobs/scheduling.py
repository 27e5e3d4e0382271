"""Schedules of a list: added, changed, skipped once, removed; each reader is on one of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.calendar import Cron, Moment, describe, next_moment, parse_span, zone
from newsletter.errors import NotFound, Refused
from newsletter.models import Approval, Carried, Schedule, Slot, SlotState
from subscribers.models import MailingList
from subscribers.preferences import retire_cadence
from subscribers.values import clean_slug

BY_HAND = "by-hand"  # the schedule of a list that was given none: issues are made by an editor


def schedules_of(session: Session, mlist: MailingList) -> list[Schedule]:
    """The list's schedules, the default one first."""
    return list(
        session.scalars(
            sa.select(Schedule)
            .where(Schedule.mlist_id == mlist.id)
            .order_by(Schedule.is_default.desc(), Schedule.id)
        )
    )


def find_schedule(session: Session, mlist: MailingList, name: str) -> Schedule:
    """The schedule of that name; raises NotFound."""
    for schedule in schedules_of(session, mlist):
        if schedule.name == name:
            return schedule
    raise NotFound(
        f"no such schedule of '{mlist.slug}': '{name}' (see 'newsletter schedule ls {mlist.slug}')"
    )


def default_schedule(session: Session, mlist: MailingList) -> Schedule:
    """The schedule of readers who chose none; raises NotFound where there is none at all."""
    for schedule in schedules_of(session, mlist):
        return schedule
    raise NotFound(
        f"'{mlist.slug}' has no schedule (add one with 'newsletter schedule add {mlist.slug}')"
    )


def add_schedule(
    session: Session,
    mlist: MailingList,
    *,
    name: str | None = None,
    cron: str | None,
    timezone: str | None = None,
    approval: str = "auto",
    is_default: bool = False,
    minimum: int = 1,
    maximum: int = 12,
    max_age_days: int = 35,
    title: str | None = None,
    now: datetime,
) -> Schedule:
    """A new schedule, which starts where the list stands: nothing carried by another is repeated.

    Without `cron`, issues are made by hand only. The first schedule of a list is its default.
    Raises Refused for a cron expression, time zone, approval or limit that makes no sense.
    """
    others = schedules_of(session, mlist)
    timezone = timezone or mlist.timezone
    zone(timezone)
    parsed = Cron.parse(cron) if cron else None
    name = clean_slug(name or _suggest(parsed), "schedule")
    if any(other.name == name for other in others):
        raise Refused(f"'{mlist.slug}' has a schedule '{name}' already (edit it, or name another)")
    check_limits(minimum, maximum, max_age_days)
    kind, minutes = parse_approval(approval)
    schedule = Schedule(
        mlist_id=mlist.id,
        name=name,
        title=title if title is not None else _title(parsed, mlist.language),
        cron=cron or None,
        timezone=timezone,
        is_default=is_default or not others,
        approval=kind,
        hold_minutes=minutes,
        minimum=minimum,
        maximum=maximum,
        max_age_days=max_age_days,
        begins_at=now,
    )
    schedule.mlist = mlist
    session.add(schedule)
    session.flush()
    if schedule.is_default:
        make_default(session, schedule)
    if others:
        carried = sa.select(
            sa.literal(schedule.id), Carried.article_id, sa.literal(now, Carried.at.type)
        ).where(Carried.schedule_id.in_([other.id for other in others]))
        session.execute(
            sa.insert(Carried).from_select(
                ["schedule_id", "article_id", "at"], carried.distinct(), include_defaults=False
            )
        )
    return schedule


def make_default(session: Session, schedule: Schedule) -> None:
    """Let this be the schedule of readers who chose none."""
    session.execute(
        sa.update(Schedule)
        .where(Schedule.mlist_id == schedule.mlist_id, Schedule.id != schedule.id)
        .values(is_default=False)
    )
    schedule.is_default = True


def reschedule(session: Session, schedule: Schedule, cron: str | None, now: datetime) -> None:
    """Give a schedule another rhythm from now on; what was due under the old one is settled."""
    parsed = Cron.parse(cron) if cron else None
    if schedule.title == _title(_parsed(schedule), schedule.mlist.language):
        schedule.title = _title(parsed, schedule.mlist.language)
    schedule.cron = cron or None
    schedule.begins_at = now
    session.flush()


def remove_schedule(session: Session, schedule: Schedule, now: datetime) -> int:
    """Delete a schedule; its readers move to the default one. Returns how many they were.

    Raises Refused for the default one while others remain.
    """
    others = [s for s in schedules_of(session, schedule.mlist) if s.id != schedule.id]
    if schedule.is_default and others:
        raise Refused(
            f"'{schedule.name}' is the default schedule of '{schedule.mlist.slug}' "
            "(make another one the default first, with 'schedule edit --default')"
        )
    if not others:
        raise Refused(
            f"'{schedule.name}' is the only schedule of '{schedule.mlist.slug}' "
            "(pause it with 'schedule edit --pause', or remove the list)"
        )
    moved = retire_cadence(session, schedule.mlist, schedule.name, now)
    session.delete(schedule)
    session.flush()
    return moved


def skip_slot(session: Session, schedule: Schedule, now: datetime, *, reason: str = "") -> Moment:
    """Leave out the next moment of a schedule; again: the one after. Raises Refused."""
    moment = upcoming(session, schedule, now)
    if moment is None:
        raise Refused(f"'{schedule.name}' has no cron expression: there is nothing to skip")
    session.add(
        Slot(
            schedule_id=schedule.id,
            nominal=nominal_text(moment),
            due_at=moment.due_at,
            state=SlotState.SKIPPED,
            reason=reason or "skipped by an admin",
            decided_at=now,
        )
    )
    session.flush()
    return moment


def upcoming(session: Session, schedule: Schedule, now: datetime) -> Moment | None:
    """The next moment that was not skipped; None for a schedule by hand, or a paused one."""
    cron = _parsed(schedule)
    if cron is None or not schedule.active:
        return None
    decided = set(
        session.scalars(
            sa.select(Slot.nominal).where(Slot.schedule_id == schedule.id, Slot.due_at > now)
        )
    )
    moment = next_moment(cron, zone(schedule.timezone), now)
    while nominal_text(moment) in decided:
        moment = next_moment(cron, zone(schedule.timezone), moment.due_at)
    return moment


def nominal_text(moment: Moment) -> str:
    """A slot's name: its local nominal time, to the minute."""
    return moment.nominal.strftime("%Y-%m-%dT%H:%M")


def parse_approval(text: str) -> tuple[Approval, int]:
    """`auto`, `manual` or `hold:2h` as approval and minutes; raises Refused."""
    kind, _, span = text.partition(":")
    if kind == "hold" and span:
        minutes = int(parse_span(span) / timedelta(minutes=1))
        if minutes >= 1:
            return Approval.HOLD, minutes
    elif kind in (Approval.AUTO, Approval.MANUAL) and not span:
        return Approval(kind), 0
    raise Refused(f"approval '{text}': expected auto, manual or hold:SPAN, such as hold:2h")


def approval_text(schedule: Schedule) -> str:
    """The reverse of `parse_approval`."""
    if schedule.approval is Approval.HOLD:
        hours, minutes = divmod(schedule.hold_minutes, 60)
        return "hold:" + (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    return schedule.approval.value


def check_limits(minimum: int, maximum: int, max_age_days: int) -> None:
    """Raise Refused unless an issue could ever meet these."""
    if not 1 <= minimum <= maximum <= 100:
        raise Refused(
            f"minimum {minimum} and maximum {maximum}: expected 1 <= minimum <= maximum <= 100"
        )
    if max_age_days < 0:
        raise Refused("max-age: expected a number of days, or 0 for any age")


def _parsed(schedule: Schedule) -> Cron | None:
    return Cron.parse(schedule.cron) if schedule.cron else None


def _title(cron: Cron | None, language: str) -> str:
    return describe(cron, language) if cron else ""


def _suggest(cron: Cron | None) -> str:
    """A name by the rhythm: how often it fires in four weeks."""
    if cron is None:
        return BY_HAND
    start = datetime(2001, 1, 1)  # noqa: DTZ001 - nominal times are naive
    end = start + timedelta(weeks=4)
    times = sum(1 for _ in takewhile(lambda nominal: nominal < end, cron.nominals(start)))
    return "monthly" if times <= 1 else "weekly" if times <= 6 else "daily"
