"""How people move to another address: they ask by a fresh link, and confirm from the new one.

Their history, subscriptions and links stay theirs. Nobody is moved onto an address that is somebody
else's, or that must not be written to; two people are never made one. What somebody typed into a
form and nobody ever answered makes an address nobody's.

What the asker can see of it is the same whatever is known of the new address: each request is
written down, counts, and ends those before.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.addresses import Address, key, parse
from subscribers.consent import Act, record
from subscribers.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from subscribers.people import hold
from subscribers.suppression import Hmacs, no_hmacs
from subscribers.tokens import LIFETIMES, Purpose

ONE_MAIL = timedelta(days=1)  # one mail to a new address in this time, whoever names it
MOST = 5  # addresses that one person may name in that time

_TICK = timedelta(microseconds=1)  # what ended stood so long at least: see `_had_mail`


class Refusal(enum.StrEnum):
    """Why nothing is asked of the new address. The page says the same, whichever it is."""

    KNOWN = "known"  # somebody is known by it: tell them
    SUPPRESSED = "suppressed"  # it must not be written to, or was erased
    ENOUGH = "enough"  # it was written to today, or this person named too many


def request(
    session: Session,
    subscriber_id: int,
    address: str,
    *,
    act: Act,
    now: datetime,
    hmacs: Hmacs = no_hmacs,
) -> AddressChange | Refusal | None:
    """Somebody who showed that they are this person wants to be written to at `address`.

    Gives what is to be confirmed from there within a day. What they asked for before ends, and the
    request is written down, whatever comes of this one: neither tells what is known of an address.
    An address that was written to already today is not written to again: where it was by this same
    person, the link it has stands (again). Past MOST nothing is written down. None once the person
    is erased. Raises InvalidAddress.
    """
    wanted = parse(address)
    person = hold(session, subscriber_id)
    if person is None or person.erased_at is not None:
        return None
    today = _today(session, subscriber_id, wanted.key, now)
    mine = next((c for c in today if _same(c, subscriber_id, wanted)), None)
    refusal = _refusal(session, subscriber_id, wanted, hmacs)
    _end(session, subscriber_id, AddressChange.id != (mine.id if mine else 0), now)
    if mine is not None and refusal is None:
        mine.ended_at = None
    session.flush()
    if sum(c.subscriber_id == subscriber_id for c in today) >= MOST:
        return Refusal.ENOUGH
    if refusal is None and any(c.address_key == wanted.key and _had_mail(c) for c in today):
        refusal = Refusal.ENOUGH
    change = AddressChange(
        subscriber_id=subscriber_id,
        address=wanted.address,
        address_key=wanted.key,
        domain=wanted.domain,
        ip=act.ip,
        requested_at=now,
        ended_at=None if refusal is None else now,
    )
    session.add(change)
    session.flush()
    return refusal or change


def open_change(session: Session, change_id: int, now: datetime) -> AddressChange | None:
    """What a link to confirm stands for, while it can be confirmed; nothing is held or written."""
    change = session.get(AddressChange, change_id)
    if change is None or change.confirmed_at is not None or change.ended_at is not None:
        return None
    return change if now - change.requested_at <= LIFETIMES[Purpose.MOVE] else None


def confirm(
    session: Session,
    change_id: int,
    *,
    act: Act,
    now: datetime,
    hmacs: Hmacs = no_hmacs,
    let_go: Callable[[Collection[int]], None] | None = None,
) -> Subscriber | None:
    """The new address answered: the person is known by it from now on. Twice is once.

    `let_go` deletes the person whom it is told of: one who never answered, whom somebody made of
    this very address. Without it they stand in the way. None where the change no longer stands:
    replaced by a newer one, too old, erased; and where the address has become somebody else's
    meanwhile, or must not be written to.
    """
    found = session.get(AddressChange, change_id)
    if found is None:
        return None
    rival = _owner(session, found.address_key)
    hold_in_order(session, found.subscriber_id, rival)
    person = hold(session, found.subscriber_id)
    if person is None or person.erased_at is not None:
        return None
    session.refresh(found)
    if found.confirmed_at is not None:
        return person if person.address == found.address else None
    if open_change(session, change_id, now) is None:
        return None
    wanted = parse(found.address)
    before = person.address
    if _refusal(session, person.id, wanted, hmacs) is not None:
        found.ended_at = now
        session.flush()
        return None
    if rival not in (None, person.id) and let_go is not None:
        let_go([rival])
    try:
        with session.begin_nested():  # a rival may be signing this very address up
            person.address, person.address_key = wanted.address, wanted.key
            person.domain, person.changed_at = wanted.domain, now
            session.flush()
    except IntegrityError:
        found.ended_at = now
        session.flush()
        return None
    found.confirmed_at = now
    detail = {"before": before, "after": wanted.address}
    record(
        session,
        act,
        ConsentKind.MOVED,
        subscriber_id=person.id,
        mlist_id=None,
        now=now,
        detail=detail,
    )
    return person


def hold_in_order(session: Session, *subscriber_ids: int | None) -> None:
    """Hold these people, by id, so that two who ask for each other's address wait in no ring."""
    for subscriber_id in sorted({one for one in subscriber_ids if one is not None}):
        hold(session, subscriber_id)


