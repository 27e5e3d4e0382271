"""The books of an issue: counts by state, what is still open, and when it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery.answers import Answered
from newsletter.delivery.queue import NOTICE_LIFE
from newsletter.models import (
    WAITING_STATES,
    Carried,
    Delivery,
    DeliveryState,
    Issue,
    IssueState,
    Notice,
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


def counts_since(session: Session, since: datetime) -> dict[DeliveryState, int]:
    """Deliveries by state, of the issues and notices that were not over at `since`."""
    of_issues = sa.select(Delivery.state).where(Delivery.issue_id.in_(_not_over(since)))
    of_notices = sa.select(Delivery.state).where(Delivery.notice_id.is_not(None))
    each = sa.union_all(  # three searches, each of which an index answers
        of_issues,
        of_notices.where(Delivery.ended_at.is_(None)),
        of_notices.where(Delivery.ended_at >= since),
    ).subquery()
    query = sa.select(each.c.state, sa.func.count()).group_by(each.c.state)
    return dict(session.execute(query).all())


def _not_over(since: datetime) -> sa.Select[int]:
    sending = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)
    return sa.select(Issue.id).where(sa.or_(Issue.state.in_(sending), Issue.ended_at >= since))


def finish(session: Session, now: datetime) -> list[int]:
    """Move issues whose every delivery is in a final state to SENT; returns their ids.

    One whose unknown deliveries wait for the admin stays SENDING until they are settled.
    """
    open_ones = sa.exists().where(Delivery.issue_id == Issue.id, Delivery.state.in_(OPEN_STATES))
    under_way = Issue.state.in_((IssueState.FROZEN, IssueState.SENDING))
    found = session.scalars(
        sa.select(Issue.id)
        .where(under_way, ~open_ones)
        .order_by(Issue.id)
        .with_for_update(skip_locked=True)
    ).all()
    if not found:
        return []
    done = session.scalars(  # asked again, now that nobody else can retry what had failed
        sa.update(Issue)
        .where(Issue.id.in_(found), under_way, ~open_ones)
        .values(state=IssueState.SENT, ended_at=now)
        .returning(Issue.id),
        execution_options={"synchronize_session": False},
    )
    return list(done)


def cancel(session: Session, now: datetime) -> int:
    """End what came back to the queue of a cancelled issue; returns how many deliveries.

    It was under way when the issue was cancelled, and was not accepted. What may have been is not
    tried again: it waits for the admin.
    """
    cancelled = sa.select(Issue.id).where(Issue.state == IssueState.CANCELLED)
    waits = sa.and_(Delivery.issue_id.in_(cancelled), Delivery.due_at.is_not(None))
    uncertain = Delivery.state == DeliveryState.UNKNOWN
    ended = _update(
        session,
        sa.and_(waits, ~uncertain),
        state=DeliveryState.CANCELLED,
        due_at=None,
        ended_at=now,
    )
    _update(session, sa.and_(waits, uncertain), due_at=None)
    release(session)
    return ended


def release(session: Session) -> None:
    """Make the articles of cancelled issues that reached nobody due again for their schedules.

    Only once nothing of them is under way: what is may still be accepted.
    """
    under_way = sa.exists().where(
        Delivery.issue_id == Issue.id, Delivery.state == DeliveryState.CLAIMED
    )
    nobody = sa.select(Issue.id).where(
        Issue.state == IssueState.CANCELLED, ~may_have_reached(Issue.id), ~under_way
    )
    session.execute(
        sa.delete(Carried).where(Carried.issue_id.in_(nobody)),
        execution_options={"synchronize_session": False},
    )


def expire(session: Session, now: datetime) -> int:
    """End what waited beyond its issue's, or its notice's, time; returns how many deliveries.

    What may have been accepted is not tried again: of an issue it waits for the admin.
    """
    late = session.scalars(  # locked before their deliveries, as `steering.cancel` does
        sa.select(Issue.id)
        .where(
            Issue.state.in_((IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)),
            Issue.expires_at <= now,
        )
        .order_by(Issue.id)
        .with_for_update(skip_locked=True)
    ).all()
    old = sa.select(Notice.id).where(Notice.created_at <= now - NOTICE_LIFE)
    waits = Delivery.due_at.is_not(None)
    uncertain = Delivery.state == DeliveryState.UNKNOWN
    gone = _update(
        session,
        sa.or_(
            sa.and_(Delivery.issue_id.in_(late), waits, ~uncertain),
            sa.and_(Delivery.issue_id.is_(None), waits, Delivery.notice_id.in_(old)),
        ),
        state=DeliveryState.EXPIRED,
        due_at=None,
        ended_at=now,
    )
    _update(session, sa.and_(Delivery.issue_id.in_(late), waits, uncertain), due_at=None)
    return gone


def may_have_reached(issue_id: Any) -> sa.ColumnElement[bool]:
    """Whether a message of that issue (its id, or a column) was accepted, or may have been."""
    possible = (
        DeliveryState.SENT,
        DeliveryState.BOUNCED,
        DeliveryState.TRANSMITTING,
        DeliveryState.UNKNOWN,
    )
    return sa.exists().where(Delivery.issue_id == issue_id, Delivery.state.in_(possible))


def _update(session: Session, which: sa.ColumnElement[bool], **values: Any) -> int:
    rows = session.execute(
        sa.update(Delivery).where(which).values(**values).returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(rows)


def next_try(session: Session, issue_id: int, states: Collection[DeliveryState]) -> datetime | None:
    """When the first of an issue's deliveries in these states is tried again; None: none is."""
    return session.scalar(
        sa.select(sa.func.min(Delivery.due_at)).where(
            Delivery.issue_id == issue_id, Delivery.state.in_(states)
        )
    )


