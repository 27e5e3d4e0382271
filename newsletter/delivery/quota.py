"""How many messages a relay may still take, by its own counts. Pure: no clock, no database.

A rate by the second is a bucket that fills with tokens. The quotas by the minute, hour and day hold
over every window of that length, wherever it begins: what was taken is counted in short steps, and
a step counts until all of it is older than the window. Of each, a share (`reserve`) is kept for
alerts and notices; the rest is for ordinary mail.

The counts are kept as JSON: for each window, by the number of the step since 1970 (as text, since
JSON has no other keys), how many were taken in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor

Counts = dict[str, dict[str, int]]

BURST_SECONDS = 1.0  # how much unused rate is kept
DAY = timedelta(days=1)  # of a warm-up: 24 hours from its first message, in no time zone
_TINY = 1e-9  # what adding up fractions of tokens may lose


@dataclass(frozen=True)
class Window:
    """A time in which no more than a quota may go; both lengths are in seconds."""

    name: str
    length: int
    step: int

    def at(self, now: datetime) -> int:
        """The number of the step that `now` is in."""
        return int(now.timestamp() // self.step)

    def first(self, now: datetime) -> int:
        """The oldest step of which a part may be in the window that ends now."""
        return self.at(now) - self.length // self.step


WINDOWS = (Window("minute", 60, 2), Window("hour", 3600, 60), Window("day", 86_400, 600))

Quotas = Mapping[str, int | None]
"""The quota of each window, by its name; None is no limit."""


@dataclass(frozen=True)
class Room:
    """How many may go now; ordinary mail is kept from the reserve. None is no limit."""

    urgent: int | None = None
    ordinary: int | None = None

    def narrowed(self, other: Room) -> Room:
        """What both allow."""
        return Room(_less(self.urgent, other.urgent), _less(self.ordinary, other.ordinary))


def _less(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def for_ordinary(quota: int, reserve: float) -> int:
    """The part of a quota that ordinary mail may use: all but the reserve, and at least one."""
    return max(floor(quota * (1 - reserve) + _TINY), 1)


# --- By the second ----------------------------------------------------------------------------


def refilled(tokens: float, since: datetime, now: datetime, rate: float, reserve: float) -> float:
    """The tokens of a bucket that held `tokens` at `since`, when `rate` come in a second.

    It holds a second's worth, and never less than one message beside the reserve, without which a
    slow rate would let no ordinary mail through. A clock that was set back brings no tokens.
    """
    full = max(rate * BURST_SECONDS, 1 + rate * BURST_SECONDS * reserve)
    passed = max((now - since).total_seconds(), 0.0)
    return min(tokens + passed * rate, full)


def of_tokens(tokens: float, rate: float, reserve: float) -> Room:
    """How many whole messages the tokens are good for."""
    kept = rate * BURST_SECONDS * reserve
    return Room(max(floor(tokens + _TINY), 0), max(floor(tokens - kept + _TINY), 0))


# --- By the minute, hour and day --------------------------------------------------------------


def taken(counts: Counts, window: Window, now: datetime) -> int:
    """How many were taken within the window; a part of a step more, and never less."""
    first = window.first(now)
    return sum(n for step, n in counts.get(window.name, {}).items() if int(step) >= first)


def add(counts: Counts, number: int, now: datetime) -> Counts:
    """The counts with `number` more taken now, and without what has left every window."""
    return {window.name: _added(counts, window, number, now) for window in WINDOWS}


def _added(counts: Counts, window: Window, number: int, now: datetime) -> dict[str, int]:
    # Steps to come are of a clock that was set back since: they count from now on, and not for
    # as long as that clock was wrong.
    here = window.at(now)
    kept: dict[int, int] = {}
    for step, count in counts.get(window.name, {}).items():
        if int(step) >= window.first(now):
            at = min(int(step), here)
            kept[at] = kept.get(at, 0) + count
    kept[here] = kept.get(here, 0) + number
    return {str(step): count for step, count in sorted(kept.items()) if count}


def take_off(counts: Counts, number: int, now: datetime) -> Counts:
    """The counts with `number` fewer, which were taken and not used after all.

    When they were taken is not known. So the oldest go, which makes nothing leave a window too
    early; and the minute keeps them, since they may have been taken before it began.
    """
    result = dict(counts)
    for window in WINDOWS[1:]:
        left = number
        steps: dict[str, int] = {}
        for step, count in sorted(counts.get(window.name, {}).items(), key=lambda one: int(one[0])):
            less = min(count, left) if int(step) >= window.first(now) else 0
            left -= less
            if count > less:
                steps[step] = count - less
        result[window.name] = steps
    return result


def of_quotas(counts: Counts, quotas: Quotas, reserve: float, now: datetime) -> Room:
    """How many the quotas leave."""
    room = Room()
    for window in WINDOWS:
        quota = quotas.get(window.name)
        if quota is not None:
            used = taken(counts, window, now)
            ordinary = for_ordinary(quota, reserve) - used
            room = room.narrowed(Room(max(quota - used, 0), max(ordinary, 0)))
    return room


def free_at(counts: Counts, window: Window, quota: int, now: datetime) -> datetime:
    """When the window has room for one more under this quota; now, if it has."""
    used, moment = taken(counts, window, now), now
    for step, count in sorted((int(s), n) for s, n in counts.get(window.name, {}).items()):
        if used < quota:
            break
        if step >= window.first(now):
            used -= count
            gone = (step + 1) * window.step + window.length  # all of it is older than the window
            moment = datetime.fromtimestamp(gone, UTC)
    return moment


# --- Warming up -------------------------------------------------------------------------------


def warm_up_day(since: datetime | None, now: datetime) -> int:
    """Which day of its warm-up a relay is in: 1 before its first message, and for 24 h after."""
    return 1 if since is None else max(floor((now - since) / DAY), 0) + 1


def day_quota(per_day: int | None, plan: tuple[int, ...], day: int) -> int | None:
    """The quota of a day: the plan's, as long as it lasts, and never more than `per_day`."""
    return _less(per_day, plan[day - 1] if day <= len(plan) else None)
