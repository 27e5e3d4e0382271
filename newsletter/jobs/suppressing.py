"""An admin says that an address must not be written to, or may be again."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from newsletter.installation import Installation
from subscribers import audit, suppression
from subscribers.models import Suppression, SuppressionReason


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
            audit.note(session, actor, "suppression.add", "one", now)
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


def list_suppressions(
    inst: Installation, reason: SuppressionReason | None, limit: int
) -> list[Suppression]:
    """Suppressions, oldest first, `limit` at most."""
    with inst.database.read() as session:
        return list(islice(suppression.ls(session, reason), limit))
