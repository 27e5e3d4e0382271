"""Who did what to people's data or in their name; people are named by id, never by address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from subscribers.models import AuditEvent


def note(
    session: Session,
    actor: str,
    verb: str,
    subject: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one line to the log: `verb` as noun.verb, `subject` as "subscriber 12"."""
    session.add(AuditEvent(at=now, actor=actor, verb=verb, subject=subject, detail=detail or {}))
    session.flush()


def read(
    session: Session,
    *,
    verb: str = "",
    actor: str | None = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[AuditEvent]:
    """The lines that match, the newest `limit` of them, in the order in which they happened.

    `verb` may be a noun alone (`subscriber`), `actor` a name without where it was used (`claire`
    for `cli:claire`); None is who used a link of their own.
    """
    query = select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)
    if verb:
        below = AuditEvent.verb.startswith(f"{verb}.", autoescape=True)
        query = query.where(or_(AuditEvent.verb == verb, below))
    if actor is None:
        query = query.where(AuditEvent.actor == "")
    elif actor:
        named = AuditEvent.actor.endswith(f":{actor}", autoescape=True)
        query = query.where(or_(AuditEvent.actor == actor, named))
    if subject:
        query = query.where(AuditEvent.subject == subject)
    if since is not None:
        query = query.where(AuditEvent.at >= since)
    if until is not None:
        query = query.where(AuditEvent.at < until)
    return list(session.scalars(query))[::-1]
