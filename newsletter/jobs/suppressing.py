"""An admin says that addresses must not be written to, one or a file of them, or may be again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs.turns import Turns
from subscribers import audit, suppression
from subscribers.models import (
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from subscribers.suppression_files import COLUMNS, Refused, export_rows, import_file
from subscribers.transfer import write_csv


def suppress(inst: Installation, target: str, *, note: str, now: datetime, actor: str) -> bool:
    """Never write to an address, or "@domain", again; False: that stood. Raises InvalidAddress."""
    with inst.database.write() as session:
        added = suppression.suppress(
            session,
            target,
            SuppressionReason.ADMIN,
            source="cli",
            now=now,
            note=note,
            actor=actor,
        )
        if added:
            mine = sa.select(Suppression.id).where(Suppression.key == suppression.key_of(target))
            subject = f"suppression {session.scalars(mine).one()}"
            audit.note(session, actor, "suppression.add", subject, now)
        return added


def lift(inst: Installation, target: str, *, now: datetime, actor: str) -> list[Suppression]:
    """Take back what stands against exactly this address or "@domain"; gives what was removed."""
    with inst.database.write() as session:
        return suppression.lift(session, target, actor=actor, now=now, hmacs=inst.tokens.hmacs)


def standing_against(inst: Installation, target: str) -> Suppression | None:
    """What keeps us from writing to an address; None also for "@domain". Raises InvalidAddress."""
    if target.strip().startswith("@"):
        return None
    with inst.database.read() as session:
        return suppression.find(session, target, inst.tokens.hmacs)


def stopped_by(inst: Installation, target: str) -> int:
    """How many people who are on a list, and may be written to, a new "@domain" would stop.

    Nought for an address, and where it stands already. Raises InvalidAddress.
    """
    if not target.strip().startswith("@"):
        return 0
    key = suppression.key_of(target)
    on = sa.exists().where(
        Subscription.subscriber_id == Subscriber.id,
        Subscription.state != SubscriptionState.UNSUBSCRIBED,
    )
    barred = sa.exists().where(Suppression.key.in_((key, Subscriber.address_key)))
    query = sa.select(sa.func.count()).select_from(Subscriber)
    with inst.database.read() as session:
        return session.scalar(query.where(Subscriber.domain == key[1:], on, ~barred)) or 0


def list_suppressions(
    inst: Installation, reason: SuppressionReason | None, limit: int
) -> list[Suppression]:
    """Suppressions, oldest first, `limit` at most."""
    with inst.database.read() as session:
        return list(islice(suppression.ls(session, reason), limit))


@dataclass(frozen=True)
class SuppressionImport:
    """How many lines of a suppression file came to what."""

    added: int
    unchanged: int
    rejected: tuple[Refused, ...]


def import_suppressions(
    inst: Installation, stream: BinaryIO, *, name: str = "", now: datetime, actor: str
) -> SuppressionImport:
    """Take in addresses and @domains, one a line, or what `export_suppressions` wrote.

    `name` is the file's, for the log. Killed half-way, it is run again.
    """
    file = f"file {Path(name).name}".strip()
    with inst.database.write() as session:  # who began it stands there, whatever becomes of it
        audit.note(session, actor, "suppression.import", file, now, {"step": "begin"})
    added = unchanged = 0
    rejected = []
    for answer in import_file(Turns(inst.database), stream, now=now):
        if isinstance(answer, Refused):
            rejected.append(answer)
        elif answer:
            added += 1
        else:
            unchanged += 1
    with inst.database.write() as session:
        detail = {"step": "end", "added": added, "unchanged": unchanged, "rejected": len(rejected)}
        audit.note(session, actor, "suppression.import", file, now, detail)
    return SuppressionImport(added, unchanged, tuple(rejected))


def export_suppressions(
    inst: Installation, stream: BinaryIO, *, name: str = "", now: datetime, actor: str
) -> int:
    """Write every suppression as CSV, sealed ones included; gives how many.

    A seal says something only to who has the keys it was made with.
    """
    with inst.database.write() as session:  # first: what has left cannot be taken back
        rows = session.scalar(sa.select(sa.func.count()).select_from(Suppression)) or 0
        file = f"file {Path(name).name}".strip()
        audit.note(session, actor, "suppression.export", file, now, {"rows": rows})
    with inst.database.read() as session:
        return write_csv(export_rows(session), stream, COLUMNS)
