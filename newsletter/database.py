"""Engine, sessions and pragmas: the only place that knows which database it is.

On SQLite, `write()` begins with BEGIN IMMEDIATE, so that a transaction that will write never has to
be upgraded and never sees SQLITE_BUSY in its middle. Every connection sets `wal_autocheckpoint=0`,
and checkpoints are made by `checkpoint` alone, under a file lock: SQLite 3.7.0 to 3.51.2 can lose a
commit when two connections checkpoint at the same instant.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from newsletter.errors import DatabaseError, SchemaError

# With PostgreSQL, in libpq's words: one that does not answer any more is noticed within a minute.
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 10,
            "keepalives_count": 3, "tcp_user_timeout": 30_000}  # fmt: skip
BUSY_SECONDS = 30  # how long a writer waits for another before it gives up
LOOK_SECONDS = 0.001  # between two looks whether that other writer is done
_QUIET: dict[str, Any] = {"hide_parameters": True}  # a traceback in a log names nobody
CHECKPOINT_BYTES = 4_000_000  # of the write-ahead log, before it is folded into the database


class Database:
    """An open database; cheap to make, and safe to share between threads."""

    def __init__(self, url: str, *, pooled: bool = True) -> None:
        self.url = _normal_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, pooled)
        self._writing = self.engine.execution_options(begin="IMMEDIATE")
        self._commits = 0

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL or in memory."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @property
    def label(self) -> str:
        """The address without its password, for people to read."""
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that writes nothing; what it loaded stays usable afterwards."""
        with _explained(self), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in a transaction that commits when the block ends, and rolls back on error."""
        with _explained(self):
            with Session(self._writing, expire_on_commit=False) as session, session.begin():
                yield session
            self._commits += 1
            if self._commits % 128 == 0:
                self.checkpoint()

    def checkpoint(self, *, force: bool = False) -> bool:
        """Fold the write-ahead log into the database file, if it has grown (SQLite only).

        One process at a time, by a file lock; when another one is at it, this returns False.
        """
        if self.file is None:
            return False
        log = self.file.with_name(self.file.name + "-wal")
        if not force and (not log.exists() or log.stat().st_size < CHECKPOINT_BYTES):
            return False
        descriptor = os.open(str(self.file) + ".checkpoint", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def clock(self, session: Session) -> datetime:
        """The database's own time, which all workers share."""
        if self.is_sqlite:
            return datetime.now(UTC)  # one machine, one clock
        found: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)

    def end_idle_transactions(self, seconds: float) -> None:
        """Have PostgreSQL end a transaction of ours in which nothing was said for so long.

        A host that is cut off in the midst of one would keep its locks, and everybody else waiting,
        until TCP gives it up, which may be hours.
        """
        if self.is_sqlite:
            return  # one machine: its locks go with the process

        def prepare(connection: Any, _record: object) -> None:
            milliseconds = int(seconds * 1000)
            with connection.cursor() as cursor:
                cursor.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
            connection.commit()

        event.listen(self.engine, "connect", prepare)
        self.engine.dispose()  # those that are open were not told

    def close(self) -> None:
        """Fold the log and let every connection go."""
        self.checkpoint()
        self.engine.dispose()

    def copy_file(self, target: Path) -> None:
        """A consistent copy of the SQLite file, also while it is written to.

        Raises DatabaseError when the target exists or cannot be written.
        """
        if self.file is None:
            raise DatabaseError("only an SQLite database is one file (use 'newsletter db copy')")
        if target.exists():
            raise DatabaseError(f"{target}: exists already (name a new file)")
        try:
            with (
                closing(sqlite3.connect(self.file)) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
            target.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise DatabaseError(f"{target}: cannot be written: {error}") from error


def _normal_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError("database: not an address (expected sqlite:///FILE or postgresql://…)"
                            ) from error  # fmt: skip
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL, pooled: bool) -> Engine:
    if url.get_backend_name() != "sqlite":
        try:
            options = {**_QUIET} if pooled else {**_QUIET, "poolclass": NullPool}
            patience = {name: n for name, n in PATIENCE.items() if name not in url.query}
            return sa.create_engine(url, pool_pre_ping=pooled, connect_args=patience, **options)
        except ModuleNotFoundError as error:
            raise DatabaseError(
                "PostgreSQL needs psycopg (install 'newsletter-publisher[postgres]')"
            ) from error
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **_QUIET
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours to say, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL can lose an answered unsubscribe when the power fails
        "wal_autocheckpoint=0",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """BEGIN; where it has to wait for another writer, look often and evenly.

    SQLite itself looks less and less often, ten times a second in the end, so that beside one who
    writes again and again it hardly ever meets a gap.
    """
    if connection.get_execution_options().get("begin") is None:
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    deadline = monotonic() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE").close()
                return
            except sqlite3.OperationalError as error:
                # Its low byte: beside plain BUSY there is BUSY_RECOVERY, after somebody was killed.
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or monotonic() > deadline:
                    raise DBAPIError.instance("BEGIN", None, error, sqlite3.Error) from error
            sleep(LOOK_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}").close()


@contextmanager
def _explained(database: Database) -> Iterator[None]:
    """Turn what the operator can mend into one line; everything else keeps its traceback."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"
        kind = SchemaError if _NO_SUCH.search(text) else DatabaseError
        raise kind(f"database {database.label}: {text} {_remedy(text)}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseError(f"database {database.label}: the connection was lost") from error
        if type(error.orig) is sqlite3.DatabaseError:  # what has no class of its own: damaged
            raise DatabaseError(
                f"database {database.label}: {error.orig} (restore it from a backup)"
            ) from error
        raise


_NO_SUCH = re.compile(r"no such (table|column)|has no column")


def _remedy(text: str) -> str:
    if _NO_SUCH.search(text):
        return "(run 'newsletter db upgrade')"
    if "lock timeout" in text:
        return "(others hold it: stop the senders, or try again when less is going out)"
    if "deadlock" in text:
        return "(two commands stopped each other; try again)"
    if "locked" in text:
        return "(another program holds it; try again)"
    if "unable to open" in text:
        return "(make one with 'newsletter init')"
    if "disk" in text or "full" in text or "readonly" in text:
        return "(make room, or check the file's owner)"
    return "(check that it runs and that the address in config.toml is right)"
