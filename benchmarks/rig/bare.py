"""The rows of an import by a bare executemany, for the import to be compared with."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from subscribers.transfer.fast import public_ids

NOW = "2026-01-24 07:00:00.000000"
_PEOPLE = "public_id, address, address_key, domain, name, attributes, created_at, changed_at"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "foreign_keys=ON",
            "temp_store=MEMORY", "cache_size=-8000")  # fmt: skip


def into_sqlite(file: Path, people: Iterator[tuple[str, str]]) -> float:
    """Seconds for three executemany, one a table, in one transaction, and the checkpoint.

    `people` are addresses and names; the settings are those of `newsletter.database`.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        _insert(connection.cursor(), people, "?")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
        return time.perf_counter() - started


def into_postgres(address: str, people: Iterator[tuple[str, str]]) -> float:
    """The same on PostgreSQL."""
    with psycopg.connect(address) as connection:
        started = time.perf_counter()
        _insert(connection.cursor(), people, "%s")
        connection.commit()
        return time.perf_counter() - started


def _insert(cursor: Any, people: Iterator[tuple[str, str]], mark: str) -> None:
    def marks(count: int) -> str:
        return ", ".join([mark] * count)

    [mlist] = cursor.execute("SELECT id FROM mailing_list").fetchone()
    [last] = cursor.execute("SELECT coalesce(max(id), 0) FROM subscriber").fetchone()
    numbers = []

    def rows() -> Iterator[tuple[Any, ...]]:
        begun = datetime.now(UTC)
        for number, (address, name) in enumerate(people, start=last + 1):
            numbers.append(number)
            domain = address.rpartition("@")[2]
            [public_id] = public_ids(1, begun, number // 1000)  # as the import makes them
            yield number, public_id, address, address, domain, name, "{}", NOW, NOW

    cursor.executemany(f"INSERT INTO subscriber (id, {_PEOPLE}) VALUES ({marks(9)})", rows())
    cursor.executemany(
        "INSERT INTO subscription (subscriber_id, mlist_id, state, digests, alerts, source, "
        f"requested_at, confirmed_at, changed_at) VALUES ({marks(9)})",
        ((n, mlist, "active", True, False, "import", NOW, NOW, NOW) for n in numbers),
    )
    cursor.executemany(
        "INSERT INTO consent_event (subscriber_id, mlist_id, kind, at, source, words, detail, "
        f"actor) VALUES ({marks(8)})",
        ((n, mlist, "granted", NOW, "import", "Measured", "{}", "benchmark") for n in numbers),
    )
