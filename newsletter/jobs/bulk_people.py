"""Tags many people at once, and takes many off their lists.

Both are told first whom they are about: a search, or the addresses of a file, or both.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.installation import Installation
from newsletter.jobs.finding import Asked, search_for
from newsletter.jobs.turns import in_turn
from subscribers import audit, tagging
from subscribers.addresses import parse_mailbox
from subscribers.bulk import among
from subscribers.consent import Act
from subscribers.errors import InvalidAddress
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.searching import Search, people_of, subscriptions_of
from subscribers.taking_off import take_off
from subscribers.transfer.reading import read_rows

_AT_ONCE = 500  # addresses of a file, or subscriptions, in one transaction
_MOST_TOLD = 1000


@dataclass(frozen=True)
class Found:
    """Whom a search, or a file of addresses, names."""

    ids: tuple[int, ...]
    unknown: tuple[str, ...]  # addresses of the file whose person is not known; a thousand at most
    unreadable: tuple[str, ...]  # what is no address


_Find = Callable[[Session, Search, Iterable[str] | None], list[int]]


def people(inst: Installation, asked: Asked, file: BinaryIO | None) -> Found:
    """The people with a subscription that matches, or whose address is in the file, or both.

    Raises UnknownList, InvalidValue, and SubscriberError for a file without addresses.
    """
    return _found(inst, asked, file, people_of)


def subscriptions(inst: Installation, asked: Asked, file: BinaryIO | None) -> Found:
    """Their subscriptions that match and have not ended. Raises as `people`."""
    return _found(inst, asked, file, subscriptions_of)


def tag(
    inst: Installation,
    ids: Sequence[int],
    *,
    add: Sequence[str],
    remove: Sequence[str],
    now: datetime,
    actor: str,
) -> int:
    """Put tags on people, and take some off; gives how many were different before."""
    changed = tagging.tag(partial(in_turn, inst.database), ids, add=add, remove=remove, now=now)
    if changed:
        detail = {"add": sorted(add), "remove": sorted(remove), "people": changed}
        subject = f"subscriber {ids[0]}" if len(ids) == 1 else f"{changed} subscribers"
        with inst.database.write() as session:
            audit.note(session, actor, "subscriber.tag", subject, now, detail)
    return changed


def remove(inst: Installation, ids: Sequence[int], *, now: datetime, actor: str) -> int:
    """End these subscriptions; gives how many had not ended before. Nobody is written to.

    Interrupted, it is finished by doing it again.
    """
    act = Act("cli", actor=actor)
    ended = 0
    for chunk in tagging.chunks(sorted(ids), _AT_ONCE):
        with in_turn(inst.database) as session:
            left = take_off(session, chunk, act=act, now=now)
            if left:
                what = f"{len(left)} subscriptions"
                audit.note(session, actor, "subscriber.remove", what, now)
        inst.journal.append_all("left", left, now)
        ended += len(left)
    return ended


@dataclass(frozen=True)
class Ending:
    """Whom `remove` would take off what."""

    people: int
    lists: dict[str, int]  # subscriptions by the list's name, in its order


def ending(inst: Installation, ids: Sequence[int]) -> Ending:
    """What these subscriptions are."""
    lists: dict[str, int] = {}
    people: set[int] = set()
    with inst.database.read() as session:
        for chunk in tagging.chunks(sorted(ids), _AT_ONCE):
            rows = session.execute(
                sa.select(MailingList.slug, Subscription.subscriber_id)
                .join(MailingList, MailingList.id == Subscription.mlist_id)
                .where(among(session, Subscription.id, chunk))
            )
            for slug, person in rows:
                lists[slug] = lists.get(slug, 0) + 1
                people.add(person)
    return Ending(len(people), dict(sorted(lists.items())))


def _found(inst: Installation, asked: Asked, file: BinaryIO | None, find: _Find) -> Found:
    ids: list[int] = []
    unknown: list[str] = []
    unreadable: list[str] = []
    with inst.database.read() as session:
        search = search_for(session, asked, inst.config.site.timezone)
        if file is None:
            return Found(tuple(find(session, search, None)), (), ())
        for some in _keys(file, unreadable):
            ids += find(session, search, list(some))
            known = session.scalars(
                sa.select(Subscriber.address_key).where(
                    among(session, Subscriber.address_key, some)
                )
            )
            gone = some.keys() - set(known)
            unknown += [written for one, written in some.items() if one in gone]
    return Found(
        tuple(dict.fromkeys(ids)), tuple(unknown[:_MOST_TOLD]), tuple(unreadable[:_MOST_TOLD])
    )


def _keys(file: BinaryIO, unreadable: list[str]) -> Iterator[dict[str, str]]:
    """The addresses of a file, some at a time: by key, as they were written."""

    def each() -> Iterator[tuple[str, str]]:
        for row in read_rows(file):
            written = row.values.get("address", "")
            try:
                yield parse_mailbox(written).address.key, written
            except InvalidAddress:
                unreadable.append(written or row.raw[:80])

    pairs = each()
    while some := dict(itertools.islice(pairs, _AT_ONCE)):
        yield some
