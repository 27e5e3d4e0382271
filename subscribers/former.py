"""The names that another system gave to people and letters: its old links go on working by them.

A name is a UUID that stood in old mails. Whoever holds such a link may do by it what a link in a
mail of ours allows: leave, and choose what comes. Data, address and erasure need a fresh link.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from subscribers.bulk import insert_new
from subscribers.models import FormerLetter, FormerPerson, Subscriber, Subscription

LISTMONK = "listmonk"


def clean_name(text: str) -> str | None:
    """The UUID as it is kept, whatever its case or hyphens; None for anything else."""
    try:
        return str(uuid.UUID(text)) if len(text) in (32, 36) else None
    except ValueError:
        return None


def remember(session: Session, system: str, names: Mapping[str, int]) -> None:
    """Keep what the system called these people: name -> subscriber id.

    A name's first meaning stays. What is no UUID stands in no link, and is not kept.
    """
    rows = [
        {"system": system, "name": name, "subscriber_id": person}
        for text, person in names.items()
        if (name := clean_name(text)) is not None
    ]
    insert_new(session, FormerPerson, rows)


def remember_letters(session: Session, system: str, letters: Iterable[tuple[str, int]]) -> None:
    """Keep which lists its letters went to, as (name, list id); once for each of several lists."""
    rows = [
        {"system": system, "name": name, "mlist_id": mlist_id}
        for text, mlist_id in letters
        if (name := clean_name(text)) is not None
    ]
    insert_new(session, FormerLetter, rows)


def find(session: Session, system: str, letter: str, person: str) -> list[Subscription]:
    """The subscriptions that a link in this letter to this person is about, by id, in any state.

    Those to the lists of the letter. Of a letter that is not known (a test, a note of the system
    itself, one of a list that did not come along) all that came from there. With their person and
    list; none for whoever was erased.
    """
    known = clean_name(person)
    letter_name = clean_name(letter)
    if known is None or letter_name is None:
        return []
    theirs = (
        select(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(FormerPerson, FormerPerson.subscriber_id == Subscriber.id)
        .where(
            FormerPerson.system == system,
            FormerPerson.name == known,
            Subscriber.erased_at.is_(None),
        )
        .options(joinedload(Subscription.subscriber), joinedload(Subscription.mlist))
        .order_by(Subscription.id)
    )
    its_lists = select(FormerLetter.mlist_id).where(
        FormerLetter.system == system, FormerLetter.name == letter_name
    )
    if session.scalar(select(its_lists.exists())):
        return list(session.scalars(theirs.where(Subscription.mlist_id.in_(its_lists))))
    any_letter = select(FormerLetter.id).where(
        FormerLetter.system == system, FormerLetter.mlist_id == Subscription.mlist_id
    )
    from_there = or_(Subscription.source == system, any_letter.exists())
    return list(session.scalars(theirs.where(from_there))) or list(session.scalars(theirs))
