"""How many messages a relay may still take: windows that roll, a bucket, a plan of days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery import quota
from newsletter.delivery.quota import WINDOWS, Counts, Room, Window

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = WINDOWS

# Moments that a window's edge may lie between: many close together, and leaps beyond a window.
gaps = st.lists(
    st.one_of(st.floats(0, 3), st.floats(0, 90), st.floats(0, 7200), st.floats(0, 200_000)),
    min_size=1, max_size=60,
)  # fmt: skip
shares = st.floats(0, 0.5)


def most_in_a_window(sent: list[tuple[datetime, int]], window: Window) -> int:
    """The most that went in any time of that length, wherever it begins."""
    length = timedelta(seconds=window.length)
    return max(
        (sum(n for at, n in sent if begin <= at < begin + length) for begin, _ in sent), default=0
    )


@given(gaps, st.integers(1, 40), shares, st.sampled_from(WINDOWS), st.data())
@settings(max_examples=80, deadline=None)
def test_no_window_ever_has_more_than_its_quota(
    steps: list[float], limit: int, reserve: float, window: Window, data: st.DataObject
) -> None:
    now, counts, sent = START, Counts(), list[tuple[datetime, int]]()
    for step in steps:
        now += timedelta(seconds=step)
        room = quota.of_quotas(counts, {window.name: limit}, reserve, now)
        assert room.urgent is not None
        assert room.ordinary is not None
        assert 0 <= room.ordinary <= room.urgent <= limit
        taken = data.draw(st.integers(0, room.urgent))
        counts = quota.add(counts, taken, now)
        sent.append((now, taken))
        unused = data.draw(st.integers(0, taken))  # and soon given back
        now += timedelta(seconds=data.draw(st.floats(0, 20)))
        counts = quota.take_off(counts, unused, now)
        sent[-1] = (sent[-1][0], taken - unused)
    assert most_in_a_window(sent, window) <= limit


@given(st.integers(1, 500), st.sampled_from(WINDOWS), st.floats(0, 86_400))
def test_a_quota_is_free_again_one_step_after_its_window_at_most(
    limit: int, window: Window, later: float
) -> None:
    now = START + timedelta(seconds=later)
    counts = quota.add({}, limit, now)
    free = quota.free_at(counts, window, limit, now)
    length = timedelta(seconds=window.length)
    assert now + length < free <= now + length + timedelta(seconds=window.step)
    just_before = free - timedelta(milliseconds=1)
    assert quota.of_quotas(counts, {window.name: limit}, 0, just_before).urgent == 0
    assert quota.of_quotas(counts, {window.name: limit}, 0, free).urgent == limit
    assert quota.free_at(counts, window, limit + 1, now) == now


@given(st.integers(1, 10_000), shares)
def test_the_reserve_is_kept_and_leaves_something_for_ordinary_mail(
    limit: int, reserve: float
) -> None:
    for_ordinary = quota.for_ordinary(limit, reserve)
    assert 1 <= for_ordinary <= limit
    if limit > 1:
        assert limit * reserve - 1e-6 <= limit - for_ordinary < limit * reserve + 1


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (2, 1), (10, 9), (100, 90), (500, 450)])
def test_a_tenth_is_kept_for_alerts(limit: int, expected: int) -> None:
    assert quota.for_ordinary(limit, 0.1) == expected


@given(st.floats(0.01, 1000), shares, gaps)
@settings(max_examples=50)
def test_a_bucket_gives_its_rate_and_no_more(
    rate: float, reserve: float, steps: list[float]
) -> None:
    now, since, tokens, given_out = START, START, 0.0, 0
    for step in steps:
        now += timedelta(seconds=step)
        tokens = quota.refilled(tokens, since, now, rate, reserve)
        taken = quota.of_tokens(tokens, rate, reserve).ordinary
        assert taken is not None
        tokens, since, given_out = tokens - taken, now, given_out + taken
    burst = max(rate, 1 + rate * reserve)
    assert given_out <= (now - START).total_seconds() * rate + burst + 1e-6


@given(st.floats(0.001, 50), shares)
@settings(max_examples=50)
def test_however_slow_a_rate_is_it_lets_ordinary_mail_through(rate: float, reserve: float) -> None:
    later = START + timedelta(seconds=(1 + rate) / rate)
    tokens = quota.refilled(0, START, later, rate, reserve)
    room = quota.of_tokens(tokens, rate, reserve)
    assert (room.ordinary or 0) >= 1


def test_the_counts_forget_what_has_left_every_window() -> None:
    counts: Counts = {}
    for hour in range(24 * 30):
        counts = quota.add(counts, 5, START + timedelta(hours=hour))
    assert len(counts["minute"]) == 1
    assert len(counts["hour"]) == 2
    assert len(counts["day"]) == 25
    assert quota.taken(counts, DAY, START + timedelta(hours=24 * 30 - 1)) == 25 * 5


def test_a_clock_set_back_does_not_close_a_quota_for_as_long_as_it_was_wrong() -> None:
    counts = quota.add({}, 10, START + timedelta(days=400))
    assert quota.of_quotas(counts, {"hour": 10}, 0, START).urgent == 0  # it may be true
    counts = quota.add(counts, 0, START)
    assert quota.of_quotas(counts, {"hour": 10}, 0, START).urgent == 0
    assert quota.of_quotas(counts, {"hour": 10}, 0, START + timedelta(minutes=62)).urgent == 10


def test_what_is_given_back_makes_nothing_leave_a_window_early() -> None:
    counts = quota.add({}, 10, START)
    counts = quota.add(counts, 10, START + timedelta(minutes=30))
    counts = quota.take_off(counts, 10, START + timedelta(minutes=31))
    assert quota.taken(counts, HOUR, START + timedelta(minutes=31)) == 10
    assert quota.taken(counts, HOUR, START + timedelta(minutes=85)) == 10  # the later ones
    assert quota.taken(counts, MINUTE, START + timedelta(minutes=30)) == 10  # it knows no better
    assert quota.take_off({}, 3, START) == {"hour": {}, "day": {}}


def test_rooms_are_narrowed_by_each_limit() -> None:
    assert Room().narrowed(Room(3, 2)) == Room(3, 2)
    assert Room(3, 2).narrowed(Room(5, 1)) == Room(3, 1)
    assert quota.of_quotas({}, {"minute": None}, 0.1, START) == Room(None, None)


def test_a_warm_up_grows_day_by_day_from_the_first_message() -> None:
    plan = (50, 100, 500)
    days = [timedelta(), timedelta(hours=23.9), timedelta(hours=24), timedelta(days=2.5)]
    found = [quota.warm_up_day(START, START + day) for day in days]
    assert found == [1, 1, 2, 3]
    assert quota.warm_up_day(None, START) == 1
    assert quota.warm_up_day(START, START - timedelta(days=9)) == 1  # a clock set back
    assert [quota.day_quota(None, plan, day) for day in (1, 2, 3, 4)] == [50, 100, 500, None]
    assert [quota.day_quota(80, plan, day) for day in (1, 2, 4)] == [50, 80, 80]
    assert quota.day_quota(None, (), 1) is None
