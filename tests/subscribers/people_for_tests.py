"""Short ways to make people for tests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from subscribers.models import (
    ConsentEvent,
    FormWording,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.signup import Added, Wish, add


def enter(
    session: Session,
    mlist: MailingList,
    now: datetime,
    address: str = "anne@valmont.example",
    wish: Wish | None = None,
    *,
    name: str = "",
    language: str | None = None,
    confirmed: bool = True,
) -> Added:
    """Somebody on a list, by an admin who has their consent."""
    return add(
        session,
        address=address,
        name=name,
        language=language,
        mlist=mlist,
        confirmed=confirmed,
        consent_text="Oui, chaque vendredi.",
        actor="claire",
        now=now,
        wish=wish,
    )


def subscribed(
    session: Session,
    mlist: MailingList,
    now: datetime,
    address: str = "anne@valmont.example",
    wish: Wish | None = None,
) -> Subscription:
    """Their subscription, committed."""
    subscription = enter(session, mlist, now, address, wish).subscription
    session.commit()
    return subscription


def wipe_people(session: Session) -> None:
    """Leave the lists, and nobody on them."""
    for model in (ConsentEvent, Subscription, Subscriber, Suppression, FormWording):
        session.execute(delete(model))
    session.commit()
