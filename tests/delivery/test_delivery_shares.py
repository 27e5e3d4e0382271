"""How many connections each sender may have: fair, and never above the relay's limit in sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import Thread

import newsletter_kit as kit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import RelayConfig
from newsletter.delivery import limits
from newsletter.delivery.shares import fair
from newsletter.installation import Installation
from newsletter.models import RelayShare

WANTED = st.dictionaries(st.integers(1, 8), st.integers(0, 30), min_size=1)


def relay(connections: int) -> RelayConfig:
    return RelayConfig(name="local", host="127.0.0.1", connections=connections)


@dataclass
class Sender:
    """A worker as far as its connections to one relay go; `open` is what it really has."""

    inst: Installation
    relay: RelayConfig
    id: int
    wants: int = 100
    open: int = 0
    now: datetime = field(kw_only=True)

    def ask(self) -> int:
        with self.inst.database.write() as session:
            found = limits.shares(
                session, self.id, [self.relay], {"local": self.wants}, self.now,
                in_use={"local": self.open},
            )  # fmt: skip
        return found["local"]

    def turn(self) -> int:
        """Ask; open what is allowed, and close what is not, which is reported at the next turn."""
        allowed = self.ask()
        self.open = min(allowed, self.wants)
        return allowed


def senders(inst: Installation, count: int, connections: int, now: datetime) -> list[Sender]:
    return [Sender(inst, relay(connections), kit.register(inst), now=now) for _ in range(count)]


def turns(many: list[Sender], rounds: int = 3) -> list[int]:
    for _ in range(rounds):
        for one in many:
            one.turn()
    return [one.open for one in many]


@given(WANTED, WANTED, st.integers(0, 60))
def test_a_fair_part_is_as_equal_as_can_be(
    wanted: dict[int, int], held: dict[int, int], limit: int
) -> None:
    parts = fair(wanted, held, limit)
    assert sum(parts.values()) == min(limit, sum(wanted.values()))
    assert all(0 <= part <= wanted[worker] for worker, part in parts.items())
    unmet = [part for worker, part in parts.items() if part < wanted[worker]]
    if unmet:
        assert max(parts.values()) <= min(unmet) + 1


@given(st.lists(st.integers(1, 20), min_size=1, max_size=9), st.integers(1, 30), st.randoms())
def test_fair_parts_stay_where_they_are(wants: list[int], limit: int, chance: Random) -> None:
    wanted = dict(enumerate(wants))
    order = list(wanted)
    chance.shuffle(order)
    held = fair({worker: wanted[worker] for worker in order}, {}, limit)
    assert fair(wanted, held, limit) == held


def test_four_senders_share_the_connections_of_a_relay(inst: Installation, now: datetime) -> None:
    many = senders(inst, 4, 10, now)
    assert turns(many) == [3, 3, 2, 2]
    many[0].wants = 1
    assert turns(many) == [1, 3, 3, 3]
    many[0].wants = 0
    assert turns(many[:1]) == [0]
    assert turns(many[1:]) == [4, 3, 3]


def test_one_that_has_them_all_gives_them_up_before_another_gets_them(
    inst: Installation, now: datetime
) -> None:
    first, second = senders(inst, 2, 4, now)
    assert first.turn() == 4
    assert second.turn() == 0
    assert first.ask() == 2  # told; but two of its four are still in the middle of a message
    assert second.ask() == 0
    first.open = 3
    assert (first.ask(), second.ask()) == (2, 1)
    first.open = 2
    assert (first.ask(), second.ask()) == (2, 2)


def test_with_fewer_connections_than_senders_some_wait_and_take_over(
    inst: Installation, now: datetime
) -> None:
    many = senders(inst, 4, 2, now)
    assert turns(many) == [1, 1, 0, 0]
    many[1].wants = 0
    assert turns(many) == [1, 0, 1, 0]
    with inst.database.write() as session:
        limits.release(session, [many[0].id])  # it died, and was recovered
    assert turns(many[1:]) == [0, 1, 1]


def test_a_sender_that_says_nothing_of_what_it_has_open_keeps_it(
    inst: Installation, now: datetime
) -> None:
    first, second = senders(inst, 2, 4, now)
    with inst.database.write() as session:
        wish = {"local": 9}
        assert limits.shares(session, first.id, [relay(4)], wish, now) == {"local": 4}
        assert limits.shares(session, second.id, [relay(4)], wish, now) == {"local": 0}
        assert limits.shares(session, first.id, [relay(4)], wish, now) == {"local": 4}
        assert limits.shares(session, first.id, [relay(4)], {"local": 1}, now) == {"local": 1}
        assert limits.shares(session, second.id, [relay(4)], wish, now) == {"local": 3}
        assert limits.shares(session, first.id, [relay(4)], {}, now) == {"local": 0}
        assert session.get(RelayShare, ("local", first.id)) is None


@pytest.fixture(params=[1, 7])
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)


def test_whatever_they_want_and_whenever_they_close_the_limit_holds(
    inst: Installation, now: datetime, chance: Random
) -> None:
    many = senders(inst, 4, 5, now)
    for _ in range(60):
        one = chance.choice(many)
        one.wants = chance.choice((0, 1, 3, 9))
        allowed = one.ask()
        assert sum(other.open for other in many if other is not one) + allowed <= 5
        if allowed < one.open:
            one.open = chance.randint(allowed, one.open)  # some are in the middle of a message
        else:
            one.open = chance.randint(one.open, max(min(allowed, one.wants), one.open))
        assert sum(other.open for other in many) <= 5


def test_four_senders_at_the_same_moment_never_exceed_the_limit(
    inst: Installation, now: datetime
) -> None:
    many = senders(inst, 4, 3, now)
    threads = [Thread(target=lambda one=one: [one.turn() for _ in range(5)]) for one in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(one.open for one in many) <= 3
    assert sum(turns(many)) == 3
