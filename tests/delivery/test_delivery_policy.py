"""What becomes of a delivery after each outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery import policy
from newsletter.delivery.policy import Next, after, backoff
from newsletter.mail.replies import (
    Accepted,
    Deferred,
    Fault,
    Outcome,
    Rejected,
    Reply,
    Unknown,
    outcome_of,
)
from newsletter.models import DeliveryState
from subscribers.models import OnUnknown

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
FAR = NOW + timedelta(days=3)

replies = st.builds(
    Reply, st.integers(200, 599), st.text(max_size=3000), st.sampled_from(["MAIL", "RCPT", "."])
)
reasons = st.text(max_size=3000)
faults = st.sampled_from(Fault)
outcomes = st.one_of(
    st.builds(Accepted, replies),
    st.builds(Rejected, faults, reasons, st.none() | replies),
    st.builds(Deferred, faults, reasons, st.none() | replies, st.booleans()),
    st.builds(Unknown, reasons),
    st.builds(
        outcome_of,
        st.builds(Reply, st.integers(400, 599), reasons, st.sampled_from(["MAIL", "RCPT", "."])),
    ),
)


def step(
    outcome: Outcome,
    tries: int = 1,
    on_unknown: OnUnknown = OnUnknown.RETRY,
    expires_at: datetime | None = FAR,
) -> Next:
    return after(
        outcome, tries=tries, on_unknown=on_unknown, expires_at=expires_at, now=NOW,
        chance=Random(1),
    )  # fmt: skip


@given(outcomes, st.integers(1, 60), st.sampled_from(OnUnknown), st.none() | st.just(FAR))
def test_every_outcome_leads_to_a_state_that_waits_or_ends(
    outcome: Outcome, tries: int, on_unknown: OnUnknown, expires_at: datetime | None
) -> None:
    found = step(outcome, tries, on_unknown, expires_at)
    waits = {DeliveryState.QUEUED, DeliveryState.DEFERRED}
    ends = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED}
    assert found.state in waits | ends | {DeliveryState.UNKNOWN}
    if found.state in waits:
        assert found.due_at is not None
    if found.state in ends:
        assert found.due_at is None
    assert len(found.reply) <= policy.REPLY_LENGTH


@given(outcomes, st.integers(1, 60), st.sampled_from(OnUnknown))
def test_only_a_relays_fault_is_not_charged(
    outcome: Outcome, tries: int, on_unknown: OnUnknown
) -> None:
    relays = isinstance(outcome, Deferred) and outcome.fault is Fault.RELAY
    found = step(outcome, tries, on_unknown)
    assert found.charged is not relays
    assert (found.state is DeliveryState.QUEUED) is relays


@given(outcomes, st.integers(1, 60), st.sampled_from(OnUnknown))
def test_only_an_answer_of_2xx_makes_it_sent(
    outcome: Outcome, tries: int, on_unknown: OnUnknown
) -> None:
    sent = step(outcome, tries, on_unknown).state is DeliveryState.SENT
    assert sent is isinstance(outcome, Accepted)


@given(st.integers(0, 500), st.integers())
def test_the_wait_grows_within_its_bounds(tries: int, seed: int) -> None:
    wait = backoff(tries, Random(seed))
    assert policy.FIRST_WAIT * 0.8 <= wait <= policy.LONGEST_WAIT * 1.2
    if 1 <= tries <= 4:
        assert backoff(tries + 2, Random(seed + 1)) > wait  # doubled twice is beyond any jitter


def test_one_put_off_beyond_its_issues_time_expires() -> None:
    later = Deferred(Fault.RECIPIENT, "450 4.2.1 greylisted")
    assert step(later).state is DeliveryState.DEFERRED
    assert step(later, expires_at=None).state is DeliveryState.DEFERRED
    soon = NOW + timedelta(minutes=3)
    assert step(later, expires_at=soon).state is DeliveryState.EXPIRED


@pytest.mark.parametrize("tries", range(1, 6))
def test_an_unknown_one_is_tried_three_times_at_most(tries: int) -> None:
    found = policy.uncertain(
        "reset", tries=tries, on_unknown=OnUnknown.RETRY, expires_at=None, now=NOW
    )
    assert found.state is DeliveryState.UNKNOWN
    assert found.due_at == (NOW + policy.UNKNOWN_WAIT if tries < 3 else None)
    assert timedelta(minutes=10) < policy.UNKNOWN_WAIT  # what a server has after the dot


def test_an_unknown_one_is_held_where_the_list_says_so() -> None:
    found = policy.uncertain("reset", tries=1, on_unknown=OnUnknown.HOLD, expires_at=None, now=NOW)
    assert (found.state, found.due_at) == (DeliveryState.UNKNOWN, None)


def test_an_unknown_one_is_not_tried_again_beyond_its_time() -> None:
    soon = NOW + timedelta(minutes=5)
    found = policy.uncertain("reset", tries=1, on_unknown=OnUnknown.RETRY, expires_at=soon, now=NOW)
    assert (found.state, found.due_at) == (DeliveryState.UNKNOWN, None)


@pytest.mark.parametrize(("tries", "state"), [(1, "unknown"), (3, "expired")])
def test_an_unknown_notice_ends_by_itself_since_nobody_settles_notices(
    tries: int, state: str
) -> None:
    found = policy.uncertain("reset", tries=tries, on_unknown=None, expires_at=None, now=NOW)
    assert found.state == state
    assert (found.due_at is None) == (state == "expired")
