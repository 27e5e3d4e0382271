"""Which articles an issue carries: nothing is lost, nothing starves, everything has a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.compose.choose import Candidate, Choice, Reason, Rules, choose, split_by_topics

NOW = datetime(2026, 1, 24, 8, 0, tzinfo=UTC)
RULES = Rules()


def article(number: int, *, days: float = 1, **more: object) -> Candidate:
    first_seen = NOW - timedelta(days=days)
    return replace(Candidate(number, f"Article {number}", first_seen), **more)


def taken(choice: Choice) -> list[int]:
    return [decision.article for decision in choice.taken]


def reasons(choice: Choice) -> dict[int, Reason]:
    return {decision.article: decision.reason for decision in (*choice.taken, *choice.left)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, Reason.DUE),
        ({"pinned": True}, Reason.PINNED),
        ({"alerted_in": "alerts/3"}, Reason.ALERTED_MARK),
        ({"withdrawn": True}, Reason.WITHDRAWN),
        ({"removed_upstream": True}, Reason.REMOVED_UPSTREAM),
        ({"skipped": True}, Reason.SKIPPED),
        ({"carried_in": "weekly/11"}, Reason.CARRIED),
        ({"future_until": NOW + timedelta(hours=1)}, Reason.FUTURE),
        ({"future_until": NOW}, Reason.DUE),
        ({"seeded": True}, Reason.SEEDED),
        ({"days": 36}, Reason.TOO_OLD),
        ({"days": 34}, Reason.DUE),
        ({"days": 36, "offered_at": NOW - timedelta(days=1)}, Reason.DUE),
        ({"published": NOW - timedelta(days=400)}, Reason.DUE),
    ],
)
def test_each_article_is_judged_by_what_is_known_of_it(
    change: dict[str, object], reason: Reason
) -> None:
    choice = choose([article(1, **change)], RULES, now=NOW)
    assert reasons(choice) == {1: reason}
    assert reason.takes == bool(choice.taken)


def test_a_list_may_leave_out_what_an_alert_carried() -> None:
    rules = Rules(after_alert="leave_out")
    choice = choose([article(1, alerted_in="alerts/3")], rules, now=NOW)
    assert reasons(choice) == {1: Reason.ALERTED_LEFT_OUT}
    assert "alerts/3" in choice.left[0].sentence


@pytest.mark.parametrize("habit", [{"seeded": True}, {"days": 99}, {"alerted_in": "a/1"}])
def test_a_pin_overrules_the_habits_of_the_list(habit: dict[str, object]) -> None:
    rules = Rules(after_alert="leave_out")
    choice = choose([article(1, pinned=True, **habit)], rules, now=NOW)
    assert reasons(choice) == {1: Reason.PINNED}


@pytest.mark.parametrize(
    "fact",
    [
        {"withdrawn": True},
        {"removed_upstream": True},
        {"skipped": True},
        {"carried_in": "w/1"},
        {"future_until": NOW + timedelta(days=1)},
    ],
)
def test_a_pin_never_overrules_a_fact(fact: dict[str, object]) -> None:
    choice = choose([article(1, pinned=True, **fact)], RULES, now=NOW)
    assert not choice.taken


def test_pinned_stand_first_in_the_editors_order_then_the_newest() -> None:
    candidates = [
        article(1, days=3, published=NOW - timedelta(days=3)),
        article(2, days=1, published=NOW - timedelta(days=1)),
        article(3, days=9, pinned=True, position=2),
        article(4, days=2, pinned=True, position=1),
        article(5, days=5, pinned=True),
    ]
    assert taken(choose(candidates, RULES, now=NOW)) == [4, 3, 5, 2, 1]


def test_when_more_is_due_than_fits_the_longest_waiting_get_in() -> None:
    candidates = [article(n, days=n) for n in range(1, 6)]
    choice = choose(candidates, Rules(maximum=3), now=NOW)
    assert taken(choice) == [3, 4, 5]  # the newest of those let in comes first on the page
    assert [d.article for d in choice.left] == [2, 1]
    assert {d.reason for d in choice.left} == {Reason.NO_ROOM}
    assert choice.reason == "3 articles, 2 carried over"


def test_a_pinned_article_gets_in_before_those_that_wait_longer() -> None:
    candidates = [article(1, days=9), article(2, days=1, pinned=True)]
    assert taken(choose(candidates, Rules(maximum=1), now=NOW)) == [2]


def test_nothing_starves_however_much_is_new_each_week() -> None:
    waiting = [article(0, days=0)]
    carried: set[int] = set()
    for week in range(1, 6):
        now = NOW + timedelta(weeks=week)
        fresh = [
            replace(article(week * 10 + n), first_seen=now - timedelta(days=1)) for n in range(3)
        ]
        choice = choose([*waiting, *fresh], Rules(maximum=3), now=now)
        carried |= set(taken(choice))
        waiting = [d.candidate for d in choice.left]
    assert 0 in carried


def test_below_the_minimum_nothing_is_taken_and_all_waits() -> None:
    choice = choose([article(1), article(2, withdrawn=True)], Rules(minimum=2), now=NOW)
    assert not choice.enough
    assert not choice.taken
    assert reasons(choice) == {1: Reason.BELOW_MINIMUM, 2: Reason.WITHDRAWN}
    assert choice.reason == "too few: 1 of at least 2 due"


def test_nothing_new_says_so() -> None:
    choice = choose([article(1, carried_in="weekly/1")], RULES, now=NOW)
    assert (choice.enough, choice.reason) == (False, "nothing new")


@pytest.mark.parametrize("rules", [(0, 5), (3, 2)])
def test_rules_that_no_issue_could_meet_are_refused(rules: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="set 1 <= minimum <= maximum"):
        Rules(*rules)


CANDIDATES = st.lists(
    st.builds(
        lambda number, days, **more: article(number, days=days, **more),
        st.integers(0, 10**6),
        st.floats(0, 60),
        pinned=st.booleans(),
        position=st.none() | st.integers(0, 5),
        skipped=st.booleans(),
        seeded=st.booleans(),
        withdrawn=st.booleans(),
        removed_upstream=st.booleans(),
        carried_in=st.sampled_from([None, None, "weekly/1"]),
        alerted_in=st.sampled_from([None, "alerts/1"]),
        future_until=st.sampled_from([None, NOW + timedelta(days=1)]),
    ),
    unique_by=lambda candidate: candidate.article,
    max_size=25,
)
ALL_RULES = st.builds(
    lambda low, more, age, after: Rules(low, low + more, age, after),
    st.integers(1, 5),
    st.integers(0, 10),
    st.integers(0, 40),
    st.sampled_from(["mark", "leave_out"]),
)


@settings(max_examples=200, deadline=None)
@given(CANDIDATES, ALL_RULES, st.randoms(use_true_random=False))
def test_nothing_is_lost_and_order_of_arrival_does_not_matter(
    candidates: list[Candidate], rules: Rules, random: object
) -> None:
    choice = choose(candidates, rules, now=NOW)
    decisions = (*choice.taken, *choice.left)
    assert sorted(d.article for d in decisions) == sorted(c.article for c in candidates)
    assert all(d.reason.takes for d in choice.taken)
    assert not any(d.reason.takes for d in choice.left)
    assert all(d.sentence and "{" not in d.sentence for d in decisions)
    assert len(choice.taken) <= rules.maximum
    assert choice.enough == (len(choice.taken) >= rules.minimum)
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert choose(shuffled, rules, now=NOW) == choice


def test_topics_only_filter_and_keep_the_order() -> None:
    choice = choose(
        [
            article(1, days=1, topics=frozenset({"Marché"})),
            article(2, days=2),
            article(3, days=3, topics=frozenset({"école", "marché"})),
        ],
        RULES,
        now=NOW,
    )
    assert [d.article for d in split_by_topics(choice.taken, {"marché"})] == [1, 2, 3]
    assert [d.article for d in split_by_topics(choice.taken, {"école"})] == [2, 3]
    assert [d.article for d in split_by_topics(choice.taken, {"musique"})] == [2]
    assert [d.article for d in split_by_topics(choice.taken, ())] == [1, 2, 3]
    assert split_by_topics(choice.taken[:1], {"musique"}) == ()
