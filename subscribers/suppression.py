"""Addresses that must not be written to: one, a whole domain, or the HMAC of an erased one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from subscribers import audit
from subscribers.addresses import Address, parse, parse_domain
from subscribers.bulk import among, insert_new
from subscribers.consent import Act, record
from subscribers.models import ConsentKind, Subscriber, Suppression, SuppressionReason

Hmacs = Callable[[str], Sequence[str]]
"""All seals that may stand for an erased address key: `Tokens.hmacs`."""


def no_hmacs(_: str) -> Sequence[str]:
    """For a place that keeps no keys: erased addresses are not recognised there."""
    return ()


def suppress(
    session: Session,
    target: str,
    reason: SuppressionReason,
    *,
    source: str,
    now: datetime,
    note: str = "",
    actor: str = "",
) -> bool:
    """Never write to `target` again: an address, or "@domain". False if that stood already.

    The person's row (a domain: everybody's there) is updated first, so that a mark which holds it
    is waited for. The first reason stays. Raises InvalidAddress.
    """
    key = key_of(target)
    who = Subscriber.domain == key[1:] if key.startswith("@") else Subscriber.address_key == key
    # A domain's people are locked by id first: an UPDATE alone takes them in any order, and would
    # now and then wait in a ring with an import.
    session.scalars(
        select(Subscriber.id).where(who).order_by(Subscriber.id).with_for_update(key_share=True)
    ).all()
    session.execute(
        update(Subscriber)
        .where(who)
        .values(changed_at=now)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(select(Suppression.id).where(Suppression.key == key)) is not None:
        return False
    insert_new(
        session,
        Suppression,
        [{"key": key, "reason": reason, "source": source, "note": note, "created_at": now}],
    )
    if not key.startswith("@"):
        _record(session, key, ConsentKind.SUPPRESSED, reason, Act(source, actor=actor), now)
    return True


def lift(
    session: Session,
    target: str,
    *,
    actor: str,
    now: datetime,
    hmacs: Hmacs = no_hmacs,
    source: str = "cli",
) -> list[Suppression]:
    """Take back what stands against exactly this address or "@domain"; gives what was removed.

    An address under a suppressed domain stays suppressed: lift the domain. With `hmacs` an erased
    address is recognised too. Subscriptions are left as they are.
    """
    key = key_of(target)
    keys = [key] if key.startswith("@") else [key, *hmacs(key)]
    found = list(session.scalars(select(Suppression).where(Suppression.key.in_(keys))))
    for one in found:
        session.expunge(one)
        detail = {"reason": one.reason.value, "source": one.source}
        audit.note(session, actor, "suppression.lift", f"suppression {one.id}", now, detail)
        if not key.startswith("@"):
            _record(session, key, ConsentKind.LIFTED, one.reason, Act(source, actor=actor), now)
    session.execute(
        delete(Suppression)
        .where(Suppression.key.in_(keys))
        .execution_options(synchronize_session=False)
    )
    return found


def find(session: Session, address: str | Address, hmacs: Hmacs = no_hmacs) -> Suppression | None:
    """What stands against writing to this address: itself, its seal once erased, or its domain."""
    known = parse(address) if isinstance(address, str) else address
    keys = [known.key, *hmacs(known.key), f"@{known.domain}"]
    found = {
        s.key: s for s in session.scalars(select(Suppression).where(Suppression.key.in_(keys)))
    }
    return next((found[key] for key in keys if key in found), None)


def ls(session: Session, reason: SuppressionReason | None = None) -> Iterator[Suppression]:
    """All suppressions, oldest first, streamed."""
    query = select(Suppression).order_by(Suppression.id).execution_options(yield_per=1000)
    if reason is not None:
        query = query.where(Suppression.reason == reason)
    yield from session.scalars(query)


def key_of(target: str) -> str:
    """What a suppression of `target` is kept under; raises InvalidAddress."""
    target = target.strip()
    return f"@{parse_domain(target)}" if target.startswith("@") else parse(target).key


def held_keys(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of these suppression keys that stand; for many at once."""
    return set(
        session.scalars(select(Suppression.key).where(among(session, Suppression.key, keys)))
    )


def _record(
    session: Session,
    key: str,
    kind: ConsentKind,
    reason: SuppressionReason,
    act: Act,
    now: datetime,
) -> None:
    person = session.scalar(select(Subscriber.id).where(Subscriber.address_key == key))
    if person is not None:
        detail = {"reason": reason.value}
        record(session, act, kind, subscriber_id=person, mlist_id=None, now=now, detail=detail)
