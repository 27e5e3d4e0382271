"""Names sources, so that each has a short one of its own to be typed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.place import Reading
from newsletter.collect.topics import topic_slug
from newsletter.errors import Refused
from newsletter.models import Source
from subscribers.values import suggest_slug

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def require_name(name: str | None) -> None:
    """Raises Refused for what cannot be a name, with one that can; None fits."""
    if name is not None and not _NAME.fullmatch(name):
        raise Refused(
            f"source name {name[:80]!r}: expected lower-case letters, digits, '.', '_', '-', 64 at "
            f"most, such as '{suggest_slug(name) or 'courier'}'"
        )


def require_free(session: Session, name: str) -> None:
    """Raises Refused for the name of a source that there is."""
    if session.scalar(sa.select(Source.id).where(Source.name == name)) is not None:
        raise Refused(f"there is a source '{name}' already (give another --name)")


def free_name(session: Session, reading: Reading) -> str:
    """A short name made of the feed's title, else of its host or folder; numbered where taken."""
    location = reading.place.location
    host = (urlsplit(location).hostname or "").removeprefix("www.")
    title = reading.feed.title if reading.feed else ""
    base = (
        suggest_slug(title or "")[:50].strip("-")
        or topic_slug(host if host else location.rstrip("/").rpartition("/")[2])[:50]
        or "source"
    )
    taken = set(session.scalars(sa.select(Source.name).where(Source.name.startswith(base))))
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
