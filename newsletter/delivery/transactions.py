"""One transaction after another, on a thread of its own beside the event loop.

All that is written through here may be written twice: a COMMIT whose answer was lost is repeated,
and finds its rows as it left them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from sqlalchemy.orm import Session

from newsletter.database import Database
from newsletter.errors import DatabaseError, SchemaError

log = logging.getLogger(__name__)

GIVE_UP_SECONDS = 120.0  # of a database that takes no commit
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds between two tries

T = TypeVar("T")


class Transactions:
    """See the module. `in_doubt`: a commit may have been made whose answer was lost."""

    def __init__(self, database: Database) -> None:
        self.in_doubt = False
        self._database = database
        self._thread = ThreadPoolExecutor(1, "clerk")

    async def run(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction, again while the database fails.

        Raises DatabaseError when that goes on for two minutes, and SchemaError at once.
        """
        loop = asyncio.get_running_loop()
        deadline = monotonic() + GIVE_UP_SECONDS
        wait = FIRST_WAIT

        def once() -> T:
            with self._database.write() as session:
                return work(session)

        while True:
            try:
                return await loop.run_in_executor(self._thread, once)
            except DatabaseError as error:
                if monotonic() > deadline or isinstance(error, SchemaError):
                    raise
                self.in_doubt = True
                log.warning("%s; trying again", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def last(self, work: Callable[[Session], None]) -> None:
        """Run `work` in one transaction, once, after `close`; when that fails, it is told."""

        def once() -> None:
            with self._database.write() as session:
                work(session)

        try:
            await asyncio.to_thread(once)
        except DatabaseError as error:
            log.error("%s; the last answers are not recorded", error)  # noqa: TRY400  # one line

    def close(self) -> None:
        """Let the thread go; what it is at is not waited for."""
        self._thread.shutdown(wait=False)
