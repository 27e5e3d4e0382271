from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.consent import Act, history
from subscribers.errors import InvalidAddress, InvalidToken, InvalidValue, NotPermitted
from subscribers.inviting import hold_waiting, invite, waiting_people
from subscribers.leaving import unsubscribe
from subscribers.lists import edit_list
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Visibility,
)
from subscribers.signup import Outcome, Request, SignUp, Wish, add, confirm, sign_up

WORDS = "Je souhaite recevoir Le Courrier de Valmont chaque vendredi."


def ask(
    session: Session,
    *mlists: MailingList,
    now: datetime,
    address: str = "anne@valmont.example",
    name: str = "Anne",
    wish: Wish | None = None,
    invited: bool = False,
) -> SignUp:
    return sign_up(
        session,
        address=address,
        name=name,
        mlists=mlists,
        words=WORDS,
        source="form",
        ip="192.0.2.7",
        now=now,
        wish=wish,
        invited=invited,
    )


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_sign_up_is_pending_until_the_link_is_pressed_and_all_of_it_is_evidence(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    wish = Wish(topics=frozenset({"pont", "unknown"}), cadence="daily", alerts=True)
    asked = ask(session, weekly, now=now, wish=wish)
    session.commit()
    (subscription,) = asked.to_confirm
    assert subscription.state is SubscriptionState.PENDING
    assert (subscription.topics, subscription.cadence) == (frozenset({"pont"}), "daily")
    assert asked.request is not None
    later = now + timedelta(hours=2)
    done = confirm(session, asked.request, ip="192.0.2.8", now=later, words="Confirmer")
    session.commit()
    assert done.newly == (subscription,)
    assert subscription.state is SubscriptionState.ACTIVE
    assert subscription.confirmed_at == later
    assert asked.subscriber is not None
    requested, confirmed = history(session, asked.subscriber)
    assert (requested.kind, requested.words, requested.ip, requested.at) == (
        ConsentKind.REQUESTED,
        WORDS,
        "192.0.2.7",
        now,
    )
    assert requested.detail["alerts"] is True
    assert (confirmed.kind, confirmed.words, confirmed.ip) == (
        ConsentKind.CONFIRMED,
        "Confirmer",
        "192.0.2.8",
    )


def test_a_link_pressed_twice_gives_the_same_answer_and_writes_once(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    request = ask(session, weekly, now=now).request
    assert request is not None
    first = confirm(session, request, ip=None, now=now)
    second = confirm(session, request, ip=None, now=now)
    assert first.active == second.active
    assert (len(second.newly), len(second.before)) == (0, 1)
    assert count(session, ConsentEvent) == 2


def test_a_list_without_double_opt_in_is_joined_at_once(
    session: Session, english: MailingList, now: datetime
) -> None:
    asked = ask(session, english, now=now)
    assert [s.state for s in asked.joined] == [SubscriptionState.ACTIVE]
    assert asked.request is None
    assert asked.to_confirm == ()


def test_those_who_left_must_confirm_even_where_nobody_else_must(
    session: Session, english: MailingList, now: datetime
) -> None:
    (subscription,) = ask(session, english, now=now).joined
    unsubscribe(session, subscription, source="page", now=now)
    again = ask(session, english, now=now + timedelta(days=1))
    assert [s.state for s in again.to_confirm] == [SubscriptionState.PENDING]


def test_an_old_link_does_not_bring_back_somebody_who_left_after_it(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    asked = ask(session, weekly, now=now)
    (subscription,) = asked.to_confirm
    assert asked.request is not None
    unsubscribe(session, subscription, source="page", now=now + timedelta(hours=1))
    tried = confirm(session, asked.request, ip=None, now=now + timedelta(hours=2))
    assert tried.lapsed == (subscription,)
    assert subscription.state is SubscriptionState.UNSUBSCRIBED
    # Somebody types the address into the form again: the old link still stands for the old request.
    ask(session, weekly, now=now + timedelta(hours=3))
    tried = confirm(session, asked.request, ip=None, now=now + timedelta(hours=4))
    assert tried.lapsed == (subscription,)
    assert subscription.state is SubscriptionState.PENDING


def test_asked_twice_both_links_confirm(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    first = ask(session, weekly, now=now).request
    second = ask(session, weekly, now=now + timedelta(days=1)).request
    assert first is not None
    assert second is not None
    assert confirm(session, first, ip=None, now=now + timedelta(days=2)).newly
    assert confirm(session, second, ip=None, now=now + timedelta(days=2)).before


def test_once_something_else_is_asked_for_older_links_die(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    first = ask(session, weekly, now=now).request
    later = now + timedelta(days=1)
    second = ask(session, weekly, now=later, wish=Wish(alerts=True)).request
    assert first is not None
    assert second is not None
    assert confirm(session, first, ip=None, now=later).lapsed
    [one] = confirm(session, second, ip=None, now=later).newly
    assert one.alerts


def test_nothing_of_an_active_person_is_changed_by_a_stranger_with_a_form(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    request = ask(session, weekly, now=now).request
    assert request is not None
    confirm(session, request, ip=None, now=now)
    again = ask(
        session,
        weekly,
        now=now,
        address="ANNE@Valmont.example",
        name="Somebody",
        wish=Wish(alerts=True),
    )
    assert [s.alerts for s in again.already] == [False]
    assert again.request is None
    assert again.subscriber is not None
    assert again.subscriber.name == "Anne"
    assert count(session, Subscriber) == count(session, Subscription) == 1
    assert count(session, ConsentEvent) == 2


@pytest.mark.parametrize("target", ["anne@valmont.example", "@valmont.example"])
def test_a_suppressed_address_is_told_apart_only_for_the_sender(
    session: Session, weekly: MailingList, now: datetime, target: str
) -> None:
    suppression.suppress(session, target, SuppressionReason.COMPLAINT, source="arf", now=now)
    asked = ask(session, weekly, now=now)
    assert asked.suppressed is not None
    assert asked.suppressed.reason is SuppressionReason.COMPLAINT
    assert (asked.to_confirm, asked.request) == ((), None)
    assert count(session, Subscriber) == 0


def test_private_lists_need_their_own_link_and_closed_ones_take_nobody(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    edit_list(session, weekly, visibility=Visibility.PRIVATE)
    edit_list(session, english, visibility=Visibility.CLOSED)
    assert ask(session, weekly, english, now=now).refused == (weekly, english)
    assert count(session, Subscriber) == 0
    invited = ask(session, weekly, english, now=now, invited=True)
    assert invited.refused == (english,)
    assert len(invited.to_confirm) == 1


def test_several_lists_are_confirmed_by_one_link(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    edit_list(session, english, double_opt_in=True)
    request = ask(session, english, weekly, now=now).request
    assert request is not None
    assert Request.from_payload(request.payload) == request
    assert len(confirm(session, request, ip=None, now=now).newly) == 2


@pytest.mark.parametrize("payload", [12, "x", (), (1,)])
def test_a_payload_of_another_kind_confirms_nothing(payload: int | str | tuple[int, ...]) -> None:
    with pytest.raises(InvalidToken):
        Request.from_payload(payload)


@pytest.mark.parametrize(
    ("address", "name"), [("anne", "Anne"), ("a@b.example", "A\r\nB"), ("a@b.example", "A" * 201)]
)
def test_bad_fields_are_refused_and_nothing_is_kept(
    session: Session, weekly: MailingList, now: datetime, address: str, name: str
) -> None:
    with pytest.raises((InvalidAddress, InvalidValue)):
        ask(session, weekly, now=now, address=address, name=name)
    assert count(session, Subscriber) == 0


def test_names_in_any_script_are_kept(session: Session, weekly: MailingList, now: datetime) -> None:
    for i, name in enumerate(("Zoë 🌊", "شيماء", "李四", "👩‍👧", "O'Neill")):
        person = ask(session, weekly, now=now, address=f"p{i}@x.example", name=name).subscriber
        session.commit()
        assert person is not None
        assert person.name == name


def test_two_sign_ups_of_one_address_at_once_make_one_row(
    engine: Engine, session: Session, weekly: MailingList, now: datetime
) -> None:
    slug_id, failures = weekly.id, []
    start = threading.Barrier(4)

    def one() -> None:
        try:
            with Session(engine) as mine:
                start.wait(10)
                ask(mine, mine.get_one(MailingList, slug_id), now=now)
                mine.commit()
        except Exception as error:  # noqa: BLE001  (shown by the assertion, whatever it is)
            failures.append(error)

    session.commit()
    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert count(session, Subscriber) == count(session, Subscription) == 1
    assert count(session, ConsentEvent) == 4


def enter(
    session: Session,
    mlist: MailingList,
    now: datetime,
    *,
    confirmed: bool = True,
    consent_text: str = "Signed at the market stall.",
    again: bool = False,
):
    return add(
        session,
        address="anne@valmont.example",
        mlist=mlist,
        confirmed=confirmed,
        again=again,
        consent_text=consent_text,
        actor="claire",
        now=now,
    )


def test_an_admin_adds_with_the_words_of_consent_and_only_once(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    added = enter(session, weekly, now)
    assert added.outcome is Outcome.ADDED
    (event,) = history(session, added.subscriber)
    assert (event.kind, event.words, event.actor) == (
        ConsentKind.GRANTED,
        "Signed at the market stall.",
        "claire",
    )
    assert enter(session, weekly, now).outcome is Outcome.UNCHANGED
    assert count(session, ConsentEvent) == 1


def test_confirmed_without_words_is_refused(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    with pytest.raises(InvalidValue, match="words"):
        enter(session, weekly, now, consent_text="  ")


def test_an_unconfirmed_addition_waits_for_the_person_and_can_be_invited_again(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    added = enter(session, weekly, now, confirmed=False, consent_text="")
    assert (added.outcome, added.subscription.state) == (
        Outcome.PENDING,
        SubscriptionState.PENDING,
    )
    session.commit()
    later = now + timedelta(days=3)
    (one,) = hold_waiting(session, waiting_people(session, mlist_id=weekly.id))
    (request,) = invite(session, [(one, later)], act=Act("cli", actor="claire"), now=now)
    session.refresh(added.subscription)
    assert added.subscription.invited_at == later
    assert history(session, added.subscriber)[-1].kind is ConsentKind.INVITED
    assert confirm(session, request, ip=None, now=now + timedelta(days=4)).newly
    assert waiting_people(session) == []
    assert hold_waiting(session, [added.subscriber.id]) == []


@pytest.mark.parametrize("against", ["anne@valmont.example", "@valmont.example"])
def test_who_must_not_be_written_to_is_not_asked(
    session: Session, weekly: MailingList, now: datetime, against: str
) -> None:
    enter(session, weekly, now, confirmed=False, consent_text="")
    (person,) = waiting_people(session)
    assert len(hold_waiting(session, [person])) == 1
    suppression.suppress(session, against, SuppressionReason.ADMIN, source="cli", now=now)
    assert hold_waiting(session, [person]) == []


def test_an_admin_does_not_bring_back_who_left_or_is_suppressed_without_saying_so(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    added = enter(session, weekly, now)
    unsubscribe(session, added.subscription, source="page", now=now)
    with pytest.raises(NotPermitted, match=r"left 'courrier' on 2026-01-24"):
        enter(session, weekly, now)
    assert enter(session, weekly, now, again=True).outcome is Outcome.ADDED
    suppression.suppress(
        session, "anne@valmont.example", SuppressionReason.BOUNCE, source="dsn", now=now
    )
    with pytest.raises(NotPermitted, match="lift"):
        enter(session, weekly, now)


def test_a_closed_list_takes_nobody_from_an_admin_either(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    edit_list(session, weekly, visibility=Visibility.CLOSED)
    with pytest.raises(NotPermitted, match="closed"):
        enter(session, weekly, now)


def test_a_wish_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidValue):
        Wish(digests=False, alerts=False)
