"""Of several articles that are one, lets one stand in for all, so that nobody gets it twice.

Pure. What became of one of them became of the article:

| of these                               | so                                                     |
| -------------------------------------- | ------------------------------------------------------ |
| one was withdrawn                      | none is sent                                           |
| an issue carried one                   | none comes again, pinned or not                        |
| a draft has one                        | that one stays while it is there; of two, as below     |
| an editor skipped one, and pinned none | none comes                                             |
| the oldest is seen, and none is pinned | none comes                                             |
| an alert carried one                   | it counts as alerted                                   |
| otherwise                              | the one that is pinned comes, else the one that an     |
|                                        | editor gave other words, else the oldest; what is      |
|                                        | gone, ahead or too old makes room for the next         |
| topics                                 | are joined; where one has none, it is for everybody    |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.compose.choose import Candidate, Rules, refusal

__all__ = ["stand_in"]


def stand_in(group: Sequence[Candidate], rules: Rules, *, now: datetime) -> list[Candidate]:
    """The same candidates, so changed that `choose` takes one of them at most.

    Those that the list was never offered (`offered` False) never stand: they only tell what became
    of the article elsewhere.
    """
    group = sorted(group, key=_preference)
    shared = {one.article: _with_what_is_shared(one, group) for one in group}
    sent = [one for one in group if one.carried_in and not one.carried_by_draft]
    drafted = [one for one in group if one.carried_by_draft and not _is_gone(one)]
    stands = (sent or drafted or [_first_that_can(group, shared, rules, now)])[0]
    return [_beside(shared[one.article], one, shared[stands.article]) for one in group]


def _preference(one: Candidate) -> tuple[object, ...]:
    pin = (one.position is None, one.position or 0) if one.pinned else (True, 0)
    return (not one.offered, _is_gone(one), not one.pinned, *pin, not one.reworded, one.article)


def _is_gone(one: Candidate) -> bool:
    return one.removed_upstream or one.skipped


def _with_what_is_shared(one: Candidate, group: Sequence[Candidate]) -> Candidate:
    here = [other for other in group if other.offered]
    pinned = next((other for other in here if other.pinned and not other.skipped), None)
    topics = frozenset[str]()
    if all(other.topics for other in here):
        topics = topics.union(*(other.topics for other in here))
    one = replace(
        one,
        withdrawn=any(other.withdrawn for other in group),
        alerted_in=next((other.alerted_in for other in group if other.alerted_in), None),
        topics=topics,
    )
    if pinned is None:
        return replace(one, skipped=any(other.skipped for other in here))
    return replace(one, pinned=True, position=pinned.position)


def _first_that_can(
    group: Sequence[Candidate], shared: dict[int, Candidate], rules: Rules, now: datetime
) -> Candidate:
    free = [one for one in group if one.offered and not _is_gone(one)]
    if not free:
        return group[0]
    oldest = min(free, key=lambda one: one.article)
    if oldest.seeded and not shared[oldest.article].pinned:
        return oldest  # readers may know it, so its twin is no news
    can = (one for one in free if refusal(shared[one.article], rules, now) is None)
    return next(can, free[0])


def _beside(one: Candidate, own: Candidate, stands: Candidate) -> Candidate:
    """What one of the group is, beside the one that stands."""
    if one.article == stands.article or (own.carried_in and not own.carried_by_draft):
        return one
    one = replace(one, pinned=own.pinned, position=own.position)
    if stands.carried_in is None or (own.carried_by_draft and stands.carried_by_draft):
        return replace(one, same_as=stands.article)
    return replace(
        one,
        carried_in=stands.carried_in,
        carried_by_draft=stands.carried_by_draft,
        carried_as=stands.article,
    )
