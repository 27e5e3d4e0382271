"""Reads many places at once, each on its own: bounded in connections, to a host, and in memory.

Threads wait for the network; few of them parse, since only one Python runs at a time anyway, and
what is parsed is many times larger than what came. A large one is parsed while no other large one
is, and its thread goes on when the caller has let go of it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import TracebackType

from newsletter.collect.hosts import Turns, host_of
from newsletter.collect.reading import Place, Reading, Ways, ask, link, take
from newsletter.errors import CollectError
from newsletter.models import SourceKind

PER_HOST = 2  # connections at once
_PARSING = 2  # threads that parse at once, beside one that parses what is large


@dataclass(frozen=True)
class Outcome:
    """How reading one place went: a reading, or why there is none."""

    key: int  # as the caller named the place
    reading: Reading | None = None
    error: Exception | None = None  # a CollectError, or a bug with its traceback
    is_large: bool = False  # let go of it before asking for the next
    _gone: threading.Event = field(default_factory=threading.Event, repr=False)

    def let_go(self) -> None:
        """Say that the reading is no longer held."""
        self._gone.set()


class Crew:
    """The threads that read; a context manager, which leaves behind those that hang when it ends
    by an error."""

    def __init__(
        self,
        places: Iterable[tuple[int, Place]],
        ways: Ways,
        *,
        at_once: int,
        per_host: int = PER_HOST,
    ) -> None:
        self._ways = ways
        self._at_once = at_once
        self._turns = Turns(((host_of(p.location), (key, p)) for key, p in places), each=per_host)
        self._work: SimpleQueue[tuple[str, int, Place] | None] = SimpleQueue()
        self._ready: SimpleQueue[tuple[str, Outcome]] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._is_over = False  # nobody takes what comes
        self._small = threading.BoundedSemaphore(_PARSING)
        self._large = threading.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether something is still to come."""
        return self._running > 0

    def __enter__(self) -> Crew:
        self._give_out()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over = error is not None
        for _ in self._threads:
            self._work.put(None)
        if error is None:
            for thread in self._threads:
                thread.join()

    def next(self, seconds: float | None = None) -> Outcome | None:
        """The next outcome, or None if there is none within so many seconds."""
        try:
            host, outcome = self._ready.get(timeout=seconds)
        except Empty:
            return None
        self._running -= 1
        self._turns.done(host)
        self._give_out()
        return outcome

    def _give_out(self) -> None:
        while self._running < self._at_once and (turn := self._turns.next()) is not None:
            host, (key, place) = turn
            self._running += 1
            self._work.put((host, key, place))
            if self._running > len(self._threads):
                # Daemons: nobody who stops the program waits for a server that does not answer.
                thread = threading.Thread(target=self._read, name="collect", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _read(self) -> None:
        while (work := self._work.get()) is not None and not self._is_over:
            host, key, place = work
            try:
                self._one(host, key, place)
            except CollectError as error:
                self._ready.put((host, Outcome(key, error=_bare(error))))
            except Exception as error:  # noqa: BLE001  # a bug met in one source is told there
                self._ready.put((host, Outcome(key, error=error)))

    def _one(self, host: str, key: int, place: Place) -> None:
        fetched = ask(place, self._ways)
        if fetched is not None and fetched.status == 304:
            self._ready.put((host, Outcome(key, take(place, fetched, self._ways))))
            return
        is_large = fetched is not None and fetched.is_large
        if not is_large:
            with self._small:
                reading = take(place, fetched, self._ways)
            # This may ask the network again, which nobody who has only to parse waits for.
            self._ready.put((host, Outcome(key, link(reading, self._ways))))
            return
        with self._large:
            reading = take(place, fetched, self._ways)
            del fetched  # and its file
            if not _lacks_links(reading):
                self._hand_over(host, key, reading)
                return
        # Nobody waits for what this one asks the network; of its page, the articles are left.
        reading = link(reading, self._ways)
        with self._large:
            self._hand_over(host, key, reading)

    def _hand_over(self, host: str, key: int, reading: Reading) -> None:
        """Give out a large reading, and wait until it is let go of."""
        outcome = Outcome(key, reading, is_large=True)
        del reading
        self._ready.put((host, outcome))
        gone = outcome._gone
        del outcome
        while not gone.wait(1.0) and not self._is_over:
            pass


def _lacks_links(reading: Reading) -> bool:
    """Whether its site is to be asked for addresses (`link`)."""
    entries = reading.feed.entries if reading.feed is not None else ()
    return reading.place.kind is SourceKind.PAGE and any(entry.url is None for entry in entries)


def _bare(error: CollectError) -> CollectError:
    """The error without the frames that it passed through, which hold what was read."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
