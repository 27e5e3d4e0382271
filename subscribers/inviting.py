"""Who has not confirmed yet, and is asked to by an admin: many people at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, joinedload

from subscribers.bulk import among
from subscribers.consent import Act
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from subscribers.signup import Request
from subscribers.suppression import Hmacs, no_hmacs


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has not confirmed, with what waits of theirs, each with its list."""

    person: Subscriber
    subscriptions: tuple[Subscription, ...]


def waiting_people(
    session: Session, *, mlist_id: int | None = None, subscriber_id: int | None = None
) -> list[int]:
    """The ids of all who have not confirmed, in order; on one list, or one person, if said."""
    query = (
        select(Subscription.subscriber_id)
        .distinct()
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.state == SubscriptionState.PENDING, Subscriber.erased_at.is_(None))
        .order_by(Subscription.subscriber_id)
    )
    if mlist_id is not None:
        query = query.where(Subscription.mlist_id == mlist_id)
    if subscriber_id is not None:
        query = query.where(Subscription.subscriber_id == subscriber_id)
    return list(session.scalars(query))


def hold_waiting(
    session: Session,
    people: Sequence[int],
    *,
    mlist_id: int | None = None,
    hmacs: Hmacs = no_hmacs,
    lock: bool = True,
) -> list[Waiting]:
    """Those of these people who wait, and may be written to, as they stand now and held.

    `lock` False is for a look beforehand.
    """
    persons = select(Subscriber).where(
        among(session, Subscriber.id, people), Subscriber.erased_at.is_(None)
    )
    theirs = select(Subscription).where(
        among(session, Subscription.subscriber_id, people),
        Subscription.state == SubscriptionState.PENDING,
    )
    if mlist_id is not None:
        theirs = theirs.where(Subscription.mlist_id == mlist_id)
    persons = persons.order_by(Subscriber.id)
    theirs = theirs.order_by(Subscription.id).options(joinedload(Subscription.mlist))
    if lock:
        persons = persons.with_for_update(key_share=True)
        theirs = theirs.with_for_update(key_share=True, of=Subscription)
    fresh = {"populate_existing": True}
    known = session.scalars(persons, execution_options=fresh).all()
    found: dict[int, list[Subscription]] = {}
    for one in session.scalars(theirs, execution_options=fresh):
        found.setdefault(one.subscriber_id, []).append(one)
    barred = _barred(session, [one for one in known if one.id in found], hmacs)
    return [
        Waiting(one, tuple(found[one.id]))
        for one in known
        if one.id in found and one.id not in barred
    ]


def _barred(session: Session, people: Sequence[Subscriber], hmacs: Hmacs) -> set[int]:
    """Those who must not be written to, as `suppression.find` says of one."""
    keys = {
        one.id: {one.address_key, f"@{one.domain}", *hmacs(one.address_key)}
        for one in people
        if one.address_key is not None
    }
    asked = sorted({str(key) for some in keys.values() for key in some})
    against = set(
        session.scalars(select(Suppression.key).where(among(session, Suppression.key, asked)))
    )
    return {person for person, some in keys.items() if some & against}


def invite(
    session: Session, waiting: Sequence[tuple[Waiting, datetime]], *, act: Act, now: datetime
) -> list[Request]:
    """Write down that they are asked, each at a time of their own, maybe later; gives what the
    link in each mail stands for."""
    evidence = [
        {
            "subscriber_id": one.person.id,
            "mlist_id": subscription.mlist_id,
            "kind": ConsentKind.INVITED,
            "at": now,
            "source": act.source,
            "actor": act.actor,
        }
        for one, _ in waiting
        for subscription in one.subscriptions
    ]
    if evidence:
        session.execute(insert(ConsentEvent), evidence)
    by_time: dict[datetime, list[int]] = {}
    for one, due in waiting:
        by_time.setdefault(due, []).extend(s.id for s in one.subscriptions)
    for due, ids in by_time.items():
        session.execute(
            update(Subscription)
            .where(among(session, Subscription.id, ids))
            .values(invited_at=due)
            .execution_options(synchronize_session=False)
        )
    return [Request(tuple(s.id for s in one.subscriptions), now) for one, _ in waiting]
