"""What the admin says of deliveries: what became of unknown ones, and which failed ones go again.

Of an unknown one nobody knows whether it was accepted, so only a person may say. A failed one was
surely not accepted, so that a new try cannot double it: it sends the same bytes with the same
Message-ID, if its reader may still be written to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import Delivery, DeliveryState
from subscribers.bulk import among

Verdict = Literal["sent", "failed", "retry"]


def settle(
    session: Session,
    issue_id: int,
    verdict: Verdict,
    ids: Sequence[int] | None,
    now: datetime,
) -> int:
    """Move unknown deliveries of an issue, all or those with `ids`, as said; returns how many."""
    again = verdict == "retry"
    return _move(
        session,
        issue_id,
        DeliveryState.UNKNOWN,
        ids,
        state=DeliveryState.QUEUED if again else DeliveryState(verdict),
        due_at=now if again else None,
        ended_at=None if again else now,
    )


def again(session: Session, issue_id: int, ids: Sequence[int] | None, now: datetime) -> int:
    """Queue failed deliveries of an issue, all or those with `ids`; returns how many."""
    return _move(
        session,
        issue_id,
        DeliveryState.FAILED,
        ids,
        state=DeliveryState.QUEUED,
        due_at=now,
        ended_at=None,
        code=None,
    )


def _move(
    session: Session,
    issue_id: int,
    of: DeliveryState,
    ids: Sequence[int] | None,
    **values: Any,
) -> int:
    which = sa.and_(Delivery.issue_id == issue_id, Delivery.state == of)
    if ids is not None:
        which = sa.and_(which, among(session, Delivery.id, ids))
    rows = session.execute(
        sa.update(Delivery).where(which).values(**values).returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(rows)
