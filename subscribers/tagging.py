"""The tags that an admin puts on people, and takes off them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers.bulk import Turn, among
from subscribers.models import Subscriber
from subscribers.values import clean_slug

_AT_ONCE = 1000


def tag(
    turn: Turn,
    people: Iterable[int],
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    now: datetime,
) -> int:
    """Put these tags on people, by their ids, and take those off; gives how many it changed.

    A tag that is named twice is put on. Many transactions, each of a thousand people at most: what
    was interrupted is done by doing it again. Raises InvalidValue for what is no slug.
    """
    put, taken = (frozenset(clean_slug(one, "tag") for one in some) for some in (add, remove))
    changed = 0
    for chunk in chunks(sorted(people)):
        with turn() as session:
            changed += _tag(session, chunk, put, taken - put, now)
    return changed


def _tag(
    session: Session, people: list[int], add: frozenset[str], remove: frozenset[str], now: datetime
) -> int:
    held = session.execute(
        select(Subscriber.id, Subscriber.tags)
        .where(among(session, Subscriber.id, people), Subscriber.erased_at.is_(None))
        .order_by(Subscriber.id)
        .with_for_update(key_share=True)
    )
    alike: dict[frozenset[str], list[int]] = {}
    for person, tags in held:
        before = tags or frozenset()
        after = (before | add) - remove
        if after != before:
            alike.setdefault(after, []).append(person)
    for after, these in alike.items():
        session.execute(
            update(Subscriber)
            .where(among(session, Subscriber.id, these))
            .values(tags=after or None, changed_at=now)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
    return sum(map(len, alike.values()))


def chunks(ids: Iterable[int], size: int = _AT_ONCE) -> Iterable[list[int]]:
    """The ids in lists of `size`, and what is left."""
    rest = iter(ids)
    while some := list(itertools.islice(rest, size)):
        yield some
