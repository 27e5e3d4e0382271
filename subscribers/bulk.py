"""Statements over many rows at once, where the two databases want them said differently."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
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
    or_,
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


def locks_rows(session: Session) -> bool:
    """Whether this database locks rows: PostgreSQL does; SQLite has one writer, who locks all."""
    return session.get_bind().dialect.name == "postgresql"


def among(
    session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> ColumnElement[bool]:
    """`column IN values`, with the values as one parameter, however many they are.

    A thousand parameters cost more to prepare than the question itself, and PostgreSQL plans them
    badly.
    """
    return any_of(column, None, locks_rows(session), packed(session, values))


def any_of(
    column: InstrumentedAttribute[Any], parameter: str | None, postgres: bool, value: Any = None
) -> ColumnElement[bool]:
    """As `among`, with a parameter that is given its value, by `packed`, when the query is run."""
    if postgres:
        many = bindparam(parameter, value, type_=ARRAY(column.type), required=value is None)
        return column == any_(many)
    text = bindparam(parameter, value, type_=Text, required=value is None)
    return column.in_(select(func.json_each(text).table_valued("value").c.value))


def given_ids(parameter: str, postgres: bool) -> Subquery:
    """Ids, given by `packed` when the query is run, as a table of one column, `id`."""
    if postgres:
        value: ColumnElement[Any] = func.unnest(bindparam(parameter, type_=ARRAY(BigInteger)))
        return select(value.label("id")).subquery("given")
    each = func.json_each(bindparam(parameter, type_=Text)).table_valued("value")
    return select(each.c.value.label("id")).subquery("given")


def packed(session: Session, values: Iterable[Any]) -> Any:
    """Values as the one parameter of `any_of`."""
    return list(values) if locks_rows(session) else json.dumps(list(values))


def one_of(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], *values: Any
) -> ColumnElement[bool]:
    """`column IN values` for a few values that are always the same, in a statement's own text."""
    return or_(*(column == value for value in values))


def in_one_piece(query: Select[*tuple[Any, ...]], postgres: bool) -> Select[*tuple[Any, ...]]:
    """The query, asking SQLite to hand over all its rows as one.

    From SQLite each row is fetched by a call of its own, before which Python lets other threads
    run: beside a busy one, two thousand rows would take a second.
    """
    if postgres:
        return query
    return select(func.json_group_array(func.json_array(*query.subquery().c)))


def taken_apart(whole: str, moments: Iterable[int]) -> Sequence[Sequence[Any]]:
    """The rows of a query from the answer to `in_one_piece`; `moments` are the places of those."""
    rows: list[list[Any]] = json.loads(whole)
    for place in moments:
        for row in rows:
            if row[place] is not None:
                row[place] = datetime.fromisoformat(row[place]).replace(tzinfo=UTC)
    return rows


def moments_of(query: Select[*tuple[Any, ...]]) -> frozenset[int]:
    """The places of the columns of a query that are moments."""
    columns = enumerate(query.selected_columns)
    return frozenset(place for place, column in columns if isinstance(column.type, Moment))


def table_of(
    session: Session, columns: Mapping[str, TypeEngine[Any]], rows: Sequence[Sequence[Any]]
) -> Subquery:
    """Rows of ours as a table to join with, given as one parameter; `columns` are name -> type."""
    return given(columns, None, locks_rows(session), packed_rows(session, rows))


def given(
    columns: Mapping[str, TypeEngine[Any]],
    parameter: str | None,
    postgres: bool,
    value: str | None = None,
) -> Subquery:
    """As `table_of`, with a parameter that gets its value, by `packed_rows`, when it is run."""
    text = bindparam(parameter, value, type_=Text, required=value is None)
    cells: list[ColumnElement[Any]] = []
    if postgres:
        each = func.json_array_elements(cast(text, JSON)).table_valued("value")
        for place, kind in enumerate(columns.values()):
            cells.append(cast(each.c.value.op("->>")(place), kind))
    else:
        each = func.json_each(text).table_valued("value")
        for place, kind in enumerate(columns.values()):
            cells.append(func.json_extract(each.c.value, f"$[{place}]", type_=kind))
    named = zip(columns, cells, strict=True)
    return select(*(cell.label(name) for name, cell in named)).subquery("given")


def packed_rows(session: Session, rows: Sequence[Sequence[Any]]) -> str:
    """Rows as the one parameter of `given`."""
    return json.dumps(rows, default=functools.partial(written, session))


def written(session: Session, moment: datetime) -> str:
    """A moment as `given` reads it: on SQLite, as SQLAlchemy stores it there."""
    if locks_rows(session):
        return moment.isoformat()
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


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
