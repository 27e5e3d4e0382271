"""Reads the pages of web sites as a program that was not invited: politely.

One connection to a host at a time, as its robots.txt allows and at the pace that it asks for; a
host that a page redirects to is one like any other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from newsletter.collect.fetch import PAGES, Fetched, fetch
from newsletter.collect.hosts import host_of
from newsletter.collect.reading import Ways
from newsletter.collect.robots import LIMITS, Robots, Rules
from newsletter.errors import FetchError

PATIENCE = 60.0  # seconds that the way to one page waits for the turns of its hosts, in all

_SHARED = Robots()  # for as long as the process lives


class Disallowed(FetchError):
    """The site's robots.txt does not let us read this address."""


class Polite:
    """Fetches pages; safe to share between threads, which then wait for each other by host."""

    def __init__(
        self,
        ways: Ways,
        *,
        robots: Robots = _SHARED,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self.ways = ways
        self._patience = patience
        self._pause = pause
        self._clock = clock
        self._robots = robots
        # A host of one's own network is mostly one that is being set up: it is asked anew each run.
        self._private = Robots()
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def get(self, url: str, *, allow_private: bool) -> Fetched:
        """The page at `url`, after its turn has come; a redirect waits for the turn of its host.

        Raises Disallowed where robots.txt forbids it, also where it redirects to, and FetchError,
        also where a turn does not come within the patience.
        """
        until = self._clock() + self._patience
        way = _Way(self.rules, self._host, until, url if allow_private else None)
        try:
            return fetch(
                url,
                allow_private=allow_private,
                accept=PAGES,
                limits=self.ways.limits,
                now=self.ways.now,
                base_url=self.ways.base_url,
                may=way.to,
            )
        finally:
            way.leave()

    def rules(self, url: str, *, allow_private: bool) -> Rules:
        """What the site of `url` asks of programs. Raises nothing."""

        def ask(place: str) -> Fetched:
            ways = self.ways
            return fetch(
                place,
                allow_private=allow_private,
                accept="text/plain, */*;q=0.1",
                limits=replace(LIMITS, connect=ways.limits.connect, total=ways.limits.total),
                now=ways.now,
                base_url=ways.base_url,
            )

        robots = self._private if allow_private else self._robots
        return robots.rules(url, ask, now=self.ways.now)

    def _host(self, url: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(host_of(url), _Host(self._pause, self._clock))


class _Host:
    """The turn to ask one host, and from when on it may be asked again."""

    def __init__(self, pause: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._pause = pause
        self._clock = clock
        self._turn = threading.Lock()
        self._free_at = 0.0

    def take(self, until: float) -> bool:
        """Wait for its turn, until that moment by the clock; whether it came."""
        return self._turn.acquire(timeout=max(until - self._clock(), 0.0))

    def wait(self) -> None:
        """Wait until it may be asked; its turn is ours."""
        self._pause(max(self._free_at - self._clock(), 0.0))

    def give_back(self, delay: float | None) -> None:
        """Leave its turn to others: so many seconds from now, or None where it was not asked."""
        if delay is not None:
            self._free_at = self._clock() + delay
        self._turn.release()


class _Way:
    """The way to one page, from host to host, with the turn of one at a time: two pages that lead
    to each other's hosts never wait for each other."""

    def __init__(
        self,
        rules_of: Callable[..., Rules],
        host_of: Callable[[str], _Host],
        until: float,
        private: str | None,
    ) -> None:
        self._rules_of = rules_of
        self._host_of = host_of
        self._until = until
        self._private = private  # an address whose host may be of a private network
        self._host: _Host | None = None
        self._delay: float | None = None  # what its host wants after us; None: it was not asked

    def to(self, url: str) -> None:
        """Wait until `url` may be asked for. Raises Disallowed where it may not, and FetchError."""
        host = self._host_of(url)
        if host is not self._host:
            self.leave()
            if not host.take(self._until):
                raise FetchError(
                    f"{url} was not read: other pages of its host take too long (try again later)"
                )
            self._host = host
        rules = self._rules_of(url, allow_private=self._may_be_private(url))
        if rules.problem:
            raise Disallowed(f"{url} was not read: its robots.txt is not known ({rules.problem})")
        if not rules.allow(url):
            raise Disallowed(
                f"{url} was not read: the robots.txt of its site forbids it "
                "(ask its operator to let newsletter-publisher in)"
            )
        if self._delay is None:
            host.wait()
        self._delay = rules.delay

    def _may_be_private(self, url: str) -> bool:
        named = self._private
        return named is not None and urlsplit(url).hostname == urlsplit(named).hostname

    def leave(self) -> None:
        """Give the turn back."""
        if self._host is not None:
            self._host.give_back(self._delay)
        self._host = self._delay = None
