"""In charge of which instants a schedule means, and which of them are due or were missed.

A moment is named by its nominal local time, so that a slot keeps its name whatever the clocks do:

- a local time that the clock shows twice (autumn) fires once, the first time;
- one that the clock never shows (spring) fires at the first valid instant after the gap;
- nominal times that come to the same instant that way are one moment, named by the last of them.

So instants and names both increase strictly, and a schedule never fires twice at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.calendar.cron import Cron
from newsletter.errors import Refused

RARE_GRACE = timedelta(hours=12)
FREQUENT_GRACE = timedelta(hours=3)


@dataclass(frozen=True, order=True)
class Moment:
    """One due moment of a schedule."""

    nominal: datetime  # naive local time: the slot's name
    due_at: datetime  # aware, UTC


@dataclass(frozen=True)
class DueSlots:
    """What to do about the moments of a stretch of time."""

    publish: Moment | None  # the latest, if it is still within the grace
    missed: tuple[Moment, ...]  # all others, oldest first: to be recorded, never sent


def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises Refused when there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:  # a folder's name gives an OSError
        raise Refused(
            f"no such time zone: {name!r} (expected an IANA name such as 'Europe/Paris')"
        ) from error


def instant(nominal: datetime, tz: ZoneInfo) -> datetime:
    """The UTC instant at which a naive local time is due, by the rules at the top."""
    first = nominal.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None) == nominal:
        return first
    # In a gap the two folds lie on either side of the change (PEP 495): `first` uses the offset
    # from before it and lands after it. Offsets are whole seconds; halve the stretch down to one.
    before = nominal.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = first
    new_offset = after.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(tz).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after


def next_moment(cron: Cron, tz: ZoneInfo, after: datetime) -> Moment:
    """The first moment later than `after` (aware). Raises Refused at the end of the calendar."""
    for moment in _moments(cron, tz, after):
        return moment
    raise Refused(f"schedule {cron.expression!r}: no moment is left; choose another day")


def moments_between(cron: Cron, tz: ZoneInfo, start: datetime, end: datetime) -> Iterator[Moment]:
    """The moments later than `start` up to and including `end`, in order."""
    _require_aware(end)
    for moment in _moments(cron, tz, start):
        if moment.due_at > end:
            return
        yield moment


def due(cron: Cron, tz: ZoneInfo, since: datetime, now: datetime, grace: timedelta) -> DueSlots:
    """Which slot to publish now, and which were missed, of those later than `since`.

    `since` is when the last known slot was due, or when the schedule was made. Only the latest slot
    is ever published, so that a long downtime or a clock that jumped ends in one issue, not in ten;
    it is missed too when it is later than `grace`. A clock set back makes nothing due.
    """
    moments = tuple(moments_between(cron, tz, since, now))
    if not moments:
        return DueSlots(publish=None, missed=())
    *earlier, latest = moments
    if now - latest.due_at <= grace:
        return DueSlots(publish=latest, missed=tuple(earlier))
    return DueSlots(publish=None, missed=moments)


def default_grace(cron: Cron) -> timedelta:
    """How late a slot may still be published: 12 h for a weekly or rarer schedule, 3 h for a daily.

    Whatever fires more often than every second day, on average, counts as daily; so Monday to
    Friday does, and Monday, Wednesday, Friday does not.
    """
    start = datetime(2001, 1, 1)  # noqa: DTZ001 - nominal times are naive; four years, one of them leap
    end = start + timedelta(days=4 * 365 + 1)
    rare = (end - start) // timedelta(days=2)
    for count, nominal in enumerate(cron.nominals(start)):
        if nominal >= end:
            break
        if count >= rare:
            return FREQUENT_GRACE
    return RARE_GRACE


def _moments(cron: Cron, tz: ZoneInfo, after: datetime) -> Iterator[Moment]:
    """All moments later than `after`, without end."""
    _require_aware(after)
    # Instants never decrease as nominal times grow, so nothing before the local time is still due.
    start = after.astimezone(tz).replace(tzinfo=None, fold=0)
    nominals = cron.nominals(start.replace(second=0, microsecond=0))
    pending = next(nominals, None)
    while pending is not None:
        nominal, due_at = pending, instant(pending, tz)
        shown = due_at.astimezone(tz).replace(tzinfo=None, fold=0)
        pending = next(nominals, None)
        if nominal < shown:  # in a gap: all that the gap swallowed is one moment
            while pending is not None and pending <= shown:
                nominal, pending = pending, next(nominals, None)
        if due_at > after:
            yield Moment(due_at=due_at, nominal=nominal)


def _require_aware(when: datetime) -> None:
    if when.tzinfo is None:
        raise ValueError(f"an aware datetime is needed, not {when!r}")
