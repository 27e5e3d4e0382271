"""How people leave: at once, from one list or all, with a day to think again.

The first thing each of these does is to update the subscription: on PostgreSQL that waits for a
mark that holds it, so that once it is answered no message can begin.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers.consent import Act, record_for
from subscribers.errors import NotPermitted
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from subscribers.people import hold, hold_subscription

UNDO = timedelta(days=1)
_THEMSELVES = ("page", "one-click", "mail")  # the sources of leaving that are the person's own
_REASON_LENGTH = 2000


def unsubscribe(
    session: Session,
    subscription: Subscription,
    *,
    source: str,
    now: datetime,
    ip: str | None = None,
    words: str = "",
    actor: str = "",
) -> bool:
    """End this subscription, whatever its state. False if it had ended: nothing is written."""
    act = Act(source, words, ip, actor)
    return bool(_end(session, [subscription.id], act, now))


def unsubscribe_all(
    session: Session,
    subscriber: Subscriber,
    *,
    source: str,
    now: datetime,
    ip: str | None = None,
    words: str = "",
    actor: str = "",
) -> list[Subscription]:
    """End every subscription of a person; gives those that had not ended before."""
    _touch(session, subscriber.id, now)
    ids = session.scalars(
        select(Subscription.id).where(Subscription.subscriber_id == subscriber.id)
    ).all()
    return _end(session, ids, Act(source, words, ip, actor), now)


def undo(
    session: Session,
    subscription: Subscription,
    *,
    now: datetime,
    source: str = "page",
    ip: str | None = None,
    words: str = "",
) -> bool:
    """Take an unsubscribe back within a day; False if there is none to take back.

    Whoever was PENDING is so again. Raises NotPermitted where `may_undo` says no.
    """
    hold(session, subscription.subscriber_id)
    held = hold_subscription(session, subscription.id)
    if held is None or held.state is not SubscriptionState.UNSUBSCRIBED:
        return False
    if not may_undo(session, held, now):
        raise NotPermitted("this can be undone for a day only: please sign up again")
    _come_back(session, held, Act(source, words, ip), now)
    return True


def may_undo(session: Session, subscription: Subscription, now: datetime) -> bool:
    """Whether whoever holds the link may take leaving back: for a day, where it was their own act.

    What an admin ended, or a file, is for no link to begin again. False once erased.
    """
    left = subscription.unsubscribed_at
    if left is None or now - left > UNDO or subscription.subscriber.erased_at is not None:
        return False
    return _last_leaving(session, subscription) in _THEMSELVES


def had_left(session: Session, subscription: Subscription) -> bool:
    """Whether they ever left it, whatever came after."""
    return _last_leaving(session, subscription) is not None


def return_again(
    session: Session, subscription: Subscription, *, source: str, now: datetime, actor: str
) -> bool:
    """They had come back, which this database does not know; False: it stands, or they left since.

    Whoever never confirmed, as far as is known here, is PENDING.
    """
    hold(session, subscription.subscriber_id)
    held = hold_subscription(session, subscription.id)
    if held is None or held.unsubscribed_at is None or held.unsubscribed_at > now:
        return False
    if held.subscriber.erased_at is not None:
        return False
    _come_back(session, held, Act(source, actor=actor), now)
    return True


def _last_leaving(session: Session, subscription: Subscription) -> str | None:
    """How it was left the last time: the source of that evidence."""
    return session.scalar(
        select(ConsentEvent.source)
        .where(
            ConsentEvent.subscriber_id == subscription.subscriber_id,
            ConsentEvent.mlist_id == subscription.mlist_id,
            ConsentEvent.kind == ConsentKind.UNSUBSCRIBED,
        )
        .order_by(ConsentEvent.id.desc())
        .limit(1)
    )


def _come_back(session: Session, held: Subscription, act: Act, now: datetime) -> None:
    active = held.confirmed_at is not None
    held.state = SubscriptionState.ACTIVE if active else SubscriptionState.PENDING
    held.unsubscribed_at = None
    held.changed_at = now
    record_for(session, act, ConsentKind.UNDONE, held, now)


def give_reason(
    session: Session,
    subscription: Subscription,
    reason: str,
    *,
    now: datetime,
    source: str = "page",
    ip: str | None = None,
) -> bool:
    """Keep why somebody left, in their own words, cut at 2,000 characters; False: nothing said."""
    said = " ".join(reason.split())[:_REASON_LENGTH]
    if not said:
        return False
    record_for(session, Act(source, said, ip), ConsentKind.REASON, subscription, now)
    return True


def _touch(session: Session, subscriber_id: int, now: datetime) -> None:
    session.execute(
        update(Subscriber)
        .where(Subscriber.id == subscriber_id)
        .values(changed_at=now)
        .execution_options(synchronize_session=False)
    )


def _end(
    session: Session, subscription_ids: Iterable[int], act: Act, now: datetime
) -> list[Subscription]:
    """One UPDATE for each, by id, so that two who end the same ones never wait in a ring."""
    ended = []
    for subscription_id in sorted(subscription_ids):
        found = session.scalar(
            update(Subscription)
            .where(
                Subscription.id == subscription_id,
                Subscription.state != SubscriptionState.UNSUBSCRIBED,
            )
            .values(state=SubscriptionState.UNSUBSCRIBED, unsubscribed_at=now, changed_at=now)
            .returning(Subscription)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        if found is not None:
            record_for(session, act, ConsentKind.UNSUBSCRIBED, found, now)
            ended.append(found)
    return ended
