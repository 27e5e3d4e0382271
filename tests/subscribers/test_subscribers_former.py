"""Links of another system: whose subscriptions they are about."""

from __future__ import annotations

import uuid
from datetime import datetime

from people_for_tests import subscribed
from sqlalchemy.orm import Session

from subscribers import erasure, former
from subscribers.models import MailingList

PERSON, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
LETTER, BOTH, NEVER_SENT = (str(uuid.UUID(int=n)) for n in (11, 12, 99))


def anne_on_both(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> tuple[int, int]:
    """Her subscriptions, and two letters: one to the first list, one to both."""
    first = subscribed(session, weekly, now)
    second = subscribed(session, english, now)
    former.remember(session, former.LISTMONK, {PERSON.upper(): first.subscriber_id})
    letters = [(LETTER, weekly.id), (BOTH, weekly.id), (BOTH, english.id)]
    former.remember_letters(session, former.LISTMONK, letters)
    session.commit()
    return first.id, second.id


def found(session: Session, letter: str, person: str, system: str = former.LISTMONK) -> list[int]:
    return [one.id for one in former.find(session, system, letter, person)]


def test_a_link_is_about_the_lists_that_its_letter_went_to(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    first, second = anne_on_both(session, weekly, english, now)
    assert found(session, LETTER, PERSON) == [first]
    assert found(session, BOTH, PERSON) == [first, second]
    assert found(session, BOTH, PERSON.upper().replace("-", "")) == [first, second]


def test_a_link_of_a_letter_that_is_not_known_is_about_all_that_came_from_there(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    first, second = anne_on_both(session, weekly, english, now)
    assert found(session, NEVER_SENT, PERSON) == [first, second]


def test_what_names_nobody_finds_nothing(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    anne_on_both(session, weekly, english, now)
    for letter, person in (
        (LETTER, OTHER),
        (LETTER, "optin"),
        ("optin", PERSON),
        ("wipe", PERSON),
        (LETTER, "\0" * 36),
        (LETTER, "{" + PERSON + "}"),
        (PERSON, LETTER),
        ("", ""),
    ):
        assert found(session, letter, person) == []
    assert found(session, LETTER, PERSON, "another") == []


def test_remembering_twice_keeps_the_first_meaning(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    first, _ = anne_on_both(session, weekly, english, now)
    bob = subscribed(session, weekly, now, "bob@valmont.example")
    former.remember(session, former.LISTMONK, {PERSON: bob.subscriber_id, "no name": bob.id})
    former.remember_letters(session, former.LISTMONK, [(LETTER, weekly.id)])
    session.commit()
    assert found(session, LETTER, PERSON) == [first]


def test_links_of_whoever_was_erased_lead_nowhere(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    anne_on_both(session, weekly, english, now)
    anne = former.find(session, former.LISTMONK, LETTER, PERSON)[0].subscriber
    erasure.erase(session, anne, lambda key: f"hmac:{key}", now=now, source="page")
    assert found(session, LETTER, PERSON) == []
    assert found(session, NEVER_SENT, PERSON) == []
