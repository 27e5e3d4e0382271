"""What tests of sources do again and again, at the paper site that they share."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs.sources import add_source
from newsletter.models import Base, Source
from tests.jobs.paper_site import NOW


def add(inst: Installation, location: str, *, slug: str = "weekly", **others: object) -> Source:
    """The source at this address, added at NOW."""
    return add_source(
        inst, location, slug=slug, allow_private=True, now=NOW, actor="test", **others
    )


def source(inst: Installation, name: str) -> Source:
    """The one of this name as it is stored."""
    with inst.database.read() as session:
        return session.scalars(sa.select(Source).where(Source.name == name)).one()


def count(inst: Installation, table: type[Base], *where: sa.ColumnElement[bool]) -> int:
    """How many rows there are, of those where all of this holds."""
    with inst.database.read() as session:
        query = sa.select(sa.func.count()).select_from(table).where(*where)
        return session.scalar(query) or 0


def later(**span: float) -> datetime:
    """So long after NOW."""
    return NOW + timedelta(**span)
