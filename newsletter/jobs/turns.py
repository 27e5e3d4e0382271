"""Turns with everybody else who writes, for jobs that write much: short transactions, and rests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from newsletter.database import Database

REST = 0.5  # of the time that a turn took


@contextmanager
def in_turn(database: Database) -> Iterator[Session]:
    """As `Database.write`, and then a rest; on SQLite the log is folded in when it has grown.

    SQLite keeps no queue of its writers: those who wait look again every 25 to 100 ms. Whoever
    begins anew at once can shut them out for seconds, so a third of all time is left to them.
    """
    begun = time.perf_counter()
    with database.write() as session:
        yield session
    if database.is_sqlite:
        taken = time.perf_counter() - begun
        database.checkpoint()
        time.sleep(taken * REST)
