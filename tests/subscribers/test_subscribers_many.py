"""Many people at once, on both databases: found, tagged, taken off."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta

from people_for_tests import enter
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.conditions import parse
from subscribers.consent import Act, history
from subscribers.leaving import unsubscribe
from subscribers.models import MailingList, Subscriber, Subscription, SubscriptionState
from subscribers.searching import Search, people_of, subscriptions_of
from subscribers.signup import Wish
from subscribers.tagging import tag
from subscribers.taking_off import take_off


def test_a_search_finds_by_each_thing_that_is_known(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    later = now + timedelta(days=2)
    pont = Wish(topics=frozenset({"pont"}))
    anne = enter(session, weekly, now, "anne@valmont.example", pont, name="Élodie").subscriber
    both = enter(session, english, later, "anne@valmont.example").subscription
    bob = enter(session, weekly, later, "bob@x.example", confirmed=False).subscriber
    anne.tags = frozenset({"vip"})
    session.commit()
    for search, people in (
        (Search(), [anne, bob]),
        (Search(text="élodie"), [anne]),
        (Search(text="100%"), []),
        (Search(text="X.EXAMPLE"), [bob]),
        (Search(mlist_id=english.id), [anne]),
        (Search(state=SubscriptionState.PENDING), [bob]),
        (Search(topic="fanfare", mlist_id=weekly.id), [bob]),
        (Search(tag="vip"), [anne]),
        (Search(tag="vi"), []),
        (Search(until=now + timedelta(days=1)), [anne]),
        (Search(since=now + timedelta(days=1), mlist_id=weekly.id), [bob]),
        (Search(where=parse("domain = x.example")), [bob]),
    ):
        assert people_of(session, search) == [one.id for one in people], search
    assert subscriptions_of(session, Search(), ["anne@valmont.example", "no@x.example"]) == sorted(
        one.id for one in session.scalars(select(Subscription).filter_by(subscriber_id=anne.id))
    )
    unsubscribe(session, both, source="page", now=later)
    assert both.id not in subscriptions_of(session, Search())


def test_people_are_tagged_a_thousand_at_a_time_and_once(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    later = now + timedelta(days=1)
    people = [
        enter(session, weekly, now, f"reader{n}@valmont.example").subscriber for n in range(3)
    ]
    people[0].tags = frozenset({"old", "new"})
    session.commit()
    ids = [one.id for one in people]

    def change() -> int:
        return tag(lambda: nullcontext(session), ids, add=["new", "vip"], remove=["old"], now=later)

    assert (change(), change()) == (3, 0)
    assert {one.tags for one in people} == {frozenset({"new", "vip"})}
    assert {one.changed_at for one in people} == {later}
    assert tag(lambda: nullcontext(session), ids, remove=["new", "vip"], now=now) == 3
    assert {one.tags for one in session.scalars(select(Subscriber))} == {None}


def test_who_is_taken_off_has_it_on_record_and_who_had_left_has_not(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    stays = enter(session, english, now, "anne@valmont.example").subscription
    ids = []
    for name in ("anne", "bob"):
        ids.append(enter(session, weekly, now, f"{name}@valmont.example").subscription.id)
    gone = enter(session, weekly, now, "zoe@valmont.example").subscription
    unsubscribe(session, gone, source="page", now=now)
    session.commit()
    act, later = Act("cli", actor="claire"), now + timedelta(hours=1)
    assert take_off(session, [*ids, gone.id], act=act, now=later) == ids
    assert take_off(session, ids, act=act, now=later) == []
    left = session.scalars(select(Subscription).where(Subscription.id.in_(ids))).all()
    assert {(one.state, one.unsubscribed_at) for one in left} == {
        (SubscriptionState.UNSUBSCRIBED, later)
    }
    assert (stays.state, gone.unsubscribed_at) == (SubscriptionState.ACTIVE, now)
    last = history(session, left[0].subscriber)[-1]
    assert (last.kind, last.mlist_id, last.source, last.actor, last.detail) == (
        "unsubscribed", weekly.id, "cli", "claire", {},
    )  # fmt: skip
