"""Who left a list and never agreed to it again, whatever was typed into a form since."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from subscribers.bulk import among, one_of
from subscribers.models import ConsentEvent, ConsentKind

_AGREEING = (
    ConsentKind.CONFIRMED,
    ConsentKind.GRANTED,
    ConsentKind.REJOINED,
    ConsentKind.UNDONE,
)


def gone(session: Session, mlist_id: int, people: Iterable[int]) -> set[int]:
    """Those of these people whose leaving of this list is the last that is known of their will.

    Anybody may type anybody's address into the form: their subscription is PENDING then, and does
    not say any more that they left. Their evidence does.
    """
    left = ConsentEvent.kind == ConsentKind.UNSUBSCRIBED
    last_left = func.max(case((left, ConsentEvent.at)))
    last_agreed = func.max(case((~left, ConsentEvent.at)))
    rows = session.execute(
        select(ConsentEvent.subscriber_id)
        .where(
            among(session, ConsentEvent.subscriber_id, people),
            ConsentEvent.mlist_id == mlist_id,
            one_of(ConsentEvent.kind, ConsentKind.UNSUBSCRIBED, *_AGREEING),
        )
        .group_by(ConsentEvent.subscriber_id)
        .having(last_left.is_not(None))
        .having((last_agreed.is_(None)) | (last_left > last_agreed))
    )
    return {row[0] for row in rows}
