"""Forgetting a person (GDPR 17): the rows stay and name nobody; only an HMAC guards the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from subscribers import audit, suppression
from subscribers.bulk import insert_new
from subscribers.consent import Act, record
from subscribers.leaving import unsubscribe_all
from subscribers.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    FormerPerson,
    SignupAttempt,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.moving import former_keys
from subscribers.people import hold


def erase(
    session: Session,
    subscriber: Subscriber,
    hmac: Callable[[str], str],
    *,
    now: datetime,
    source: str,
    actor: str = "",
    sealed: bool = True,
) -> bool:
    """Blank the person, end what they subscribed to, and never write to them again.

    Not `sealed`: nobody asked for it, so that they may come back; what stood against an address of
    theirs is sealed all the same.

    `hmac` is `Tokens.hmac`. The evidence keeps what was agreed to and when, without IP addresses,
    the person's own words, or the values of anything that was changed. Addresses that they moved
    away from are sealed too, unless somebody else has them now. A plain suppression becomes the
    sealed one. False if they were erased before.
    """
    unsubscribe_all(session, subscriber, source=source, now=now, actor=actor)
    held = hold(session, subscriber.id)
    if held is None or held.erased_at is not None or held.address_key is None:
        return False
    keys = keys_of(session, held)
    kept_keys = keys if sealed else suppression.held_keys(session, keys)
    held.address = held.address_key = held.domain = held.language = held.paused_until = None
    held.name = ""
    held.attributes = {}
    held.tags = None
    held.erased_at = held.changed_at = now
    session.flush()
    _blank_rows(session, held.id)
    for named in (Suppression.key, AddressChange.address_key):  # others may have asked for it
        session.execute(
            delete(named.class_).where(named.in_(keys)).execution_options(synchronize_session=False)
        )
    seals = [hmac(key) for key in sorted(keys)]
    session.execute(
        delete(SignupAttempt)
        .where(SignupAttempt.seal.in_(seals))
        .execution_options(synchronize_session=False)
    )
    kept = {"reason": SuppressionReason.ERASED, "source": source, "note": "", "created_at": now}
    insert_new(session, Suppression, [{"key": hmac(key), **kept} for key in sorted(kept_keys)])
    record(
        session,
        Act(source, actor=actor),
        ConsentKind.ERASED,
        subscriber_id=held.id,
        mlist_id=None,
        now=now,
    )
    audit.note(session, actor, "subscriber.erase", f"subscriber {held.id}", now)
    return True


def keys_of(session: Session, subscriber: Subscriber) -> set[str]:
    """The keys of the person's address, and of those that they moved away from and nobody has."""
    return {key for key in (subscriber.address_key,) if key} | former_keys(session, subscriber.id)


def _blank_rows(session: Session, subscriber_id: int) -> None:
    """What other rows say of the person: interests, IP addresses, their words, old values, and
    what they were called elsewhere."""
    for table in (AddressChange, FormerPerson):
        session.execute(
            delete(table)
            .where(table.subscriber_id == subscriber_id)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Subscription)
        .where(Subscription.subscriber_id == subscriber_id)
        .values(topics=None, cadence=None)
        .execution_options(synchronize_session=False)
    )
    mine = ConsentEvent.subscriber_id == subscriber_id
    session.execute(
        update(ConsentEvent)
        .where(mine)
        .values(ip=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(ConsentEvent)
        .where(mine, ConsentEvent.kind.in_((ConsentKind.CHANGED, ConsentKind.MOVED)))
        .values(detail={})
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(ConsentEvent)
        .where(mine, ConsentEvent.kind == ConsentKind.REASON)
        .values(words="")
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
