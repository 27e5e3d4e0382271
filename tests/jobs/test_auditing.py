"""The books of an issue: proofs that go red when they should, settling, and a second round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from newsletter_kit import Install

from newsletter.errors import NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs import steering
from newsletter.jobs.auditing import Audit, audit_issue, list_deliveries, refusals, require
from newsletter.models import Delivery, DeliveryState, Issue, IssueState
from subscribers.models import AuditEvent, Subscription

ISSUE = "hebdo/1"
LONG_AGO = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


@pytest.fixture
def sent(install: Install, now: datetime) -> Installation:
    """Four readers have got an issue."""
    inst = install(4)
    kit.frozen_letter(inst, now=now)
    gone = {"state": DeliveryState.SENT, "due_at": None, "ended_at": now, "code": 250, "tries": 1}
    kit.change(inst, Delivery, gone)
    kit.change(inst, Issue, {"state": IssueState.SENT, "ended_at": now})
    return inst


def against(audit: Audit) -> list[str]:
    return [proof.holds for proof in audit.proofs if proof.against]


def test_the_books_of_an_issue_that_everybody_got_balance(sent: Installation) -> None:
    audit = audit_issue(sent, ISSUE)
    assert audit.balanced
    assert against(audit) == []
    assert audit.counts == {DeliveryState.SENT: 4}
    assert (audit.audience, audit.open, audit.unknown) == (4, {}, ())


def first(inst: Installation, **values: object) -> None:
    kit.change(inst, Delivery, values, id=kit.deliveries(inst)[0].id)


def lost(inst: Installation) -> None:
    with inst.database.write() as session:
        session.execute(sa.delete(Delivery).where(Delivery.address == "reader0@valmont.example"))


def doubled(inst: Installation) -> None:
    one, other, *_ = kit.deliveries(inst)
    both = {"subscriber_id": None, "subscription_id": one.subscription_id}
    kit.change(inst, Delivery, {"subscriber_id": None}, id=one.id)
    kit.change(inst, Delivery, both, id=other.id)


def of_another_list(inst: Installation) -> None:
    elsewhere = {"mlist_id": kit.mlist_id(inst, "alerte")}
    kit.change(inst, Subscription, elsewhere, id=kit.deliveries(inst)[0].subscription_id)


@pytest.mark.parametrize(
    ("wrong", "proof"),
    [
        (lost, "as many deliveries as were frozen"),
        (doubled, "one delivery for each member"),
        (of_another_list, "none for anybody else"),
        (lambda inst: first(inst, variant_id=None), "none for anybody else"),
        (lambda inst: first(inst, code=None), "what is sent was accepted by a relay"),
        (lambda inst: first(inst, code=550), "what is sent was accepted by a relay"),
        (
            lambda inst: first(inst, state=DeliveryState.DEFERRED, due_at=None),
            "what waits will be taken up",
        ),
        (
            lambda inst: first(inst, state=DeliveryState.TRANSMITTING, worker_id=None),
            "what waits will be taken up",
        ),
        (
            lambda inst: first(inst, due_at=LONG_AGO),
            "what is over is not taken up again",
        ),
        (
            lambda inst: first(inst, state=DeliveryState.UNKNOWN),
            "the issue ends when its deliveries do",
        ),
    ],
)
@one_database
def test_what_is_wrong_in_the_books_is_named(
    sent: Installation, now: datetime, wrong: Callable[[Installation], None], proof: str
) -> None:
    kit.make_list(sent, "alerte", now=now)
    wrong(sent)
    audit = audit_issue(sent, ISSUE)
    assert not audit.balanced
    assert proof in against(audit)


def unknown(inst: Installation, *addresses: str) -> None:
    values = {"state": DeliveryState.UNKNOWN, "code": None, "ended_at": None, "reply": "cut off"}
    for address in addresses:
        kit.change(inst, Delivery, values, address=address)
    kit.change(inst, Issue, {"state": IssueState.SENDING, "ended_at": None})


def test_what_an_admin_declares_sent_needs_no_relays_word(
    sent: Installation, now: datetime
) -> None:
    unknown(sent, "reader1@valmont.example", "reader2@valmont.example")
    [one, _] = audit_issue(sent, ISSUE).unknown
    assert one.address == "reader1@valmont.example"
    assert one.message_id.endswith(f".{one.id}@valmont.example>")
    settle = {"verdict": "sent", "now": now, "actor": "cli:ana"}
    assert steering.settle(sent, ISSUE, ids=[one.id], **settle) == 1
    assert not audit_issue(sent, ISSUE).balanced
    assert kit.states(sent) == {"sent": 3, "unknown": 1}
    assert steering.settle(sent, ISSUE, **settle) == 1
    audit = audit_issue(sent, ISSUE)
    assert audit.balanced
    assert audit.issue.state is IssueState.SENT
    assert [p.holds for p in audit.proofs if "2 by an admin's word" in p.holds]


@one_database
def test_settling_twice_changes_nothing_and_writes_one_line(
    sent: Installation, now: datetime
) -> None:
    unknown(sent, "reader1@valmont.example")
    for settled in (1, 0):
        done = steering.settle(sent, ISSUE, verdict="failed", now=now, actor="cli:ana")
        assert done == settled
    with sent.database.read() as session:
        lines = session.scalars(sa.select(AuditEvent).filter_by(verb="issue.settle")).all()
    assert [(line.actor, line.detail) for line in lines] == [("cli:ana", {"failed": 1})]


def failed(inst: Installation, *addresses: str) -> None:
    for address in addresses:
        kit.change(inst, Delivery, {"state": DeliveryState.FAILED, "code": 554,
                                    "reply": "554 5.7.1 relay access denied (to RCPT)"},
                   address=address)  # fmt: skip


def test_what_failed_goes_again_and_the_issue_is_open_until_it_went(
    sent: Installation, now: datetime
) -> None:
    failed(sent, "reader1@valmont.example", "reader3@valmont.example")
    found = list_deliveries(
        sent, ISSUE, states=[DeliveryState.FAILED], addresses=["Reader3@valmont.example"]
    )
    queue = {"ids": [one.id for one in found], "now": now, "actor": "cli:ana"}
    assert steering.retry(sent, ISSUE, **queue) == 1
    assert steering.retry(sent, ISSUE, **queue) == 0
    assert kit.states(sent) == {"sent": 2, "failed": 1, "queued": 1}
    assert audit_issue(sent, ISSUE).issue.state is IssueState.SENDING
    again = kit.the_delivery(sent, "reader3@valmont.example")
    assert (again.due_at, again.ended_at, again.tries) == (now, None, 1)
    worker = kit.register(sent)
    assert [one.address for one in kit.claim(sent, worker)] == ["reader3@valmont.example"]


@one_database
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": IssueState.CANCELLED}, "was cancelled"),
        ({"expires_at": LONG_AGO}, "is too old"),
    ],
)
def test_nothing_goes_again_of_an_issue_that_is_cancelled_or_too_old(
    sent: Installation, now: datetime, values: dict[str, object], said: str
) -> None:
    failed(sent, "reader1@valmont.example")
    unknown(sent, "reader2@valmont.example")
    kit.change(sent, Issue, values)
    with pytest.raises(Refused, match=said):
        steering.retry(sent, ISSUE, now=now, actor="t")
    with pytest.raises(Refused, match=said):
        steering.settle(sent, ISSUE, verdict="retry", now=now, actor="t")
    assert kit.states(sent) == {"sent": 2, "failed": 1, "unknown": 1}


def test_deliveries_are_chosen_by_state_address_and_answer(sent: Installation) -> None:
    failed(sent, "reader1@valmont.example", "reader3@valmont.example")
    states = [DeliveryState.FAILED]
    assert len(list_deliveries(sent, ISSUE)) == 4
    assert len(list_deliveries(sent, ISSUE, limit=3)) == 3
    assert [one.address for one in list_deliveries(sent, ISSUE, states=states)] == [
        "reader1@valmont.example",
        "reader3@valmont.example",
    ]
    assert len(list_deliveries(sent, ISSUE, answer="RELAY access")) == 2
    assert list_deliveries(sent, ISSUE, answer="100%") == []
    found = list_deliveries(sent, ISSUE, addresses=["reader0@valmont.example"])
    with pytest.raises(NotFound, match=r"reader9@.* has no failed message of hebdo/1"):
        require(found, ["reader9@valmont.example"], DeliveryState.FAILED, ISSUE)


def test_refusals_are_told_of_what_was_tried_meanwhile_only(
    sent: Installation, now: datetime
) -> None:
    failed(sent, "reader1@valmont.example")
    waits = {"state": DeliveryState.DEFERRED, "due_at": now + timedelta(minutes=5), "tries": 2,
             "ended_at": None, "code": 450, "reply": "450 4.2.0 greylisted (to RCPT)"}  # fmt: skip
    kit.change(sent, Delivery, waits, address="reader2@valmont.example")
    waiting = kit.the_delivery(sent, "reader2@valmont.example").id

    def told(since: datetime, **tries: dict[int, int]) -> list[tuple[str, str, int]]:
        found = refusals(sent, since=since, **tries)
        return sorted((one.issue, one.group.state.value, one.group.count) for one in found)

    assert told(now) == [(ISSUE, "deferred", 1), (ISSUE, "failed", 1)]
    assert told(now, before={waiting: 1}) == told(now)
    assert told(now, before={waiting: 2}) == [(ISSUE, "failed", 1)]
    kit.change(sent, Issue, {"state": IssueState.SENDING, "ended_at": None})
    assert told(now + timedelta(seconds=1)) == [(ISSUE, "deferred", 1)]
