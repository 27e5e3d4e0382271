"""The deliveries as a queue: claimed, and recorded (`enqueueing` is before, `marking` between).

Every function is one step inside a transaction of the caller and holds nothing across SMTP. Only
this room changes a delivery's state; `policy` draws the states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery.policy import Next
from newsletter.models import (
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueState,
    Notice,
    Variant,
)
from subscribers.models import OnUnknown

NOTICE_LIFE = timedelta(days=3)  # a confirmation that could not leave by then is of no use


@dataclass(frozen=True, slots=True)
class Consignment:
    """What all deliveries of an issue, or the one of a notice, have in common."""

    public_id: str
    sender_address: str
    on_unknown: OnUnknown | None  # None: a notice
    expires_at: datetime | None
    issue_id: int | None = None
    notice_id: int | None = None
    links: Mapping[str, Any] | None = None  # a notice's


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker has, with all that its message is made of."""

    id: int
    consignment: Consignment
    variant_id: int | None
    subscription_id: int | None
    address: str
    name: str
    key_id: str


# --- Claim -----------------------------------------------------------------------------------


def claim(session: Session, worker_id: int, relay: str, limit: int, now: datetime) -> list[Claimed]:
    """Up to `limit` deliveries that are due: notices first, then alerts, then other issues.

    Among issues of one kind the one frozen first goes first.
    """
    claimed = _claim_notices(session, worker_id, relay, limit, now)
    for issue in _sending_issues(session):
        wanted = limit - len(claimed)
        if wanted <= 0:
            break
        if not _has_due(session, issue.id, now):
            continue
        if issue.state is IssueState.FROZEN:
            # Before the rows of its deliveries: `cancel` locks in the same order.
            session.execute(
                sa.update(Issue)
                .where(Issue.id == issue.id, Issue.state == IssueState.FROZEN)
                .values(state=IssueState.SENDING, begun_at=now)
            )
        consignment = Consignment(
            issue.public_id,
            issue.sender_address,
            issue.on_unknown,
            issue.expires_at,
            issue_id=issue.id,
        )
        rows = _take(session, Delivery.issue_id == issue.id, worker_id, relay, wanted, now)
        claimed += [_claimed(row, consignment) for row in rows]
    return claimed


def _sending_issues(session: Session) -> Sequence[Issue]:
    first = sa.case((Issue.kind == IssueKind.ALERT, 0), else_=1)
    return session.scalars(
        sa.select(Issue)
        .where(Issue.state.in_((IssueState.FROZEN, IssueState.SENDING)))
        .order_by(first, Issue.frozen_at, Issue.id)
    ).all()


def _has_due(session: Session, issue_id: int, now: datetime) -> bool:
    return bool(
        session.scalar(
            sa.select(sa.exists().where(Delivery.issue_id == issue_id, Delivery.due_at <= now))
        )
    )


def _claim_notices(
    session: Session, worker_id: int, relay: str, limit: int, now: datetime
) -> list[Claimed]:
    rows = _take(session, Delivery.issue_id.is_(None), worker_id, relay, limit, now)
    if not rows:
        return []
    wanted = [row.notice_id for row in rows]
    notices = {n.id: n for n in session.scalars(sa.select(Notice).where(Notice.id.in_(wanted)))}
    return [_claimed(row, _of_notice(notices[row.notice_id])) for row in rows]


def _of_notice(notice: Notice) -> Consignment:
    return Consignment(
        notice.public_id,
        notice.sender_address,
        None,
        notice.created_at + NOTICE_LIFE,
        notice_id=notice.id,
        links=notice.links,
    )


def _take(
    session: Session,
    which: sa.ColumnElement[bool],
    worker_id: int,
    relay: str,
    limit: int,
    now: datetime,
) -> Sequence[Any]:
    """Claim rows in one statement.

    MATERIALIZED: PostgreSQL may evaluate a plain `IN (SELECT … LIMIT n FOR UPDATE)` again, and then
    claims more than n.
    """
    picked = (
        sa.select(Delivery.id)
        .where(which, Delivery.due_at <= now)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("picked")
        .prefix_with("MATERIALIZED")
    )
    rows = session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(sa.select(picked.c.id)))
        .values(state=DeliveryState.CLAIMED, due_at=None, worker_id=worker_id, relay=relay)
        .returning(
            Delivery.id,
            Delivery.notice_id,
            Delivery.variant_id,
            Delivery.subscription_id,
            Delivery.address,
            Delivery.name,
            Delivery.key_id,
        ),
        execution_options={"synchronize_session": False},
    ).all()
    return sorted(rows, key=lambda row: row.id)


