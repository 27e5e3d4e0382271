from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from people_for_tests import enter, subscribed
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.consent import Act, history
from subscribers.erasure import erase
from subscribers.errors import InvalidValue, NotPermitted
from subscribers.leaving import give_reason, undo, unsubscribe, unsubscribe_all
from subscribers.models import (
    AuditEvent,
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from subscribers.people import find
from subscribers.preferences import change_person, change_preferences, retire_cadence
from subscribers.signup import Wish, add, sign_up
from subscribers.tokens import Tokens

ACT = Act("page", "Changer mes préférences", "192.0.2.7")
TOKENS = Tokens({"k1": b"a river of sixteen bytes"}, "k1")


def events(session: Session, kind: ConsentKind) -> list[ConsentEvent]:
    query = select(ConsentEvent).where(ConsentEvent.kind == kind).order_by(ConsentEvent.id)
    return list(session.scalars(query))


def test_leaving_twice_is_leaving_once(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now)
    later = now + timedelta(days=2)
    assert unsubscribe(session, subscription, source="one-click", ip="192.0.2.7", now=later)
    session.commit()
    assert not unsubscribe(session, subscription, source="page", now=later + timedelta(days=1))
    session.commit()
    assert subscription.state is SubscriptionState.UNSUBSCRIBED
    assert subscription.unsubscribed_at == later
    (event,) = events(session, ConsentKind.UNSUBSCRIBED)
    assert (event.source, event.ip, event.mlist_id) == ("one-click", "192.0.2.7", weekly.id)


def test_leaving_all_ends_what_had_not_ended(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    first = subscribed(session, weekly, now)
    second = subscribed(session, english, now)
    other = subscribed(session, english, now, "paul@valmont.example")
    unsubscribe(session, first, source="page", now=now)
    person = first.subscriber
    assert unsubscribe_all(session, person, source="page", now=now) == [second]
    assert unsubscribe_all(session, person, source="page", now=now) == []
    assert other.state is SubscriptionState.ACTIVE


@pytest.mark.parametrize("confirmed", [True, False])
def test_undone_within_a_day_it_is_as_before(
    session: Session, weekly: MailingList, now: datetime, confirmed: bool
) -> None:
    subscription = enter(session, weekly, now, confirmed=confirmed).subscription
    before = subscription.state
    unsubscribe(session, subscription, source="page", now=now)
    assert undo(session, subscription, now=now + timedelta(hours=23))
    assert subscription.state is before
    assert subscription.unsubscribed_at is None
    assert not undo(session, subscription, now=now + timedelta(hours=23))
    assert len(events(session, ConsentKind.UNDONE)) == 1


def test_after_a_day_only_a_new_sign_up_helps(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now)
    unsubscribe(session, subscription, source="page", now=now)
    with pytest.raises(NotPermitted, match="sign up again"):
        undo(session, subscription, now=now + timedelta(days=1, seconds=1))
    assert subscription.state is SubscriptionState.UNSUBSCRIBED


def test_a_reason_is_kept_in_the_person_s_words_and_silence_is_not(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now)
    assert give_reason(session, subscription, "Trop de\r\ncourrier", now=now)
    assert not give_reason(session, subscription, " \n ", now=now)
    assert [e.words for e in events(session, ConsentKind.REASON)] == ["Trop de courrier"]


def test_a_change_of_preferences_leaves_evidence_of_before_and_after(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now, wish=Wish(topics=frozenset({"pont", "marche"})))
    holiday = now + timedelta(days=14)
    changes = {
        "topics": frozenset({"pont"}),
        "cadence": "daily",
        "alerts": True,
        "language": "en",
        "paused_until": holiday,
    }
    later = now + timedelta(days=1)
    assert change_preferences(session, subscription, act=ACT, now=later, **changes)
    session.commit()
    assert subscription.subscriber.language == "en"
    assert subscription.subscriber.paused_until == holiday
    assert (subscription.cadence, subscription.alerts) == ("daily", True)
    assert subscription.changed_at == later
    person, mine = events(session, ConsentKind.CHANGED)
    assert person.detail["before"] == {"language": None, "paused_until": None}
    assert mine.detail == {
        "before": {"topics": ["marche", "pont"], "cadence": None, "alerts": False},
        "after": {"topics": ["pont"], "cadence": "daily", "alerts": True},
    }
    assert mine.words == "Changer mes préférences"
    assert not change_preferences(session, subscription, act=ACT, now=later, **changes)
    assert len(events(session, ConsentKind.CHANGED)) == 2


def test_what_is_not_named_is_kept(session: Session, weekly: MailingList, now: datetime) -> None:
    subscription = subscribed(session, weekly, now, wish=Wish(cadence="daily", alerts=True))
    change_preferences(session, subscription, act=ACT, now=now, cadence=None)
    assert (subscription.cadence, subscription.alerts) == (None, True)


def test_impossible_preferences_are_refused(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now)
    with pytest.raises(InvalidValue, match="fanfare, marche, pont"):
        change_preferences(session, subscription, act=ACT, now=now, topics=frozenset({"x"}))
    with pytest.raises(InvalidValue, match="unsubscribe"):
        change_preferences(session, subscription, act=ACT, now=now, topics=frozenset())
    with pytest.raises(InvalidValue, match="unsubscribe"):
        change_preferences(session, subscription, act=ACT, now=now, digests=False)
    unsubscribe(session, subscription, source="page", now=now)
    with pytest.raises(NotPermitted, match="sign up again"):
        change_preferences(session, subscription, act=ACT, now=now, alerts=True)


def test_a_pause_in_the_past_is_none(session: Session, weekly: MailingList, now: datetime) -> None:
    person = subscribed(session, weekly, now).subscriber_id
    until = now + timedelta(days=1)
    assert change_person(session, person, act=ACT, now=now, paused_until=until)
    assert change_person(session, person, act=ACT, now=now, paused_until=now)
    assert session.get_one(Subscriber, person).paused_until is None


def test_readers_of_a_schedule_that_goes_away_move_to_the_default(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    daily = subscribed(session, weekly, now, wish=Wish(cadence="daily"))
    monthly = subscribed(session, weekly, now, "paul@valmont.example", Wish(cadence="monthly"))
    assert retire_cadence(session, weekly, "daily", now) == 1
    assert (daily.cadence, monthly.cadence) == (None, "monthly")


def test_an_erased_person_is_nobody_and_is_never_written_to_again(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    sign_up(
        session,
        address="anne@valmont.example",
        name="Anne Martin",
        mlists=[weekly],
        words="Oui",
        source="form",
        ip="192.0.2.7",
        now=now,
        wish=Wish(topics=frozenset({"pont"})),
    )
    subscription = subscribed(session, english, now)
    person = subscription.subscriber
    change_person(session, person.id, act=ACT, now=now, name="Anne Durand")
    give_reason(session, subscription, "C’est Anne Durand, du 3 rue du Pont", now=now)
    suppression.suppress(
        session, "anne@valmont.example", SuppressionReason.BOUNCE, source="dsn", now=now
    )
    assert erase(session, person, TOKENS.hmac, now=now, source="page")
    session.commit()
    assert not erase(session, person, TOKENS.hmac, now=now, source="page")
    session.commit()
    assert find(session, "anne@valmont.example") is None
    assert (person.address, person.address_key, person.domain, person.name) == (None,) * 3 + ("",)
    assert {s.state for s in person.subscriptions} == {SubscriptionState.UNSUBSCRIBED}
    kept = history(session, person)
    assert ConsentKind.ERASED in {e.kind for e in kept}
    others = (*session.scalars(select(Suppression)), *session.scalars(select(AuditEvent)))
    told = repr([vars(row) for row in (*kept, *others)])
    for trace in ("anne", "Anne", "Durand", "192.0.2.7", "rue du Pont"):
        assert trace not in told
    found = suppression.find(session, "ANNE@valmont.example", TOKENS.hmacs)
    assert found is not None
    assert found.reason is SuppressionReason.ERASED
    assert session.scalar(select(func.count()).select_from(Suppression)) == 1

    asked = sign_up(
        session,
        address="anne@valmont.example",
        mlists=[weekly],
        words="Oui",
        source="form",
        ip=None,
        now=now,
        hmacs=TOKENS.hmacs,
    )
    assert asked.suppressed is not None
    with pytest.raises(NotPermitted, match="erased"):
        add(
            session,
            address="anne@valmont.example",
            mlist=weekly,
            confirmed=False,
            consent_text="",
            actor="claire",
            now=now,
            hmacs=TOKENS.hmacs,
        )
    with pytest.raises(NotPermitted):
        undo(session, subscription, now=now)
    with pytest.raises(NotPermitted):
        change_person(session, person.id, act=ACT, now=now, name="Anne")
