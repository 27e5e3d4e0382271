"""Statements over many rows at once, where the two databases want them said differently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from subscribers.models import Base, Subscriber

Turn = Callable[[], AbstractContextManager[Session]]
"""Opens a session whose transaction is committed when the block ends: one of many short ones."""

_FEW = 20  # groups of equal rows; with more, a row at a time is cheaper


def among(
    session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> ColumnElement[bool]:
    """`column IN values`, with the values as one parameter, however many they are.

    A thousand parameters cost more to prepare than the question itself, and PostgreSQL plans them
    badly.
    """
    many = list(values)
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, many, type_=ARRAY(column.type)))
    each = func.json_each(json.dumps(many)).table_valued("value")
    return column.in_(select(each.c.value))


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that break no unique constraint, and leave out the others.

    On PostgreSQL a rival's uncommitted row is waited for, so that it can be read afterwards.
    """
    if not rows:
        return
    table = _table(model)
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(build(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def insert_for(
    session: Session, model: type[Base], rows: Sequence[tuple[int, Mapping[str, Any]]]
) -> None:
    """Insert a row for each of these people, given as (subscriber id, other values, all hashable).

    Where most rows of a batch are alike, which an import's are, the values travel once.
    """
    table = _table(model)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for person, values in rows:
        alike.setdefault(tuple(values.values()), []).append(person)
    if len(alike) > _FEW:
        many = [{"subscriber_id": person, **values} for person, values in rows]
        session.execute(insert(table), many)
        return
    by_person = dict(rows)
    for people in alike.values():
        values = by_person[people[0]]
        constants = [literal(value, table.c[name].type) for name, value in values.items()]
        source = (
            select(Subscriber.id, *constants)
            .where(among(session, Subscriber.id, people))
            .order_by(Subscriber.id)
        )
        session.execute(insert(table).from_select(["subscriber_id", *values], source))


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table
