"""Finding people and subscriptions, and holding their rows while something about them changes.

Locks are taken in one order everywhere: the person, then their subscriptions by id; a list whose
topics are chosen or changed comes before the subscriptions to it. On PostgreSQL
they are FOR NO KEY UPDATE: that waits for a sender's FOR SHARE, and lets evidence that points at
the person be written meanwhile. SQLite has one writer and ignores them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.addresses import Address, key
from subscribers.bulk import insert_new
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    public_id,
)


def find(session: Session, address: str) -> Subscriber | None:
    """The person known by this address, however it is spelled; raises InvalidAddress."""
    return session.scalar(select(Subscriber).where(Subscriber.address_key == key(address)))


def find_subscription(
    session: Session, subscriber: Subscriber, mlist: MailingList
) -> Subscription | None:
    """This person's subscription to this list, in whatever state."""
    return session.scalar(
        select(Subscription).where(
            Subscription.subscriber_id == subscriber.id, Subscription.mlist_id == mlist.id
        )
    )


def hold(session: Session, subscriber_id: int) -> Subscriber | None:
    """The person as they stand now, theirs alone to change until the transaction ends."""
    return session.scalar(
        select(Subscriber)
        .where(Subscriber.id == subscriber_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def hold_subscription(session: Session, subscription_id: int) -> Subscription | None:
    """As `hold`, for one subscription; hold the person before it."""
    return session.scalar(
        select(Subscription)
        .where(Subscription.id == subscription_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def hold_topics(session: Session, mlist_id: int, *, change: bool = False) -> None:
    """Let a list's topics stay as they are while somebody chooses among them, or `change` them.

    Before the subscription is held: whoever takes a topic away then looks for who chose it.
    """
    found = select(MailingList.id).where(MailingList.id == mlist_id)
    session.execute(
        found.with_for_update(key_share=True) if change else found.with_for_update(read=True)
    )


def obtain(
    session: Session, address: Address, *, name: str, language: str | None, now: datetime
) -> Subscriber:
    """The person of this address, held; made if unknown, once, even when two ask at the same time.

    Name and language are only those of a person made here: whoever types a known address into a
    form has not shown that it is theirs.
    """
    held = (
        select(Subscriber)
        .where(Subscriber.address_key == address.key)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session.scalar(held)
    if found is None:
        row: dict[str, Any] = {
            "public_id": public_id(),
            "address": address.address,
            "address_key": address.key,
            "domain": address.domain,
            "name": name,
            "language": language,
            "attributes": {},
            "created_at": now,
            "changed_at": now,
        }
        insert_new(session, Subscriber, [row])
        found = session.scalars(held).one()
    return found


def obtain_subscription(
    session: Session, subscriber: Subscriber, mlist_id: int, *, source: str, now: datetime
) -> tuple[Subscription, bool]:
    """The subscription of a held person, held too; made PENDING if there was none. True: made."""
    held = (
        select(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, Subscription.mlist_id == mlist_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session.scalar(held)
    if found is not None:
        return found, False
    row: dict[str, Any] = {
        "subscriber_id": subscriber.id,
        "mlist_id": mlist_id,
        "state": SubscriptionState.PENDING,
        "digests": True,
        "alerts": False,
        "source": source,
        "requested_at": now,
        "changed_at": now,
    }
    insert_new(session, Subscription, [row])
    return session.scalars(held).one(), True
