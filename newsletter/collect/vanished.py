"""Tells what its owner took away from what merely made room: of all that a source shows no more.

A feed shows its last ten or twenty articles, so that most of what leaves has grown old. What was
taken away leaves from the middle: older ones stay. Pure; the rules, in this order:

1. A reading that is empty, or lacks articles which could not be read, proves nothing.
2. A folder shows all it has: what is not there has been removed.
3. What stood at the old end, with all that stood behind it gone too, has made room; so has what is
   older than all that stays. Both are asked, since an article that is kept on top is old and stays.
4. Undated, what leaves while as many come has made room for them.
5. Where articles stand in no order (the most read, a choice), leaving means nothing.
6. When more than half of it leaves from the middle, the site was rebuilt, or is broken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

ORDERLY = 0.7  # the share of articles that follow an order, where there is one


@dataclass(frozen=True)
class Shown:
    """An article in one reading of a source."""

    id: int  # of its sighting
    article: int
    date: datetime | None


@dataclass(frozen=True)
class Left:
    """What left between two readings."""

    vanished: tuple[int, ...] = ()  # sightings of what was taken away
    aged: tuple[int, ...] = ()  # sightings of what made room
    whole: bool = True  # False: the later reading is not to be compared with


def left(before: Sequence[Shown], now: Sequence[Shown], *, folder: bool, lost: int) -> Left:
    """What left a source between two readings, each in the source's own order.

    `lost` is how many articles of the later one are there and could not be read.
    """
    here = {shown.article for shown in now}
    gone = [shown for shown in before if shown.article not in here]
    if not gone:
        return Left()
    if not now:
        return Left(whole=False)
    suspects = gone if folder else _from_the_middle(before, now, gone)
    if suspects and len(suspects) <= lost:
        return Left(whole=False)
    if not folder and len(suspects) > max(1, len(before) // 2):
        suspects = []
    vanished = {shown.id for shown in suspects}
    return Left(
        vanished=tuple(shown.id for shown in gone if shown.id in vanished),
        aged=tuple(shown.id for shown in gone if shown.id not in vanished),
    )


def _from_the_middle(
    before: Sequence[Shown], now: Sequence[Shown], gone: Sequence[Shown]
) -> list[Shown]:
    """Those of the gone whose leaving neither their age nor the newcomers explain."""
    dated = [shown for shown in now if shown.date is not None]
    mostly_dated = 2 * len(dated) > len(now)
    line, backwards = _by_date(dated)
    if not (mostly_dated and len(line) >= ORDERLY * len(dated)) and not _keeps_order(before, now):
        return []
    if not mostly_dated:
        backwards = _grows_at_the_end(before, now)
    missing = {shown.id for shown in gone}
    tail = set(takewhile(missing.__contains__, _from_the_old_end(before, backwards)))
    oldest = min(line) if line else None

    def aged(shown: Shown) -> bool:
        return oldest is not None and shown.date is not None and shown.date <= oldest

    suspects = [shown for shown in gone if shown.id not in tail]
    undated = [shown for shown in suspects if not (mostly_dated and shown.date)]
    known = {shown.article for shown in before}
    came = sum(shown.article not in known for shown in now)
    if len(undated) + len(tail) <= came:
        suspects = [shown for shown in suspects if shown not in undated]
    return [shown for shown in suspects if not (mostly_dated and aged(shown))]


def _from_the_old_end(before: Sequence[Shown], backwards: bool) -> Iterator[int]:
    return (shown.id for shown in (before if backwards else reversed(before)))


def _by_date(dated: Sequence[Shown]) -> tuple[list[datetime], bool]:
    """The dates that stand in order, the newest first or (then True) last, without the few that
    are kept elsewhere, as on top."""
    dates = [shown.date.timestamp() for shown in dated if shown.date is not None]
    down, up = _longest_rise([-date for date in dates]), _longest_rise(dates)
    places = down if len(down) >= len(up) else up
    found = [dated[place].date for place in places]
    return [date for date in found if date is not None], len(up) > len(down)


def _keeps_order(before: Sequence[Shown], now: Sequence[Shown]) -> bool:
    """Whether those that stay stand to one another as they did, but for a few that were moved."""
    place = {shown.article: number for number, shown in enumerate(before)}
    stays = [place[shown.article] for shown in now if shown.article in place]
    return len(_longest_rise(stays)) >= ORDERLY * len(stays)


def _grows_at_the_end(before: Sequence[Shown], now: Sequence[Shown]) -> bool:
    """Whether what came stands behind all that stays, none of it in front."""
    known = {shown.article for shown in before}
    new = [shown.article not in known for shown in now]
    return bool(new) and new[-1] and not new[0]


def _longest_rise(values: Sequence[float]) -> list[int]:
    """The places of a longest subsequence that never falls."""
    ends: list[float] = []  # the smallest last value of a rise, by its length
    last: list[int] = []  # and its place
    previous: list[int] = []
    for place, value in enumerate(values):
        length = bisect_right(ends, value)
        previous.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(value)
            last.append(place)
        else:
            ends[length], last[length] = value, place
    found = []
    place = last[-1] if last else -1
    while place >= 0:
        found.append(place)
        place = previous[place]
    return found[::-1]
