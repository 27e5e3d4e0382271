"""How people move to another address: they ask by a fresh link, and confirm from the new one.

Their history, subscriptions and links stay theirs. Nobody is moved onto an address that is somebody
else's, or that must not be written to; two people are never made one.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.addresses import Address, key, parse
from subscribers.consent import Act, record
from subscribers.models import AddressChange, ConsentEvent, ConsentKind, Subscriber
from subscribers.people import hold
from subscribers.suppression import Hmacs, no_hmacs
from subscribers.tokens import LIFETIMES, Purpose

ONE_MAIL = timedelta(days=1)  # one mail to a new address in this time, whoever names it
MOST = 5  # addresses that one person may name in that time


class Refusal(enum.StrEnum):
    """Why nothing is asked of the new address. The page says the same, whichever it is."""

    KNOWN = "known"  # somebody is known by it: tell them
    SUPPRESSED = "suppressed"  # it must not be written to, or was erased
    ENOUGH = "enough"  # it was asked today, or this person named too many


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

    Gives what is to be confirmed from there within a day; what they asked for before ends. An
    address that was asked already today is not asked again: where it was by this same person, the
    link it has stands (again). None once the person is erased. Raises InvalidAddress.
    """
    wanted = parse(address)
    person = hold(session, subscriber_id)
    if person is None or person.erased_at is not None:
        return None
    if suppression.find(session, wanted, hmacs) is not None:
        return Refusal.SUPPRESSED
    today = _today(session, subscriber_id, wanted.key, now)
    mine = next((c for c in today if _same(c, subscriber_id, wanted)), None)
    if mine is not None and _owner(session, wanted.key) in (None, subscriber_id):
        _end(session, subscriber_id, AddressChange.id != mine.id, now)
        mine.ended_at = None
        session.flush()
        return Refusal.ENOUGH
    named = sum(c.subscriber_id == subscriber_id for c in today)
    if named >= MOST or any(c.address_key == wanted.key for c in today):
        return Refusal.ENOUGH
    known = _owner(session, wanted.key) not in (None, subscriber_id)
    change = AddressChange(
        subscriber_id=subscriber_id,
        address=wanted.address,
        address_key=wanted.key,
        domain=wanted.domain,
        ip=act.ip,
        requested_at=now,
        ended_at=now if known else None,
    )
    session.add(change)
    session.flush()
    _end(session, subscriber_id, AddressChange.id != change.id, now)
    return Refusal.KNOWN if known else change


def open_change(session: Session, change_id: int, now: datetime) -> AddressChange | None:
    """What a link to confirm stands for, while it can be confirmed; nothing is held or written."""
    change = session.get(AddressChange, change_id)
    if change is None or change.confirmed_at is not None or change.ended_at is not None:
        return None
    return change if now - change.requested_at <= LIFETIMES[Purpose.MOVE] else None


def confirm(
    session: Session, change_id: int, *, act: Act, now: datetime, hmacs: Hmacs = no_hmacs
) -> Subscriber | None:
    """The new address answered: the person is known by it from now on. Twice is once.

    None where the change no longer stands: replaced by a newer one, too old, erased; and where the
    address has become somebody else's meanwhile, or must not be written to.
    """
    found = session.get(AddressChange, change_id)
    person = None if found is None else hold(session, found.subscriber_id)
    if found is None or person is None or person.erased_at is not None:
        return None
    session.refresh(found)
    if found.confirmed_at is not None:
        return person if person.address == found.address else None
    if open_change(session, change_id, now) is None:
        return None
    wanted = parse(found.address)
    before = person.address
    taken = _owner(session, wanted.key) not in (None, person.id)
    if taken or suppression.find(session, wanted, hmacs) is not None:
        found.ended_at = now
        session.flush()
        return None
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


def _same(change: AddressChange, subscriber_id: int, wanted: Address) -> bool:
    """Whether this person asked for that very address, and it has not answered."""
    ours = change.subscriber_id == subscriber_id and change.address == wanted.address
    return ours and change.confirmed_at is None


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
        .values(ended_at=now)
        .execution_options(synchronize_session="fetch")
    )
