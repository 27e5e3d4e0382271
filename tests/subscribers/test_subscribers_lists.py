from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from people_for_tests import enter, subscribed
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from subscribers.consent import Act
from subscribers.errors import InvalidAddress, InvalidValue, UnknownList
from subscribers.lists import (
    count_subscriptions,
    create_list,
    edit_list,
    find_list,
    find_lists,
    former_slugs,
    remove_list,
    rename,
    set_topics,
)
from subscribers.models import (
    ConsentEvent,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Visibility,
)
from subscribers.preferences import change_preferences
from subscribers.signup import Wish, add


def test_a_list_has_a_stable_list_id_of_its_name_and_the_domain(weekly: MailingList) -> None:
    assert weekly.list_id == "courrier.valmont.example"


@pytest.mark.parametrize("slug", ["", "Courrier", "é", "a b", "-a", "a-", "a--b", "a/b", "a" * 65])
def test_a_name_that_cannot_stand_in_an_address_is_refused(
    session: Session, now: datetime, slug: str
) -> None:
    with pytest.raises(InvalidValue, match="lower-case"):
        create_list(session, slug, domain="valmont.example", now=now)


def test_the_refusal_suggests_a_name_that_works(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidValue, match="'marche-d-ete'"):
        create_list(session, "Marché d’Été", domain="valmont.example", now=now)


def test_a_name_is_given_once(session: Session, weekly: MailingList, now: datetime) -> None:
    with pytest.raises(InvalidValue, match="already"):
        create_list(session, "courrier", domain="valmont.example", now=now)


def test_an_unknown_list_names_those_there_are(session: Session, weekly: MailingList) -> None:
    with pytest.raises(UnknownList, match="choose among courrier"):
        find_list(session, "courier")
    assert find_list(session, "courrier") is weekly


def test_editing_tells_what_was_different(session: Session, weekly: MailingList) -> None:
    assert edit_list(session, weekly, title="Le Courrier", language="fr") == ["title"]
    assert edit_list(session, weekly, title="Le Courrier") == []
    assert edit_list(session, weekly, reply_to="Redaction@VALMONT.example") == ["reply_to"]
    assert weekly.reply_to == "Redaction@valmont.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Le\r\nCourrier"),
        ("title", " "),
        ("from_name", "x\x00"),
        ("timezone", "Europe/Valmont"),
        ("timezone", "../../etc/passwd"),
        ("language", "français"),
        ("language", ""),
        ("list_id", "courrier"),
        ("list_id", "a b.example"),
        ("excerpt_words", 0),
    ],
)
def test_what_would_spoil_a_header_or_a_page_is_refused(
    session: Session, weekly: MailingList, field: str, value: object
) -> None:
    with pytest.raises((InvalidValue, InvalidAddress)):
        edit_list(session, weekly, **{field: value})


