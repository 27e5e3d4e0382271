"""A relay's rate and health, shared by all senders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from newsletter.config import RelayConfig
from newsletter.delivery import limits
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.models import Relay, RelayState

FAST = RelayConfig(name="local", host="127.0.0.1", rate=10)
OTHER = RelayConfig(name="other", host="127.0.0.1")
BOTH = (FAST, OTHER)


@pytest.fixture(autouse=True)
def _known(inst: Installation, now: datetime) -> None:
    with inst.database.write() as session:
        limits.register(session, BOTH, now)


def take(inst: Installation, wanted: int, now: datetime, relay: RelayConfig = FAST) -> int:
    with inst.database.write() as session:
        return limits.take(session, relay, wanted, now)


def usable(inst: Installation, now: datetime) -> str | None:
    with inst.database.read() as session:
        found = limits.usable(session, BOTH, now)
    return found.name if found else None


def the_relay(inst: Installation, name: str = "local") -> Relay:
    with inst.database.read() as session:
        return session.get_one(Relay, name)


def fail(
    inst: Installation, now: datetime, *, for_admin: bool = False, name: str = "local"
) -> None:
    with inst.database.write() as session:
        limits.failed(session, name, "it hung up", for_admin=for_admin, now=now)


def test_a_rate_is_spent_once_whoever_asks(inst: Installation, now: datetime) -> None:
    second = timedelta(seconds=1)
    assert take(inst, 100, now) == 0  # nothing was saved up yet
    assert take(inst, 6, now + second) == 6
    assert take(inst, 6, now + second) == 4  # another sender, at the same moment
    assert take(inst, 6, now + second) == 0
    assert take(inst, 100, now + 1.5 * second) == 5
    assert take(inst, 100, now + 60 * second) == 10  # unused rate is kept for a second only


def test_a_long_look_at_the_bucket_never_gives_more_than_the_rate(
    inst: Installation, now: datetime
) -> None:
    moments = [now + timedelta(milliseconds=37 * n) for n in range(270)]  # ten seconds
    assert sum(take(inst, 3, moment) for moment in moments) <= 10 * 10


def test_a_clock_that_steps_back_gives_nothing(inst: Installation, now: datetime) -> None:
    assert take(inst, 100, now + timedelta(seconds=1)) == 10
    assert take(inst, 100, now - timedelta(hours=1)) == 0
    assert take(inst, 100, now - timedelta(hours=1) + timedelta(seconds=1)) == 10


def test_unused_rate_is_given_back(inst: Installation, now: datetime) -> None:
    later = now + timedelta(seconds=1)
    with inst.database.write() as session:
        assert limits.take(session, FAST, 10, later) == 10
        limits.give_back(session, FAST, 7)
    assert take(inst, 10, later) == 7


def test_a_relay_without_a_rate_gives_what_is_wanted(inst: Installation, now: datetime) -> None:
    assert take(inst, 1234, now, OTHER) == 1234
    assert take(inst, -3, now, OTHER) == 0


def test_a_fault_lets_a_relay_rest_longer_each_time(inst: Installation, now: datetime) -> None:
    waits = []
    for _ in range(12):
        fail(inst, now)
        retry_at = the_relay(inst).retry_at
        assert retry_at is not None
        assert usable(inst, now) == "other"
        waits.append(retry_at - now)
        now = retry_at
        assert usable(inst, now) == "local"  # to be probed
    assert waits[:4] == [limits.FIRST_REST * n for n in (1, 2, 4, 8)]
    assert waits[-1] == limits.LONGEST_REST


def test_the_same_fault_met_by_several_connections_counts_once(
    inst: Installation, now: datetime
) -> None:
    for _ in range(4):
        fail(inst, now)
    assert the_relay(inst).failures == 1


def test_a_message_taken_opens_a_resting_relay_and_no_paused_one(
    inst: Installation, now: datetime
) -> None:
    fail(inst, now)
    fail(inst, now, for_admin=True, name="other")
    with inst.database.write() as session:
        limits.worked(session, "local", now)
        limits.worked(session, "other", now)
    assert (the_relay(inst).state, the_relay(inst).failures) == (RelayState.OPEN, 0)
    assert the_relay(inst, "other").state is RelayState.PAUSED


def test_what_only_the_admin_can_mend_waits_for_the_admin(
    inst: Installation, now: datetime
) -> None:
    fail(inst, now)
    fail(inst, now, for_admin=True)  # resting: this tells more
    fail(inst, now, for_admin=True, name="other")
    assert usable(inst, now + timedelta(days=9)) is None
    with inst.database.read() as session:
        assert "'local' is paused: it hung up" in limits.why_none(session, BOTH)
        assert not limits.recovers_soon(session, BOTH)
    with inst.database.write() as session:
        limits.resume(session, "local", now)
    assert usable(inst, now) == "local"


def test_an_admin_pauses_and_resumes_a_relay(inst: Installation, now: datetime) -> None:
    with inst.database.write() as session:
        limits.pause(session, "local", "moving house", now)
    assert usable(inst, now) == "other"
    with inst.database.write() as session:
        limits.resume(session, "local", now)
        with pytest.raises(NotFound, match="no such relay: 'nobody'"):
            limits.pause(session, "nobody", "", now)
    assert usable(inst, now) == "local"
