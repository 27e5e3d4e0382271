"""One timer for all the time limits of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

__all__ = ["Watchdog"]


class Watchdog:
    """Calls `too_late` when nothing was heard for longer than `limit` seconds.

    It looks every `interval` seconds, the shortest usual limit, so that moving the deadline on
    with each message costs nothing but a look at the clock.
    """

    def __init__(self, interval: float, too_late: Callable[[], None]) -> None:
        self.limit = inf
        self._interval = interval
        self._too_late = too_late
        self._loop = asyncio.get_running_loop()
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None
        self._asleep = False

    def wait(self, seconds: float) -> None:
        """From now on something must be heard within so many seconds."""
        self.limit = seconds
        self._deadline = self._loop.time() + seconds
        if (self._timer is None or seconds < self._interval) and not self._asleep:
            self._set_timer()

    def sleep(self) -> None:
        """Look no more."""
        self._asleep = True
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        when = min(self._deadline, self._loop.time() + self._interval)
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        if self._loop.time() >= self._deadline:
            self._deadline = inf
            self._too_late()
        if not self._asleep:
            self._set_timer()
