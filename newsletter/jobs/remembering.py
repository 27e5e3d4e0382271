"""Looks back: who did what, from which day to which."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.calendar.moments import instant
from newsletter.installation import Installation
from subscribers import audit
from subscribers.models import AuditEvent


def read_log(
    inst: Installation,
    *,
    verb: str = "",
    actor: str | None = "",
    subject: str = "",
    since: date | None = None,
    until: date | None = None,
    limit: int | None = None,
) -> list[AuditEvent]:
    """Lines as `audit.read` chooses them; both days are whole days of the site's time zone."""
    zone = ZoneInfo(inst.config.site.timezone)

    def midnight(day: date) -> datetime:
        return instant(datetime.combine(day, time()), zone)

    with inst.database.read() as session:
        return audit.read(
            session,
            verb=verb,
            actor=actor,
            subject=subject,
            since=None if since is None else midnight(since),
            until=None if until is None else midnight(until + timedelta(days=1)),
            limit=limit,
        )
