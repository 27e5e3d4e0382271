"""Statements that run many times a second: built once, for either database.

To build one anew costs several times what the database needs to run it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable, Select
from sqlalchemy.orm import Session

from subscribers.bulk import in_one_piece, locks_rows, taken_apart


class Prepared:
    """A statement with named parameters; `build` is told whether it is for PostgreSQL."""

    def __init__(self, build: Callable[[bool], Executable]) -> None:
        self._build = functools.cache(build)

    def run(self, session: Session, **values: Any) -> CursorResult[*tuple[Any, ...]]:
        """Run it in the session's transaction; what the session has loaded is not refreshed."""
        return session.connection().execute(self._build(locks_rows(session)), values)


class Lookup:
    """A query of numbers, texts and moments whose rows are handed over as one (`bulk.at_once`)."""

    def __init__(self, build: Callable[[bool], Select[*tuple[Any, ...]]]) -> None:
        self._query = functools.cache(build)
        self._whole = Prepared(lambda postgres: in_one_piece(self._query(postgres), postgres))

    def rows(self, session: Session, **values: Any) -> Sequence[Sequence[Any]]:
        """All rows."""
        found = self._whole.run(session, **values)
        if locks_rows(session):
            return found.all()
        return taken_apart(found.scalar_one(), self._query(False))
