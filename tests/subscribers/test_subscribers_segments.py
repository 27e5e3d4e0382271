"""For whom a list is: the language of conditions, and what it finds on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_for_tests import enter, subscribed
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from subscribers import audience, condition_sql, segments
from subscribers.conditions import parse
from subscribers.errors import InvalidValue, NotPermitted
from subscribers.leaving import unsubscribe
from subscribers.lists import edit_list, remove_list
from subscribers.models import MailingList, Subscriber, Subscription, Visibility
from subscribers.signup import Wish

PARIS = ZoneInfo("Europe/Paris")
PEOPLE: dict[str, dict[str, Any]] = {
    "anne": {"town": "Valmont", "age": 41, "member": True, "address": {"postcode": "76540"}},
    "bob": {"town": "Fécamp", "age": "17", "member": False, "interests": ["pont", "fanfare", 7]},
    "chloe": {"town": "valmont", "age": "about 30", "member": "true", "été": "à la mer"},
    "denis": {"town": None, "age": -2.5, "note": 'said "hello", \\ and left'},
    "eve": {},
}


@pytest.fixture
def people(session: Session, weekly: MailingList, now: datetime) -> Session:
    """Five people with attributes of every type; anne and bob have tags, bob one topic."""
    for name, attributes in PEOPLE.items():
        topics = frozenset({"pont"}) if name == "bob" else None
        language = "en" if name == "chloe" else None
        domain = "mairie.example" if name == "eve" else "valmont.example"
        person = enter(
            session, weekly, now, f"{name}@{domain}", Wish(topics=topics), language=language
        ).subscriber
        person.attributes = attributes
    tagged = {"anne": {"vip", "donor"}, "bob": {"vip-2024"}}
    for name, tags in tagged.items():
        who = select(Subscriber).where(Subscriber.address == f"{name}@valmont.example")
        session.scalars(who).one().tags = frozenset(tags)
    session.commit()
    return session


def named(session: Session, condition: str) -> str:
    """The people of whom the condition holds, by the first letters of their names."""
    query = (
        select(Subscriber.address)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(condition_sql.condition(session, parse(condition), PARIS))
        .order_by(Subscriber.address)
    )
    return "".join(str(address)[0] for address in session.scalars(query))


def test_conditions_find_people_alike_on_both_databases(people: Session) -> None:
    found = {
        'town = "Valmont"': "a",
        "town = Valmont": "a",
        'town != "Valmont"': "bc",  # who has no town is not of another one
        'not town = "Valmont"': "bcde",
        'town in ("Valmont", "Fécamp")': "ab",
        'not town in ("Valmont")': "bcde",
        "town contains almont": "ac",
        'town < "a"': "ab",  # by code point, in every locale
        "exists town": "abc",  # null is nothing
        "not exists town": "de",
        "age >= 18": "a",
        "age < 18": "bd",  # a text that spells a number is one
        "age != 41": "bd",
        "age = 41.0": "a",
        "age in (17, 41)": "ab",
        "age > 1000000000000000000000": "",
        'age = "17"': "b",
        "member = true": "ac",
        "member != true": "b",
        "member in (true, false)": "abc",
        "member = maybe": "",
        "address.postcode = 76540": "a",
        'address.postcode = "76540"': "a",
        "exists address": "a",
        "address = Valmont": "",
        "exists address.street.number": "",
        "town.name = x": "",
        "interests contains pont": "b",
        "interests contains 7": "b",
        "interests contains pon": "",
        "interests = pont": "",
        'été = "à la mer"': "c",
        r'note = "said \"hello\", \\ and left"': "d",
        "tag = vip": "a",
        "tag = VIP": "a",
        "tag in (donor, vip-2024)": "ab",
        "exists tag": "ab",
        "not tag = vip": "bcde",
        "topic = pont": "abcde",  # who chose none has them all
        "topic = fanfare": "acde",
        "language = fr": "abde",
        "language != fr": "c",
        "domain = mairie.example": "e",
        "domain contains valmont": "abcd",
        "since = 2026-01-24": "abcde",
        "since < 2026-01-24": "",
        "since >= 2026-01-25": "",
        'town = "Valmont" and (age >= 18 or tag = vip-2024) or domain = mairie.example': "ae",
        "not not tag = vip AND NOT (tag = x)": "a",
    }
    assert {condition: named(people, condition) for condition in found} == found


def test_a_day_begins_at_midnight_where_the_list_is(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    enter(session, weekly, datetime(2026, 1, 23, 23, 30, tzinfo=UTC), "anne@valmont.example")
    assert named(session, "since = 2026-01-24") == "a"
    assert named(session, "since > 2026-01-23") == "a"
    assert named(session, "since <= 2026-01-23") == ""


@pytest.mark.parametrize(
    "stored",
    [
        r'{"town": "a\u0000b"}',
        r'{"other\u0000": 1, "town": "x"}',
        r'{"town": "\ud83d"}',
        r'{"town": "\ude00"}',
        '{"town": 1e400}',
        '{"town": "1e999999"}',
        '{"town": "' + "9" * 400 + '"}',
        "[]",
        '"town"',
        "null",
    ],
)
def test_nothing_that_is_stored_stops_a_freeze(
    session: Session, weekly: MailingList, now: datetime, stored: str
) -> None:
    enter(session, weekly, now, "anne@valmont.example")
    session.execute(text("UPDATE subscriber SET attributes = :stored"), {"stored": stored})
    for condition in ("town > 1", "town = x", "town contains x", "exists town", "town = true"):
        named(session, condition)


def test_an_emoji_is_no_broken_text(session: Session, weekly: MailingList, now: datetime) -> None:
    enter(session, weekly, now).subscriber.attributes = {"town": "😀"}
    session.flush()
    assert named(session, 'town = "😀"') == "a"


@pytest.mark.parametrize(
    ("condition", "column", "why"),
    [
        ("", "at its end", "a name is wanted"),
        ("town", "at its end", "one of = != <"),
        ("town =", "at its end", "a value is missing"),
        ("town = and", "column 8", "needs quotes"),
        ("town == x", "column 7", "a value is missing"),
        ("town = Le Havre", "column 11", "'and' or 'or' is missing"),
        ('town = "Valmont', "column 8", "a quote is not closed"),
        ("town ! x", "column 6", "'!' stands alone"),
        ("(town = x", "at its end", "a ')' is missing"),
        ("town = x)", "column 9", "'and' or 'or' is missing"),
        ("town in x", "column 9", "in parentheses"),
        ("town in (x y)", "column 12", "a ',' or ')'"),
        ("town not in (x)", "column 6", "not town in"),
        ("tag != vip", "at its end", "'tag' takes = in exists, not !="),
        ("tag = 'very important'", "column 7", "tag name 'very important' cannot be used"),
        ("since > yesterday", "column 9", "'since' takes a day"),
        ("since > 2026-02-30", "column 9", "day"),
        ("member > true", "at its end", "true and false cannot be asked with >"),
        ("1 = 1", "column 1", "a name is wanted"),
        ("a; DROP TABLE subscriber", "column 1", "a name is wanted"),
        ("(" * 40 + "a = b" + ")" * 40, "column 32", "parentheses"),
        ("not " * 40 + "a = b", "column", "parentheses"),
        ("a in (" + ",".join("x" * 301) + ")", "column", "more than 300 values"),
    ],
)
def test_what_cannot_be_read_is_shown_where(condition: str, column: str, why: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse(condition)
    assert column in str(caught.value)
    assert why in str(caught.value)
    assert 'town = "Valmont"' in str(caught.value)


def test_a_condition_on_two_lines_or_without_end_is_refused() -> None:
    for condition in ("town = 'a\nb'", "town = 'a\0b'", "a = b or " * 300 + "a = b"):
        with pytest.raises(InvalidValue):
            parse(condition)


@given(st.text(alphabet="ab=!<>()\"'\\ ,.-1 notrdxis", max_size=60))
def test_any_text_is_read_or_refused(condition: str) -> None:
    try:
        parse(condition)
    except InvalidValue:
        pass


def test_a_list_for_some_reaches_only_those_and_never_more(
    people: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    def reached(mlist: MailingList = weekly) -> int:
        about: dict[str, Any] = {"cadence": None, "is_default_cadence": True, "now": now}
        groups = audience.audience_groups(people, mlist.id, "digest", **about)
        kinds = audience.audience_kinds(people, mlist.id, "digest", **about)
        assert set(kinds) == {(group.language, group.topics) for group in groups}
        size = audience.count(people, mlist.id, "letter", **about)
        assert size == sum(group.count for group in groups)
        return size

    assert reached() == 5
    assert segments.narrow(people, weekly, " tag = vip ")
    assert not segments.narrow(people, weekly, "tag = vip")
    assert segments.said_of(people, weekly.id) == "tag = vip"
    assert reached() == 1
    stranger = subscribed(people, english, now, "zoe@valmont.example")
    people.get_one(Subscriber, stranger.subscriber_id).tags = frozenset({"vip"})
    assert (reached(), reached(english)) == (1, 1)
    segments.narrow(people, weekly, "exists town or not exists town")
    assert reached() == 5
    segments.narrow(people, weekly, "language = fr")  # beside a query that has the list as well
    assert reached() == 4
    segments.narrow(people, weekly, "exists town or not exists town")
    people.scalars(
        select(Subscriber).where(Subscriber.address.startswith("anne"))
    ).one().paused_until = now + timedelta(days=1)
    assert reached() == 4
    assert segments.narrow(people, weekly, "")
    assert not segments.narrow(people, weekly, "")
    assert (segments.said_of(people, weekly.id), reached()) == ("", 4)


def test_what_cannot_be_read_any_more_reaches_nobody(
    people: Session, weekly: MailingList, now: datetime
) -> None:
    segments.narrow(people, weekly, "tag = vip")
    people.execute(text("UPDATE segment SET expression = 'tag ~ vip'"))
    people.expire_all()
    with pytest.raises(InvalidValue):
        audience.count(people, weekly.id, "digest", cadence=None, is_default_cadence=True, now=now)


def test_a_list_drawn_from_another_goes_to_those_of_it_who_match(
    people: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    segments.draw(people, english, weekly, "exists town")
    about: dict[str, Any] = {"is_default_cadence": False, "now": now}

    def reached(kind: audience.Kind = "digest", cadence: str | None = None) -> dict[str, str]:
        query = audience.audience(people, english.id, kind, cadence=cadence, **about)
        return {str(row.address)[0]: row.language for row in people.execute(query)}

    own = {"a": "en", "b": "en", "c": "en"}  # in the language of the list that writes
    assert reached() == reached("letter") == own
    assert reached(cadence="monthly") == own  # its schedules are not theirs to choose
    assert reached("alert") == {}
    groups = audience.audience_groups(people, english.id, "digest", cadence=None, **about)
    assert sum(group.count for group in groups) == 3
    anne = people.scalars(select(Subscription).order_by(Subscription.id)).first()
    assert anne is not None
    unsubscribe(people, anne, source="page", now=now)
    assert reached() == {"b": "en", "c": "en"}
    assert audience.count(people, weekly.id, "digest", cadence=None, **about) == 4
    for wrong in (english, weekly):  # itself, and one that is drawn
        with pytest.raises(InvalidValue, match="no subscribers of its own"):
            segments.draw(people, weekly, wrong, "tag = vip")


def test_a_list_drawn_from_another_takes_nobody_and_keeps_that_one_alive(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    with pytest.raises(InvalidValue, match="say where"):
        segments.draw(session, english, weekly, " ")
    segments.draw(session, english, weekly, "tag = vip")
    with pytest.raises(NotPermitted, match="closed"):
        enter(session, english, now)
    with pytest.raises(InvalidValue, match="stays closed"):
        edit_list(session, english, visibility=Visibility.PUBLIC)
    with pytest.raises(InvalidValue, match="needs a condition"):
        segments.narrow(session, english, "")
    with pytest.raises(NotPermitted, match="courier is drawn from it"):
        remove_list(session, weekly, actor="claire", now=now)
    remove_list(session, english, actor="claire", now=now)
    remove_list(session, weekly, actor="claire", now=now)
