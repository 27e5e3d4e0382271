"""Forgets a person for good (GDPR 17): they ask by a fresh link, an admin does it, or a restored
database is told of it again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.blanking import blank
from newsletter.installation import Installation
from subscribers import erasure, people


def forget(
    inst: Installation, subscriber_id: int, *, source: str, actor: str, now: datetime
) -> bool:
    """Forget a person and remember that, so that no backup brings them back; False: was so before.

    All rows stay and name nobody: the evidence of what was agreed to, and what was sent when.
    """
    with inst.database.write() as session:
        erased = erase(session, inst, subscriber_id, source=source, actor=actor, now=now)
    if erased:
        inst.journal.append("erased", subscriber_id, now)
    return erased


def erase(
    session: Session,
    inst: Installation,
    subscriber_id: int,
    *,
    source: str,
    actor: str,
    now: datetime,
) -> bool:
    """The same in the caller's transaction, with nothing written into the journal."""
    person = people.hold(session, subscriber_id)
    if person is None or not erasure.erase(
        session, person, inst.tokens.hmac, now=now, source=source, actor=actor
    ):
        return False
    blank(session, [subscriber_id], now)
    return True
