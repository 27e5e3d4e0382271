"""All that is kept about a person, for that person (GDPR 15 and 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery.blanking import deliveries_of
from newsletter.installation import Installation
from newsletter.jobs.owning import whose
from newsletter.jobs.standing import subscriptions_of
from newsletter.models import Delivery, Issue, Notice, NoticeKind
from subscribers import wording
from subscribers.consent import history
from subscribers.models import (
    AddressChange,
    FormerPerson,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
)


def export_json(inst: Installation, token: str, now: datetime) -> dict[str, Any] | None:
    """All that is kept about the person of a fresh link, as JSON values.

    None once erased. Raises InvalidToken.
    """
    subscriber_id = whose(inst, token, now)
    with inst.database.read() as session:
        person = session.get(Subscriber, subscriber_id)
        if person is None or person.erased_at is not None:
            return None
        slugs = {m.id: m.slug for m in session.scalars(sa.select(MailingList))}
        return {
            "exported_at": now.isoformat(),
            "address": person.address,
            "name": person.name,
            "language": person.language,
            "paused_until": _text(person.paused_until),
            "attributes": person.attributes,
            "tags": sorted(person.tags or ()),
            "known_since": person.created_at.isoformat(),
            "subscriptions": [
                _subscription(one) for one in subscriptions_of(session, subscriber_id)
            ],
            "consent": [
                {
                    "at": event.at.isoformat(),
                    "what": event.kind.value,
                    "list": slugs.get(event.mlist_id or 0),
                    "how": event.source,
                    "words": event.words,
                    "form": wording.text_of(session, event.form),
                    "ip": event.ip,
                    "detail": event.detail,
                }
                for event in history(session, person)
            ],
            "messages": _messages(session, subscriber_id),
            "moves": _moves(session, subscriber_id),
            "names_elsewhere": _names_elsewhere(session, subscriber_id),
            "suppressions": _suppressions(session, person),
        }


def _subscription(one: Subscription) -> dict[str, Any]:
    return {
        "list": one.mlist.slug,
        "title": one.mlist.title,
        "state": one.state.value,
        "topics": None if one.topics is None else sorted(one.topics),
        "cadence": one.cadence,
        "digests": one.digests,
        "alerts": one.alerts,
        "requested_at": one.requested_at.isoformat(),
        "confirmed_at": _text(one.confirmed_at),
        "unsubscribed_at": _text(one.unsubscribed_at),
    }


def _messages(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    """What was sent or is owed to them, but a mail to a new address that never answered.

    Whether one went there tells whether it is somebody else's, or must not be written to.
    """
    confirmed = sa.select(AddressChange.address).where(
        AddressChange.subscriber_id == subscriber_id, AddressChange.confirmed_at.is_not(None)
    )
    rows = session.execute(
        sa.select(Delivery, Issue.subject, Notice.subject)
        .outerjoin(Issue, Issue.id == Delivery.issue_id)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .where(
            Delivery.id.in_(deliveries_of(session, [subscriber_id])),
            sa.or_(
                Notice.kind.is_(None),
                Notice.kind != NoticeKind.MOVE,
                Delivery.address.in_(confirmed),
            ),
        )
        .order_by(Delivery.id)
    )
    return [
        {
            "subject": issue or notice or "",
            "address": delivery.address,
            "state": delivery.state.value,
            "at": _text(delivery.first_marked_at),
        }
        for delivery, issue, notice in rows
    ]


def _moves(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        sa.select(AddressChange)
        .where(AddressChange.subscriber_id == subscriber_id)
        .order_by(AddressChange.id)
    )
    return [
        {
            "to": change.address,
            "ip": change.ip,
            "requested_at": change.requested_at.isoformat(),
            "confirmed_at": _text(change.confirmed_at),
        }
        for change in rows
    ]


def _names_elsewhere(session: Session, subscriber_id: int) -> list[dict[str, str]]:
    rows = session.scalars(
        sa.select(FormerPerson)
        .where(FormerPerson.subscriber_id == subscriber_id)
        .order_by(FormerPerson.id)
    )
    return [{"system": former.system, "name": former.name} for former in rows]


def _suppressions(session: Session, person: Subscriber) -> list[dict[str, str]]:
    """What stands against writing to them."""
    keys = (person.address_key, f"@{person.domain}")
    rows = session.scalars(
        sa.select(Suppression).where(Suppression.key.in_(keys)).order_by(Suppression.id)
    )
    return [
        {
            "of": one.key,
            "reason": one.reason.value,
            "how": one.source,
            "note": one.note,
            "at": one.created_at.isoformat(),
        }
        for one in rows
    ]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
