"""Many rows into the tables at once, by statements over a whole batch.

What is alike in all rows of a statement travels once, the rest as one parameter: each parameter
and each row costs more on its way through the driver than in the database. Measured on SQLite, a
row of three columns that differ costs a third of one of twelve.
"""

from __future__ import annotations

import functools
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Table, bindparam, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from subscribers.bulk import any_of, given, locks_rows, packed, written
from subscribers.models import Base, Subscriber, Subscription, Suppression, SuppressionReason
from subscribers.prepared import Lookup, Prepared
from subscribers.types import BigId

_FEW = 20  # groups of rows that are alike; with more, all columns travel with each row
_VARIANTS = "89ab"
_UNIQUE: Mapping[type[Base], Sequence[str]] = {
    Subscriber: ("address_key",),
    Subscription: ("subscriber_id", "mlist_id"),
}
"""By what a row is left out because it is there already."""

Values = Mapping[str, Any]


def insert_alike(
    session: Session,
    model: type[Base],
    varying: Sequence[str],
    rows: Iterable[tuple[Values, Sequence[Any]]],
) -> None:
    """Insert rows, given as what many of them share and what each has for itself.

    The shared mappings are told apart by identity, and name the same columns; the first of
    `varying` is what rows are locked by. Whoever is
    there already is left out; on PostgreSQL a rival's uncommitted row is waited for.
    """
    groups: dict[int, list[Sequence[Any]]] = defaultdict(list)
    shared: dict[int, Values] = {}
    for values, row in rows:
        shared[id(values)] = values
        groups[id(values)].append(row)
    if not groups:
        return
    # On PostgreSQL rows are locked in the order in which they are given, which is one for all.
    if len(groups) > (1 if locks_rows(session) else _FEW):
        names = tuple(next(iter(shared.values())))
        whole = [(*row, *shared[each].values()) for each, some in groups.items() for row in some]
        text = _written(session, whole)
        _insertion(model, (*varying, *names), ()).run(session, rows_given=text)
        return
    for each, some in groups.items():
        statement = _insertion(model, tuple(varying), tuple(shared[each]))
        statement.run(session, rows_given=_written(session, some), **shared[each])


def _written(session: Session, rows: Sequence[Sequence[Any]]) -> str:
    """Rows as the parameter of `given`, in the order of their first column where it matters."""
    if locks_rows(session):
        rows = sorted(rows, key=lambda row: row[0])

    def plain(value: Any) -> Any:
        return " ".join(sorted(value)) if isinstance(value, frozenset) else written(session, value)

    return json.dumps(rows, default=plain)


@functools.cache
def _insertion(model: type[Base], varying: tuple[str, ...], shared: tuple[str, ...]) -> Prepared:
    table = model.__table__
    assert isinstance(table, Table)

    def build(postgres: bool) -> Insert:
        rows = given({name: table.c[name].type for name in varying}, "rows_given", postgres)
        constants = [bindparam(name, type_=table.c[name].type) for name in shared]
        source = select(*rows.c, *constants).where(true())  # SQLite wants a WHERE before ON
        into = postgresql.insert(table) if postgres else sqlite.insert(table)
        added = into.from_select([*varying, *shared], source, include_defaults=False)
        unique = _UNIQUE.get(model)
        return added.on_conflict_do_nothing(index_elements=unique) if unique else added

    return Prepared(build)


# --- What is there already --------------------------------------------------------------------


def suppressed(session: Session, keys: Iterable[str]) -> dict[str, SuppressionReason]:
    """Those of these suppression keys that stand, and why."""
    rows = _SUPPRESSED.rows(session, wanted=packed(session, keys))
    return {key: SuppressionReason(reason) for key, reason in rows}


def people_of(session: Session, keys: Iterable[str], *, hold: bool = False) -> dict[str, int]:
    """The ids of those that are known, by address key; with `hold`, nobody else changes them."""
    statement = _HELD if hold and locks_rows(session) else _PEOPLE
    return {row[0]: row[1] for row in statement.rows(session, wanted=packed(session, keys))}


def states_of(session: Session, people: Iterable[int], mlist_id: int) -> dict[int, str]:
    """The state of those who have a subscription to the list, by the person's id."""
    # The list is compared here: asked for in SQL, PostgreSQL reads the whole list's index for each
    # batch as long as the tables were never analysed, which is when people import.
    rows = _STATES.rows(session, wanted=packed(session, people))
    return {row[0]: row[2] for row in rows if row[1] == mlist_id}


def sealed_since(session: Session, last: int) -> int:
    """The newest seal of an erased person that came after the suppression `last`; 0: none."""
    [[found]] = _SEALED.rows(session, last=last)
    return found or 0


_SUPPRESSED = Lookup(
    lambda postgres: select(Suppression.key, Suppression.reason).where(
        any_of(Suppression.key, "wanted", postgres)
    )
)
_PEOPLE = Lookup(
    lambda postgres: select(Subscriber.address_key, Subscriber.id).where(
        any_of(Subscriber.address_key, "wanted", postgres)
    )
)
_HELD = Lookup(
    lambda postgres: (
        select(Subscriber.address_key, Subscriber.id)
        .where(any_of(Subscriber.address_key, "wanted", postgres))
        .order_by(Subscriber.id)
        .with_for_update(key_share=True)
    )
)
_STATES = Lookup(
    lambda postgres: select(
        Subscription.subscriber_id, Subscription.mlist_id, Subscription.state
    ).where(any_of(Subscription.subscriber_id, "wanted", postgres))
)
_SEALED = Lookup(
    lambda _: select(func.max(Suppression.id)).where(
        Suppression.id > bindparam("last", type_=BigId),
        Suppression.reason == SuppressionReason.ERASED,
    )
)


def public_ids(count: int, now: datetime, batch: int) -> list[str]:
    """Random names of people who come together (UUID version 7, RFC 9562 §5.7).

    They begin alike, so that they stand together in the index: names without any order would have
    a page of it written for each row. `batch` is added to the milliseconds as a counter (§6.2);
    74 bits are random.
    """
    head = f"{int(now.timestamp() * 1000) + batch:012x}7"
    chance = os.urandom(10 * count).hex()
    return [
        f"{head}{one[:3]}{_VARIANTS[int(one[3], 16) & 3]}{one[4:19]}"
        for place in range(0, 20 * count, 20)
        if (one := chance[place : place + 20])
    ]
