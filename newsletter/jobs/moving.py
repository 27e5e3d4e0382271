"""How people move to another address: asked for by a fresh link, confirmed from the new one, told
to the old one.

What the page says after asking is the same whatever is known of the new address; what differs goes
there by mail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.installation import Installation
from newsletter.jobs import forgetting
from newsletter.jobs.notices import (
    already_notice,
    belonging_to,
    enqueue,
    last_written,
    move_notice,
    moved_notice,
    moving_to,
    opening,
    settings_notice,
)
from newsletter.jobs.owning import home_list, whose
from newsletter.jobs.standing import subscriptions_of
from newsletter.models import Notice
from subscribers import moving, people
from subscribers.addresses import parse
from subscribers.audience import may_notify
from subscribers.consent import Act
from subscribers.models import (
    AddressChange,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from subscribers.moving import ONE_MAIL, Refusal
from subscribers.tokens import Purpose


def request(inst: Installation, token: str, address: str, *, ip: str | None, now: datetime) -> None:
    """Somebody with a fresh link gives a new address; it is written to, if it may be.

    All mails that may be needed are rendered first, so that the work is the same whoever has the
    address. Raises InvalidToken, InvalidAddress.
    """
    subscriber_id = whose(inst, token, now)
    wanted = parse(address)
    with inst.database.read() as session:
        person = session.get(Subscriber, subscriber_id)
        mlist = None if person is None else home_list(session, person)
        other = people.find(session, wanted.address)
        theirs = _active(session, other)
    if person is None or person.erased_at is not None or mlist is None:
        return
    ask = move_notice(inst, mlist, person, ip=ip, now=now)
    tell = _telling(inst, other, theirs, mlist, now)
    with inst.database.write() as session:
        moving.hold_in_order(session, subscriber_id, None if other is None else other.id)
        outcome = moving.request(
            session,
            subscriber_id,
            wanted.address,
            act=Act("page", ip=ip),
            now=now,
            hmacs=inst.tokens.hmacs,
        )
        held = people.hold(session, subscriber_id)
        if isinstance(outcome, AddressChange) and held is not None:
            enqueue(session, inst, moving_to(ask, outcome), held, address=outcome.address, now=now)
        elif outcome is Refusal.KNOWN and other is not None:
            _tell(session, inst, other, theirs, tell, now)


@dataclass(frozen=True)
class Asked:
    """What a link to confirm is about, for the page with its button."""

    subscriber: Subscriber  # as they are known now
    address: str  # the new one
    language: str | None  # of a list of theirs

    @property
    def done(self) -> bool:
        return self.subscriber.address == self.address


def asked(inst: Installation, token: str, now: datetime) -> Asked | None:
    """What the button would confirm, or did; None when it does not stand any more.

    Raises InvalidToken.
    """
    change_id = inst.tokens.read_id(Purpose.MOVE, token, now)
    with inst.database.read() as session:
        change = session.get(AddressChange, change_id)
        person = None if change is None else session.get(Subscriber, change.subscriber_id)
        if change is None or person is None:
            return None
        if moving.open_change(session, change_id, now) is None and (
            change.confirmed_at is None or person.address != change.address
        ):
            return None
        mlist = home_list(session, person)
        return Asked(person, change.address, None if mlist is None else mlist.language)


def confirm(
    inst: Installation, token: str, *, words: str, ip: str | None, now: datetime
) -> Asked | None:
    """The button was pressed: they are known by the new address. Twice is once.

    The old address is told, where it may be written to. None when it does not stand any more.
    Raises InvalidToken.
    """
    found = asked(inst, token, now)
    if found is None:
        return None
    change_id = inst.tokens.read_id(Purpose.MOVE, token, now)
    before = found.subscriber.address
    with inst.database.read() as session:
        mlist = home_list(session, found.subscriber)
    news: Notice | None = None
    if mlist is not None and before != found.address:
        language = found.subscriber.language
        news = moved_notice(inst, mlist, after=found.address, language=language, now=now)
    with inst.database.write() as session:
        rival = people.find(session, found.address)
        moving.hold_in_order(session, found.subscriber.id, None if rival is None else rival.id)
        held = people.hold(session, found.subscriber.id)
        newly = held is not None and held.address == before != found.address
        moved = moving.confirm(
            session,
            change_id,
            act=Act("page", words, ip),
            now=now,
            hmacs=inst.tokens.hmacs,
            let_go=lambda whom: forgetting.let_go(session, whom, now),
        )
        if moved is None:
            return None
        if newly and news is not None and before is not None:
            _tell_old(session, inst, moved, before, news, now)
        return replace(found, subscriber=moved)


def _tell_old(
    session: Session,
    inst: Installation,
    moved: Subscriber,
    before: str,
    news: Notice,
    now: datetime,
) -> None:
    """Whoever moved because mail no longer came through is not written to there."""
    old = parse(before)
    if may_notify(session, old.key, old.domain, seals=inst.tokens.hmacs(old.key)):
        enqueue(session, inst, news, moved, address=before, now=now)


def _active(session: Session, person: Subscriber | None) -> Subscription | None:
    """The first that they get, if any."""
    theirs = () if person is None else subscriptions_of(session, person.id)
    return next((one for one in theirs if one.state is SubscriptionState.ACTIVE), None)


def _telling(
    inst: Installation,
    other: Subscriber | None,
    theirs: Subscription | None,
    mlist: MailingList,
    now: datetime,
) -> Notice:
    """For somebody who is known by the address already: what they get; else all that is theirs."""
    language = None if other is None else other.language
    if other is not None and theirs is None:
        return opening(settings_notice(inst, mlist, language=language, now=now), other)
    told = already_notice(inst, theirs.mlist if theirs else mlist, language=language, now=now)
    return told if theirs is None else belonging_to(told, theirs)


def _tell(
    session: Session,
    inst: Installation,
    other: Subscriber,
    theirs: Subscription | None,
    notice: Notice,
    now: datetime,
) -> None:
    held = people.hold(session, other.id)
    for purpose in (Purpose.PREFERENCES, Purpose.SETTINGS):
        if last_written(session, other.id, purpose, now - ONE_MAIL) is not None:
            return
    if held is not None:
        enqueue(session, inst, notice, held, subscription=theirs, now=now)
