"""The evidence of consent: written once, read back as one person's history (GDPR 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.models import ConsentEvent, ConsentKind, Subscriber, Subscription


@dataclass(frozen=True, slots=True)
class Act:
    """How something came to be asked of us: the same few facts stand in every piece of evidence."""

    source: str  # form, page, one-click, mail, cli, import, api
    words: str = ""  # as shown to the person, or as they wrote them
    ip: str | None = None
    actor: str = ""  # an admin's name; empty: the person
    form: str | None = None  # `wording.keep` of all that the form said


def record(
    session: Session,
    act: Act,
    kind: ConsentKind,
    *,
    subscriber_id: int,
    mlist_id: int | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one event; it is flushed, never changed, and only erasure takes personal words out."""
    session.add(
        ConsentEvent(
            subscriber_id=subscriber_id,
            mlist_id=mlist_id,
            kind=kind,
            at=now,
            source=act.source,
            words=act.words,
            form=act.form,
            ip=act.ip,
            actor=act.actor,
            detail=detail or {},
        )
    )
    session.flush()


def record_for(
    session: Session,
    act: Act,
    kind: ConsentKind,
    subscription: Subscription,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """`record` for a person on a list."""
    record(
        session,
        act,
        kind,
        subscriber_id=subscription.subscriber_id,
        mlist_id=subscription.mlist_id,
        now=now,
        detail=detail,
    )


def history(session: Session, subscriber: Subscriber) -> list[ConsentEvent]:
    """All that is on record for one person, oldest first."""
    found = session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.subscriber_id == subscriber.id)
        .order_by(ConsentEvent.at, ConsentEvent.id)
    )
    return list(found)