# --- One by one ------------------------------------------------------------------------------


def rows(
    session: Session,
    issue_id: int,
    *,
    states: Collection[DeliveryState] = (),
    addresses: Collection[str] = (),
    answer: str = "",
    limit: int | None = None,
) -> Sequence[Delivery]:
    """An issue's deliveries in the order in which they were frozen.

    Those in one of `states`, to one of `addresses`, whose relay's answer contains `answer`,
    whatever its case; what is empty does not choose.
    """
    query = sa.select(Delivery).where(Delivery.issue_id == issue_id)
    if states:
        query = query.where(Delivery.state.in_(states))
    if addresses:
        small = [address.lower() for address in addresses]
        query = query.where(
            sa.or_(Delivery.address.in_(addresses), sa.func.lower(Delivery.address).in_(small))
        )
    if answer:
        query = query.where(Delivery.reply.icontains(answer, autoescape=True))
    return session.scalars(query.order_by(Delivery.id).limit(limit)).all()


def answered(session: Session, since: datetime, issue_id: int | None = None) -> Iterator[Answered]:
    """What was refused since then, and what waits because of a refusal or its lack of an answer.

    Of one issue, or of all issues that were not over at `since` and of the notices.
    """
    ended = (DeliveryState.FAILED, DeliveryState.EXPIRED)
    waits = (DeliveryState.DEFERRED, DeliveryState.UNKNOWN)
    which = sa.or_(
        Delivery.state.in_(waits),
        sa.and_(Delivery.state.in_(ended), Delivery.ended_at >= since),
    )
    columns = (
        Delivery.id,
        Delivery.issue_id,
        Delivery.address,
        Delivery.state,
        Delivery.code,
        Delivery.reply,
        Delivery.tries,
    )
    issues = [issue_id] if issue_id is not None else _not_over(since)
    for row in session.execute(
        sa.select(*columns).where(
            Delivery.issue_id.in_(issues), Delivery.state.in_((*ended, *waits)), which
        ),
        execution_options={"yield_per": 1000},
    ):
        yield Answered(*row)
    if issue_id is None:
        for row in session.execute(
            sa.select(*columns).where(
                Delivery.notice_id.is_not(None),
                sa.or_(Delivery.ended_at.is_(None), Delivery.ended_at >= since),
                which,
            )
        ):
            yield Answered(*row)
