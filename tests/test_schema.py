"""Migrations make what the models say, on both databases, and SQLite is backed up before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from newsletter import schema
from newsletter.database import Database
from newsletter.errors import DatabaseError
from newsletter.models import Base
from newsletter.schema import SchemaState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'n.db'}")


def test_the_migrations_make_what_the_models_say(sqlite: Database) -> None:
    assert schema.state(sqlite) is SchemaState.EMPTY
    assert schema.upgrade(sqlite, NOW) is None
    assert schema.state(sqlite) is SchemaState.CURRENT
    with sqlite.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


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
