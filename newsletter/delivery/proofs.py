"""What must hold in an issue's books beside the sum: each counts what speaks against it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import (
    FINAL_STATES,
    WAITING_STATES,
    Delivery,
    DeliveryState,
    Issue,
    Variant,
)
from subscribers.models import Subscription
from subscribers.segments import source_of


def doubled(session: Session, issue_id: int) -> int:
    """How many members of an issue's audience have more than one delivery."""
    twice = (
        sa.select(Delivery.subscription_id)
        .where(Delivery.issue_id == issue_id, Delivery.subscription_id.is_not(None))
        .group_by(Delivery.subscription_id)
        .having(sa.func.count() > 1)
        .subquery()
    )
    return session.scalar(sa.select(sa.func.count()).select_from(twice)) or 0


def strangers(session: Session, issue: Issue) -> int:
    """How many deliveries of an issue are of nobody in its audience.

    Their subscription is of another list or another person, or their message of another issue. A
    subscription that is no longer kept tells nothing, and is not counted.
    """
    other_person = sa.and_(
        Delivery.subscriber_id.is_not(None), Subscription.subscriber_id != Delivery.subscriber_id
    )
    none_chosen = sa.and_(Delivery.variant_id.is_(None), Delivery.state != DeliveryState.SKIPPED)
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Delivery)
            .outerjoin(Subscription, Subscription.id == Delivery.subscription_id)
            .outerjoin(Variant, Variant.id == Delivery.variant_id)
            .where(
                Delivery.issue_id == issue.id,
                sa.or_(
                    Delivery.subscription_id.is_(None),
                    Subscription.mlist_id != source_of(session, issue.mlist_id),
                    other_person,
                    Variant.issue_id != issue.id,
                    none_chosen,
                ),
            )
        )
        or 0
    )


def unanswered(session: Session, issue_id: int) -> int:
    """How many deliveries count as sent without a relay's 2xx."""
    return _count(
        session,
        issue_id,
        Delivery.state == DeliveryState.SENT,
        sa.or_(Delivery.code.is_(None), ~Delivery.code.between(200, 299)),
    )


def stranded(session: Session, issue_id: int) -> int:
    """How many deliveries wait, or are under way, with nobody who would ever take them on."""
    in_hand = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)
    return _count(
        session,
        issue_id,
        sa.or_(
            sa.and_(Delivery.state.in_(WAITING_STATES), Delivery.due_at.is_(None)),
            sa.and_(Delivery.state.in_(in_hand), Delivery.worker_id.is_(None)),
        ),
    )


def restless(session: Session, issue_id: int) -> int:
    """How many deliveries are in a final state, and would be taken up again all the same."""
    return _count(session, issue_id, Delivery.state.in_(FINAL_STATES), Delivery.due_at.is_not(None))


def _count(session: Session, issue_id: int, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).where(Delivery.issue_id == issue_id, *which)
    return session.scalar(query) or 0
