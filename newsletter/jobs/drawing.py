"""Lists that are drawn from another, for an admin who looks for their subscribers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from newsletter.installation import Installation
from subscribers import audience
from subscribers.errors import InvalidValue
from subscribers.lists import called
from subscribers.models import MailingList, Segment


@dataclass(frozen=True)
class Drawn:
    """A list without subscribers of its own."""

    slug: str
    of: str  # the list whose subscribers it goes to
    matching: int | None  # how many of them take it now; None: its condition cannot be read


def drawn_lists(inst: Installation, slug: str | None = None, *, now: datetime) -> list[Drawn]:
    """All of them by name; with `slug`, that one, if it is such a list."""
    of = aliased(MailingList)
    query = (
        sa.select(MailingList.id, MailingList.slug, of.slug)
        .join(Segment, Segment.mlist_id == MailingList.id)
        .join(of, of.id == Segment.of_id)
        .order_by(MailingList.slug)
    )
    if slug is not None:
        query = query.where(called(slug))
    found = []
    with inst.database.read() as session:
        for mlist_id, name, source in session.execute(query).all():
            try:
                matching: int | None = audience.count(
                    session, mlist_id, "letter", cadence=None, is_default_cadence=True, now=now
                )
            except InvalidValue:
                matching = None
            found.append(Drawn(name, source, matching))
    return found
