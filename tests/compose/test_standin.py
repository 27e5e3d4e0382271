"""Of several articles that are one, one stands in for all: readers get it, and get it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.choose import Candidate, Reason, Rules, choose, dropped
from newsletter.compose.standin import stand_in

NOW = datetime(2026, 1, 24, 8, 0, tzinfo=UTC)
RULES = Rules(max_age_days=35)
OLDER, YOUNGER = 1, 2


def candidate(number: int, *, days: float = 1, **more: object) -> Candidate:
    return replace(Candidate(number, f"Article {number}", NOW - timedelta(days=days)), **more)


def decided(*group: Candidate, rules: Rules = RULES) -> dict[int, Reason]:
    choice = choose(stand_in(group, rules, now=NOW), rules, now=NOW)
    return {decision.article: decision.reason for decision in (*choice.taken, *choice.left)}


AHEAD = {"future_until": NOW + timedelta(days=2)}
SENT = {"carried_in": "hebdo/1"}
DRAFT = {"carried_in": "hebdo/2", "carried_by_draft": True}


@pytest.mark.parametrize(
    ("older", "younger", "reasons"),
    [
        ({}, {}, (Reason.DUE, Reason.SAME)),
        ({}, {"reworded": True}, (Reason.SAME, Reason.DUE)),
        ({}, {"pinned": True}, (Reason.SAME, Reason.PINNED)),
        ({"pinned": True, "position": 2}, {"pinned": True, "position": 1},
         (Reason.SAME, Reason.PINNED)),
        ({"removed_upstream": True}, {}, (Reason.REMOVED_UPSTREAM, Reason.DUE)),
        ({"removed_upstream": True, "pinned": True}, {},
         (Reason.REMOVED_UPSTREAM, Reason.PINNED)),
        (AHEAD, {}, (Reason.SAME, Reason.DUE)),
        ({}, AHEAD, (Reason.DUE, Reason.SAME)),
        (AHEAD, AHEAD, (Reason.FUTURE, Reason.SAME)),
        ({"days": 40}, {}, (Reason.SAME, Reason.DUE)),
        ({}, {"withdrawn": True}, (Reason.WITHDRAWN, Reason.WITHDRAWN)),
        ({}, {"withdrawn": True, "offered": False}, (Reason.WITHDRAWN, Reason.WITHDRAWN)),
        ({}, {"skipped": True}, (Reason.SKIPPED, Reason.SKIPPED)),
        ({"pinned": True}, {"skipped": True}, (Reason.PINNED, Reason.SKIPPED)),
        ({"seeded": True}, {}, (Reason.SEEDED, Reason.SAME)),
        ({"seeded": True}, {"pinned": True}, (Reason.SAME, Reason.PINNED)),
        ({}, {"seeded": True}, (Reason.DUE, Reason.SAME)),
        ({}, {"alerted_in": "hebdo/3"}, (Reason.ALERTED_MARK, Reason.SAME)),
        (SENT, {"pinned": True}, (Reason.CARRIED, Reason.CARRIED)),
        ({"pinned": True}, SENT | {"offered": False}, (Reason.CARRIED, Reason.CARRIED)),
        ({}, DRAFT, (Reason.CARRIED, Reason.CARRIED)),
        (DRAFT, DRAFT, (Reason.CARRIED, Reason.SAME)),
        (SENT, DRAFT, (Reason.CARRIED, Reason.CARRIED)),
        (DRAFT | {"removed_upstream": True}, {}, (Reason.REMOVED_UPSTREAM, Reason.DUE)),
    ],
)  # fmt: skip
def test_what_became_of_one_became_of_both(
    older: dict[str, object], younger: dict[str, object], reasons: tuple[Reason, Reason]
) -> None:
    found = decided(candidate(OLDER, **older), candidate(YOUNGER, **younger))
    assert found == {OLDER: reasons[0], YOUNGER: reasons[1]}


def test_an_issue_says_under_which_number_it_had_the_article() -> None:
    sent, other = stand_in([candidate(1, **SENT), candidate(2)], RULES, now=NOW)
    assert (sent.carried_as, other.carried_as) == (None, 1)
    assert choose([other], RULES, now=NOW).left[0].sentence == (
        "left out: hebdo/1 already carried it, as article 1"
    )


def test_a_draft_loses_what_was_sent_under_another_number() -> None:
    _, drafted = stand_in([candidate(1, **SENT), candidate(2, **DRAFT)], RULES, now=NOW)
    assert dropped(drafted) is not None
    first, second = stand_in([candidate(1, **DRAFT), candidate(2, **DRAFT)], RULES, now=NOW)
    assert dropped(first) is None
    assert dropped(second) is not None


def test_topics_are_joined_and_an_article_for_everybody_stays_one() -> None:
    music, sport = (candidate(n, topics=frozenset({t})) for n, t in enumerate(("music", "sport")))
    assert {c.topics for c in stand_in([music, sport], RULES, now=NOW)} == {
        frozenset({"music", "sport"})
    }
    assert {c.topics for c in stand_in([music, candidate(2)], RULES, now=NOW)} == {frozenset()}


STATES = st.fixed_dictionaries(
    {
        "days": st.sampled_from([1, 40]),
        "pinned": st.booleans(),
        "position": st.sampled_from([None, 1, 2]),
        "skipped": st.booleans(),
        "reworded": st.booleans(),
        "seeded": st.booleans(),
        "withdrawn": st.sampled_from([False, False, False, True]),
        "removed_upstream": st.booleans(),
        "offered": st.sampled_from([True, True, False]),
        "alerted_in": st.sampled_from([None, None, "hebdo/3"]),
        "future_until": st.sampled_from([None, None, NOW + timedelta(days=2)]),
    }
)
CARRIED = st.sampled_from([{}, {}, {}, {}, DRAFT, SENT])


@given(st.lists(st.tuples(STATES, CARRIED), min_size=2, max_size=4))
def test_of_those_that_are_one_at_most_one_comes_and_one_comes_if_it_may(
    states: list[tuple[dict[str, object], dict[str, object]]],
) -> None:
    group = [candidate(n, **state, **carried) for n, (state, carried) in enumerate(states, 1)]
    here = [one for one in group if one.offered]
    after = stand_in(group, RULES, now=NOW)
    assert after == stand_in(group[::-1], RULES, now=NOW)
    choice = choose([one for one in after if one.offered], RULES, now=NOW)
    assert len(choice.taken) <= 1
    is_there = [one for one in group if not (one.removed_upstream or one.skipped)]
    sent = any(one.carried_in and not one.carried_by_draft for one in group)
    if sent or any(one.withdrawn for one in group) or any(one.carried_in for one in is_there):
        assert not choice.taken
    drafted = {one.article for one in group if one.carried_by_draft}
    stay = [one for one in after if one.article in drafted and dropped(one) is None]
    assert len(stay) <= 1
    nothing_stops_it = not any(
        one.withdrawn or one.carried_in or one.skipped or one.seeded for one in group
    )
    if nothing_stops_it and choose(here, RULES, now=NOW).taken:
        assert len(choice.taken) == 1
