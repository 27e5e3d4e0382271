"""Who did what to people's data or in their name; people are named by id, never by address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
