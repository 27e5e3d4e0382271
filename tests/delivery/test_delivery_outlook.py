"""When so many messages will have left, by the limits of the relays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import RelayConfig
from newsletter.delivery import quota
from newsletter.delivery.outlook import LONGEST, Standing, last_at

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def standing(taken: int = 0, since: datetime | None = None, **limits: object) -> Standing:
    relay = {"name": "local", "host": "127.0.0.1", "reserve": 0, "rate": 10} | limits
    counts = quota.add({}, taken, NOW) if taken else {}
    return Standing(RelayConfig.model_validate(relay), counts, since)


def wait(messages: int, *relays: Standing) -> timedelta:
    return last_at(messages, relays, NOW) - NOW


@pytest.mark.parametrize(
    ("messages", "relay", "expected"),
    [
        (600, standing(), 60 * SECOND),
        (600, standing(per_minute=300), 90 * SECOND),
        (600, standing(per_minute=300, taken=300), 150 * SECOND),
        (7200, standing(per_hour=3600), HOUR + 360 * SECOND),
        (7200, standing(per_hour=3600, reserve=0.1), 2 * HOUR + 72 * SECOND),
        (500, standing(per_day=1000, taken=600), DAY + 10 * SECOND),
        (600, standing(warm_up=[50, 100, 400]), 3 * DAY + 5 * SECOND),
        (600, standing(warm_up=[50, 100, 400], since=NOW - 2 * DAY), DAY + 20 * SECOND),
        (600, standing(warm_up=[50, 100], since=NOW - 9 * DAY), 60 * SECOND),
        (50_000, standing(warm_up=[50, 100], per_day=10_000), 6 * DAY + 985 * SECOND),
    ],
)
def test_every_limit_is_reckoned_with(messages: int, relay: Standing, expected: timedelta) -> None:
    found = wait(messages, relay)
    assert abs(found - expected) < SECOND


def test_several_relays_work_side_by_side() -> None:
    assert abs(wait(600, standing(), standing(rate=20)) - 20 * SECOND) < SECOND
    assert abs(wait(600, standing(per_day=100), standing()) - 50 * SECOND) < SECOND


def test_the_estimate_of_no_messages_is_now_and_of_endless_ones_has_an_end() -> None:
    assert wait(0, standing()) < SECOND
    assert wait(10**9, standing(per_day=1)) == LONGEST


@given(st.integers(1, 200_000), st.integers(1, 5000), st.integers(0, 5000), st.floats(0.5, 500))
@settings(max_examples=50, deadline=None)
def test_the_estimate_is_what_sending_by_the_rules_would_take(
    messages: int, per_hour: int, taken: int, rate: float
) -> None:
    """Never sooner than the quota, nor than the rate."""
    relay = standing(per_hour=per_hour, taken=min(taken, per_hour), rate=rate)
    found = wait(messages, relay)
    first = per_hour - min(taken, per_hour)
    hours = max(-(-(messages - first) // per_hour), 0)  # those after the first one
    assert found >= min(hours * HOUR, LONGEST) - SECOND
    assert found.total_seconds() >= min(messages / rate, LONGEST.total_seconds()) - 1
