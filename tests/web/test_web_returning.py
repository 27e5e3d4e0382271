"""Coming back by one's own link: what may be taken back, and what a restored database is told."""

from __future__ import annotations

import pytest
from valmont import Town

from newsletter import epoch
from newsletter.jobs import keeping, peopling
from subscribers.consent import Act
from subscribers.models import Subscription, SubscriptionState
from subscribers.taking_off import take_off

ACTIVE, LEFT = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize("do", ["undo", "keep-alerts"])
def test_what_an_admin_ended_no_link_begins_again(town: Town, do: str) -> None:
    leave = town.subscribe()
    with town.inst.database.write() as session:
        take_off(session, [town.subscription().id], act=Act("cli", actor="claire"), now=town.now)
    assert 'value="undo"' not in town.client.get(leave).text
    assert town.client.post(leave, data={"do": do}).status_code == 409
    assert town.subscription().state is LEFT


def test_what_they_ended_once_does_not_open_what_an_admin_ended_later(town: Town) -> None:
    leave = town.subscribe()
    town.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert 'value="undo"' in town.client.get(leave).text
    assert town.client.post(leave, data={"do": "undo"}).status_code == 200
    town.later(minutes=1)
    with town.inst.database.write() as session:
        take_off(session, [town.subscription().id], act=Act("cli", actor="claire"), now=town.now)
    assert town.client.post(leave, data={"do": "undo"}).status_code == 409


@pytest.mark.parametrize("how", ["undo", "keep-alerts", "sign up"])
def test_a_restored_database_learns_who_came_back(town: Town, how: str) -> None:
    leave = town.subscribe()
    with town.inst.database.read() as session:
        here = epoch.of_database(session)
    town.inst.journal.append("epoch", here + 1, town.now)  # a backup was made
    before = town.subscription()
    town.later(minutes=1)
    town.client.post(leave, data={"do": "leave"})
    town.later(days=2 if how == "sign up" else 0, minutes=1)
    if how == "sign up":
        town.sign_up()
        assert town.client.post(town.link("/c/")).status_code == 200
    else:
        assert town.client.post(leave, data={"do": how}).status_code == 200
    assert town.subscription().state is ACTIVE
    verbs = [line.verb for line in town.inst.journal.since(here + 1)]
    assert verbs == ["left", "back"]
    with town.inst.database.write() as session:  # restored: nothing of this is known
        row = session.get_one(Subscription, before.id)
        row.requested_at, row.confirmed_at = before.requested_at, before.confirmed_at
    done = keeping.adopt(town.inst, now=town.now, actor="claire")
    assert (done.restored, done.left, done.back) == (True, 1, 1)
    assert town.subscription().state is ACTIVE


def test_who_confirms_for_the_first_time_is_not_in_the_journal(town: Town) -> None:
    town.subscribe()
    assert "back" not in [line.verb for line in town.inst.journal.lines()]


def test_whom_an_admin_takes_back_is_in_the_journal_too(town: Town) -> None:
    leave = town.subscribe()
    town.client.post(leave, data={"do": "leave"})
    town.later(days=2)
    added = peopling.add_subscriber(
        town.inst, slug="hebdo", address="marie@example.org", confirmed=True, again=True,
        consent="Au téléphone, le 20 novembre.", actor="claire", now=town.now,
    )  # fmt: skip
    *_, left, back = town.inst.journal.lines()
    assert [(one.verb, one.value) for one in (left, back)] == [
        ("left", added.subscription.id),
        ("back", added.subscription.id),
    ]
