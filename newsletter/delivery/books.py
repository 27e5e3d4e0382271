"""The books of an issue: counts by state, what is still open, and when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import (
    WAITING_STATES,
    Delivery,
    DeliveryState,
    Issue,
    IssueState,
)

OPEN_STATES = (
    *WAITING_STATES,
    DeliveryState.CLAIMED,
    DeliveryState.TRANSMITTING,
    DeliveryState.UNKNOWN,
)


def counts(session: Session, issue_id: int | None = None) -> dict[DeliveryState, int]:
    """Deliveries by state, of one issue or of all that was ever queued."""
    query = sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state)
    if issue_id is not None:
        query = query.where(Delivery.issue_id == issue_id)
    return dict(session.execute(query).all())


def finish(session: Session, now: datetime) -> list[int]:
    """Move issues whose every delivery is in a final state to SENT; returns their ids.

    One whose unknown deliveries wait for the admin stays SENDING until they are settled.
    """
    open_ones = sa.exists().where(Delivery.issue_id == Issue.id, Delivery.state.in_(OPEN_STATES))
    done = session.scalars(
        sa.select(Issue.id).where(
            Issue.state.in_((IssueState.FROZEN, IssueState.SENDING)), ~open_ones
        )
    ).all()
    if done:
        session.execute(
            sa.update(Issue)
            .where(Issue.id.in_(done), Issue.state.in_((IssueState.FROZEN, IssueState.SENDING)))
            .values(state=IssueState.SENT, ended_at=now)
        )
    return list(done)


def cancel(session: Session, now: datetime) -> int:
    """End what came back to the queue of a cancelled issue; returns how many deliveries.

    It was under way when the issue was cancelled, and was not accepted. What may have been is not
    tried again: it waits for the admin.
    """
    cancelled = sa.select(Issue.id).where(Issue.state == IssueState.CANCELLED)
    mine = (Delivery.issue_id.in_(cancelled), Delivery.due_at.is_not(None))
    found = session.execute(
        sa.update(Delivery)
        .where(*mine, Delivery.state.in_(WAITING_STATES))
        .values(state=DeliveryState.CANCELLED, due_at=None, ended_at=now)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    session.execute(
        sa.update(Delivery)
        .where(*mine, Delivery.state == DeliveryState.UNKNOWN)
        .values(due_at=None),
        execution_options={"synchronize_session": False},
    )
    return len(found)


def expire(session: Session, now: datetime) -> int:
    """End what waited beyond its issue's time; returns how many deliveries."""
    late = sa.select(Issue.id).where(
        Issue.state.in_((IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)),
        Issue.expires_at <= now,
    )
    found = session.execute(
        sa.update(Delivery)
        .where(Delivery.issue_id.in_(late), Delivery.state.in_(WAITING_STATES))
        .values(state=DeliveryState.EXPIRED, due_at=None, ended_at=now)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(found)


def next_due(session: Session) -> datetime | None:
    """When the next waiting delivery of an unpaused issue, or a notice, is due; None: nothing."""
    stopped = sa.select(Issue.id).where(
        Issue.state.in_((IssueState.PAUSED, IssueState.CANCELLED, IssueState.DRAFT))
    )
    return session.scalar(
        sa.select(sa.func.min(Delivery.due_at)).where(
            Delivery.due_at.is_not(None),
            sa.or_(Delivery.issue_id.is_(None), Delivery.issue_id.not_in(stopped)),
        )
    )


def in_flight(session: Session) -> int:
    """How many deliveries some worker has now."""
    found = session.scalar(
        sa.select(sa.func.count()).where(
            Delivery.worker_id.is_not(None),
            Delivery.state.in_((DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)),
        )
    )
    return found or 0


def unknown(session: Session, issue_id: int) -> Sequence[Delivery]:
    """The deliveries of an issue that may or may not have been accepted."""
    return session.scalars(
        sa.select(Delivery)
        .where(Delivery.issue_id == issue_id, Delivery.state == DeliveryState.UNKNOWN)
        .order_by(Delivery.id)
    ).all()


def reached_anybody(session: Session, issue_id: int) -> bool:
    """Whether a message of the issue was accepted, or may have been."""
    possible = (DeliveryState.SENT, DeliveryState.TRANSMITTING, DeliveryState.UNKNOWN,
                DeliveryState.BOUNCED)  # fmt: skip
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(Delivery.issue_id == issue_id, Delivery.state.in_(possible))
            )
        )
    )
