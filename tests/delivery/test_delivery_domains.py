"""Recipient domains: their rate, their places and their rests, over all senders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from newsletter_kit import Install, a_worker, add_readers, frozen_letter, register, states
from smtp_script import ScriptedServer
from sqlalchemy.orm import Session

from newsletter.config import DomainConfig, parse_config
from newsletter.delivery import domains
from newsletter.delivery.domains import Rules
from newsletter.delivery.pacing import HORIZON, Pace, Refusal, judge
from newsletter.errors import ConfigError
from newsletter.installation import Installation
from newsletter.jobs.pacing import list_domains, resume_domain
from newsletter.models import Delivery, DeliveryState, RecipientDomain

RULES = Rules(
    [
        DomainConfig(names=("hotmail.example", "outlook.example"), rate=10, connections=3),
        DomainConfig(names=("lent.example",), rate=0.2),
        DomainConfig(names=("étroit.example",), connections=2),
    ]
)
SECOND = timedelta(seconds=1)
TOO_FAST = "450 4.7.1 you send too many messages (to RCPT)"
PERHAPS = "451 4.3.0 our directory does not answer (to RCPT)"

Due = Sequence[tuple[int, str]]


def admit(
    inst: Installation, due: Due, now: datetime, rules: Rules = RULES, *, urgent: bool = False
) -> tuple[list[int], dict[int, datetime]]:
    with inst.database.write() as session:
        return domains.admit(session, rules, due, now, urgent=urgent)


@contextmanager
def impatient(inst: Installation) -> Iterator[Session]:
    """A transaction on PostgreSQL that fails rather than wait for a lock."""
    with inst.database.write() as session:
        session.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
        yield session


def slow(
    inst: Installation, now: datetime, reason: str = TOO_FAST, name: str = "x.example"
) -> None:
    with inst.database.write() as session:
        domains.slowed(session, RULES, {name: reason}, now, Random(1))


def relieve(inst: Installation, *names: str) -> None:
    with inst.database.write() as session:
        domains.relieved(session, RULES, names)


def row_of(inst: Installation, name: str) -> RecipientDomain | None:
    with inst.database.read() as session:
        return session.get(RecipientDomain, name)


def drained(
    inst: Installation,
    waiting: Mapping[int, datetime],
    domain: str,
    start: datetime,
    *,
    seconds: float,
    senders: int = 4,
    step: float = 0.25,
    batch: int = 50,
) -> tuple[list[tuple[float, int]], int]:
    """What several senders claim in turn, as (seconds since the start, id); and the looks at it."""
    due_at = dict(waiting)
    gone: list[tuple[float, int]] = []
    looks = 0
    for turn in range(int(seconds / step)):
        at = turn * step
        now = start + at * SECOND
        for _ in range(senders):
            due = sorted((when, each) for each, when in due_at.items() if when <= now)[:batch]
            if not due:
                continue
            going, later = admit(inst, [(each, domain) for _, each in due], now)
            looks += len(due)
            due_at |= later
            for each in going:
                del due_at[each]
                gone.append((at, each))
    return gone, looks


# --- Rate and places ---------------------------------------------------------------------------


def test_a_domain_that_no_rule_names_goes_at_once(inst: Installation, now: datetime) -> None:
    due = [(n, f"d{n % 7}.example") for n in range(500)]
    assert admit(inst, due, now) == (list(range(500)), {})
    with inst.database.read() as session:
        assert session.scalars(sa.select(RecipientDomain)).all() == []


def test_four_senders_together_never_exceed_a_rate_and_each_message_is_looked_at_about_once(
    inst: Installation, now: datetime
) -> None:
    waiting = dict.fromkeys(range(1, 201), now)
    gone, looks = drained(inst, waiting, "outlook.example", now, seconds=22)
    assert len(gone) == 200
    times = [at for at, _ in gone]
    for start in range(20):
        for length in (1, 5, 20):
            inside = sum(1 for at in times if start <= at < start + length)
            assert inside <= 10 * length + 16  # the rate, and what may have been saved up
    assert 19 <= times[-1] <= 21  # as fast as the rate lets them, too
    assert looks <= 2 * 200


def test_a_rate_below_one_a_second_is_kept_exactly_though_senders_look_late(
    inst: Installation, now: datetime
) -> None:
    waiting = dict.fromkeys(range(1, 13), now)
    gone, looks = drained(inst, waiting, "lent.example", now, seconds=60, senders=1, step=0.9)
    assert [round(at / 5) for at, _ in gone] == list(range(12))
    assert looks <= 2 * 12


@pytest.mark.parametrize("rate", [0.3, 0.7, 1, 3, 7, 10, 33.3])
def test_a_message_that_comes_at_its_very_place_finds_its_token(now: datetime, rate: float) -> None:
    pace = Pace(rate, tokens=0.0, tokens_at=now)
    _, places = pace.admit(range(300), now, urgent=False)
    for each, place in places.items():
        if place <= now + HORIZON / 4:
            assert pace.admit([each], place, urgent=False) == ([each], {})


def test_other_domains_and_other_issues_go_on_beside_a_limited_one(
    inst: Installation, now: datetime
) -> None:
    due = [(n, "lent.example" if n % 2 else "libre.example") for n in range(1, 41)]
    going, later = admit(inst, due, now)
    assert going == [1, *range(2, 41, 2)]
    assert sorted(later) == list(range(3, 41, 2))


def test_a_new_issue_does_not_wait_for_the_places_of_a_cancelled_one(
    inst: Installation, now: datetime
) -> None:
    admit(inst, [(n, "lent.example") for n in range(1, 500)], now)
    later = now + timedelta(minutes=10)  # nothing of it was sent
    going, places = admit(inst, [(n, "lent.example") for n in range(1000, 1005)], later)
    assert going == [1000]
    assert max(places.values()) <= later + 4 * 5 * SECOND


def test_no_place_is_given_further_ahead_than_an_hour(inst: Installation, now: datetime) -> None:
    _, places = admit(inst, [(n, "lent.example") for n in range(1, 3001)], now)
    hour = now + timedelta(hours=1)
    assert max(places.values()) <= hour
    reserved = sorted(places.values())[: 720 // 2]
    assert all(b - a <= 5 * SECOND for a, b in pairwise(reserved))
    row = row_of(inst, "lent.example")
    assert row is not None
    assert row.backlog_until is not None
    assert row.backlog_until <= hour


def test_a_clock_that_steps_back_stops_nobody_for_long(inst: Installation, now: datetime) -> None:
    admit(inst, [(n, "outlook.example") for n in range(1, 1000)], now)
    earlier = now - timedelta(days=1)
    _, places = admit(inst, [(2000, "outlook.example")], earlier)
    assert all(place <= earlier + timedelta(hours=1) for place in places.values())
    slow(inst, now)
    assert admit(inst, [(1, "x.example")], earlier)[0] == [1]  # that rest is not believed


def test_alerts_and_notices_wait_behind_each_other_and_not_behind_an_issue(
    inst: Installation, now: datetime
) -> None:
    admit(inst, [(n, "lent.example") for n in range(1, 101)], now)
    going, places = admit(inst, [(n, "hotmail.example") for n in range(200, 260)], now, urgent=True)
    assert len(going) + len(places) == 60
    _, places = admit(inst, [(n, "lent.example") for n in (500, 501)], now + SECOND, urgent=True)
    assert places[500] <= now + 6 * SECOND
    assert places[501] - places[500] == 5 * SECOND
    _, behind = admit(inst, [(600, "lent.example")], now + SECOND)
    assert behind[600] > now + 490 * SECOND


def test_a_group_that_another_sender_holds_is_left_for_the_next_turn(
    install: Install, now: datetime
) -> None:
    """Both would otherwise wait for each other, each holding what the other wants next."""
    inst = install(kind="postgresql")
    due = [(1, "lent.example"), (2, "libre.example"), (3, "outlook.example")]
    with inst.database.write() as session:
        domains.register(session, RULES, now)
    with inst.database.write() as first:
        domains.admit(first, RULES, due[:1], now)
        with impatient(inst) as second:
            assert domains.admit(second, RULES, due, now) == ([2, 3], {1: now + domains.TAKEN})
        with impatient(inst) as second:
            assert domains.crowded(second, RULES, {"outlook.example": 2}, now) != {}
            domains.slowed(first, RULES, {"hotmail.example": TOO_FAST}, now)
            domains.relieved(first, RULES, ["hotmail.example"])


# --- Refusals ----------------------------------------------------------------------------------


def rest_of(inst: Installation, now: datetime, name: str = "x.example") -> timedelta | None:
    row = row_of(inst, name)
    if row is None or row.rests_until is None or row.rests_until <= now:
        return None
    return row.rests_until - now


def test_a_domain_that_gets_too_much_rests_at_once_and_longer_each_time(
    inst: Installation, now: datetime
) -> None:
    rests = []
    for _ in range(9):
        slow(inst, now)
        rest = rest_of(inst, now)
        assert rest is not None
        going, later = admit(inst, [(1, "x.example"), (2, "y.example")], now)
        assert going == [2]
        assert timedelta(0) <= later[1] - now - rest <= 10 * SECOND
        rests.append(rest / timedelta(minutes=1))
        now += rest
    for measured, minutes in zip(rests, (1, 2, 4, 8, 16, 32, 60, 60, 60), strict=True):
        assert 0.8 * minutes <= measured <= 1.2 * minutes


def test_a_refusal_now_and_then_slows_nobody(inst: Installation, now: datetime) -> None:
    for _ in range(20):
        slow(inst, now, PERHAPS)
        relieve(inst, "x.example")
    assert row_of(inst, "x.example") is None
    for _ in range(4):
        slow(inst, now, PERHAPS)
    assert rest_of(inst, now) is None
    slow(inst, now, PERHAPS)
    assert rest_of(inst, now) is not None


def test_refusals_of_a_day_ago_do_not_add_up_with_one_of_today(
    inst: Installation, now: datetime
) -> None:
    for _ in range(4):
        slow(inst, now, PERHAPS)
    slow(inst, now + timedelta(days=2), PERHAPS)
    row = row_of(inst, "x.example")
    assert row is not None
    assert row.failures == 1


def test_what_was_under_way_as_a_rest_began_does_not_lengthen_it(
    inst: Installation, now: datetime
) -> None:
    for _ in range(5):
        slow(inst, now)
    rest = rest_of(inst, now)
    assert rest is not None
    assert rest < timedelta(minutes=1.3)


def test_a_rested_domain_is_tried_with_a_few_and_one_taken_opens_it(
    inst: Installation, now: datetime
) -> None:
    slow(inst, now)
    due = [(n, "x.example") for n in range(1, 101)]
    now += timedelta(minutes=2)
    going, later = admit(inst, due, now)
    assert 1 <= len(going) <= 3
    assert all(now < when <= now + 20 * SECOND for when in later.values())
    relieve(inst, "x.example", "y.example")
    assert admit(inst, due, now) == ([n for n, _ in due], {})


def test_what_is_taken_during_a_rest_does_not_end_it(inst: Installation, now: datetime) -> None:
    """It was under way before: of many at once, a provider takes some and refuses the others."""
    slow(inst, now)
    with inst.database.write() as session:
        domains.relieved(session, RULES, ["x.example"], now)
    assert rest_of(inst, now) is not None
    with inst.database.write() as session:
        domains.relieved(session, RULES, ["x.example"], now + timedelta(minutes=2))
    assert row_of(inst, "x.example") is None


def test_who_drains_the_queue_waits_for_places_and_not_for_a_rest(
    install: Install, now: datetime
) -> None:
    inst = install()
    add_readers(inst, 2, domain="outlook.example", now=now)
    add_readers(inst, 1, name="libre", domain="libre.example", now=now)
    frozen_letter(inst, now=now)
    with inst.database.write() as session:
        assert not domains.paced(session, RULES, now)
        session.execute(sa.update(Delivery).values(due_at=now + SECOND))
        assert not domains.paced(session, Rules(), now)
        assert domains.paced(session, RULES, now)
        assert not domains.paced(session, RULES, now + SECOND)
        domains.slowed(session, RULES, {"hotmail.example": TOO_FAST}, now)
        assert not domains.paced(session, RULES, now)


def test_a_group_with_a_rate_goes_on_at_that_rate_after_its_rest(
    inst: Installation, now: datetime
) -> None:
    slow(inst, now, name="outlook.example")
    row = row_of(inst, "hotmail.example")
    assert row is not None
    assert row.rests_until is not None
    _, later = admit(inst, [(n, "hotmail.example") for n in range(1, 21)], now)
    assert min(later.values()) == row.rests_until
    assert max(later.values()) == row.rests_until + 1.9 * SECOND
    relieve(inst, "outlook.example")
    row = row_of(inst, "hotmail.example")
    assert row is not None
    assert (row.failures, row.rests_until, row.problem) == (0, None, "")


def test_a_domain_that_was_not_heard_of_for_long_is_forgotten_and_a_limited_one_kept(
    inst: Installation, now: datetime
) -> None:
    admit(inst, [(1, "lent.example")], now)
    slow(inst, now, PERHAPS, "old.example")
    slow(inst, now + timedelta(days=2), PERHAPS, "new.example")
    with inst.database.read() as session:
        names = set(session.scalars(sa.select(RecipientDomain.name)))
    assert names == {"lent.example", "new.example"}


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        # As a very large provider words it, for which each line has its code.
        ("421 4.7.28 mail from your address came at an unusual rate (to RCPT)", Refusal.TOO_MUCH),
        ("450 4.7.0 busy with you, try again later (to .)", Refusal.TOO_MUCH),
        ("450 4.2.1 this user is receiving mail at a rate beyond (to RCPT)", Refusal.ONE_MAILBOX),
        ("452 4.2.2 this inbox is out of storage (to RCPT)", Refusal.ONE_MAILBOX),
        # Others write a code of their own and many words.
        ("421 [TS04] messages from 192.0.2.1 temporarily deferred (to MAIL)", Refusal.TOO_MUCH),
        ("451 4.7.650 this server was rate limited, see our page (to MAIL)", Refusal.TOO_MUCH),
        ("451 4.7.500 server busy, please slow down (to .)", Refusal.TOO_MUCH),
        ("450 too many connections from you, ralentissez (OPQ_100) (to RCPT)", Refusal.TOO_MUCH),
        ("421 4.4.5 we have more than we can do (to RCPT)", Refusal.TOO_MUCH),
        ("452 4.3.2 you exceeded the number of messages for an hour (to .)", Refusal.TOO_MUCH),
        # Small ones.
        ("451 4.7.1 Greylisted: too fast, try again later (to RCPT)", Refusal.UNCLEAR),
        ("450 4.2.0 graylisting in action, five minutes please (to RCPT)", Refusal.UNCLEAR),
        ("451 temporary local problem, please try later (to RCPT)", Refusal.UNCLEAR),
        ("450 4.1.2 no such host just now (to RCPT)", Refusal.ONE_MAILBOX),
        ("452 mailbox full (to RCPT)", Refusal.ONE_MAILBOX),
        ("451 4.3.0 our directory does not answer (to RCPT)", Refusal.UNCLEAR),
        ("450", Refusal.UNCLEAR),
        ("", Refusal.UNCLEAR),
    ],
)
def test_what_a_refusal_says_about_the_whole_domain(reason: str, says: Refusal) -> None:
    assert judge(reason) is says


def test_a_full_mailbox_slows_nobody(inst: Installation, now: datetime) -> None:
    for _ in range(20):
        slow(inst, now, "452 4.2.2 mailbox full (to RCPT)")
    assert rest_of(inst, now) is None


def test_an_admin_ends_a_rest_and_what_waited_for_it_is_due(
    install: Install, now: datetime
) -> None:
    inst = install()
    add_readers(inst, 3, domain="x.example", now=now)
    frozen_letter(inst, now=now)
    slow(inst, now)
    with inst.database.write() as session:
        due = session.execute(sa.select(Delivery.id, Delivery.domain)).all()
        _, later = domains.admit(session, RULES, [(row.id, row.domain) for row in due], now)
        for each, when in later.items():
            session.execute(sa.update(Delivery).where(Delivery.id == each).values(due_at=when))
    (view,) = [one for one in list_domains(inst, now=now) if one.name == "x.example"]
    assert (view.waiting, view.problem) == (3, TOO_FAST)
    assert view.rests_until is not None
    assert resume_domain(inst, "X.example", now=now, actor="test")
    assert not resume_domain(inst, "x.example", now=now, actor="test")
    with inst.database.read() as session:
        assert set(session.scalars(sa.select(Delivery.due_at))) == {now}
    assert list_domains(inst, now=now) == []


# --- With real senders -------------------------------------------------------------------------


class Told:
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []
        self.seconds: list[float] = []
        self.taken = 0

    def recorded(self, relay: str, state: str, seconds: float) -> None:
        self.states.append((relay, state))
        self.seconds.append(seconds)

    def claimed(self, count: int, seconds: float) -> None:
        self.taken += count


def test_a_sender_keeps_to_the_places_of_a_domain_while_others_go_on_and_tells_its_meter(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(port=server.port)
    add_readers(inst, 8, domain="xn--troit-9ra.example", now=now)
    add_readers(inst, 30, name="libre", domain="libre.example", now=now)
    frozen_letter(inst, now=now)
    with inst.database.write() as session:
        domains.register(session, RULES, now)
        session.execute(sa.update(RecipientDomain).values(tokens=20.0))
    told = Told()
    asyncio.run(a_worker(inst, rules=RULES, meter=told).run())
    assert states(inst) == {"sent": 38}
    assert 1 <= server.most_to_domain["xn--troit-9ra.example"] <= 2
    assert told.states == [("local", "sent")] * 38
    assert told.taken == 38
    assert all(0 < seconds < 30 for seconds in told.seconds)


# --- Config ------------------------------------------------------------------------------------


def test_names_are_compared_in_a_labels_and_lower_case() -> None:
    rules = Rules([DomainConfig(names=("Étroit.Example.", "OUTLOOK.example"), rate=1)])
    assert rules.group("outlook.example") == "xn--troit-9ra.example"
    assert rules.limit("eu.outlook.example") is None
    assert rules.rate("outlook.example") == 1
    assert Rules([DomainConfig(names=("a.example",), connections=2)]).rate("a.example") == 20


@pytest.mark.parametrize(
    ("section", "mistake"),
    [
        ('names = ["a.example"]', "domains[1]: expected 'connections', 'rate' or both"),
        ('names = ["*"]\nrate = 1', "domains[1].names[1]: expected a domain such as"),
        ('names = ["x@a.example"]\nrate = 1', "domains[1].names[1]: expected a domain such as"),
        ("names = []\nrate = 1", "domains[1].names: "),
        ('names = ["a.example", "A.example"]\nrate = 1', "each domain to stand once"),
        ('names = ["a.example"]\nrate = 0', "domains[1].rate: "),
        ('names = ["a.example"]\nspeed = 1', "domains[1].speed: is not a key we know"),
    ],
)
def test_a_mistake_in_a_limit_is_told_with_its_key(
    tmp_path: Path, section: str, mistake: str
) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config(f'base_url = "http://localhost"\n[[domains]]\n{section}\n', tmp_path)
    assert any(mistake in line for line in error.value.mistakes), error.value.mistakes


# --- Messages at once --------------------------------------------------------------------------


def transmitting(inst: Installation, worker_id: int, domain: str, count: int) -> None:
    with inst.database.write() as session:
        ids = list(
            session.scalars(
                sa.select(Delivery.id)
                .where(Delivery.domain == domain, Delivery.worker_id.is_(None))
                .limit(count)
            )
        )
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id.in_(ids))
            .values(state=DeliveryState.TRANSMITTING, worker_id=worker_id, due_at=None)
        )


def crowded(inst: Installation, wanted: Mapping[str, int], now: datetime) -> dict[str, int]:
    with inst.database.write() as session:
        return domains.crowded(session, RULES, wanted, now)


def test_messages_at_once_are_counted_over_all_senders_and_the_whole_group(
    install: Install, now: datetime
) -> None:
    inst = install()
    for domain in ("hotmail.example", "outlook.example", "libre.example"):
        add_readers(inst, 5, name=f"at-{domain}-", domain=domain, now=now)
    frozen_letter(inst, now=now)
    first, second = register(inst), register(inst)
    wanted = {"hotmail.example": 9, "outlook.example": 9, "libre.example": 9}
    assert crowded(inst, wanted, now) == {"hotmail.example": 3, "outlook.example": 0}
    transmitting(inst, first, "outlook.example", 1)
    transmitting(inst, second, "hotmail.example", 1)
    transmitting(inst, second, "libre.example", 4)
    with inst.database.write() as session:  # what is only claimed is not under way
        claimed = sa.select(Delivery.id).where(Delivery.domain == "hotmail.example").limit(3)
        free = claimed.where(Delivery.worker_id.is_(None)).scalar_subquery()
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id.in_(free))
            .values(state=DeliveryState.CLAIMED, worker_id=second, due_at=None)
        )
    assert crowded(inst, {"outlook.example": 1}, now) == {"outlook.example": 1}
    assert crowded(inst, wanted, now) == {"hotmail.example": 1, "outlook.example": 0}
    transmitting(inst, first, "outlook.example", 1)
    assert crowded(inst, wanted, now) == {"hotmail.example": 0, "outlook.example": 0}


def test_two_senders_cannot_both_have_the_last_place(install: Install, now: datetime) -> None:
    inst = install(kind="postgresql")
    with inst.database.write() as session:
        domains.register(session, RULES, now)
    with inst.database.write() as first:
        assert domains.crowded(first, RULES, {"hotmail.example": 3}, now) == {"hotmail.example": 3}
        with impatient(inst) as second:
            assert domains.crowded(second, RULES, {"outlook.example": 1}, now) == {
                "outlook.example": 0
            }
    assert crowded(inst, {"outlook.example": 1}, now) == {"outlook.example": 1}


def test_a_domain_without_a_limit_costs_no_statement(inst: Installation, now: datetime) -> None:
    said: list[str] = []
    sa.event.listen(
        inst.database.engine, "before_cursor_execute", lambda *call: said.append(call[2])
    )
    with inst.database.write() as session:
        said.clear()
        assert domains.crowded(session, RULES, {"libre.example": 3, "lent.example": 1}, now) == {}
        assert said == []
