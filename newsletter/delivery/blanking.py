"""What is left of a person's deliveries and notices once they are forgotten: rows, and no words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import Bounce, Delivery, DeliveryState, Notice
from subscribers.bulk import among

NO_MESSAGE = '[""]'  # a template without a word or a place, since a notice always has one

_MAY_GO = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)


def blank(session: Session, people: Collection[int], now: datetime) -> None:
    """Take everything that tells of these people out of what was owed to them.

    Servers repeat the address in their replies and reports, and a confirmation tells when and from
    which IP address it was asked for. A notice that waits ends; an issue's delivery is refused at
    its mark; what is being transmitted now comes to its end by itself.
    """
    mine = among(session, Delivery.subscriber_id, people)
    no_sync = {"synchronize_session": False}
    session.execute(
        sa.update(Notice)
        .where(Notice.id.in_(sa.select(Delivery.notice_id).where(mine)))
        .values(subject="", template=NO_MESSAGE, links={}),
        execution_options=no_sync,
    )
    session.execute(
        sa.update(Bounce)
        .where(Bounce.delivery_id.in_(sa.select(Delivery.id).where(mine)))
        .values(diagnostic=""),
        execution_options=no_sync,
    )
    session.execute(
        sa.update(Delivery)
        .where(mine, Delivery.notice_id.is_not(None), Delivery.state.in_(_MAY_GO))
        .values(state=DeliveryState.CANCELLED, due_at=None, ended_at=now),
        execution_options=no_sync,
    )
    session.execute(
        sa.update(Delivery).where(mine).values(address="", domain="", name="", reply=""),
        execution_options=no_sync,
    )
