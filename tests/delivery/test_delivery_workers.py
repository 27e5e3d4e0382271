"""Workers as rows: who is alive, and what the dead leave."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.delivery import marking, queue, workers
from newsletter.delivery.policy import Next
from newsletter.installation import Installation
from newsletter.models import Delivery, DeliveryState, Worker
from subscribers.models import MailingList, OnUnknown

LEASE = timedelta(seconds=30)
OLD = timedelta(seconds=31)


def recover(inst: Installation, now: datetime) -> int:
    with inst.database.write() as session:
        return workers.recover(session, now, LEASE)


@pytest.fixture
def letter(inst: Installation, now: datetime) -> int:
    kit.add_readers(inst, 6, now=now)
    return kit.frozen_letter(inst, now=now).id


def test_a_heartbeat_holds_for_the_lease_and_not_beyond(inst: Installation, now: datetime) -> None:
    worker = kit.register(inst, heartbeat=now)
    with inst.database.write() as session:
        assert workers.beat(session, worker, now + timedelta(seconds=29), LEASE)
        assert workers.holds(session, worker, now + timedelta(seconds=58), LEASE)
        assert not workers.holds(session, worker, now + timedelta(seconds=59), LEASE)
        assert not workers.beat(session, worker, now + timedelta(seconds=59), LEASE)
        assert workers.alive(session, now + timedelta(seconds=59), LEASE) == []


def test_one_that_was_ended_does_not_come_back(inst: Installation, now: datetime) -> None:
    worker = kit.register(inst, heartbeat=now)
    with inst.database.write() as session:
        workers.end(session, worker, now)
        assert not workers.beat(session, worker, now, LEASE)
        assert not workers.holds(session, worker, now, LEASE)


@pytest.mark.parametrize("on_unknown", OnUnknown)
def test_only_what_the_dead_had_is_recovered(
    inst: Installation, now: datetime, on_unknown: OnUnknown
) -> None:
    kit.change(inst, MailingList, {"on_unknown": on_unknown})
    kit.add_readers(inst, 6, now=now)
    kit.frozen_letter(inst, now=now)
    dead, alive = kit.register(inst), kit.register(inst)
    with inst.database.write() as session:
        for worker in (dead, alive):
            mine = queue.claim(session, worker, "local", 3, now)
            assert len(mine) == 3
            marked = marking.mark(session, worker, [mine[0].id], now=now, lease=LEASE)
            assert list(marked) == [mine[0].id]
    kit.change(inst, Worker, {"heartbeat_at": now - OLD}, id=dead)

    assert recover(inst, now) == 3
    assert recover(inst, now) == 0
    assert kit.states(inst) == {"queued": 2, "claimed": 2, "transmitting": 1, "unknown": 1}
    assert {d.worker_id for d in kit.deliveries(inst, state=DeliveryState.CLAIMED)} == {alive}
    [lost] = kit.deliveries(inst, state=DeliveryState.UNKNOWN)
    assert lost.reply == "the sender died while this was under way"
    assert (lost.due_at is None) is (on_unknown is OnUnknown.HOLD)
    if lost.due_at is not None:
        assert lost.due_at > now + timedelta(minutes=10)


def test_two_who_recover_at_once_free_each_delivery_once(
    inst: Installation, letter: int, now: datetime
) -> None:
    for _ in range(3):
        kit.claim(inst, kit.register(inst), 2)
    kit.change(inst, Worker, {"heartbeat_at": now - OLD})
    start = threading.Barrier(2)
    found: list[int] = []

    def one() -> None:
        start.wait()
        found.append(recover(inst, now))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) + recover(inst, now) == 6
    assert kit.states(inst) == {"queued": 6}


def test_an_answer_being_recorded_wins_over_recovery(
    inst: Installation, letter: int, now: datetime
) -> None:
    """The worker was silent too long, and its last transaction is still open: it commits SENT."""
    if inst.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    worker = kit.register(inst)
    ids = [claimed.id for claimed in kit.claim(inst, worker, 1)]
    with inst.database.write() as session:
        marking.mark(session, worker, ids, now=now, lease=LEASE)
    kit.change(inst, Worker, {"heartbeat_at": now - OLD}, id=worker)
    recovering = threading.Thread(target=recover, args=(inst, now))
    with inst.database.write() as session:
        queue.record(session, worker, {ids[0]: Next(DeliveryState.SENT)}, now)
        recovering.start()
        recovering.join(0.3)
    recovering.join(5)
    [delivery] = kit.deliveries(inst, id=ids[0])
    assert delivery.state is DeliveryState.SENT


def test_an_answer_after_recovery_changes_nothing(
    inst: Installation, letter: int, now: datetime
) -> None:
    worker = kit.register(inst)
    ids = [claimed.id for claimed in kit.claim(inst, worker)]
    with inst.database.write() as session:
        marking.mark(session, worker, ids[:3], now=now, lease=LEASE)
    kit.change(inst, Worker, {"heartbeat_at": now - OLD}, id=worker)
    assert recover(inst, now) == 6
    other = kit.register(inst)
    assert len(kit.claim(inst, other)) == 3
    with inst.database.write() as session:
        queue.record(session, worker, {i: Next(DeliveryState.SENT) for i in ids}, now)
        queue.give_back(session, worker, ids, now)
    assert kit.states(inst) == {"unknown": 3, "claimed": 3}


def test_a_worker_that_ends_leaves_no_claim_behind(
    inst: Installation, letter: int, now: datetime
) -> None:
    """Not even one it does not know of, since the answer to its COMMIT was lost."""
    worker = kit.register(inst)
    kit.claim(inst, worker, 4)
    with inst.database.write() as session:
        workers.end(session, worker, now)
    assert kit.states(inst) == {"queued": 6}
    with inst.database.read() as session:
        waiting = session.scalar(
            sa.select(sa.func.count()).where(Delivery.due_at <= now, Delivery.worker_id.is_(None))
        )
    assert waiting == 6
