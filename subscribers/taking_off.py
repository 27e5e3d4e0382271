"""Takes many people off their lists at once, as `leaving` does one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from subscribers.bulk import among
from subscribers.consent import Act
from subscribers.models import ConsentEvent, ConsentKind, Subscription, SubscriptionState


def take_off(session: Session, subscriptions: list[int], *, act: Act, now: datetime) -> list[int]:
    """End these subscriptions, with evidence; gives the ids of those that had not ended before.

    On PostgreSQL their rows are taken in order, so that two who end the same ones never wait in a
    ring, and a mark that holds one is waited for.
    """
    held = session.execute(
        select(Subscription.id, Subscription.subscriber_id, Subscription.mlist_id)
        .where(
            among(session, Subscription.id, subscriptions),
            Subscription.state != SubscriptionState.UNSUBSCRIBED,
        )
        .order_by(Subscription.id)
        .with_for_update(key_share=True)
    ).all()
    if not held:
        return []
    ended = [one.id for one in held]
    session.execute(
        update(Subscription)
        .where(among(session, Subscription.id, ended))
        .values(state=SubscriptionState.UNSUBSCRIBED, unsubscribed_at=now, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    evidence: list[dict[str, Any]] = [
        {
            "subscriber_id": one.subscriber_id,
            "mlist_id": one.mlist_id,
            "kind": ConsentKind.UNSUBSCRIBED,
            "at": now,
            "source": act.source,
            "words": act.words,
            "actor": act.actor,
        }
        for one in held
    ]
    session.execute(insert(ConsentEvent), evidence)
    session.expire_all()
    return ended
