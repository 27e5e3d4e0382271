"""Forgets a person for good (GDPR 17): they ask by a fresh link, an admin does it, or a restored
database is told of it again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery.blanking import blank, deliveries_of
from newsletter.installation import Installation
from newsletter.models import Delivery
from subscribers import erasure, people
from subscribers.bulk import among
from subscribers.models import ConsentEvent, Subscriber, Subscription


def forget(
    inst: Installation, subscriber_id: int, *, source: str, actor: str, now: datetime
) -> bool:
    """Forget a person and remember that, so that no backup brings them back; False: was so before.

    All rows stay and name nobody: the evidence of what was agreed to, and what was sent when.
    """
    with inst.database.write() as session:
        erased = erase(session, inst, subscriber_id, source=source, actor=actor, now=now)
    if erased:
        inst.journal.append("erased", subscriber_id, now)
    return erased


def erase(
    session: Session,
    inst: Installation,
    subscriber_id: int,
    *,
    source: str,
    actor: str,
    now: datetime,
) -> bool:
    """The same in the caller's transaction, with nothing written into the journal."""
    person = people.hold(session, subscriber_id)
    if person is None or not erasure.erase(
        session, person, inst.tokens.hmac, now=now, source=source, actor=actor
    ):
        return False
    blank(session, [subscriber_id], now)
    return True


def let_go(session: Session, people: Collection[int], now: datetime) -> None:
    """Delete people who never answered, with all that was typed of them: no trace, and no seal.

    The caller holds them.
    """
    blank(session, people, now)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(deliveries_of(session, people)))
        .values(subscriber_id=None, subscription_id=None),
        execution_options={"synchronize_session": False},
    )
    for column in (ConsentEvent.subscriber_id, Subscription.subscriber_id, Subscriber.id):
        session.execute(
            sa.delete(column.class_).where(among(session, column, people)),
            execution_options={"synchronize_session": False},
        )
    session.expire_all()
