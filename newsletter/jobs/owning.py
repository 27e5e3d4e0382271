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
from newsletter.jobs import limiting
from newsletter.jobs.forgetting import forget
from newsletter.jobs.notices import enqueue, opening, settings_notice
from newsletter.jobs.standing import payload_whatever_its_age, subscriptions_of
from newsletter.models import Delivery, Issue, Notice, NoticeKind
from subscribers import people, preferences
from subscribers.addresses import parse
from subscribers.consent import Act, history
from subscribers.lists import find_lists
from subscribers.models import (
    AddressChange,
    FormerPerson,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    Visibility,
)
from subscribers.tokens import Purpose

ONE_LINK = timedelta(minutes=10)  # a fresh link is mailed once in this time
MOST = 5  # and so often in a day


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
        mlist = None if person is None else home_list(session, person)
    if person is not None and mlist is not None:
        _mail_link(inst, person, mlist, now)


def mail_settings_link_to(
    inst: Installation, address: str, *, ip: str | None, now: datetime
) -> None:
    """The same for an address that somebody typed: the same work, whether it is known or not.

    Raises InvalidAddress, and TooMany where far too many ask (see `limiting`).
    """
    typed = parse(address)
    limiting.admit(inst, ip=ip, address=typed, stepped=True, now=now)
    with inst.database.read() as session:
        person = people.find(session, typed.address)
        mlist = _any_list(session) if person is None else home_list(session, person)
    language = None if person is None else person.language
    if mlist is None:
        return
    notice = settings_notice(inst, mlist, language=language, now=now)
    with inst.database.write() as session:
        limiting.take(session, inst, ip=ip, address=typed, now=now)
        if person is not None:
            _owe_link(session, inst, notice, person.id, now)


@dataclass(frozen=True)
class Data:
    """A person who showed, by a fresh link, that the address is theirs."""

    subscriber: Subscriber
    mlist: MailingList | None  # one of theirs, whose language the page speaks
    subscription_id: int | None  # theirs, if any: its link leads to what they choose


def data_of(inst: Installation, token: str, now: datetime) -> Data | None:
    """Who a fresh link belongs to; None once erased. Raises InvalidToken."""
    subscriber_id = inst.tokens.read_id(Purpose.SETTINGS, token, now)
    with inst.database.read() as session:
        person = session.get(Subscriber, subscriber_id)
        if person is None or person.erased_at is not None:
            return None
        theirs = _best_first(session, person)
        here = theirs[0].id if theirs else None
        return Data(person, home_list(session, person), here)


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


def _mail_link(inst: Installation, person: Subscriber, mlist: MailingList, now: datetime) -> None:
    notice = settings_notice(inst, mlist, language=person.language, now=now)
    with inst.database.write() as session:
        _owe_link(session, inst, notice, person.id, now)


def _owe_link(
    session: Session, inst: Installation, notice: Notice, subscriber_id: int, now: datetime
) -> None:
    """Owe the mail to the person as they stand now, if they did not get it just now, or often."""
    held = people.hold(session, subscriber_id)
    sent = session.scalars(
        sa.select(Notice.created_at)
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.notice_id.is_not(None),  # for its index
            Notice.kind == NoticeKind.SETTINGS,
            Notice.created_at > now - timedelta(days=1),
        )
    ).all()
    if held is None or len(sent) >= MOST or any(at > now - ONE_LINK for at in sent):
        return
    enqueue(session, inst, opening(notice, held), held, now=now)


def home_list(session: Session, person: Subscriber) -> MailingList | None:
    """The list that writes to them: an active one first; for who is on none, any."""
    theirs = _best_first(session, person)
    return theirs[0].mlist if theirs else _any_list(session)


def _best_first(session: Session, person: Subscriber) -> list[Subscription]:
    """All that they joined, what is active before the rest."""
    theirs = subscriptions_of(session, person.id)
    return sorted(theirs, key=lambda s: s.state is not SubscriptionState.ACTIVE)


def _any_list(session: Session) -> MailingList | None:
    """One that strangers may hear of, if there is one."""
    found = sorted(find_lists(session), key=lambda m: m.visibility is not Visibility.PUBLIC)
    return found[0] if found else None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
