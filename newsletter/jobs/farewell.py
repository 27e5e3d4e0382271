"""The mail that says goodbye to who left, of lists that want one.

Nobody stays because of it: a template that fails loses the goodbye, and never the leaving.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from newsletter.errors import NewsletterError
from newsletter.installation import Installation
from newsletter.jobs.notices import enqueue, goodbye_notice
from newsletter.models import Delivery, Notice, NoticeKind
from subscribers import suppression
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscription,
    SubscriptionState,
)

log = logging.getLogger(__name__)

ONE_GOODBYE = timedelta(days=1)  # for a subscription, however often it is left and taken up again


@dataclass(frozen=True)
class Farewell:
    """A goodbye that is ready, should these subscriptions and no others end."""

    notice: Notice
    subscription_ids: frozenset[int]  # all that it names


def prepare(
    session: Session, inst: Installation, subscription_ids: Collection[int], now: datetime
) -> Farewell | None:
    """One mail about all of these that bring mail now; None where none of their lists wants one.

    Rendered before the transaction that ends them, which holds others up. Those who never
    confirmed are not written to.
    """
    leaving = _theirs(session, subscription_ids)
    speaking = next((one for one in leaving if one.mlist.goodbye), None)
    if speaking is None:
        return None
    try:
        notice = goodbye_notice(
            inst,
            speaking.mlist,
            also=[one.mlist for one in leaving if one is not speaking],
            language=speaking.subscriber.language,
            now=now,
        )
    except NewsletterError as error:
        log.warning("no goodbye from %s: %s", speaking.mlist.slug, error)
        return None
    return Farewell(notice, frozenset(one.id for one in leaving))


def say(
    session: Session,
    inst: Installation,
    farewell: Farewell | None,
    ended: Sequence[Subscription],
    now: datetime,
) -> Delivery | None:
    """Owe the goodbye to who left just now, in the transaction that ended it.

    None where there is none, for whoever must not be written to, and for what was said goodbye to
    within a day. `now` is when the subscriptions ended.
    """
    confirmed = [one for one in ended if one.confirmed_at is not None]
    if farewell is None or farewell.subscription_ids != {one.id for one in confirmed}:
        return None
    person = confirmed[0].subscriber
    wanted = [one for one in confirmed if session.get_one(MailingList, one.mlist_id).goodbye]
    if not wanted or person.address is None:
        return None
    if suppression.find(session, person.address, inst.tokens.hmacs) is not None:
        return None
    if all(_said_today(session, one, now) for one in wanted):
        return None
    return enqueue(session, inst, farewell.notice, person, subscription=wanted[0], now=now)


def of_same_person(session: Session, subscription_id: int) -> Sequence[int]:
    """All subscriptions of the person that this one belongs to."""
    other = aliased(Subscription)
    return session.scalars(
        sa.select(Subscription.id)
        .join(other, other.subscriber_id == Subscription.subscriber_id)
        .where(other.id == subscription_id)
    ).all()


def _theirs(session: Session, subscription_ids: Collection[int]) -> list[Subscription]:
    """Those of them that their person confirmed, and has not left."""
    return list(
        session.scalars(
            sa.select(Subscription)
            .where(
                Subscription.id.in_(subscription_ids),
                Subscription.state != SubscriptionState.UNSUBSCRIBED,
                Subscription.confirmed_at.is_not(None),
            )
            .order_by(Subscription.id)
        )
    )


def _said_today(session: Session, left: Subscription, now: datetime) -> bool:
    """Whether a goodbye of the last day was about this subscription.

    A goodbye is made at the moment of leaving, and is about all that was left at that moment.
    """
    found = session.scalar(
        sa.select(Notice.id)
        .join(Delivery, Delivery.notice_id == Notice.id)
        .join(
            ConsentEvent,
            sa.and_(
                ConsentEvent.subscriber_id == Delivery.subscriber_id,
                ConsentEvent.at == Notice.created_at,
            ),
        )
        .where(
            Delivery.subscriber_id == left.subscriber_id,
            Delivery.notice_id.is_not(None),  # for its index
            Notice.kind == NoticeKind.GOODBYE,
            Notice.created_at > now - ONE_GOODBYE,
            ConsentEvent.kind == ConsentKind.UNSUBSCRIBED,
            ConsentEvent.mlist_id == left.mlist_id,
        )
        .limit(1)
    )
    return found is not None
