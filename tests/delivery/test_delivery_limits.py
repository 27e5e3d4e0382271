"""A relay's rate, quotas and warm-up, and its health, shared by all senders as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from newsletter.config import RelayConfig
from newsletter.delivery import limits
from newsletter.delivery.limits import Grant
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.models import Relay, RelayState

FAST = RelayConfig(name="local", host="127.0.0.1", rate=10)
OTHER = RelayConfig(name="other", host="127.0.0.1")
BOTH = (FAST, OTHER)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _known(inst: Installation, now: datetime) -> None:
    with inst.database.write() as session:
        limits.register(session, BOTH, now)


def limited(**more: object) -> RelayConfig:
    return RelayConfig.model_validate({"name": "local", "host": "127.0.0.1"} | more)


def grants(
    inst: Installation, now: datetime, relays: Sequence[RelayConfig] = BOTH, wanted: int = 1000
) -> list[Grant]:
    with inst.database.write() as session:
        return limits.grants(session, relays, wanted, now)


def names(inst: Installation, now: datetime, relays: Sequence[RelayConfig] = BOTH) -> list[str]:
    return [grant.relay.name for grant in grants(inst, now, relays)]


def take(
    inst: Installation,
    wanted: int,
    now: datetime,
    relay: RelayConfig = FAST,
    *,
    urgent: bool = False,
) -> int:
    """What a sender does: ask, claim all that is granted, and spend it in the same transaction."""
    with inst.database.write() as session:
        found = limits.grants(session, [relay], wanted, now)
        count = sum(grant.urgent if urgent else grant.ordinary for grant in found)
        limits.spend(session, relay, count, now)
    return count


def give_back(inst: Installation, unused: int, now: datetime, relay: RelayConfig = FAST) -> None:
    with inst.database.write() as session:
        limits.give_back(session, relay, unused, now)


def the_relay(inst: Installation, name: str = "local") -> Relay:
    with inst.database.read() as session:
        return session.get_one(Relay, name)


def fail(
    inst: Installation, now: datetime, *, for_admin: bool = False, name: str = "local"
) -> None:
    with inst.database.write() as session:
        limits.failed(session, name, "it hung up", for_admin=for_admin, now=now)


def work(inst: Installation, now: datetime, name: str = "local") -> None:
    with inst.database.write() as session:
        limits.worked(session, name, now)


# --- The rate ---------------------------------------------------------------------------------


def test_a_rate_is_spent_once_whoever_asks(inst: Installation, now: datetime) -> None:
    assert take(inst, 100, now) == 0  # nothing was saved up yet
    assert take(inst, 6, now + SECOND) == 6
    assert take(inst, 6, now + SECOND) == 3  # another sender; a tenth is kept
    assert take(inst, 6, now + SECOND) == 0
    assert take(inst, 6, now + SECOND, urgent=True) == 1
    assert take(inst, 100, now + 1.5 * SECOND) == 4
    assert take(inst, 100, now + 60 * SECOND, urgent=True) == 10  # kept for a second only


def test_a_long_look_at_the_bucket_gives_the_rate_and_no_more(
    inst: Installation, now: datetime
) -> None:
    moments = [now + timedelta(milliseconds=37 * n) for n in range(82)]  # three seconds
    assert 28 <= sum(take(inst, 3, moment) for moment in moments) <= 30


def test_asking_takes_nothing(inst: Installation, now: datetime) -> None:
    for _ in range(3):
        found = {g.relay.name: (g.urgent, g.ordinary) for g in grants(inst, now + SECOND)}
        assert found == {"local": (10, 9), "other": (1000, 1000)}
    assert take(inst, 100, now + SECOND) == 9
    assert grants(inst, now + SECOND, wanted=-3)[0].urgent == 0


def test_a_clock_that_steps_back_gives_nothing(inst: Installation, now: datetime) -> None:
    assert take(inst, 100, now + SECOND, urgent=True) == 10
    assert take(inst, 100, now - HOUR, urgent=True) == 0
    assert take(inst, 100, now - HOUR + SECOND, urgent=True) == 10


def test_a_clock_set_far_back_closes_no_relay_for_years(inst: Installation, now: datetime) -> None:
    relay = limited(per_hour=10, warm_up=[100])
    assert take(inst, 100, now + 400 * DAY, relay) == 9
    fail(inst, now + 400 * DAY)
    assert names(inst, now) == ["other", "local"]  # to be probed at once
    work(inst, now)
    assert take(inst, 100, now, relay) == 0
    assert take(inst, 100, now + 1.1 * HOUR, relay) == 9


def test_unused_rate_is_given_back(inst: Installation, now: datetime) -> None:
    later = now + SECOND
    assert take(inst, 10, later, urgent=True) == 10
    give_back(inst, 7, later)
    give_back(inst, 0, later)
    assert take(inst, 10, later, urgent=True) == 7
    give_back(inst, 100, later)
    assert take(inst, 100, later, urgent=True) == 10  # never more than a second's worth


def test_a_relay_without_a_limit_gives_what_is_wanted(inst: Installation, now: datetime) -> None:
    assert take(inst, 1234, now, OTHER) == 1234


def test_a_relay_that_nobody_registered_is_known_when_asked_for(
    inst: Installation, now: datetime
) -> None:
    assert take(inst, 5, now, RelayConfig(name="late", host="127.0.0.1")) == 5


# --- Quotas and warming up --------------------------------------------------------------------


def test_a_quota_holds_over_all_senders_and_is_free_again_later(
    inst: Installation, now: datetime
) -> None:
    relay = limited(per_minute=20, per_hour=50, per_day=60)
    assert [take(inst, 10, now, relay) for _ in range(4)] == [10, 8, 0, 0]
    assert take(inst, 10, now, relay, urgent=True) == 2
    assert take(inst, 100, now + 63 * SECOND, relay) == 18
    assert take(inst, 100, now + 126 * SECOND, relay) == 7  # 45 of the hour
    assert take(inst, 100, now + 126 * SECOND, relay, urgent=True) == 5
    assert take(inst, 100, now + 2 * HOUR, relay) == 4  # 54 of the day
    assert take(inst, 100, now + 25 * HOUR, relay) == 18


def test_what_was_claimed_and_not_sent_is_not_charged_to_the_day(
    inst: Installation, now: datetime
) -> None:
    relay = limited(per_day=20, reserve=0)
    assert take(inst, 100, now, relay) == 20
    give_back(inst, 5, now + SECOND, relay)
    assert take(inst, 100, now + 2 * SECOND, relay) == 5


def test_four_senders_at_the_same_moment_keep_to_a_quota(inst: Installation, now: datetime) -> None:
    relays = (limited(per_hour=50, reserve=0), OTHER)
    claimed: list[int] = []

    def send(mine: RelayConfig) -> None:
        for _ in range(10):
            with inst.database.write() as session:  # faults and claims, in any order
                limits.failed(session, "other", "it hung up", for_admin=False, now=now)
                limits.worked(session, "other", now)
                limits.give_back(session, mine, 0, now)
                for grant in limits.grants(session, relays, 3, now):
                    limits.spend(session, grant.relay, grant.ordinary, now)
                    if grant.relay.name == "local":
                        claimed.append(grant.ordinary)

    threads = [Thread(target=send, args=(relays[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(claimed) == 40
    assert sum(claimed) == 50


@pytest.mark.parametrize("limit", [{"rate": 1}, {"per_minute": 1}, {"per_hour": 2}])
def test_a_small_quota_lets_both_ordinary_and_urgent_mail_through(
    inst: Installation, now: datetime, limit: dict[str, int]
) -> None:
    relay = limited(**limit)
    moments = [now + timedelta(minutes=2 * n) for n in range(1, 9)]
    assert sum(take(inst, 9, moment, relay) for moment in moments) > 0
    assert sum(take(inst, 9, m + 2 * HOUR, relay, urgent=True) for m in moments) > 0


def test_a_warm_up_lets_more_through_each_day(inst: Installation, now: datetime) -> None:
    relay = limited(warm_up=[50, 100, 400], per_day=300, reserve=0)
    found = []
    for day in range(5):
        morning = now + day * DAY + timedelta(minutes=30 * day)
        found.append(sum(take(inst, 80, morning + n * HOUR, relay) for n in range(9)))
    assert found == [50, 100, 300, 300, 300]


def test_a_plan_begins_with_the_first_message_under_it(inst: Installation, now: datetime) -> None:
    assert take(inst, 500, now, limited()) == 500
    assert the_relay(inst).warm_since is None
    later = now + 100 * DAY
    assert take(inst, 500, later, limited(warm_up=[50], reserve=0)) == 50
    assert the_relay(inst).warm_since == later
    assert take(inst, 500, later + 2 * DAY, limited(warm_up=[50], reserve=0)) == 500
    assert take(inst, 500, later + 3 * DAY, limited()) == 500  # without the plan, it is forgotten
    assert take(inst, 500, later + 9 * DAY, limited(warm_up=[60], reserve=0)) == 60


def test_when_a_quota_is_spent_it_is_told_and_from_when_there_is_more(
    inst: Installation, now: datetime
) -> None:
    def told(*relays: RelayConfig) -> tuple[datetime, str] | None:
        with inst.database.read() as session:
            return limits.spent_until(session, relays, now + HOUR)

    daily, warm = limited(per_day=10), limited(warm_up=[10, 50])
    assert told(daily) is None
    take(inst, 100, now, warm)
    found = told(daily)
    assert found is not None
    assert found[0] == now + DAY + timedelta(minutes=10)
    assert "'local' has taken what it may for now of its 10 messages a day" in found[1]
    assert told(daily, OTHER) is None  # which has no limit
    tomorrow = told(warm)
    assert tomorrow is not None
    assert tomorrow[0] == now + DAY  # when a larger quota begins
    fail(inst, now + HOUR)
    assert told(daily) is None  # why it sends nothing is another story


# --- Several relays ---------------------------------------------------------------------------


def test_messages_are_shared_out_by_weight(inst: Installation, now: datetime) -> None:
    relays = (limited(weight=3), OTHER)
    sent = dict.fromkeys(("local", "other"), 0)
    for second in range(20):
        with inst.database.write() as session:
            at = now + second * SECOND
            found = limits.grants(session, relays, 10, at)
            split = limits.apportion(10, found)
            for grant in found:
                limits.spend(session, grant.relay, split[grant.relay.name], at)
                sent[grant.relay.name] += split[grant.relay.name]
    assert sent == {"local": 150, "other": 50}


def test_a_standby_is_used_only_when_no_other_relay_can_be(
    inst: Installation, now: datetime
) -> None:
    relays = (FAST, OTHER.model_copy(update={"weight": 0}))
    assert names(inst, now, relays) == ["local"]  # though its rate lets nothing through just now
    fail(inst, now)
    assert names(inst, now, relays) == ["other"]
    retry_at = the_relay(inst).retry_at
    assert retry_at is not None
    assert names(inst, retry_at, relays) == ["other", "local"]  # probed, but not relied upon
    work(inst, now)
    assert names(inst, now, relays) == ["local"]
    fail(inst, now, for_admin=True)
    assert names(inst, now + DAY, relays) == ["other"]


def test_a_standby_takes_over_when_the_day_of_the_others_is_spent(
    inst: Installation, now: datetime
) -> None:
    relays = (limited(per_minute=5, per_day=20), OTHER.model_copy(update={"weight": 0}))
    for minute in range(4):
        assert names(inst, now + 2 * minute * timedelta(minutes=1), relays) == ["local"]
        take(inst, 5, now + 2 * minute * timedelta(minutes=1), relays[0])
    later = now + timedelta(minutes=30)
    assert names(inst, later, relays) == ["local"]  # two are left for ordinary mail
    take(inst, 5, later, relays[0])
    later += timedelta(minutes=5)
    assert [(g.relay.name, g.ordinary) for g in grants(inst, later, relays)] == [
        ("local", 0),
        ("other", 1000),
    ]


# --- Health -----------------------------------------------------------------------------------


def test_a_fault_lets_a_relay_rest_longer_each_time(inst: Installation, now: datetime) -> None:
    waits = []
    for _ in range(12):
        fail(inst, now)
        retry_at = the_relay(inst).retry_at
        assert retry_at is not None
        assert names(inst, now) == ["other"]
        waits.append((retry_at - now).total_seconds())
        now = retry_at
        [probed] = [grant for grant in grants(inst, now) if grant.relay.name == "local"]
        assert (probed.urgent, probed.ordinary, probed.probing) == (1, 1, True)
    for n, wait in enumerate(waits):
        rest = min(5 * 2**n, 600)
        assert 0.8 * rest <= wait <= 1.2 * rest
    assert len(set(waits)) == len(waits)  # with jitter


def test_a_relay_is_probed_by_one_message_at_a_time(inst: Installation, now: datetime) -> None:
    fail(inst, now)
    now += 10 * SECOND
    assert take(inst, 50, now) == 1
    assert the_relay(inst).state is RelayState.PROBING
    assert take(inst, 50, now) == 0  # another sender, at the same moment
    assert take(inst, 50, now + 59 * SECOND) == 0
    assert take(inst, 50, now + 60 * SECOND) == 1  # whoever had it gave no answer
    work(inst, now + 61 * SECOND)
    assert the_relay(inst).state is RelayState.OPEN
    assert take(inst, 50, now + 62 * SECOND) == 9


def test_a_probe_that_fails_doubles_the_rest(inst: Installation, now: datetime) -> None:
    fail(inst, now)
    now += 10 * SECOND
    assert take(inst, 50, now) == 1
    fail(inst, now + SECOND)
    assert (the_relay(inst).state, the_relay(inst).failures) == (RelayState.RESTING, 2)
    assert take(inst, 50, now + 8 * SECOND) == 0


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
    work(inst, now)
    work(inst, now, "other")
    assert (the_relay(inst).state, the_relay(inst).failures) == (RelayState.OPEN, 0)
    assert the_relay(inst, "other").state is RelayState.PAUSED


def test_what_only_the_admin_can_mend_waits_for_the_admin(
    inst: Installation, now: datetime
) -> None:
    fail(inst, now)
    with inst.database.read() as session:
        assert limits.recovers_soon(session, BOTH)
    fail(inst, now, for_admin=True)  # resting: this tells more
    fail(inst, now, for_admin=True, name="other")
    assert names(inst, now + 9 * DAY) == []
    with inst.database.read() as session:
        assert "'local' is paused: it hung up" in limits.why_none(session, BOTH)
        assert not limits.recovers_soon(session, BOTH)
    with inst.database.write() as session:
        limits.resume(session, "local", now)
    assert names(inst, now) == ["local"]


def test_an_admin_pauses_and_resumes_a_relay(inst: Installation, now: datetime) -> None:
    with inst.database.write() as session:
        limits.pause(session, "local", "moving house", now)
    assert names(inst, now) == ["other"]
    with inst.database.write() as session:
        limits.resume(session, "local", now)
        with pytest.raises(NotFound, match="no such relay: 'nobody'"):
            limits.pause(session, "nobody", "", now)
    assert sorted(names(inst, now)) == ["local", "other"]
