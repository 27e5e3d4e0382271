"""What is told of sending: by the books, whoever sends, and never faster than the relays may."""

from __future__ import annotations

from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
from newsletter_kit import Install

from newsletter.delivery import limits
from newsletter.installation import Installation
from newsletter.jobs.watching import Speed, Watch, progress
from newsletter.models import Delivery, DeliveryState, IssueState

one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


def test_the_rate_is_what_the_books_grew_by() -> None:
    speed = Speed()
    for second in range(21):
        speed.saw(second, sent=second * 40, tried=second * 50)
    assert speed.sent == pytest.approx(40)
    assert speed.tried == pytest.approx(50)


def test_bursts_are_smoothed_over_ten_seconds_and_what_is_long_past_is_forgotten() -> None:
    speed = Speed()
    for half in range(60):  # ten each whole second
        speed.saw(half / 2, sent=half // 2 * 10, tried=half // 2 * 10)
        if half > 6:
            assert 8 <= speed.sent <= 13
    for half in range(60, 90):
        speed.saw(half / 2, sent=290, tried=290)
    assert speed.sent == 0


def test_the_time_before_anything_moved_does_not_count() -> None:
    speed = Speed()
    for second in range(9):
        speed.saw(second, sent=5, tried=5)
    assert speed.sent == 0
    speed.saw(9, sent=105, tried=105)
    speed.saw(10, sent=205, tried=205)
    assert speed.sent == pytest.approx(100)


def test_nothing_is_said_of_the_rate_before_a_second_was_seen() -> None:
    speed = Speed()
    speed.saw(0, 0, 0)
    speed.saw(0.5, 100, 100)
    assert speed.sent == 0


def sent(inst: Installation, count: int, now: datetime) -> None:
    """So many more are sent, by somebody elsewhere."""
    ids = [row.id for row in kit.deliveries(inst, state=DeliveryState.QUEUED)[:count]]
    for number in ids:
        gone = {"state": DeliveryState.SENT, "due_at": None, "ended_at": now, "code": 250}
        kit.change(inst, Delivery, gone, id=number)


@one_database
def test_what_others_send_is_in_the_rate_and_in_the_time_left(
    install: Install, now: datetime
) -> None:
    inst = install(40)
    issue = kit.frozen_letter(inst, now=now)
    clock = [0.0]
    watch = Watch(inst, issue.id, since=now, now=lambda: now, clock=lambda: clock[0])
    assert watch.look().eta is None
    for _ in range(2):
        sent(inst, 10, now)
        clock[0] += 1.0
        found = watch.look()
    assert found.rate == pytest.approx(10)
    assert (found.remaining, found.tried, found.state) == (20, 20, IssueState.FROZEN)
    assert found.eta == now + timedelta(seconds=2)


@one_database
def test_the_time_left_is_never_less_than_the_relays_allow(install: Install, now: datetime) -> None:
    inst = install(40, rate=0.5)
    issue = kit.frozen_letter(inst, now=now)
    clock = [0.0]
    watch = Watch(inst, issue.id, since=now, now=lambda: now, clock=lambda: clock[0])
    watch.look()
    sent(inst, 20, now)  # a burst
    clock[0] = 1.0
    eta = watch.look().eta
    assert eta is not None
    assert (eta - now).total_seconds() == pytest.approx(40, abs=1)


@one_database
def test_a_quota_that_is_spent_is_told_and_is_in_the_time_left(
    install: Install, now: datetime
) -> None:
    inst = install(40, per_hour=20)
    issue = kit.frozen_letter(inst, now=now)
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
        limits.spend(session, inst.config.relays[0], 20, now)
    clock = [0.0]
    watch = Watch(inst, issue.id, since=now, now=lambda: now, clock=lambda: clock[0])
    watch.look()
    sent(inst, 20, now)
    clock[0] = 1.0
    found = watch.look()
    assert "relay 'local' has taken what it may for now of its 20 messages an hour" in found.trouble
    assert found.eta is not None
    assert found.eta > now + timedelta(minutes=59)


@one_database
def test_counting_takes_a_small_part_of_the_time_only(install: Install, now: datetime) -> None:
    inst = install(3)
    issue = kit.frozen_letter(inst, now=now)
    ticks = iter([0.0, 2.0, 5.0, 41.9, 42.0, 44.0])  # two seconds each time it counts
    watch = Watch(inst, issue.id, since=now, now=lambda: now, clock=lambda: next(ticks))
    first = watch.look()
    sent(inst, 3, now)
    assert watch.look() is first
    assert watch.look() is first
    assert watch.look().done == 3


@one_database
def test_a_second_try_and_a_relay_in_trouble_are_told(install: Install, now: datetime) -> None:
    inst = install(2)
    issue = kit.frozen_letter(inst, now=now)
    due_at = now + timedelta(minutes=5)
    kit.change(inst, Delivery, {"state": DeliveryState.DEFERRED, "due_at": due_at})
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
        limits.pause(session, "local", "its certificate is wrong", now)
    found = progress(inst, issue.id, now=now)
    assert found.due_at == due_at
    assert found.trouble == "relay 'local' is paused: its certificate is wrong"


@one_database
def test_what_was_over_before_is_left_out(install: Install, now: datetime) -> None:
    inst = install(4)
    kit.frozen_letter(inst, now=now)
    sent(inst, 1, now)
    before = progress(inst, now=now)
    sent(inst, 2, now)
    found = progress(inst, since=now, now=now).beyond(before)
    assert (found.audience, found.done, found.remaining) == (3, 2, 1)
