"""What people do with their own data, by a fresh link only, since mails get forwarded: see them,
change their name, be forgotten. The links are mailed from here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery.blanking import deliveries_of
from newsletter.installation import Installation
from newsletter.jobs.forgetting import forget
from newsletter.jobs.notices import enqueue, last_written, settings_notice
from newsletter.jobs.standing import payload_whatever_its_age, subscriptions_of
from newsletter.models import Delivery, Issue, Notice
from subscribers import people, preferences
from subscribers.consent import Act, history
from subscribers.models import MailingList, Subscriber, Subscription, SubscriptionState
from subscribers.tokens import Purpose

ONE_LINK = timedelta(minutes=10)  # a fresh link is mailed once in this time


def mail_settings_link(inst: Installation, token: str, *, now: datetime) -> None:
    """Mail a fresh link to the person of a preferences link. Raises InvalidToken."""
    subscription_id = inst.tokens.read_id(Purpose.PREFERENCES, token, now)
    with inst.database.read() as session:
        here = session.get(Subscription, subscription_id)
        found = None if here is None else (here.subscriber, here.mlist)
    if found is not None:
        _mail_link(inst, *found, now)


def mail_settings_link_again(inst: Installation, token: str, *, now: datetime) -> None:
    """The same for a link to the data that grew too old. Raises InvalidToken."""
    payload = payload_whatever_its_age(inst, Purpose.SETTINGS, token)
    with inst.database.read() as session:
        person = session.get(Subscriber, payload)
        mlist = None if person is None else _home_list(session, person)
    if person is not None and mlist is not None:
        _mail_link(inst, person, mlist, now)


@dataclass(frozen=True)
class Data:
    """A person who showed, by a fresh link, that the address is theirs."""

    subscriber: Subscriber
    mlist: MailingList | None  # one of theirs, whose language the page speaks


def data_of(inst: Installation, token: str, now: datetime) -> Data | None:
    """Who a fresh link belongs to; None once erased. Raises InvalidToken."""
    subscriber_id = inst.tokens.read_id(Purpose.SETTINGS, token, now)
    with inst.database.read() as session:
        person = session.get(Subscriber, subscriber_id)
        if person is None or person.erased_at is not None:
            return None
        return Data(person, _home_list(session, person))


def rename(inst: Installation, token: str, name: str, *, ip: str | None, now: datetime) -> bool:
    """Change the name, by a fresh link. Raises InvalidToken, InvalidValue, NotPermitted."""
    subscriber_id = inst.tokens.read_id(Purpose.SETTINGS, token, now)
    with inst.database.write() as session:
        return preferences.change_person(
            session, subscriber_id, act=Act("page", "", ip), now=now, name=name
        )


def erase(inst: Installation, token: str, *, now: datetime) -> bool:
    """Forget the person, by a fresh link; False: was so before. Raises InvalidToken."""
    subscriber_id = inst.tokens.read_id(Purpose.SETTINGS, token, now)
    return forget(inst, subscriber_id, source="page", actor="", now=now)


def export_json(inst: Installation, token: str, now: datetime) -> dict[str, Any] | None:
    """All that is kept about the person of a fresh link (GDPR 15 and 20), as JSON values.

    None once erased. Raises InvalidToken.
    """
    subscriber_id = inst.tokens.read_id(Purpose.SETTINGS, token, now)
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
                    "ip": event.ip,
                    "detail": event.detail,
                }
                for event in history(session, person)
            ],
            "messages": _messages(session, subscriber_id),
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
    rows = session.execute(
        sa.select(Delivery, Issue.subject, Notice.subject)
        .outerjoin(Issue, Issue.id == Delivery.issue_id)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .where(Delivery.id.in_(deliveries_of(session, [subscriber_id])))
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


def _mail_link(inst: Installation, person: Subscriber, mlist: MailingList, now: datetime) -> None:
    notice = settings_notice(inst, mlist, person, language=person.language, now=now)
    with inst.database.write() as session:
        held = people.hold(session, person.id)
        since = now - ONE_LINK
        if held is None or last_written(session, held.id, Purpose.SETTINGS, since) is not None:
            return
        enqueue(session, inst, notice, held, now=now)


def _home_list(session: Session, person: Subscriber) -> MailingList | None:
    """The list that writes to them: an active one first."""
    theirs = sorted(
        subscriptions_of(session, person.id), key=lambda s: s.state is not SubscriptionState.ACTIVE
    )
    return theirs[0].mlist if theirs else None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
