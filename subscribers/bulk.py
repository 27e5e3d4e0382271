"""Statements over many rows at once, where the two databases want them said differently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Select,
    Subquery,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from subscribers.models import Base, Subscriber
from subscribers.types import Moment

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
    if locks_rows(session):
        return column == any_(bindparam(None, many, type_=ARRAY(column.type)))
    each = func.json_each(json.dumps(many)).table_valued("value")
    return column.in_(select(each.c.value))


def locks_rows(session: Session) -> bool:
    """Whether this database locks rows; SQLite has one writer, which locks the whole."""
    return session.get_bind().dialect.name == "postgresql"


def at_once(session: Session, query: Select[*tuple[Any, ...]]) -> list[Sequence[Any]]:
    """All rows of a query of numbers, texts and moments, handed over as one.

    From SQLite each row is fetched by a call of its own, before which Python lets other threads
    run: beside a busy one, two thousand rows would take a second.
    """
    if locks_rows(session):
        return list(session.execute(query).all())
    rows = query.subquery()
    whole = select(func.json_group_array(func.json_array(*rows.c)))
    found: list[list[Any]] = json.loads(session.scalar(whole) or "[]")
    for place, column in enumerate(rows.c):
        if isinstance(column.type, Moment):
            for row in found:
                if row[place] is not None:
                    row[place] = datetime.fromisoformat(row[place]).replace(tzinfo=UTC)
    return list(found)


def table_of(
    session: Session, columns: Mapping[str, TypeEngine[Any]], rows: Sequence[Sequence[Any]]
) -> Subquery:
    """Rows of ours as a table to join with, given as one parameter; `columns` are name -> type."""
    on_postgres = locks_rows(session)
    many = json.dumps(rows, default=datetime.isoformat if on_postgres else _as_sqlite_keeps_it)
    text = bindparam(None, many, type_=Text)
    cells: list[ColumnElement[Any]] = []
    if on_postgres:
        each = func.json_array_elements(cast(text, JSON)).table_valued("value")
        for place, kind in enumerate(columns.values()):
            cells.append(cast(each.c.value.op("->>")(place), kind))
    else:
        each = func.json_each(text).table_valued("value")
        for place, kind in enumerate(columns.values()):
            cells.append(func.json_extract(each.c.value, f"$[{place}]", type_=kind))
    named = zip(columns, cells, strict=True)
    return select(*(cell.label(name) for name, cell in named)).subquery("given")


def _as_sqlite_keeps_it(value: datetime) -> str:
    """A moment as SQLAlchemy stores it there."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that break no unique constraint, and leave out the others.

    On PostgreSQL a rival's uncommitted row is waited for, so that it can be read afterwards.
    """
    if not rows:
        return
    table = _table(model)
    build = postgresql.insert if locks_rows(session) else sqlite.insert
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