def never_answered(session: Session, subscriber_id: int) -> bool:
    """Whether all that is known of a person was typed by somebody, who may have been anybody.

    They are asked, and asked again, and nothing else is on record.
    """
    theirs = Subscription.subscriber_id == subscriber_id
    stands = exists().where(
        theirs,
        or_(
            Subscription.state != SubscriptionState.PENDING, Subscription.confirmed_at.is_not(None)
        ),
    )
    more = exists().where(
        ConsentEvent.subscriber_id == subscriber_id,
        ConsentEvent.kind.not_in((ConsentKind.REQUESTED, ConsentKind.INVITED)),
    )
    return not session.scalar(select(or_(stands, more)))


def moved_since(session: Session, subscriber_id: int, moment: datetime) -> bool:
    """Whether a mail of that moment went to an address that is not the person's any more."""
    moved = exists().where(
        ConsentEvent.subscriber_id == subscriber_id,
        ConsentEvent.kind == ConsentKind.MOVED,
        ConsentEvent.at >= moment,
    )
    return bool(session.scalar(select(moved)))


def former_keys(session: Session, subscriber_id: int) -> set[str]:
    """The address keys that a person moved away from, and nobody else has now."""
    moves = session.scalars(
        select(ConsentEvent.detail).where(
            ConsentEvent.subscriber_id == subscriber_id, ConsentEvent.kind == ConsentKind.MOVED
        )
    )
    keys = {key(detail["before"]) for detail in moves if detail.get("before")}
    return {one for one in keys if _owner(session, one) in (None, subscriber_id)}


def _today(
    session: Session, subscriber_id: int, address_key: str, now: datetime
) -> list[AddressChange]:
    """What was asked within a day by this person, or of this address, the newest first."""
    since = AddressChange.requested_at > now - ONE_MAIL
    found: dict[int, AddressChange] = {}
    for which in (
        AddressChange.subscriber_id == subscriber_id,
        AddressChange.address_key == address_key,
    ):
        found |= {c.id: c for c in session.scalars(select(AddressChange).where(which, since))}
    return sorted(found.values(), key=lambda c: c.id, reverse=True)


def _refusal(session: Session, subscriber_id: int, wanted: Address, hmacs: Hmacs) -> Refusal | None:
    """Why this person cannot have that address, whoever asked for it and how often."""
    if suppression.find(session, wanted, hmacs) is not None:
        return Refusal.SUPPRESSED
    owner = _owner(session, wanted.key)
    nobodys = owner in (None, subscriber_id) or never_answered(session, owner)
    return None if nobodys else Refusal.KNOWN


def _had_mail(change: AddressChange) -> bool:
    """Whether it stood: one that was refused ended at the very moment it was written."""
    return change.ended_at is None or change.ended_at > change.requested_at


def _same(change: AddressChange, subscriber_id: int, wanted: Address) -> bool:
    """Whether this person has a mail there, at that very address, that was not answered."""
    ours = change.subscriber_id == subscriber_id and change.address == wanted.address
    return ours and _had_mail(change) and change.confirmed_at is None


def _owner(session: Session, address_key: str) -> int | None:
    return session.scalar(select(Subscriber.id).where(Subscriber.address_key == address_key))


def _end(session: Session, subscriber_id: int, which: ColumnElement[bool], now: datetime) -> None:
    """What was asked for before no longer counts."""
    session.execute(
        update(AddressChange)
        .where(
            AddressChange.subscriber_id == subscriber_id,
            AddressChange.confirmed_at.is_(None),
            AddressChange.ended_at.is_(None),
            which,
        )
        .values(ended_at=now + _TICK)
        .execution_options(synchronize_session="fetch")
    )
