"""Sending processes as rows: a heartbeat by the database's clock, and what a dead one leaves.

Only a dead worker's deliveries are recovered. A worker is dead when its heartbeat is older than the
lease; it learns so itself, since its own heartbeat is refused from then on, and closes every
connection before anything else.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery import limits
from newsletter.delivery.policy import uncertain
from newsletter.models import Delivery, DeliveryState, Issue, Worker
from subscribers.prepared import Prepared
from subscribers.types import BigId, Moment


def register(session: Session, now: datetime) -> int:
    """A new worker row for this process; returns its id."""
    worker = Worker(host=socket.gethostname(), pid=os.getpid(), started_at=now, heartbeat_at=now)
    session.add(worker)
    session.flush()
    return worker.id


def beat(session: Session, worker_id: int, now: datetime, lease: timedelta) -> bool:
    """Renew the heartbeat; False when it was too late: this worker counts as dead."""
    return _beat.run(session, worker=worker_id, now=now, horizon=now - lease) == 1


def holds(session: Session, worker_id: int, now: datetime, lease: timedelta) -> bool:
    """Whether the worker is alive, locked FOR SHARE so that recovery waits for this transaction."""
    return bool(_holds.rows(session, worker=worker_id, horizon=now - lease))


_ALIVE = (
    Worker.id == sa.bindparam("worker", type_=BigId),
    Worker.ended_at.is_(None),
    Worker.heartbeat_at > sa.bindparam("horizon", type_=Moment),
)


@Prepared
def _beat(_: bool) -> sa.ClauseElement:
    now = sa.bindparam("now", type_=Moment)
    return sa.update(Worker).where(*_ALIVE).values(heartbeat_at=now)


@Prepared
def _holds(_: bool) -> sa.ClauseElement:
    return sa.select(Worker.id).where(*_ALIVE).with_for_update(read=True)


def end(session: Session, worker_id: int, now: datetime) -> None:
    """A worker stopped in good order: what it had not begun is queued again.

    All of it, for it may have claims that it does not know of: the answer to a COMMIT can be lost.
    """
    session.execute(sa.update(Worker).where(Worker.id == worker_id).values(ended_at=now))
    limits.release(session, [worker_id])
    _free(session, [worker_id], now)


def alive(session: Session, now: datetime, lease: timedelta) -> list[Worker]:
    """The workers whose heartbeat holds."""
    return list(
        session.scalars(
            sa.select(Worker)
            .where(Worker.ended_at.is_(None), Worker.heartbeat_at > now - lease)
            .order_by(Worker.id)
        )
    )


def recover(session: Session, now: datetime, lease: timedelta) -> int:
    """End the workers found dead and free what they had; returns the number of deliveries.

    What was only claimed is queued again. What was transmitting may have been accepted: it becomes
    `unknown`, and the list's choice says whether it is tried again. A worker locked by its own
    mark is not waited for: it is looked at again next time.
    """
    dead = list(
        session.scalars(
            sa.select(Worker.id)
            .where(Worker.ended_at.is_(None), Worker.heartbeat_at <= now - lease)
            .order_by(Worker.id)
            .with_for_update(skip_locked=True)
        )
    )
    if not dead:
        return 0
    session.execute(sa.update(Worker).where(Worker.id.in_(dead)).values(ended_at=now))
    limits.release(session, dead)
    freed = _free(session, dead, now)
    lost = session.execute(
        sa.select(Delivery, Issue.on_unknown, Issue.expires_at)
        .join(Issue, Issue.id == Delivery.issue_id, isouter=True)
        .where(Delivery.worker_id.in_(dead), Delivery.state == DeliveryState.TRANSMITTING)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)  # the dead may be recording an answer at this very moment
    ).all()
    for delivery, on_unknown, expires_at in lost:
        step = uncertain(
            "the sender died while this was under way",
            tries=delivery.tries,
            on_unknown=on_unknown,
            expires_at=expires_at,
            now=now,
        )
        delivery.state, delivery.due_at, delivery.reply = step.state, step.due_at, step.reply
        delivery.ended_at = now if step.state is DeliveryState.EXPIRED else None
        delivery.worker_id = None
    return freed + len(lost)


def _free(session: Session, worker_ids: Sequence[int], now: datetime) -> int:
    """Queue again what these workers had claimed and not begun."""
    freed = session.execute(
        sa.update(Delivery)
        .where(Delivery.worker_id.in_(worker_ids), Delivery.state == DeliveryState.CLAIMED)
        .values(state=DeliveryState.QUEUED, due_at=now, worker_id=None)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    )
    return len(freed.all())
