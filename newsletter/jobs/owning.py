"""What people do with their own data, by a fresh link only, since mails get forwarded: see them
(`disclosing`), change their name, be forgotten. The links are mailed from here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.installation import Installation
from newsletter.jobs import limiting
from newsletter.jobs.forgetting import forget
from newsletter.jobs.notices import enqueue, last_written, opening, settings_notice
from newsletter.jobs.standing import LONG_AGO, subscriptions_of
from newsletter.models import Delivery, Notice, NoticeKind
from subscribers import moving, people, preferences
from subscribers.addresses import parse
from subscribers.consent import Act
from subscribers.errors import InvalidToken
from subscribers.lists import find_lists
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
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
    subscriber_id, at = _read(inst, token, LONG_AGO)
    with inst.database.read() as session:
        if moving.moved_since(session, subscriber_id, at):
            return  # whoever reads at the old address does not make mail for the new one
        person = session.get(Subscriber, subscriber_id)
        mlist = None if person is None else home_list(session, person)
    if person is not None and mlist is not None:
        _mail_link(inst, person, mlist, now)


def mail_settings_link_to(
    inst: Installation, address: str, *, ip: str | None, now: datetime, stepped: bool = False
) -> None:
    """The same for an address that somebody typed: the same work, whether it is known or not.

    `stepped`: the page with one more button was passed. Raises InvalidAddress, and OneMoreStep and
    TooMany where many ask or sign up (see `limiting`).
    """
    typed = parse(address)
    limiting.admit(inst, ip=ip, address=typed, stepped=stepped, now=now)
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


def whose(inst: Installation, token: str, now: datetime) -> int:
    """The id of the person of a fresh link.

    Raises InvalidToken, `expired` too where they moved since: the mail with it lies in the mailbox
    that they left, which may be another's by now.
    """
    subscriber_id, at = _read(inst, token, now)
    with inst.database.read() as session:
        if moving.moved_since(session, subscriber_id, at):
            raise InvalidToken("this link is of before a move: ask for a new one", expired=True)
    return subscriber_id


def _read(inst: Installation, token: str, now: datetime) -> tuple[int, datetime]:
    subscriber_id = inst.tokens.read_id(Purpose.SETTINGS, token, now)
    return subscriber_id, inst.tokens.read_dated(Purpose.SETTINGS, token, now)[1] or LONG_AGO


@dataclass(frozen=True)
class Data:
    """A person who showed, by a fresh link, that the address is theirs."""

    subscriber: Subscriber
    mlist: MailingList | None  # one of theirs, whose language the page speaks
    subscription_id: int | None  # theirs, if any: its link leads to what they choose


def data_of(inst: Installation, token: str, now: datetime) -> Data | None:
    """Who a fresh link belongs to; None once erased. Raises InvalidToken."""
    subscriber_id = whose(inst, token, now)
    with inst.database.read() as session:
        person = session.get(Subscriber, subscriber_id)
        if person is None or person.erased_at is not None:
            return None
        theirs = _best_first(session, person)
        here = theirs[0].id if theirs else None
        return Data(person, home_list(session, person), here)


def rename(inst: Installation, token: str, name: str, *, ip: str | None, now: datetime) -> bool:
    """Change the name, by a fresh link. Raises InvalidToken, InvalidValue, NotPermitted."""
    subscriber_id = whose(inst, token, now)
    with inst.database.write() as session:
        return preferences.change_person(
            session, subscriber_id, act=Act("page", "", ip), now=now, name=name
        )


def erase(inst: Installation, token: str, *, now: datetime) -> bool:
    """Forget the person, by a fresh link; False: was so before. Raises InvalidToken."""
    subscriber_id = whose(inst, token, now)
    return forget(inst, subscriber_id, source="page", actor="", now=now)


def _mail_link(inst: Installation, person: Subscriber, mlist: MailingList, now: datetime) -> None:
    notice = settings_notice(inst, mlist, language=person.language, now=now)
    with inst.database.write() as session:
        _owe_link(session, inst, notice, person.id, now)


def _owe_link(
    session: Session, inst: Installation, notice: Notice, subscriber_id: int, now: datetime
) -> None:
    """Owe the mail to the person as they stand now, if they did not get it just now, or often.

    Who never answered gets one mail a day in all, the one to confirm or this: somebody may be
    typing another's address.
    """
    held = people.hold(session, subscriber_id)
    if moving.never_answered(session, subscriber_id) and any(
        last_written(session, subscriber_id, purpose, now - timedelta(days=1))
        for purpose in (Purpose.CONFIRM, Purpose.SETTINGS)
    ):
        return
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
    # What went to an address before a move is no mail to this one, which its owner showed theirs.
    sent = [at for at in sent if not moving.moved_since(session, subscriber_id, at)]
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
