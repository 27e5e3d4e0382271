"""Deletes who never agreed to anything, asked or not; who had left before, has left again."""

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
    left: int = 0  # more subscriptions, of people who had left before: they have left again

    def __add__(self, other: Purge) -> Purge:
        return Purge(
            self.subscriptions + other.subscriptions,
            self.people + other.people,
            self.left + other.left,
        )


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

    Who had left before, and was at the form again or whose address was typed there, has left again:
    their evidence stays. Those with mail still on its way are left for the next time. `dry_run`
    only counts. Others write in between; killed half-way, run it again.
    """
    stale = STALE[rule](now - older_than)
    found = Purge(0, 0)
    if dry_run:
        with inst.database.read() as session:
            return _count(session, stale)
    last = 0
    while some := _next(inst, stale, last):
        last = some[-1]
        with in_turn(inst.database) as session:
            gone = _delete(session, some, stale, now)
            if gone != Purge(0, 0):
                detail = {"subscriptions": gone.subscriptions, "people": gone.people}
                if gone.left:
                    detail["left"] = gone.left
                subject = rule.value.replace("_", " ")
                audit.note(session, actor, "subscriber.purge", subject, now, detail)
        found += gone
    return found


def _next(inst: Installation, stale: sa.ColumnElement[bool], last: int) -> Sequence[int]:
    """Looked for while others may write; `_delete` looks at those again."""
    with inst.database.read() as session:
        query = sa.select(Subscription.id).where(stale, Subscription.id > last)
        return session.scalars(query.order_by(Subscription.id).limit(BATCH)).all()


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


def _count(session: Session, stale: sa.ColumnElement[bool]) -> Purge:
    """Somebody is forgotten where all that they have goes."""
    going = sa.and_(stale, ~retention.had_left())
    each = (
        sa.select(Subscription.subscriber_id, sa.func.count().label("number"))
        .where(going)
        .group_by(Subscription.subscriber_id)
        .subquery()
    )
    other = aliased(Subscription)
    theirs = sa.select(sa.func.count()).where(other.subscriber_id == each.c.subscriber_id)
    subscriptions, people = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(each.c.number), 0),
            sa.func.count().filter(each.c.number == theirs.scalar_subquery()),
        ).select_from(each)
    ).one()
    left = sa.select(sa.func.count()).select_from(Subscription)
    left = left.where(stale, retention.had_left())
    return Purge(int(subscriptions), people, session.scalar(left) or 0)


def _delete(
    session: Session, some: Sequence[int], condition: sa.ColumnElement[bool], now: datetime
) -> Purge:
    """Delete those of `some` that are still stale, or put them back, looked at again with their
    people locked.

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
    found = session.scalars(
        sa.select(Subscription.id)
        .where(named, condition)
        .order_by(Subscription.id)
        .with_for_update()
    ).all()
    left = retention.put_back(session, found, now)
    rows = session.execute(
        sa.select(Subscription.id, Subscription.subscriber_id).where(
            among(session, Subscription.id, found), condition
        )
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
    staying = session.scalars(
        sa.select(Subscription.subscriber_id).where(
            among(session, Subscription.subscriber_id, people)
        )
    )
    gone = people.difference(staying)
    _forget(session, gone, now)
    return Purge(len(stale), len(gone), left)


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
