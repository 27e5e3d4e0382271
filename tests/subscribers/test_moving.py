"""Moving to another address: proven from both ends, and never onto somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from people_for_tests import enter, subscribed
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from subscribers import moving, suppression
from subscribers.consent import Act, history
from subscribers.erasure import erase
from subscribers.errors import InvalidAddress
from subscribers.leaving import unsubscribe
from subscribers.models import (
    AddressChange,
    ConsentKind,
    MailingList,
    Subscriber,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from subscribers.moving import Refusal
from subscribers.people import find
from subscribers.tokens import Tokens

OLD, NEW = "anne@valmont.example", "Anne.Martin@pont.example"
ACT = Act("page", "Oui, m’écrire à cette adresse", "192.0.2.7")
TOKENS = Tokens({"k1": b"a river of sixteen bytes"}, "k1")


def ask(session: Session, person: int, now: datetime, address: str = NEW) -> AddressChange:
    change = request(session, person, now, address)
    assert isinstance(change, AddressChange)
    return change


def request(
    session: Session, person: int, now: datetime, address: str = NEW
) -> AddressChange | Refusal | None:
    return moving.request(session, person, address, act=ACT, now=now, hmacs=TOKENS.hmacs)


def confirm(session: Session, change: AddressChange, now: datetime) -> Subscriber | None:
    return moving.confirm(session, change.id, act=ACT, now=now, hmacs=TOKENS.hmacs)


def test_who_moves_keeps_all_that_was_theirs(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    subscription = subscribed(session, weekly, now)
    left = enter(session, english, now).subscription
    unsubscribe(session, left, source="page", now=now)
    change = ask(session, subscription.subscriber_id, now)
    session.commit()
    assert find(session, NEW) is None  # nothing moves before the new address answers
    later = now + timedelta(hours=23)
    person = confirm(session, change, later)
    session.commit()
    assert person is not None
    assert person.id == subscription.subscriber_id
    assert (person.address, person.address_key) == (NEW, NEW.lower())
    assert (person.domain, person.changed_at) == ("pont.example", later)
    assert find(session, OLD) is None
    states = [one.state for one in person.subscriptions]
    assert states == [SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED]
    moved = history(session, person)[-1]
    assert (moved.kind, moved.ip, moved.words) == (ConsentKind.MOVED, ACT.ip, ACT.words)
    assert moved.detail == {"before": OLD, "after": NEW}
    assert confirm(session, change, later) is person  # pressed twice: the same, written once
    kinds = [event.kind for event in history(session, person)]
    assert kinds.count(ConsentKind.MOVED) == 1


def test_a_new_spelling_of_the_same_address_is_a_move_too(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    person = subscribed(session, weekly, now).subscriber
    change = ask(session, person.id, now, "ANNE@valmont.example")
    assert confirm(session, change, now) is person
    assert person.address == "ANNE@valmont.example"


def test_a_link_works_for_a_day_and_the_newest_request_wins(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    person = subscribed(session, weekly, now).subscriber_id
    first = ask(session, person, now)
    second = ask(session, person, now + timedelta(minutes=1), "anne@quai.example")
    assert confirm(session, first, now + timedelta(hours=1)) is None
    # Asked for again the same day: no further mail, and the one that is there counts again.
    assert request(session, person, now + timedelta(hours=1)) is Refusal.ENOUGH
    assert confirm(session, second, now + timedelta(hours=1)) is None
    assert moving.open_change(session, first.id, now + timedelta(hours=1)) is first
    assert confirm(session, first, now + timedelta(hours=25)) is None
    assert find(session, OLD) is not None


@pytest.mark.parametrize("whose", ["theirs", "another's"])
def test_one_address_is_asked_once_a_day_whoever_names_it(
    session: Session, weekly: MailingList, now: datetime, whose: str
) -> None:
    anne = subscribed(session, weekly, now).subscriber_id
    paul = subscribed(session, weekly, now, "paul@valmont.example").subscriber_id
    ask(session, anne, now)
    second = anne if whose == "theirs" else paul
    assert request(session, second, now + timedelta(hours=23)) is Refusal.ENOUGH
    ask(session, second, now + timedelta(hours=25))


def test_one_person_names_five_addresses_a_day(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber_id
    for number in range(moving.MOST):
        ask(session, anne, now, f"anne{number}@pont.example")
    assert request(session, anne, now) is Refusal.ENOUGH


def test_nobody_moves_onto_somebody_else(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    paul = subscribed(session, weekly, now, NEW).subscriber
    assert request(session, anne.id, now) is Refusal.KNOWN
    assert (anne.address, paul.address) == (OLD, NEW)
    [kept] = session.scalars(select(AddressChange))
    assert confirm(session, kept, now) is None


def test_two_who_want_the_same_address_do_not_both_get_it(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    paul = subscribed(session, weekly, now, "paul@valmont.example").subscriber
    first = ask(session, anne.id, now)
    second = ask(session, paul.id, now + timedelta(hours=24, minutes=1))
    assert confirm(session, first, now + timedelta(hours=23)) is anne
    assert confirm(session, second, now + timedelta(hours=25)) is None
    assert paul.address == "paul@valmont.example"


def test_a_sign_up_that_commits_meanwhile_keeps_its_address(
    engine: Engine, session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    change = ask(session, anne.id, now)
    session.commit()
    if engine.dialect.name == "sqlite":
        return  # one writer: there is no meanwhile
    came: list[str] = []

    def rival(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        """After the look at who has the address, and before it is written."""
        if statement.startswith("UPDATE subscriber SET address") and not came:
            came.append(statement)
            with Session(engine) as other, other.begin():
                enter(other, other.get_one(MailingList, weekly.id), now, NEW)

    event.listen(engine, "before_cursor_execute", rival)
    try:
        assert confirm(session, change, now) is None
    finally:
        event.remove(engine, "before_cursor_execute", rival)
    session.commit()
    assert came
    assert find(session, OLD) is not None
    assert find(session, NEW) is not None


@pytest.mark.parametrize("target", [NEW, "@pont.example"])
def test_an_address_that_must_not_be_written_to_takes_nobody_in(
    session: Session, weekly: MailingList, now: datetime, target: str
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    change = ask(session, anne.id, now)
    suppression.suppress(session, target, SuppressionReason.BOUNCE, source="dsn", now=now)
    assert confirm(session, change, now) is None
    assert request(session, anne.id, now + timedelta(days=2)) is Refusal.SUPPRESSED
    assert anne.address == OLD


def test_an_erased_address_takes_nobody_in_and_who_asked_for_it_before_forgets_it(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    paul = subscribed(session, weekly, now, NEW).subscriber
    assert request(session, anne.id, now) is Refusal.KNOWN
    erase(session, paul, TOKENS.hmac, now=now, source="page")
    assert session.scalars(select(AddressChange)).all() == []
    assert request(session, anne.id, now) is Refusal.SUPPRESSED
    [typed] = session.scalars(
        select(AddressChange)
    )  # since, and by anne: that it is here tells her
    assert (typed.subscriber_id, typed.ended_at) == (anne.id, now)  # nothing
    assert confirm(session, typed, now) is None


def test_who_was_erased_meanwhile_moves_nowhere(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    number = ask(session, anne.id, now).id
    erase(session, anne, TOKENS.hmac, now=now, source="page")
    session.expire_all()
    assert moving.confirm(session, number, act=ACT, now=now) is None
    assert request(session, anne.id, now) is None
    assert anne.address is None


def test_forgetting_seals_the_addresses_that_somebody_had_before(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    anne = subscribed(session, weekly, now).subscriber
    for address in (NEW, "anne@quai.example"):
        now += timedelta(days=2)
        assert confirm(session, ask(session, anne.id, now, address), now) is anne
    subscribed(session, weekly, now, NEW)  # somebody else has this one by now
    erase(session, anne, TOKENS.hmac, now=now, source="page")
    for address, sealed in ((OLD, True), ("anne@quai.example", True), (NEW, False)):
        assert (suppression.find(session, address, TOKENS.hmacs) is not None) == sealed, address
    assert OLD not in repr([vars(one) for one in session.scalars(select(Suppression))])
    assert [e.detail for e in history(session, anne) if e.kind is ConsentKind.MOVED] == [{}, {}]


def test_a_new_address_must_be_one(session: Session, weekly: MailingList, now: datetime) -> None:
    anne = subscribed(session, weekly, now).subscriber_id
    with pytest.raises(InvalidAddress):
        request(session, anne, now, "anne@")
