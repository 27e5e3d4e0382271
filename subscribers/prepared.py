"""Statements that run many times a second: built and compiled once, for either database.

To build one anew costs several times what the database needs to run it, and so does the way of an
already built one through all that SQLAlchemy offers. Here it is compiled once, and from then on
its text goes to the driver.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from subscribers.bulk import in_one_piece, locks_rows, moments_of, taken_apart

Row = Sequence[Any]  # as the driver gives it: no column type of ours is applied


class Prepared:
    """A statement with named parameters; `build` is told whether it is for PostgreSQL.

    It runs in the session's transaction; what the session has loaded is not refreshed. There may
    be no `IN` with a list of Python's in it (`bulk.one_of`, `bulk.any_of`): its text would not be
    the same each time.
    """

    def __init__(self, build: Callable[[bool], ClauseElement]) -> None:
        self._build = build
        self._texts: dict[bool, _Text] = {}

    def run(self, session: Session, **values: Any) -> int:
        """Run what returns no rows; how many it has changed."""
        text, connection = self._text(session), session.connection()
        if text.postgres:
            return connection.exec_driver_sql(text.sql, text.named(values)).rowcount
        return _on_sqlite(connection, text.sql, text.in_order(values)).rowcount

    def rows(self, session: Session, **values: Any) -> Sequence[Row]:
        """All rows of what returns rows."""
        text, connection = self._text(session), session.connection()
        if text.postgres:
            return connection.exec_driver_sql(text.sql, text.named(values)).all()
        return _on_sqlite(connection, text.sql, text.in_order(values)).fetchall()

    def _text(self, session: Session) -> _Text:
        postgres = locks_rows(session)
        text = self._texts.get(postgres)
        if text is None:
            text = _Text(self._build(postgres), session.get_bind().dialect)
            self._texts[postgres] = text
        return text


class Lookup:
    """A query of numbers, texts and moments, asked as `bulk.in_one_piece` does."""

    def __init__(self, build: Callable[[bool], Select[*tuple[Any, ...]]]) -> None:
        self._build = build
        self._moments: frozenset[int] | None = None
        self._whole = Prepared(lambda postgres: in_one_piece(build(postgres), postgres))

    def rows(self, session: Session, **values: Any) -> Sequence[Row]:
        """All rows."""
        found = self._whole.rows(session, **values)
        if locks_rows(session):
            return found
        if self._moments is None:
            self._moments = moments_of(self._build(False))
        return taken_apart(found[0][0], self._moments)


class _Text:
    """A compiled statement: its text, and how the values of its parameters reach the driver."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.postgres = dialect.name == "postgresql"
        self.sql = str(compiled)
        self._order: Sequence[str] = compiled.positiontup or ()
        self._convert: dict[str, Callable[[Any], Any]] = {}
        fixed: dict[str, Any] = {}
        for name, parameter in compiled.binds.items():
            convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if not parameter.required:
                value = parameter.effective_value
                fixed[name] = convert(value) if convert else value
            elif convert is not None:
                self._convert[name] = convert
        self._fixed: Mapping[str, Any] = fixed

    def named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, as the driver wants them, by name."""
        given = dict(self._fixed)
        for name, value in values.items():
            convert = self._convert.get(name)
            given[name] = value if convert is None else convert(value)
        return given

    def in_order(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters in the order in which they stand in the text."""
        given = self.named(values)
        return [given[name] for name in self._order]


def _on_sqlite(connection: Connection, sql: str, values: list[Any]) -> sqlite3.Cursor:
    """Run it by the driver's own means; what goes wrong is raised as SQLAlchemy would."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    try:
        return driver.execute(sql, values)
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, values, error, sqlite3.Error) from error
