"""How often a source publishes, and whether it has been silent for longer than it usually is.

A server that answers 304 for ever, or a feed that nobody writes to any more, looks like a quiet
week; only the rhythm of what came before tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

ONE_MOMENT = timedelta(hours=20)  # what comes within it came together: an edition, a day's news
FEWEST_GAPS = 3  # two gaps are no rhythm
USUAL = 0.9  # nine gaps of ten are no longer than the usual one
PATIENCE = 3  # usual gaps
SHORTEST_SILENCE = timedelta(days=7)  # a daily that pauses over a long weekend is not silent


@dataclass(frozen=True)
class Rhythm:
    """When something came last, and how long it usually takes; each None where it is not known."""

    newest_at: datetime | None = None
    usual_gap_minutes: int | None = None


def rhythm(moments: Iterable[datetime | None], *, now: datetime) -> Rhythm:
    """The rhythm of articles that came at these moments, in any order; undated ones are left out.

    A date ahead of `now` says nothing about the present. The usual gap is the one that nine of ten
    do not exceed, at least 20 h, and None where there are fewer than three.
    """
    came = sorted(moment for moment in moments if moment is not None and moment <= now)
    if not came:
        return Rhythm()
    editions: list[datetime] = []
    for moment in came:
        if not editions or moment - editions[-1] >= ONE_MOMENT:
            editions.append(moment)
    gaps = sorted(later - one for one, later in pairwise(editions))
    if len(gaps) < FEWEST_GAPS:
        return Rhythm(came[-1])
    usual = gaps[min(int(len(gaps) * USUAL), len(gaps) - 1)]
    return Rhythm(came[-1], int(usual / timedelta(minutes=1)))


def silent(
    newest_at: datetime | None, usual_gap_minutes: int | None, now: datetime
) -> timedelta | None:
    """For how long a source has been unusually silent; None where it is not, or has no rhythm.

    Unusual is more than three of its usual gaps, and more than a week.
    """
    if newest_at is None or usual_gap_minutes is None:
        return None
    quiet = now - newest_at
    limit = max(SHORTEST_SILENCE, PATIENCE * timedelta(minutes=usual_gap_minutes))
    return quiet if quiet > limit else None
