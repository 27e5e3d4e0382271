"""What a file knows of somebody who is known here, added where nothing is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from subscribers.bulk import among
from subscribers.models import Subscriber
from subscribers.transfer.entries import Entry


def fill(session: Session, entries: Mapping[int, Entry], *, now: datetime, dry_run: bool) -> int:
    """Give these people, by their ids, the name and the language, attributes and tags that they
    have none of; gives how many were given something."""
    telling = {
        person: entry
        for person, entry in entries.items()
        if entry.name or entry.says.language or entry.says.attributes or entry.says.tags
    }
    if not telling:
        return 0
    theirs = select(
        Subscriber.id, Subscriber.name, Subscriber.language, Subscriber.attributes, Subscriber.tags
    ).where(among(session, Subscriber.id, telling))
    changed = []
    for person, *known in session.connection().execute(theirs):
        before = tuple(known)
        after = _filled(telling[person], *before)
        if after != before:
            names = ("name_", "language_", "attributes_", "tags_")
            changed.append({"person": person, **dict(zip(names, after, strict=True))})
    if changed and not dry_run:
        statement = (
            update(Subscriber)
            .where(Subscriber.__table__.c.id == bindparam("person"))
            .values(
                name=bindparam("name_"),
                language=bindparam("language_"),
                attributes=bindparam("attributes_"),
                tags=bindparam("tags_"),
                changed_at=now,
            )
        )
        session.connection().execute(statement, changed)
    return len(changed)


def _filled(
    entry: Entry,
    name: str,
    language: str | None,
    attributes: dict[str, Any],
    tags: frozenset[str] | None,
) -> tuple[str, str | None, dict[str, Any], frozenset[str] | None]:
    says = entry.says
    more = {key: value for key, value in says.attributes.items() if key not in attributes}
    together = (tags or frozenset()) | (says.tags or frozenset())
    return (
        name or entry.name,
        language or says.language,
        {**attributes, **more},
        together or None,
    )
