"""The mark: the last look before a message begins, and what makes it refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
from sqlalchemy.orm import Session

from newsletter.delivery import books, marking
from newsletter.delivery.marking import WorkerEnded
from newsletter.installation import Installation
from newsletter.jobs import previewing, steering
from newsletter.models import Delivery, DeliveryState, Worker
from subscribers import erasure, leaving, people, suppression
from subscribers.models import Subscriber, Subscription, SuppressionReason

LEASE = timedelta(seconds=30)
ME = "reader1@valmont.example"

Stop = Callable[[Session, datetime], object]


def unsubscribe(session: Session, now: datetime) -> object:
    return leaving.unsubscribe(session, kit.subscription_of(session, ME), source="page", now=now)


def unsubscribe_all(session: Session, now: datetime) -> object:
    return leaving.unsubscribe_all(session, person(session), source="page", now=now)


def suppress(session: Session, now: datetime) -> object:
    return suppression.suppress(session, ME, SuppressionReason.BOUNCE, source="dsn", now=now)


def suppress_domain(session: Session, now: datetime) -> object:
    domain = "@valmont.example"
    return suppression.suppress(session, domain, SuppressionReason.ADMIN, source="cli", now=now)


def erase(session: Session, now: datetime) -> object:
    return erasure.erase(
        session, person(session), lambda key: f"hmac:{key}", source="page", now=now
    )


def pause(session: Session, now: datetime) -> object:
    person(session).paused_until = now + timedelta(days=9)
    return session.flush()


def no_digests(session: Session, now: datetime) -> object:
    kit.subscription_of(session, ME).digests = False
    return session.flush()


STOPS = {
    unsubscribe: ("cancelled", "unsubscribed"),
    unsubscribe_all: ("cancelled", "unsubscribed"),
    suppress: ("suppressed", "suppressed"),
    suppress_domain: ("suppressed", "suppressed"),
    erase: ("cancelled", "erased"),
    pause: ("cancelled", "paused"),
    no_digests: ("cancelled", "unsubscribed"),
}
by_name = pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.__name__)


def person(session: Session) -> Subscriber:
    found = people.find(session, ME)
    assert found is not None
    return found


@pytest.fixture
def claimed(inst: Installation, now: datetime) -> tuple[int, list[int]]:
    """A worker that has claimed a letter to three readers; the second of them is ME."""
    kit.add_readers(inst, 3, now=now)
    kit.frozen_letter(inst, now=now)
    worker = kit.register(inst)
    return worker, [claimed.id for claimed in kit.claim(inst, worker)]


def mark(inst: Installation, worker: int, ids: list[int], now: datetime) -> list[int]:
    with inst.database.write() as session:
        return sorted(marking.mark(session, worker, ids, now=now, lease=LEASE))


def test_a_mark_counts_the_try_and_keeps_the_first_date(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    worker, ids = claimed
    with inst.database.write() as session:
        first = marking.mark(session, worker, ids, now=now, lease=LEASE)
    assert {(m.date, m.tries) for m in first.values()} == {(now, 1)}
    later = now + timedelta(seconds=5)
    with inst.database.write() as session:  # renewed: the same try
        assert marking.mark(session, worker, ids, now=later, lease=LEASE) == first
    kit.change(inst, Delivery, {"state": DeliveryState.CLAIMED})  # as if deferred in between
    with inst.database.write() as session:
        again = marking.mark(session, worker, ids, now=later, lease=LEASE)
    assert {(m.date, m.tries) for m in again.values()} == {(now, 2)}


@by_name
@pytest.mark.parametrize("renewed", [False, True], ids=["first mark", "renewed mark"])
def test_whatever_stops_mail_refuses_the_mark(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime, stop: Stop, renewed: bool
) -> None:
    worker, ids = claimed
    if renewed:
        assert mark(inst, worker, ids, now) == ids
    with inst.database.write() as session:
        stop(session, now)
    state, why = STOPS[stop]
    left = [] if stop is suppress_domain else [ids[0], ids[2]]
    assert mark(inst, worker, ids, now) == left
    [mine] = kit.deliveries(inst, id=ids[1])
    assert (mine.state.value, mine.reply, mine.worker_id, mine.due_at) == (state, why, None, None)
    assert mine.ended_at == now
    assert sum(kit.states(inst).values()) == 3


def test_a_pause_that_is_over_refuses_nothing(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    kit.change(inst, Subscriber, {"paused_until": now}, address_key=ME)
    assert mark(inst, *claimed, now) == claimed[1]


def test_a_cadence_chosen_since_the_freeze_refuses_nothing(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    kit.change(inst, Subscription, {"cadence": "daily"})
    assert mark(inst, *claimed, now) == claimed[1]


@pytest.mark.parametrize("renewed", [False, True])
def test_a_paused_issue_goes_back_to_the_queue(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime, renewed: bool
) -> None:
    worker, ids = claimed
    if renewed:
        mark(inst, worker, ids, now)
    steering.pause(inst, "hebdo/1", reason="a mistake", now=now, actor="t")
    assert mark(inst, worker, ids, now) == []
    assert kit.states(inst) == {"queued": 3}
    assert {d.tries for d in kit.deliveries(inst)} == {0}  # nothing was begun: nobody is charged
    assert kit.claim(inst, worker) == []
    steering.resume(inst, "hebdo/1", now=now, actor="t")
    assert len(kit.claim(inst, worker)) == 3


def test_a_cancelled_issue_is_not_marked(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    worker, ids = claimed
    assert mark(inst, worker, ids[:1], now) == ids[:1]
    steering.cancel(inst, "hebdo/1", reason="a mistake", now=now, actor="t")
    assert kit.states(inst) == {"transmitting": 1, "cancelled": 2}
    assert mark(inst, worker, ids, now) == []  # and the one that was marked is not renewed
    assert kit.states(inst) == {"cancelled": 3}


def test_a_worker_that_was_ended_or_silent_marks_nothing(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    worker, ids = claimed
    with pytest.raises(WorkerEnded):
        mark(inst, worker, ids, now + LEASE * 2)
    kit.change(inst, Worker, {"ended_at": now}, id=worker)
    with pytest.raises(WorkerEnded):
        mark(inst, worker, ids, now)
    assert kit.states(inst) == {"claimed": 3}


def test_what_another_worker_has_is_not_marked(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    assert mark(inst, kit.register(inst), claimed[1], now) == []
    assert kit.states(inst) == {"claimed": 3}


def test_a_notice_is_stopped_by_a_suppression_alone(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 3, now=now)
    issue = kit.frozen_letter(inst, now=now)
    people_ids = [d.subscriber_id for d in kit.deliveries(inst, issue_id=issue.id)]
    steering.cancel(inst, "hebdo/1", reason="only the notices", now=now, actor="t")
    for n, subscriber in enumerate(people_ids):
        notice = previewing.send_preview(inst, "hebdo/1", f"reader{n}@valmont.example", now=now)
        kit.change(inst, Delivery, {"subscriber_id": subscriber}, id=notice.id)
    worker = kit.register(inst)
    ids = [claimed.id for claimed in kit.claim(inst, worker)]
    with inst.database.write() as session:
        suppress(session, now)
        reader = kit.subscription_of(session, "reader0@valmont.example")
        leaving.unsubscribe(session, reader, source="page", now=now)
    assert mark(inst, worker, ids, now) == [ids[0], ids[2]]
    assert [d.state.value for d in kit.deliveries(inst, id=ids[1])] == ["suppressed"]


def test_a_notice_to_a_new_address_is_asked_for_by_that_address(
    inst: Installation, now: datetime
) -> None:
    """Who moves away from a mailbox that bounced is written to at the new one."""
    kit.add_readers(inst, 2, now=now)
    issue = kit.frozen_letter(inst, now=now)
    person = kit.deliveries(inst, issue_id=issue.id)[1].subscriber_id  # reader1
    steering.cancel(inst, "hebdo/1", reason="only the notices", now=now, actor="t")
    for address in ("new@valmont.example", "reader1@valmont.example"):
        notice = previewing.send_preview(inst, "hebdo/1", address, now=now)
        kit.change(inst, Delivery, {"subscriber_id": person}, id=notice.id)
    worker = kit.register(inst)
    ids = [claimed.id for claimed in kit.claim(inst, worker)]
    with inst.database.write() as session:
        suppress(session, now)
    assert mark(inst, worker, ids, now) == ids[:1]


def test_who_moved_is_not_written_to_where_that_is_forbidden_now(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    """The address is frozen with the delivery: it is asked for beside the person's own."""
    worker, ids = claimed
    kit.change(
        inst,
        Subscriber,
        {"address": "away@valmont.example", "address_key": "away@valmont.example"},
        id=kit.deliveries(inst, id=ids[1])[0].subscriber_id,
    )
    assert mark(inst, worker, ids[:2], now) == ids[:2]
    with inst.database.write() as session:
        suppress(session, now)
    assert mark(inst, worker, ids, now) == [ids[0], ids[2]]
    assert [d.state.value for d in kit.deliveries(inst, id=ids[1])] == ["suppressed"]


