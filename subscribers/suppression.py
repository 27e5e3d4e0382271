"""Addresses that must not be written to: one, a whole domain, or the HMAC of an erased one."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from subscribers import audit
from subscribers.addresses import Address, parse, parse_domain
from subscribers.bulk import Turn, among, insert_new
from subscribers.consent import Act, record
from subscribers.errors import InvalidValue, SubscriberError
from subscribers.models import ConsentKind, Subscriber, Suppression, SuppressionReason
from subscribers.values import clean_moment

Hmacs = Callable[[str], Sequence[str]]
"""All seals that may stand for an erased address key: `Tokens.hmacs`."""

COLUMNS = ("key", "reason", "source", "note", "created_at")
TITLES = ("key", "address", "email", "e-mail", "adresse")  # of the first column: no address
BATCH = 100  # lines of a file; each is several statements, and others who write wait for them


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


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of a suppression file that could not be taken in."""

    line: int
    reason: str


def export_rows(session: Session) -> Iterator[dict[str, str]]:
    """Every suppression as text by column, HMACs included: importing them gives the same."""
    for one in ls(session):
        yield {
            "key": one.key,
            "reason": one.reason.value,
            "source": one.source,
            "note": one.note,
            "created_at": one.created_at.isoformat(),
        }


def import_csv(
    turn: Turn, stream: TextIO, *, now: datetime, source: str = "import"
) -> Iterator[bool | Refused]:
    """Take in lines of `export_rows`, or one address or @domain a line; one answer for each.

    True: added; False: it stood already; Refused: the line, and why. A hundred lines a `turn`, and
    their answers once that is committed.
    """
    lines = _lines(stream)
    while some := list(itertools.islice(lines, BATCH)):
        with turn() as session:
            answers = [_answer(session, line, row, now, source) for line, row in some]
        yield from answers


def _lines(stream: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    for line, cells in enumerate(csv.reader(stream), start=1):
        cells = [c.strip().lstrip("\ufeff").removeprefix("'") for c in cells]
        if any(cells) and cells[0].lower() not in TITLES:
            yield line, dict(zip(COLUMNS, cells, strict=False))


def _answer(
    session: Session, line: int, row: dict[str, str], now: datetime, source: str
) -> bool | Refused:
    try:
        return _import_row(session, row, now, source)
    except (SubscriberError, ValueError) as error:
        return Refused(line, str(error))


def _import_row(session: Session, row: dict[str, str], now: datetime, source: str) -> bool:
    word = row.get("reason") or SuppressionReason.ADMIN.value
    if word not in list(SuppressionReason):
        known = ", ".join(SuppressionReason)
        raise InvalidValue(f"reason {word[:40]!r} is unknown: use one of {known}")
    reason = SuppressionReason(word)
    at = clean_moment(row.get("created_at", "")) or now
    source, note = row.get("source") or source, row.get("note", "")
    if not row["key"].startswith("hmac:"):
        return suppress(session, row["key"], reason, source=source[:32], note=note, now=at)
    if session.scalar(select(Suppression.id).where(Suppression.key == row["key"])) is not None:
        return False
    kept = {"key": row["key"], "reason": reason, "source": source[:32], "note": note}
    insert_new(session, Suppression, [{**kept, "created_at": at}])
    return True


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
