"""Moving to another address tells the asker nothing, takes nobody's address, and ends old links."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from test_web_own import NEW, OLD, fresh_link, mailed, move
from valmont import Town

from newsletter.jobs import forgetting
from newsletter.models import DeliveryState, NoticeKind
from subscribers import moving, people, suppression
from subscribers.models import AddressChange, Subscriber, SubscriptionState, SuppressionReason
from subscribers.people import find

NAMES = ("fresh", "known", "gone")


def data(town: Town, settings: str) -> dict[str, Any]:
    page = town.client.get(settings + "/data.json")
    assert page.status_code == 200
    kept: dict[str, Any] = page.json()
    return kept


@pytest.fixture
def settled(town: Town) -> Town:
    """Marie moves about in a town where one more address is known, and one must not be written."""
    town.subscribe("known@example.org")
    with town.inst.database.write() as session:
        suppression.suppress(
            session, "gone@example.org", SuppressionReason.BOUNCE, source="test", now=town.now
        )
    town.subscribe()
    town.later(days=2)
    return town


def test_ones_data_do_not_tell_what_is_known_of_the_addresses_that_one_named(
    settled: Town,
) -> None:
    settings = fresh_link(settled)
    told = set()
    for name in NAMES:
        before = data(settled, settings)
        move(settled, settings, f"{name}@example.org")
        after = data(settled, settings)
        for kept in (before, after):
            del kept["exported_at"]
        assert len(after["moves"]) == len(before["moves"]) + 1
        after["moves"] = after["moves"][-1:]
        before["moves"] = []
        told.add(json.dumps([before["messages"], after], sort_keys=True).replace(f"{name}@", ""))
    assert len(told) == 1


def test_a_link_to_a_new_address_dies_the_same_whatever_is_known_of_the_next_one(
    settled: Town,
) -> None:
    found = {}
    for name in NAMES:
        settled.later(days=2)
        settings = fresh_link(settled)
        move(settled, settings, f"{name}@example.org")
        settled.later(minutes=1)
        move(settled, settings)
        link = settled.link("/m/")
        settled.later(minutes=1)
        move(settled, settings, f"{name}@example.org")
        found[name] = settled.client.get(link).status_code
    assert found == dict.fromkeys(NAMES, 410)


def test_refused_addresses_count_as_the_others_do(settled: Town) -> None:
    for name in NAMES:
        settled.later(days=2)
        settings, before = fresh_link(settled), len(settled.notices())
        for _ in range(2):
            move(settled, settings, f"{name}@example.org")
        for number in range(moving.MOST):
            move(settled, settings, f"marie{number}@pont.example")
        got = [to for _, to in mailed(settled, before) if to.endswith("@pont.example")]
        assert len(got) == moving.MOST - 2


def test_what_was_refused_is_asked_by_mail_once_its_reason_is_gone(settled: Town) -> None:
    settings, before = fresh_link(settled), len(settled.notices())
    move(settled, settings, "gone@example.org")
    with settled.inst.database.write() as session:
        suppression.lift(session, "gone@example.org", actor="claire", now=settled.now)
    settled.later(minutes=1)
    move(settled, settings, "gone@example.org")
    assert mailed(settled, before) == [("move", "gone@example.org")]
    with settled.inst.database.read() as session:
        changes = session.scalars(sa.select(AddressChange).order_by(AddressChange.id))
        assert [one.ended_at is None for one in changes] == [False, True]


def test_who_never_answered_does_not_keep_an_address_from_its_owner(either_town: Town) -> None:
    town = either_town
    town.subscribe()
    town.sign_up(NEW)  # by anybody
    stranger = town.link("/c/")
    settings, before = fresh_link(town), len(town.notices())
    town.later(minutes=1)
    move(town, settings)
    assert mailed(town, before) == [("move", NEW)]
    assert town.client.post(town.link("/m/"), data={"do": "move"}).status_code == 200
    with town.inst.database.read() as session:
        [person] = session.scalars(sa.select(Subscriber))
        assert person.address == NEW
        assert suppression.find(session, NEW, town.inst.tokens.hmacs) is None
    states = {d.state for n, d in town.notices() if n.subject == "" and d.subscriber_id is None}
    assert states == {DeliveryState.CANCELLED}
    assert town.client.post(stranger).status_code == 410
    town.later(days=2)
    town.sign_up(OLD)  # which is nobody's now
    assert town.client.post(town.link("/c/")).status_code == 200


def test_who_left_before_answering_is_somebody(town: Town) -> None:
    town.subscribe()
    town.subscribe(NEW)
    town.client.post(town.link("/u/"), data={"do": "leave"})
    town.later(days=2)
    town.sign_up(NEW)
    town.later(days=2)
    settings, before = fresh_link(town), len(town.notices())
    move(town, settings)
    assert mailed(town, before) == [("settings", NEW)]
    with town.inst.database.read() as session:
        assert find(session, NEW) is not None
        assert find(session, OLD) is not None


def test_links_mailed_to_the_old_address_end_with_the_move(town: Town) -> None:
    """Whoever reads there now may be anybody; to leave is all that they can do."""
    town.subscribe()
    town.sign_up(slug="alerts")
    confirmation = town.link("/c/")
    assert OLD not in town.client.get(confirmation).text  # nor is it shown before
    settings = fresh_link(town)
    move(town, settings)
    assert town.client.get(settings).status_code == 200
    assert town.client.post(town.link("/m/")).status_code == 200
    before = town.dump()
    for answer in (
        town.client.get(settings),
        town.client.get(settings + "/data.json"),
        *(
            town.client.post(settings, data=form)
            for form in (
                {"do": "erase", "sure": "yes"},
                {"do": "name", "name": "Paul"},
                {"do": "move", "address": "paul@pont.example"},
            )
        ),
        town.client.get(confirmation),
        town.client.post(confirmation),
    ):
        assert answer.status_code == 410
        assert "pont.example" not in answer.text
    assert town.client.post(settings, data={"do": "again"}).status_code == 200
    town.client.post(confirmation, data={"do": "again"})
    assert town.dump() == before
    town.later(minutes=20)
    town.sign_up(NEW, slug="alerts")
    assert NEW in town.client.get(fresh_link(town, NEW)).text


def test_forgetting_somebody_takes_their_address_out_of_what_others_asked_to_be_sent_there(
    town: Town,
) -> None:
    town.subscribe()
    move(town, fresh_link(town))  # the mail to the new address waits
    town.later(hours=1)
    town.subscribe(NEW)  # its owner joins by themselves
    with town.inst.database.read() as session:
        owner = find(session, NEW)
        assert owner is not None
    forgetting.forget(town.inst, owner.id, source="cli", actor="claire", now=town.now)
    assert "pont.example" not in json.dumps(town.dump(), default=str).lower()
    [waiting] = [d for n, d in town.notices() if n.kind is NoticeKind.MOVE]
    assert waiting.state is DeliveryState.CANCELLED
    assert town.subscription().state is SubscriptionState.ACTIVE


def test_two_who_want_each_others_address_wait_for_nobody_while_they_hold_one(
    either_town: Town,
) -> None:
    """On PostgreSQL they would wait in a ring if each held themselves first."""
    town = either_town
    if town.inst.database.is_sqlite:
        return  # one writer
    town.subscribe()
    town.subscribe("paul@example.org")
    first, second = (town.subscription(f"{n}@example.org") for n in ("marie", "paul"))
    assert first.subscriber_id < second.subscriber_id
    town.later(days=1)
    settings = fresh_link(town, "paul@example.org")
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with town.inst.database.write() as session:
        people.hold(session, first.subscriber_id)
        asking = threading.Thread(target=move, args=(town, settings, OLD))
        asking.start()
        while not session.scalar(waits):
            pass
        hers = sa.select(Subscriber.id).where(Subscriber.id == second.subscriber_id)
        assert session.scalar(hers.with_for_update(nowait=True)) == second.subscriber_id
    asking.join()
