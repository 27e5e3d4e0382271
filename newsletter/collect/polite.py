"""Reads the pages of web sites as a program that was not invited: politely.

One connection to a host at a time, as its robots.txt allows and at the pace that it asks for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from newsletter.collect.fetch import PAGES, Fetched, fetch
from newsletter.collect.hosts import host_of
from newsletter.collect.reading import Ways
from newsletter.collect.robots import LIMITS, Robots, Rules
from newsletter.errors import FetchError

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
    ) -> None:
        self.ways = ways
        self._pause = pause
        self._clock = clock
        self._robots = robots
        # A host of one's own network is mostly one that is being set up: it is asked anew each run.
        self._private = Robots()
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def get(self, url: str, *, allow_private: bool) -> Fetched:
        """The page at `url`, after its turn has come.

        Raises Disallowed where robots.txt forbids it, also where it redirects to, and FetchError.
        """
        with self._lock:
            host = self._hosts.setdefault(host_of(url), _Host())
        with host.turn:
            rules = self.rules(url, allow_private=allow_private)
            if not rules.allow(url):
                return self._fetch(url, allow_private)  # which says why not, and asks nobody
            self._pause(max(host.free_at - self._clock(), 0.0))
            try:
                return self._fetch(url, allow_private)
            finally:
                host.free_at = self._clock() + rules.delay

    def rules(self, url: str, *, allow_private: bool) -> Rules:
        """What the site of `url` asks of programs; its sitemaps, too. Raises nothing."""

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

    def _fetch(self, url: str, allow_private: bool) -> Fetched:
        return fetch(
            url,
            allow_private=allow_private,
            accept=PAGES,
            limits=self.ways.limits,
            now=self.ways.now,
            base_url=self.ways.base_url,
            may=lambda here: self._may(here, allow_private),
        )

    def _may(self, url: str, allow_private: bool) -> None:
        rules = self.rules(url, allow_private=allow_private)
        if rules.problem:
            raise Disallowed(f"{url} was not read: its robots.txt is not known ({rules.problem})")
        if not rules.allow(url):
            raise Disallowed(
                f"{url} was not read: the robots.txt of its site forbids it "
                "(ask its operator to let newsletter-publisher in)"
            )


class _Host:
    """The turn to ask one host, and from when on it may be asked again."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.free_at = 0.0