@by_name
def test_who_stops_mail_waits_for_a_mark_that_is_being_made(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime, stop: Stop
) -> None:
    """FOR SHARE: it is answered after the mark's commit, or the mark sees it. Never in between."""
    if inst.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    worker, ids = claimed
    if stop in (pause, no_digests):
        pytest.skip("set by hand here; preferences take the same rows FOR UPDATE")
    answered = threading.Event()

    def ask() -> None:
        with inst.database.write() as session:
            stop(session, now)
        answered.set()

    asking = threading.Thread(target=ask)
    with inst.database.write() as session:
        assert len(marking.mark(session, worker, ids, now=now, lease=LEASE)) == 3
        asking.start()
        assert not answered.wait(0.25)
    assert answered.wait(5)
    asking.join()
    assert ids[1] not in mark(inst, worker, ids, now)  # and from then on it is seen


def test_a_mark_waits_for_an_unsubscribe_that_is_being_made(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    worker, ids = claimed
    found: list[int] = []
    marking_ = threading.Thread(target=lambda: found.extend(mark(inst, worker, ids, now)))
    with inst.database.write() as session:
        unsubscribe(session, now)
        marking_.start()
        marking_.join(0.2)
        assert marking_.is_alive()
    marking_.join(5)
    assert found == [ids[0], ids[2]]


def test_the_sum_of_states_is_the_audience_after_every_refusal(
    inst: Installation, claimed: tuple[int, list[int]], now: datetime
) -> None:
    worker, ids = claimed
    for stop in (unsubscribe, suppress, erase):
        with inst.database.write() as session:
            stop(session, now)
        mark(inst, worker, ids, now)
        with inst.database.read() as session:
            assert sum(books.counts(session).values()) == 3
