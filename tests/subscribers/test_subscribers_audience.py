from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from people_for_tests import enter, subscribed
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from subscribers import audience, suppression
from subscribers.audience import Group, Kind, Refusal, may_notify, refusal, refusals
from subscribers.consent import Act
from subscribers.erasure import erase
from subscribers.leaving import unsubscribe
from subscribers.lists import remove_list
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.preferences import change_preferences
from subscribers.signup import Wish
from subscribers.tokens import Tokens

ACT = Act("page")
TOKENS = Tokens({"k1": b"a river of sixteen bytes"}, "k1")
KINDS: tuple[Kind, ...] = ("digest", "alert", "letter")


def get(
    session: Session,
    mlist: MailingList,
    kind: Kind,
    now: datetime,
    cadence: str | None = "weekly",
    is_default_cadence: bool = True,
) -> set[str | None]:
    query = audience.audience(
        session, mlist.id, kind, cadence=cadence, is_default_cadence=is_default_cadence, now=now
    )
    rows = session.execute(query).all()
    number = audience.count(
        session, mlist.id, kind, cadence=cadence, is_default_cadence=is_default_cadence, now=now
    )
    assert number == len(rows)
    return {row.address for row in rows}


def test_each_cadence_has_its_readers_and_the_default_those_who_chose_none(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    for name, cadence in (("none", None), ("week", "weekly"), ("day", "daily")):
        enter(session, weekly, now, f"{name}@x.example", Wish(cadence=cadence))
    assert get(session, weekly, "digest", now) == {"none@x.example", "week@x.example"}
    assert get(session, weekly, "digest", now, "daily", False) == {"day@x.example"}
    assert len(get(session, weekly, "digest", now, None)) == 3
    assert len(get(session, weekly, "letter", now, "daily", False)) == 3


def test_the_audience_tells_language_topics_and_cadence_of_each(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    wish = Wish(topics=frozenset({"pont"}), cadence="weekly")
    enter(session, weekly, now, "chose@x.example", wish, language="en")
    enter(session, weekly, now, "all@x.example")
    query = audience.audience(
        session, weekly.id, "digest", cadence="weekly", is_default_cadence=True, now=now
    )
    assert [(row.language, row.topics, row.cadence) for row in session.execute(query)] == [
        ("en", frozenset({"pont"}), "weekly"),
        ("fr", None, None),
    ]


def test_digests_letters_and_alerts_go_to_those_who_agreed_to_each(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    enter(session, weekly, now, "digests@x.example")
    enter(session, weekly, now, "alerts@x.example", Wish(digests=False, alerts=True))
    enter(session, weekly, now, "both@x.example", Wish(alerts=True))
    assert get(session, weekly, "digest", now) == {"digests@x.example", "both@x.example"}
    assert get(session, weekly, "letter", now) == {"digests@x.example", "both@x.example"}
    assert get(session, weekly, "alert", now) == {"alerts@x.example", "both@x.example"}


def test_nobody_gets_anything_who_left_paused_is_suppressed_erased_or_pending(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    def one(name: str, domain: str = "x.example") -> Subscription:
        return subscribed(session, weekly, now, f"{name}@{domain}", Wish(alerts=True))

    stays = one("stays")
    left, paused, bounced, there, gone = (
        one("left"),
        one("paused"),
        one("bounced"),
        one("there", "blocked.example"),
        one("gone"),
    )
    subscribed(session, english, now, "elsewhere@x.example", Wish(alerts=True))
    pending = enter(session, weekly, now, "pending@x.example", confirmed=False).subscription
    unsubscribe(session, left, source="page", now=now)
    until = now + timedelta(days=7)
    change_preferences(session, paused, act=ACT, now=now, paused_until=until)
    suppression.suppress(
        session, "Bounced@x.example", SuppressionReason.BOUNCE, source="dsn", now=now
    )
    suppression.suppress(
        session, "@blocked.example", SuppressionReason.ADMIN, source="cli", now=now
    )
    erase(session, gone.subscriber, TOKENS.hmac, now=now, source="page")
    session.commit()
    expected = {
        left.id: Refusal.UNSUBSCRIBED,
        pending.id: Refusal.UNSUBSCRIBED,
        paused.id: Refusal.PAUSED,
        bounced.id: Refusal.SUPPRESSED,
        there.id: Refusal.SUPPRESSED,
        gone.id: Refusal.ERASED,
    }
    for kind in KINDS:
        assert get(session, weekly, kind, now) == {"stays@x.example"}
        assert refusals(session, [*expected, stays.id], kind, now) == expected
    assert get(session, weekly, "digest", until) == {"stays@x.example", "paused@x.example"}


def test_the_mark_asks_only_for_what_stops_mail_not_for_a_cadence_chosen_since(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now, wish=Wish(alerts=True))
    change_preferences(session, subscription, act=ACT, now=now, cadence="daily")
    assert get(session, weekly, "digest", now) == set()
    assert refusal(session, subscription.id, "digest", now) is None
    change_preferences(session, subscription, act=ACT, now=now, digests=False)
    assert refusal(session, subscription.id, "digest", now) is Refusal.UNSUBSCRIBED
    assert refusal(session, subscription.id, "alert", now) is None


def test_a_subscription_that_went_with_its_list_gets_nothing(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now)
    gone = subscription.id
    remove_list(session, weekly, actor="claire", now=now)
    session.commit()
    assert refusal(session, gone, "digest", now) is Refusal.UNSUBSCRIBED
    assert refusals(session, [], "digest", now) == {}


def test_readers_are_counted_by_language_and_topics(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    both = frozenset({"pont", "marche"})
    for i, (language, topics) in enumerate(
        [(None, None), ("fr", None), ("en", None), ("fr", both), (None, frozenset({"pont"}))]
    ):
        enter(session, weekly, now, f"p{i}@x.example", Wish(topics=topics), language=language)
    groups = audience.audience_groups(
        session, weekly.id, "digest", cadence="weekly", is_default_cadence=True, now=now
    )
    assert groups[0] == Group("fr", None, 2)
    assert {(g.language, g.topics, g.count) for g in groups[1:]} == {
        ("en", None, 1),
        ("fr", both, 1),
        ("fr", frozenset({"pont"}), 1),
    }


def test_a_notice_may_go_to_whoever_is_not_suppressed(session: Session, now: datetime) -> None:
    assert may_notify(session, "anne@x.example", "x.example")
    suppression.suppress(session, "@y.example", SuppressionReason.ADMIN, source="cli", now=now)
    assert not may_notify(session, "anne@y.example", "y.example")
    suppression.suppress(session, "a@x.example", SuppressionReason.ADMIN, source="cli", now=now)
    assert not may_notify(session, "a@x.example", "x.example")


@pytest.mark.parametrize("stop", ["unsubscribe", "pause", "suppress", "suppress domain", "erase"])
def test_whatever_stops_mail_waits_for_a_mark_that_holds_the_rows(
    engine: Engine, session: Session, weekly: MailingList, now: datetime, stop: str
) -> None:
    """The sender's order: lock FOR SHARE, ask, mark, commit. Who stops mail is answered after."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: a mark and an unsubscribe never overlap")
    subscription = subscribed(session, weekly, now)
    mine, person = subscription.id, subscription.subscriber_id
    session.commit()
    answered = threading.Event()

    def stopping() -> None:
        with Session(engine) as other:
            if stop == "unsubscribe":
                unsubscribe(other, other.get_one(Subscription, mine), source="page", now=now)
            elif stop == "pause":
                held = other.get_one(Subscription, mine)
                until = now + timedelta(days=1)
                change_preferences(other, held, act=ACT, now=now, paused_until=until)
            elif stop.startswith("suppress"):
                target = "@valmont.example" if "domain" in stop else "anne@valmont.example"
                suppression.suppress(other, target, SuppressionReason.ADMIN, source="cli", now=now)
            else:
                erase(other, other.get_one(Subscriber, person), TOKENS.hmac, now=now, source="cli")
            other.commit()
            answered.set()

    with Session(engine) as sender:
        sender.execute(
            select(Subscriber.id).where(Subscriber.id == person).with_for_update(read=True)
        )
        sender.execute(
            select(Subscription.id).where(Subscription.id == mine).with_for_update(read=True)
        )
        assert refusal(sender, mine, "digest", now) is None
        thread = threading.Thread(target=stopping)
        thread.start()
        assert not answered.wait(0.3)  # it waits for as long as the mark is open
        assert refusal(sender, mine, "digest", now) is None
        sender.commit()
    thread.join(10)
    assert answered.is_set()
    assert refusal(session, mine, "digest", now) is not None


def test_a_mark_waits_for_an_unsubscribe_and_then_refuses(
    engine: Engine, session: Session, weekly: MailingList, now: datetime
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: a mark and an unsubscribe never overlap")
    subscription = subscribed(session, weekly, now)
    mine = subscription.id
    unsubscribe(session, subscription, source="one-click", now=now)  # not committed yet
    answers: list[Refusal | None] = []

    def marking() -> None:
        with Session(engine) as sender:
            sender.execute(
                select(Subscription.id).where(Subscription.id == mine).with_for_update(read=True)
            )
            answers.append(refusal(sender, mine, "digest", now))

    thread = threading.Thread(target=marking)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    session.commit()
    thread.join(10)
    assert answers == [Refusal.UNSUBSCRIBED]
    assert subscription.state is SubscriptionState.UNSUBSCRIBED