def test_topics_keep_their_ids_when_renamed(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    before = {t.slug: t.id for t in weekly.topics}
    new = [("pont", "Le nouveau pont"), ("ecole", "Le jardin de l’école")]
    assert set_topics(session, weekly, new, now=now) == 0
    session.commit()
    after = {t.slug: (t.id, t.title) for t in find_list(session, "courrier").topics}
    assert after.keys() == {"pont", "ecole"}
    assert after["pont"] == (before["pont"], "Le nouveau pont")


def test_lists_are_found_by_who_may_see_them(
    session: Session, weekly: MailingList, english: MailingList
) -> None:
    edit_list(session, english, visibility=Visibility.PRIVATE)
    assert [m.slug for m in find_lists(session, Visibility.PUBLIC)] == ["courrier"]
    assert [m.slug for m in find_lists(session)] == ["courier", "courrier"]


def test_removing_a_list_takes_its_subscriptions_and_leaves_people_and_evidence(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    add(
        session,
        address="anne@valmont.example",
        mlist=weekly,
        confirmed=True,
        consent_text="Oui.",
        actor="claire",
        now=now,
    )
    session.commit()
    assert count_subscriptions(session, weekly)[SubscriptionState.ACTIVE] == 1
    remove_list(session, weekly, actor="claire", now=now)
    session.commit()
    counts = [
        session.scalar(select(func.count()).select_from(model))
        for model in (MailingList, Subscription, Subscriber, ConsentEvent)
    ]
    assert counts == [0, 0, 1, 1]


def test_a_topic_that_goes_away_strands_nobody(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    chosen = {
        "one": {"pont"}, "two": {"pont", "marche"}, "three": {"fanfare", "marche", "pont"},
        "other": {"marche"}, "all": None,
    }  # fmt: skip
    theirs = {
        name: subscribed(
            session,
            weekly,
            now,
            f"{name}@valmont.example",
            Wish(topics=None if topics is None else frozenset(topics)),
        )
        for name, topics in chosen.items()
    }
    elsewhere = subscribed(session, english, now, "one@valmont.example")
    elsewhere.topics = frozenset({"pont"})
    theirs["two"].state = SubscriptionState.UNSUBSCRIBED  # comes out of an export, and back in
    session.commit()
    later = now + timedelta(days=1)
    assert set_topics(session, weekly, [("marche", "Le marché")], now=later) == 3
    session.commit()
    assert {name: one.topics for name, one in theirs.items()} == {
        "one": None, "two": {"marche"}, "three": {"marche"}, "other": {"marche"}, "all": None,
    }  # fmt: skip
    assert elsewhere.topics == {"pont"}
    assert [one.changed_at == later for one in theirs.values()] == [True] * 3 + [False] * 2
    assert set_topics(session, weekly, [], now=later) == 3
    assert {one.topics for one in theirs.values()} == {None}


def test_a_list_that_is_renamed_is_found_by_both_names(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    assert rename(session, weekly, "valmont", now=now)
    assert not rename(session, weekly, "valmont", now=now)
    session.commit()
    assert find_list(session, "valmont") is find_list(session, "courrier") is weekly
    assert weekly.list_id == "courrier.valmont.example"
    for taken, why in (("courrier", "was called 'courrier' before"), ("valmont", "already")):
        with pytest.raises(InvalidValue, match=why):
            create_list(session, taken, domain="valmont.example", now=now)
        with pytest.raises(InvalidValue, match=why):
            rename(session, english, taken, now=now)
    with pytest.raises(InvalidValue, match="lower-case"):
        rename(session, weekly, "Le Courrier", now=now)
    assert rename(session, weekly, "courrier", now=now)  # and back
    assert former_slugs(session, weekly) == ["valmont"]
    remove_list(session, weekly, actor="claire", now=now)
    session.commit()
    with pytest.raises(UnknownList):
        find_list(session, "valmont")


def test_a_topic_that_is_being_removed_is_chosen_by_nobody(
    engine: Engine, session: Session, weekly: MailingList, now: datetime
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    one = enter(session, weekly, now, "anne@valmont.example").subscription
    session.commit()
    number, said = one.id, list[str]()

    def choose() -> None:
        with Session(engine) as other:
            mine = other.get_one(Subscription, number)
            assert {topic.slug for topic in mine.mlist.topics} == {"marche", "pont", "fanfare"}
            begun.set()
            try:
                change_preferences(other, mine, act=Act("page"), now=now,
                                   topics=frozenset({"pont"}))  # fmt: skip
                other.commit()
            except InvalidValue as error:
                said.append(str(error))

    begun = threading.Event()
    reader = threading.Thread(target=choose)
    set_topics(session, weekly, [("marche", "Le marché")], now=now)
    reader.start()
    assert begun.wait(20)
    reader.join(0.2)  # it waits for us, or has done its worst
    session.commit()
    reader.join(20)
    assert said == ["list 'courrier' has no topic 'pont': choose among marche"]
    session.expire_all()
    assert session.get_one(Subscription, number).topics is None
