"""Migrations make what the models say, on both databases, and SQLite is backed up before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import postgres_server
from newsletter_kit import BOTH

from newsletter import schema
from newsletter.database import Database
from newsletter.errors import DatabaseError
from newsletter.models import Base
from newsletter.schema import SchemaState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'n.db'}")


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Without any table."""
    url = f"sqlite:///{tmp_path / 'n.db'}"
    if request.param == "postgresql":
        url = postgres_server().database().render_as_string(hide_password=False)
    made = Database(url)
    yield made
    made.close()


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    assert schema.state(database) is SchemaState.EMPTY
    assert schema.upgrade(database, NOW) is None
    assert schema.state(database) is SchemaState.CURRENT
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_upgrade_keeps_every_row_and_every_number_given_out(database: Database) -> None:
    """Rows of the first schema, in all of its tables; the highest ids were deleted again."""
    schema.upgrade(database, NOW, "0001")
    before = _fill(database)
    assert len(before) > 20
    given_out = _last_ids(database)
    backup = schema.upgrade(database, NOW)
    assert (backup is not None) == database.is_sqlite
    assert schema.state(database) is SchemaState.CURRENT
    with database.read() as session:
        for table in before:
            assert session.execute(sa.select(table)).all() == before[table], table.name
        if database.is_sqlite:
            assert session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    assert {name: last for name, last in _last_ids(database).items() if name in given_out} == (
        given_out
    )


def test_a_sender_of_the_version_before_goes_on_writing(database: Database) -> None:
    schema.upgrade(database, NOW, "0001")
    before = _fill(database)
    schema.upgrade(database, NOW)
    with database.write() as session:  # as it knows the tables: without the new columns
        for table in before:
            session.execute(table.insert(), [_row(table, 9)])


def _fill(database: Database) -> dict[sa.Table, Sequence[sa.Row[Any]]]:
    """Two rows in every table, and what they hold: what a table was, and its rows then."""
    old = sa.MetaData()
    old.reflect(database.engine)
    tables = [table for table in old.sorted_tables if table.name != "alembic_version"]
    with database.write() as session:
        for table in tables:
            session.execute(table.insert(), [_row(table, number) for number in (1, 2, 3)])
        for table in reversed(tables):
            first = next(iter(table.primary_key))
            session.execute(table.delete().where(first == _value(first, 3)))
        return {table: session.execute(sa.select(table)).all() for table in tables}


def _row(table: sa.Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: sa.Column[Any], number: int) -> object:
    """Something for that column, in a row of that number; it points at rows of the same number."""
    for key in column.foreign_keys:
        return _value(key.column, number)
    if isinstance(column.type, sa.JSON):
        return {"of": number}
    kind = column.type.python_type
    if kind is datetime:
        moment = NOW.replace(minute=number)
        return moment if getattr(column.type, "timezone", False) else moment.replace(tzinfo=None)
    if kind is date:
        return NOW.date()
    return f"{column.name[:8]}{number}" if kind is str else kind(number)


def _last_ids(database: Database) -> dict[str, int]:
    """The highest id each table ever gave out, where the database keeps that with the rows."""
    if not database.is_sqlite:
        return {}
    with database.read() as session:
        found = session.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
        return dict(tuple(row) for row in found)


@pytest.mark.parametrize("parent", ["subscriber", "subscription"])
def test_deleting_a_row_about_people_reads_no_whole_table(parent: str) -> None:
    """A database looks for the rows that point at a deleted one: each pointer has an index."""
    for table in Base.metadata.sorted_tables:
        firsts = {index.columns[0].name for index in table.indexes}
        firsts |= {
            constraint.columns[0].name
            for constraint in table.constraints
            if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        }
        for key in table.foreign_keys:
            if key.column.table.name == parent:
                assert key.parent.name in firsts, f"{table.name}.{key.parent.name}"


def test_upgrading_twice_changes_nothing(sqlite: Database) -> None:
    schema.upgrade(sqlite, NOW)
    assert schema.upgrade(sqlite, NOW) is None


def test_a_revision_that_we_do_not_know_counts_as_newer(sqlite: Database) -> None:
    schema.upgrade(sqlite, NOW)
    with sqlite.write() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'made-elsewhere'"))
    assert schema.state(sqlite) is SchemaState.NEWER


def test_a_newer_schema_is_refused_with_the_remedy(sqlite: Database) -> None:
    schema.upgrade(sqlite, NOW)
    with sqlite.write() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer schema"):
        schema.require(sqlite)
    with pytest.raises(DatabaseError, match="newer schema"):
        schema.upgrade(sqlite, NOW)


def test_an_empty_database_says_how_to_make_its_tables(sqlite: Database) -> None:
    with pytest.raises(DatabaseError, match="db upgrade"):
        schema.require(sqlite)


def test_a_copy_of_a_running_database_is_whole(sqlite: Database, tmp_path: Path) -> None:
    schema.upgrade(sqlite, NOW)
    with sqlite.write() as session:
        session.execute(sa.text("INSERT INTO fact (key, value) VALUES ('a', 'b')"))
    sqlite.copy_file(tmp_path / "copy.db")
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.read() as session:
        assert session.execute(sa.text("SELECT value FROM fact")).scalar() == "b"
    with pytest.raises(DatabaseError, match="exists already"):
        sqlite.copy_file(tmp_path / "copy.db")
