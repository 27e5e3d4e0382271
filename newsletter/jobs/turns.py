"""Turns with everybody else who writes, for jobs that write much: short transactions, and rests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from newsletter.database import Database

REST = 0.5  # of the time that a turn took


class Turns:
    """One turn after the other: each as `Database.write`, and a rest before the next one.

    SQLite keeps no queue of its writers: those who wait look again every 25 to 100 ms. Whoever
    begins anew at once can shut them out for seconds, so a third of all time is left to them. What
    a job does between its turns, such as reading on, counts as rest.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._free_until = 0.0

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        self.rest()
        with self._database.write() as session:
            begun = time.perf_counter()  # what others had before does not count
            yield session
        if self._database.is_sqlite:
            ended = time.perf_counter()
            self._free_until = ended + (ended - begun) * REST
            self._database.checkpoint()

    def rest(self) -> None:
        """Wait for what is left of the rest after the last turn."""
        if (left := self._free_until - time.perf_counter()) > 0:
            time.sleep(left)


@contextmanager
def in_turn(database: Database) -> Iterator[Session]:
    """A single turn, and its rest, for who does not know whether there will be another."""
    turns = Turns(database)
    with turns() as session:
        yield session
    turns.rest()