def _claimed(row: Any, consignment: Consignment) -> Claimed:
    return Claimed(
        row.id,
        consignment,
        row.variant_id,
        row.subscription_id,
        row.address,
        row.name,
        row.key_id,
    )


def load_template(session: Session, claimed: Claimed) -> str:
    """The stored message template of a delivery, as JSON."""
    query = (
        sa.select(Variant.template).where(Variant.id == claimed.variant_id)
        if claimed.variant_id is not None
        else sa.select(Notice.template).where(Notice.id == claimed.consignment.notice_id)
    )
    return session.scalars(query).one()


# --- Record ----------------------------------------------------------------------------------


def record(session: Session, worker_id: int, steps: Mapping[int, Next], now: datetime) -> None:
    """Write what became of deliveries of this worker that were marked, or claimed and not begun.

    A row that is no longer this worker's is left alone: it was recovered in the meantime.
    """
    if not steps:
        return
    table = Delivery.__table__
    statement = (
        sa.update(Delivery)
        .where(
            table.c.id == sa.bindparam("b_id"),
            table.c.worker_id == sa.bindparam("b_worker"),
            sa.or_(  # not IN: its list cannot be expanded for many rows at once
                table.c.state == DeliveryState.CLAIMED,
                table.c.state == DeliveryState.TRANSMITTING,
            ),
        )
        .values(
            state=sa.bindparam("b_state"),
            due_at=sa.bindparam("b_due_at"),
            code=sa.bindparam("b_code"),
            reply=sa.case(  # a server's words repeat the address of somebody forgotten meanwhile
                (table.c.address == "", ""), else_=sa.bindparam("b_reply", type_=sa.Text)
            ),
            ended_at=sa.bindparam("b_ended_at"),
            tries=table.c.tries - sa.bindparam("b_refund"),
            worker_id=None,
        )
    )
    waiting = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)
    session.connection().execute(
        statement,
        [
            {
                "b_id": delivery_id,
                "b_worker": worker_id,
                "b_state": step.state,
                "b_due_at": step.due_at,
                "b_code": step.code,
                "b_reply": step.reply,
                "b_ended_at": None if step.state in waiting else now,
                "b_refund": 0 if step.charged else 1,
            }
            for delivery_id, step in steps.items()
        ],
    )


def give_back(session: Session, worker_id: int, ids: Sequence[int], now: datetime) -> None:
    """Queue again what was claimed by this worker and not begun; its tries are as before."""
    if ids:
        session.execute(
            sa.update(Delivery)
            .where(
                Delivery.id.in_(ids),
                Delivery.worker_id == worker_id,
                Delivery.state == DeliveryState.CLAIMED,
            )
            .values(state=DeliveryState.QUEUED, due_at=now, worker_id=None),
            execution_options={"synchronize_session": False},
        )


def cancel_waiting(session: Session, issue_id: int, now: datetime) -> int:
    """Cancel what waits, or is claimed and not marked, of an issue; returns how many.

    What is transmitting ends by itself, and a refused mark cancels what slips through here.
    """
    rows = session.execute(
        sa.update(Delivery)
        .where(
            Delivery.issue_id == issue_id,
            Delivery.state.in_(
                (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.CLAIMED)
            ),
        )
        .values(state=DeliveryState.CANCELLED, due_at=None, worker_id=None, ended_at=now)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(rows)


def settle(
    session: Session, issue_id: int, verdict: Literal["sent", "failed", "retry"], now: datetime
) -> int:
    """Move an issue's unknown deliveries as the admin says; returns how many."""
    again = verdict == "retry"
    state = DeliveryState.QUEUED if again else DeliveryState(verdict)
    rows = session.execute(
        sa.update(Delivery)
        .where(Delivery.issue_id == issue_id, Delivery.state == DeliveryState.UNKNOWN)
        .values(state=state, due_at=now if again else None, ended_at=None if again else now)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(rows)
