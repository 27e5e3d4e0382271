"""Claiming: in order, once each, by however many senders."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from newsletter.delivery import books, enqueueing
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import alerting, previewing, steering
from newsletter.models import Delivery, DeliveryState, Issue, IssueState
from subscribers.models import Subscription


def test_notices_go_first_then_alerts_then_the_oldest_issue(
    inst: Installation, now: datetime
) -> None:
    kit.add_readers(inst, 3, now=now, alerts=True)
    second = kit.frozen_letter(inst, subject="Deux", now=now)
    first = kit.frozen_letter(inst, subject="Un", now=now)
    kit.change(inst, Issue, {"frozen_at": now - timedelta(hours=1)}, id=first.id)
    plan = alerting.plan_alert(inst, "hebdo", subject="Crue", body="La rivière monte.", now=now)
    alert = alerting.send_alert(inst, plan, now=now, actor="test")
    previewing.send_preview(inst, f"hebdo/{first.number}", "editor@valmont.example", now=now)

    worker = kit.register(inst)
    order = [claimed.consignment.issue_id for claimed in kit.claim(inst, worker)]
    assert order == [None, *[alert.id] * 3, *[first.id] * 3, *[second.id] * 3]


def test_an_alert_is_claimed_ahead_of_a_digest_that_is_half_sent(
    inst: Installation, now: datetime
) -> None:
    kit.add_readers(inst, 10, now=now, alerts=True)
    letter = kit.frozen_letter(inst, now=now)
    worker = kit.register(inst)
    assert {c.consignment.issue_id for c in kit.claim(inst, worker, 4)} == {letter.id}
    plan = alerting.plan_alert(inst, "hebdo", subject="Crue", body="La rivière monte.", now=now)
    alert = alerting.send_alert(inst, plan, now=now, actor="test")
    claimed = [c.consignment.issue_id for c in kit.claim(inst, worker, 12)]
    assert claimed == [alert.id] * 10 + [letter.id] * 2


def test_what_is_not_due_is_not_claimed(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 4, now=now)
    kit.frozen_letter(inst, now=now)
    later = {"state": DeliveryState.DEFERRED, "due_at": now + timedelta(hours=1)}
    kit.change(inst, Delivery, later, id=kit.the_delivery(inst, "reader1@valmont.example").id)
    found = kit.claim(inst, kit.register(inst))
    assert sorted(c.address for c in found) == [f"reader{n}@valmont.example" for n in (0, 2, 3)]


@pytest.mark.parametrize("state", [IssueState.PAUSED, IssueState.CANCELLED, IssueState.DRAFT])
def test_a_stopped_issue_is_not_claimed(
    inst: Installation, now: datetime, state: IssueState
) -> None:
    kit.add_readers(inst, 2, now=now)
    issue = kit.frozen_letter(inst, now=now)
    kit.change(inst, Issue, {"state": state}, id=issue.id)
    assert kit.claim(inst, kit.register(inst)) == []


def test_the_first_claim_begins_the_issue(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 2, now=now)
    issue = kit.frozen_letter(inst, now=now)
    kit.claim(inst, kit.register(inst), 1)
    begun = kit.the_issue(inst, issue.id)
    assert begun.state is IssueState.SENDING
    assert begun.begun_at is not None


def test_four_who_claim_at_once_never_claim_the_same(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 400, now=now)
    kit.frozen_letter(inst, now=now)
    found: list[tuple[int, int]] = []
    start = threading.Barrier(4)

    def one() -> None:
        worker = kit.register(inst)
        start.wait()
        while mine := kit.claim(inst, worker, 13):
            assert len(mine) <= 13
            found.extend((claimed.id, worker) for claimed in mine)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len({delivery for delivery, _ in found}) == 400
    assert {(d.id, d.worker_id) for d in kit.deliveries(inst)} == set(found)


def test_a_reader_has_one_delivery_of_an_issue(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 1, now=now)
    issue = kit.frozen_letter(inst, now=now)
    [known] = kit.deliveries(inst)
    with pytest.raises(IntegrityError), inst.database.write() as session:
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=known.subscriber_id,
                address="b@x.example",
                key_id="k",
            )
        )


def test_readers_with_a_thousand_different_wishes_are_all_in_the_audience(
    inst: Installation, now: datetime
) -> None:
    """Each group of readers is a row of one statement; SQLite joins 500 SELECTs at most."""
    addresses = kit.add_readers(inst, 1000, now=now)
    with inst.database.write() as session:
        for n, address in enumerate(addresses):
            wish = frozenset(f"t{bit}" for bit in range(10) if n >> bit & 1)
            kit.subscription_of(session, address).topics = wish
    issue = kit.frozen_letter(inst, now=now)
    assert issue.audience == 1000
    assert kit.states(inst) == {"queued": 1000}


def test_the_books_balance_at_every_step(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 9, now=now)
    issue = kit.frozen_letter(inst, now=now)
    worker = kit.register(inst)

    def total() -> int:
        with inst.database.read() as session:
            return sum(books.counts(session, issue.id).values())

    assert total() == issue.audience == 9
    kit.claim(inst, worker, 5)
    assert total() == 9
    steering.pause(inst, "hebdo/1", reason="wait", now=now, actor="t")
    assert total() == 9
    steering.cancel(inst, "hebdo/1", reason="no", now=now, actor="t")
    assert kit.states(inst) == {"cancelled": 9}


def test_what_waits_beyond_its_issues_time_expires(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 3, now=now)
    issue = kit.frozen_letter(inst, now=now)
    kit.claim(inst, kit.register(inst), 1)
    assert issue.expires_at is not None
    with inst.database.write() as session:
        assert books.expire(session, issue.expires_at - timedelta(seconds=1)) == 0
        assert books.expire(session, issue.expires_at) == 2
    assert kit.states(inst) == {"claimed": 1, "expired": 2}


def test_an_issue_is_sent_once_nothing_of_it_is_open(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 2, now=now)
    issue = kit.frozen_letter(inst, now=now)
    kit.change(inst, Delivery, {"state": DeliveryState.SENT, "due_at": None})
    one = kit.deliveries(inst)[0]
    for state in books.OPEN_STATES:
        kit.change(inst, Delivery, {"state": state}, id=one.id)
        with inst.database.write() as session:
            assert books.finish(session, now) == [], state
    kit.change(inst, Delivery, {"state": DeliveryState.FAILED}, id=one.id)
    with inst.database.write() as session:
        assert books.finish(session, now) == [issue.id]
    assert kit.the_issue(inst, issue.id).state is IssueState.SENT


def test_an_issue_without_readers_is_refused_and_stays_a_draft(
    inst: Installation, now: datetime
) -> None:
    with pytest.raises(Refused, match="nobody on 'hebdo' would get this"):
        kit.frozen_letter(inst, now=now)
    with inst.database.read() as session:
        assert session.scalars(sa.select(Issue.state)).all() == [IssueState.DRAFT]


def test_who_joins_while_an_issue_is_frozen_is_written_or_the_freeze_begins_again(
    inst: Installation, now: datetime
) -> None:
    """The variants are those of the readers that were; one of a new kind is not left out."""
    kit.add_readers(inst, 3, now=now)
    with inst.database.read() as session:
        issue = session.get_one(Issue, kit.frozen_letter(inst, now=now).id)
        session.expunge(issue)
    kit.change(inst, Subscription, {"topics": frozenset({"pont"})})
    variants = {("fr", None): None}

    def enqueue() -> None:
        with inst.database.write() as session:
            session.execute(sa.delete(Delivery))
            enqueueing.enqueue_issue(
                session, issue, variants, cadence=None, is_default_cadence=True, key_id="k", now=now
            )

    with pytest.raises(enqueueing.ReadersChanged):
        enqueue()
    assert kit.states(inst) == {"queued": 3}
