"""Deletes who was asked to confirm and never did: they agreed to nothing, so nothing is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from newsletter.delivery.blanking import blank, deliveries_of
from newsletter.installation import Installation
from newsletter.jobs.turns import in_turn
from newsletter.models import Delivery, DeliveryState, Issue, IssueState
from subscribers import audit
from subscribers.bulk import among
from subscribers.models import ConsentEvent, Subscriber, Subscription, SubscriptionState

NEVER_CONFIRMED = timedelta(days=30)  # then who was asked and did not answer is forgotten
UNDER_WAY = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)
MAY_GO = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED, IssueState.CANCELLED)
BATCH = 500  # subscriptions of one transaction

_NO_SYNC: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


@dataclass(frozen=True)
class Purge:
    """Who was asked long ago and never confirmed."""

    subscriptions: int
    people: int  # of whom nothing else is left: forgotten without a trace, since they never agreed


def purge(
    inst: Installation,
    *,
    older_than: timedelta = NEVER_CONFIRMED,
    dry_run: bool,
    now: datetime,
    actor: str,
) -> Purge:
    """Delete the subscriptions that were never confirmed, and the people who have no other.

    Those with mail still on its way are left for the next time. `dry_run` only counts. Others
    write in between; killed half-way, run it again.
    """
    before = now - older_than
    if dry_run:
        with inst.database.read() as session:
            return _count(session, before)
    found = Purge(0, 0)
    last = 0
    while True:
        with in_turn(inst.database) as session:
            some = session.scalars(
                sa.select(Subscription.id)
                .where(never_confirmed(before), Subscription.id > last)
                .order_by(Subscription.id)
                .limit(BATCH)
            ).all()
            if not some:
                return found
            gone = _delete(session, some, before, now)
            last = some[-1]
            if gone.subscriptions:
                detail = {"subscriptions": gone.subscriptions, "people": gone.people}
                audit.note(session, actor, "subscriber.purge", "never confirmed", now, detail)
        found = Purge(found.subscriptions + gone.subscriptions, found.people + gone.people)


def never_confirmed(before: datetime) -> sa.ColumnElement[bool]:
    """Asked for before then, never confirmed, and their person has no mail on its way.

    A notice that may have been accepted and is not tried again is on no way: nobody settles it.
    """
    goes = sa.or_(Delivery.due_at.is_not(None), Delivery.state.in_(UNDER_WAY))
    theirs = sa.and_(Delivery.subscriber_id == Subscription.subscriber_id, goes)
    of_issues = sa.exists().where(Delivery.issue_id == Issue.id, Issue.state.in_(MAY_GO), theirs)
    of_notices = sa.exists().where(Delivery.notice_id.is_not(None), theirs)
    return sa.and_(
        Subscription.state == SubscriptionState.PENDING,
        Subscription.confirmed_at.is_(None),
        Subscription.requested_at < before,
        ~of_issues,
        ~of_notices,
    )


def _count(session: Session, before: datetime) -> Purge:
    stale = sa.select(Subscription.id).where(never_confirmed(before))
    other = aliased(Subscription)
    keeps = sa.exists().where(
        other.subscriber_id == Subscription.subscriber_id, other.id.not_in(stale)
    )
    people = sa.func.count(sa.distinct(Subscription.subscriber_id))
    subscriptions = session.scalar(sa.select(sa.func.count()).where(Subscription.id.in_(stale)))
    forgotten = session.scalar(sa.select(people).where(Subscription.id.in_(stale), ~keeps))
    return Purge(subscriptions or 0, forgotten or 0)


def _delete(session: Session, some: Sequence[int], before: datetime, now: datetime) -> Purge:
    """Delete those of `some` that are still stale, looked at again with their people locked.

    Whoever confirms or is written to holds their person first, so this waits for them, and sees
    what they did.
    """
    named = among(session, Subscription.id, some)
    theirs = sa.select(Subscription.subscriber_id).where(named)
    session.scalars(
        sa.select(Subscriber.id)
        .where(Subscriber.id.in_(theirs))
        .order_by(Subscriber.id)
        .with_for_update()
    ).all()
    rows = session.execute(
        sa.select(Subscription.id, Subscription.subscriber_id)
        .where(named, never_confirmed(before))
        .order_by(Subscription.id)
        .with_for_update()
    ).all()
    stale, people = [row[0] for row in rows], {row[1] for row in rows}
    _let_go(session, stale, people)
    session.execute(
        sa.delete(Subscription).where(
            among(session, Subscription.id, stale),
            Subscription.state == SubscriptionState.PENDING,
        ),
        **_NO_SYNC,
    )
    left = session.scalars(
        sa.select(Subscription.subscriber_id).where(
            among(session, Subscription.subscriber_id, people)
        )
    )
    gone = people.difference(left)
    _forget(session, gone, now)
    return Purge(len(stale), len(gone))


def _let_go(session: Session, stale: Collection[int], people: Collection[int]) -> None:
    """Found by the person: there is no index of subscriptions."""
    session.execute(
        sa.update(Delivery)
        .where(
            Delivery.id.in_(deliveries_of(session, people)),
            among(session, Delivery.subscription_id, stale),
        )
        .values(subscription_id=None),
        **_NO_SYNC,
    )


def _forget(session: Session, people: Collection[int], now: datetime) -> None:
    blank(session, people, now)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(deliveries_of(session, people)))
        .values(subscriber_id=None),
        **_NO_SYNC,
    )
    for table, column in ((ConsentEvent, ConsentEvent.subscriber_id), (Subscriber, Subscriber.id)):
        session.execute(sa.delete(table).where(among(session, column, people)), **_NO_SYNC)
