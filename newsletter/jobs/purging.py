"""Deletes who never agreed to anything, asked or not: nothing of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from newsletter.delivery.blanking import blank, deliveries_of
from newsletter.installation import Installation
from newsletter.jobs.turns import in_turn
from newsletter.models import Delivery, DeliveryState, Issue, IssueState
from subscribers import audit, retention
from subscribers.bulk import among
from subscribers.models import ConsentEvent, Subscriber, Subscription, SubscriptionState
from subscribers.retention import Rule

NEVER_CONFIRMED = timedelta(days=30)  # then who was asked and did not answer is forgotten
UNDER_WAY = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)
MAY_GO = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED, IssueState.CANCELLED)
BATCH = 500  # subscriptions of one transaction

_NO_SYNC: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


Stale = Callable[[datetime], sa.ColumnElement[bool]]
"""Which subscriptions are to go, of those that were asked for before a moment."""


@dataclass(frozen=True)
class Purge:
    """Who came long ago and never confirmed."""

    subscriptions: int
    people: int  # of whom nothing else is left: forgotten without a trace, since they never agreed


def purge(
    inst: Installation,
    *,
    rule: Rule = Rule.NEVER_CONFIRMED,
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
    stale = STALE[rule](before)
    if dry_run:
        with inst.database.read() as session:
            return _count(session, stale)
    found = Purge(0, 0)
    last = 0
    while True:
        with in_turn(inst.database) as session:
            some = session.scalars(
                sa.select(Subscription.id)
                .where(stale, Subscription.id > last)
                .order_by(Subscription.id)
                .limit(BATCH)
            ).all()
            if not some:
                return found
            gone = _delete(session, some, stale, now)
            last = some[-1]
            if gone.subscriptions:
                detail = {"subscriptions": gone.subscriptions, "people": gone.people}
                subject = rule.value.replace("_", " ")
                audit.note(session, actor, "subscriber.purge", subject, now, detail)
        found = Purge(found.subscriptions + gone.subscriptions, found.people + gone.people)


def never_confirmed(before: datetime) -> sa.ColumnElement[bool]:
    """Last asked before then, never confirmed, and their person has no mail on its way."""
    return sa.and_(retention.never_confirmed(before), ~_mail_goes())


def never_invited(before: datetime) -> sa.ColumnElement[bool]:
    """Imported before then, never asked, and their person has no mail on its way."""
    return sa.and_(retention.never_invited(before), ~_mail_goes())


STALE: dict[Rule, Stale] = {
    Rule.NEVER_CONFIRMED: never_confirmed,
    Rule.NEVER_INVITED: never_invited,
}


def _mail_goes() -> sa.ColumnElement[bool]:
    """What may have been accepted and is not tried again goes no more: nobody settles a notice."""
    goes = sa.or_(Delivery.due_at.is_not(None), Delivery.state.in_(UNDER_WAY))
    theirs = sa.and_(Delivery.subscriber_id == Subscription.subscriber_id, goes)
    of_issues = sa.exists().where(Delivery.issue_id == Issue.id, Issue.state.in_(MAY_GO), theirs)
    of_notices = sa.exists().where(Delivery.notice_id.is_not(None), theirs)
    return sa.or_(of_issues, of_notices)


def _count(session: Session, condition: sa.ColumnElement[bool]) -> Purge:
    stale = sa.select(Subscription.id).where(condition)
    other = aliased(Subscription)
    keeps = sa.exists().where(
        other.subscriber_id == Subscription.subscriber_id, other.id.not_in(stale)
    )
    people = sa.func.count(sa.distinct(Subscription.subscriber_id))
    subscriptions = session.scalar(sa.select(sa.func.count()).where(Subscription.id.in_(stale)))
    forgotten = session.scalar(sa.select(people).where(Subscription.id.in_(stale), ~keeps))
    return Purge(subscriptions or 0, forgotten or 0)


def _delete(
    session: Session, some: Sequence[int], condition: sa.ColumnElement[bool], now: datetime
) -> Purge:
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
        .where(named, condition)
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
