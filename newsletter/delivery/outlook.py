"""When so many messages will have left, by the limits of the relays. Pure: a look ahead.

It takes it that minutes, hours and days follow one another from now on, that what was taken lately
counts in the first of each, and that ordinary mail goes as early as it may. Refusals, rests and the
limits of recipient domains are not foreseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.config import RelayConfig
from newsletter.delivery import quota
from newsletter.delivery.quota import WINDOWS, Counts

LOCAL_RATE = 200.0  # messages a second that a relay without a limit is expected to take
LONGEST = timedelta(days=3650)

_By = Callable[[float, bool], float]
"""Messages in so many seconds; whether they begin now, where something was taken before."""


@dataclass(frozen=True)
class Standing:
    """A relay, what it took lately, and when its warm-up began."""

    relay: RelayConfig
    counts: Counts
    warm_since: datetime | None

    @property
    def rate(self) -> float:
        """Messages a second at most."""
        return self.relay.effective_rate or LOCAL_RATE


def last_at(messages: int, relays: Sequence[Standing], now: datetime) -> datetime:
    """When the last of so many ordinary messages will have left; in ten years at the latest."""

    def taken_by(seconds: float) -> float:
        return sum(capacity(one, seconds, now) for one in relays)

    early, late = 0.0, 1.0
    while taken_by(late) < messages and late < LONGEST.total_seconds():
        early, late = late, late * 2
    for _ in range(40):
        middle = (early + late) / 2
        early, late = (early, middle) if taken_by(middle) >= messages else (middle, late)
    return now + min(timedelta(seconds=late), LONGEST)


def capacity(one: Standing, seconds: float, now: datetime) -> float:
    """How many ordinary messages a relay can take from now on in so many seconds."""
    relay = one.relay
    minute, hour, day = WINDOWS

    def used(window: quota.Window) -> int:
        return quota.taken(one.counts, window, now)

    def by_rate(length: float, _first: bool) -> float:
        return length * one.rate

    by_minute = _periods(minute.length, _part(relay.per_minute, relay), used(minute), by_rate)
    by_hour = _periods(hour.length, _part(relay.per_hour, relay), used(hour), by_minute)
    total, left, number = 0.0, seconds, 0
    while left > 0:
        of_day = quota.warm_up_day(one.warm_since or now, now + number * quota.DAY)
        limit = _part(quota.day_quota(relay.per_day, relay.warm_up or (), of_day), relay)
        if of_day > len(relay.warm_up or ()) and number:  # all that follow are alike
            return total + _periods(day.length, limit, 0, by_hour)(left, False)
        total += _periods(day.length, limit, used(day), by_hour)(min(left, day.length), not number)
        left -= day.length
        number += 1
    return total


def _part(limit: int | None, relay: RelayConfig) -> int | None:
    return None if limit is None else quota.for_ordinary(limit, relay.reserve)


def _periods(length: int, limit: int | None, used: int, within: _By) -> _By:
    """The same with a limit for each period of that length."""
    if limit is None:
        return within

    def one(seconds: float, first: bool) -> float:
        return min(within(seconds, first), max(limit - (used if first else 0), 0))

    def several(seconds: float, first: bool) -> float:
        whole, rest = divmod(seconds, length)
        if not whole:
            return one(rest, first)
        return one(length, first) + (whole - 1) * one(length, False) + one(rest, False)

    return several
