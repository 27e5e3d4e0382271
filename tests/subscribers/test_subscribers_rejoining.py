"""Taking one more list by a link of one's own, and keeping a part of one instead of leaving it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from people_for_tests import enter, subscribed
from sqlalchemy.orm import Session

from subscribers import leaving, signup, suppression
from subscribers.consent import Act, history
from subscribers.erasure import erase
from subscribers.errors import NotPermitted
from subscribers.models import (
    ConsentKind,
    MailingList,
    SubscriptionState,
    SuppressionReason,
    Visibility,
)
from subscribers.preferences import keep_only
from subscribers.signup import SignUp, Wish
from subscribers.tokens import Tokens

WORDS = "Je souhaite recevoir « The Valmont Courier »."
ALERTS = Act("page", "De « Le Courrier », ne plus recevoir que les alertes urgentes.", "192.0.2.7")
TOKENS = Tokens({"k1": b"a river of sixteen bytes"}, "k1")


def join(session: Session, person: int, mlist: MailingList, now: datetime) -> SignUp:
    return signup.join(
        session, person, mlist, words=WORDS, ip="192.0.2.7", now=now, hmacs=TOKENS.hmacs,
        wish=Wish(topics=frozenset({"library", "pont"})),
    )  # fmt: skip


def test_who_confirmed_once_takes_one_more_list_at_once(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    person = subscribed(session, weekly, now).subscriber
    signed = join(session, person.id, english, now)
    [one] = signed.joined
    assert (one.state, one.confirmed_at, one.source) == (SubscriptionState.ACTIVE, now, "page")
    assert one.topics == {"library"}  # the only one that it has
    event = history(session, person)[-1]
    assert (event.kind, event.words, event.ip) == (ConsentKind.REJOINED, WORDS, "192.0.2.7")
    assert event.mlist_id == english.id
    again = join(session, person.id, english, now)
    assert (again.joined, again.already) == ((), (one,))


def test_who_left_a_list_comes_back_by_confirming(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    person = subscribed(session, weekly, now).subscriber
    wish = Wish(topics=frozenset({"library"}), cadence="daily", alerts=True)
    left = enter(session, english, now, wish=wish).subscription  # a list without double opt-in
    leaving.unsubscribe(session, left, source="page", now=now)
    signed = join(session, person.id, english, now + timedelta(days=3))
    assert [one.state for one in signed.to_confirm] == [SubscriptionState.PENDING]
    assert (left.topics, left.cadence) == ({"library"}, "daily")  # what they had
    assert not left.alerts  # which the words shown now did not name
    assert signed.request is not None
    assert signup.confirm(session, signed.request, ip=None, now=now + timedelta(days=3)).newly


def test_who_never_confirmed_anything_must(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    signed = signup.sign_up(
        session, address="anne@valmont.example", mlists=[weekly], words="Oui", source="form",
        ip=None, now=now,
    )  # fmt: skip
    assert signed.subscriber is not None
    asked = join(session, signed.subscriber.id, weekly, now)
    assert asked.joined == ()
    assert asked.request is not None


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.CLOSED])
def test_lists_that_are_not_public_take_nobody_in(
    session: Session,
    weekly: MailingList,
    english: MailingList,
    now: datetime,
    visibility: Visibility,
) -> None:
    person = subscribed(session, weekly, now).subscriber_id
    english.visibility = visibility
    with pytest.raises(NotPermitted, match="public"):
        join(session, person, english, now)


def test_the_suppressed_and_the_erased_get_nothing_by_joining(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    person = subscribed(session, weekly, now).subscriber
    left = enter(session, english, now).subscription
    leaving.unsubscribe(session, left, source="page", now=now)
    suppression.suppress(
        session, "anne@valmont.example", SuppressionReason.BOUNCE, source="dsn", now=now
    )
    assert join(session, person.id, english, now).request is None
    assert left.state is SubscriptionState.UNSUBSCRIBED
    erase(session, person, TOKENS.hmac, now=now, source="page")
    with pytest.raises(NotPermitted):
        join(session, person.id, english, now)


def test_alerts_alone_or_digests_alone_are_kept_with_evidence(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    one = subscribed(session, weekly, now, wish=Wish(topics=frozenset({"pont"})))
    assert keep_only(session, one, "alerts", act=ALERTS, now=now)
    assert (one.digests, one.alerts, one.topics) == (False, True, {"pont"})
    assert not keep_only(session, one, "alerts", act=ALERTS, now=now)
    assert keep_only(session, one, "digests", act=Act("page"), now=now)
    assert (one.digests, one.alerts) == (True, False)
    agreed = [e for e in history(session, one.subscriber) if e.kind is ConsentKind.CHANGED]
    assert agreed[0].words == ALERTS.words
    assert agreed[0].detail["after"] == {"digests": False, "alerts": True}


def test_who_left_comes_back_within_a_day_for_the_alerts_alone(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    one = subscribed(session, weekly, now)
    leaving.unsubscribe(session, one, source="one-click", now=now)
    session.refresh(one)
    with pytest.raises(NotPermitted):
        keep_only(session, one, "alerts", act=ALERTS, now=now + timedelta(hours=25))
    assert keep_only(session, one, "alerts", act=ALERTS, now=now + timedelta(hours=23))
    assert (one.state, one.digests, one.alerts) == (SubscriptionState.ACTIVE, False, True)
    kinds = [e.kind for e in history(session, one.subscriber)]
    assert kinds[-2:] == [ConsentKind.UNDONE, ConsentKind.CHANGED]
