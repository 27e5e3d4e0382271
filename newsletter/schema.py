"""The database's schema: what it is at, and how to bring it to what this program needs.

SQLite is upgraded by the commands that own the installation (`init`, `demo`, `run`), after a backup
beside it; PostgreSQL by `db upgrade` alone, since other machines may still be sending.
"""

from __future__ import annotations

import enum
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from newsletter.database import Database
from newsletter.errors import DatabaseError


class SchemaState(enum.StrEnum):
    EMPTY = "empty"  # no table of ours
    CURRENT = "current"
    OLDER = "older"  # an upgrade is at hand
    NEWER = "newer"  # made by a later version of this program


def state(database: Database) -> SchemaState:
    """Where the database's schema stands; raises DatabaseError when it cannot be opened."""
    with database.read() as session:
        found = MigrationContext.configure(session.connection()).get_current_revision()
    scripts = ScriptDirectory.from_config(_alembic())
    if found is None:
        return SchemaState.EMPTY
    if found == scripts.get_current_head():
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.OLDER if found in known else SchemaState.NEWER


def require(database: Database) -> None:
    """Raise DatabaseError, with the remedy, unless the schema is the one this program speaks."""
    match state(database):
        case SchemaState.EMPTY:
            raise DatabaseError(
                f"database {database.label}: has no tables yet (run 'newsletter db upgrade')"
            )
        case SchemaState.OLDER:
            raise DatabaseError(
                f"database {database.label}: is of an older schema (run 'newsletter db upgrade')"
            )
        case SchemaState.NEWER:
            raise DatabaseError(
                f"database {database.label}: is of a newer schema (install the newer newsletter)"
            )
        case SchemaState.CURRENT:
            return


def upgrade(database: Database, now: datetime, to: str = "head") -> Path | None:
    """Create the tables, or bring them up to date; twice is once.

    `to` is the revision to stop at. Returns the backup that was made beforehand: an SQLite file
    that held something. Raises DatabaseError for a newer schema.
    """
    found = state(database)
    if found is SchemaState.CURRENT:
        return None
    if found is SchemaState.NEWER:
        require(database)
    backup = None
    if found is SchemaState.OLDER and database.file is not None:
        stamp = now.strftime("%Y%m%d-%H%M%S")
        backup = database.file.with_name(f"{database.file.name}.{stamp}.backup")
        database.copy_file(backup)
    with database.write() as session:
        _run(session.connection(), to)
    return backup


def own(database: Database, now: datetime) -> Path | None:
    """What the commands that own an SQLite installation do first: upgrade; else require."""
    if database.is_sqlite:
        return upgrade(database, now)
    require(database)
    return None


def _run(connection: sa.Connection, to: str = "head") -> None:
    if connection.dialect.name == "postgresql":  # two upgrades at once: the second waits
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7205759403)"))
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
