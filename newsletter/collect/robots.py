"""Knows what the operators of web sites ask of programs: robots.txt, by RFC 9309.

Only articles' own pages are read by these rules. A feed or a page that an editor named is asked
for by a person.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from newsletter.collect.fetch import Fetched, Limits
from newsletter.errors import FetchError

TOKEN = "newsletter-publisher"  # our name in a robots.txt, and in the User-Agent
KEPT = timedelta(days=1)  # RFC 9309 §2.4
KEPT_FAILURE = timedelta(hours=1)  # until a site that was unreachable is asked again
MOST_HOSTS = 2_000  # remembered at once
LONGEST_DELAY = 10.0  # seconds between two pages, whatever a site would like
LIMITS = Limits(transferred=500 * 1024, unpacked=500 * 1024, cut=True)  # RFC 9309 §2.5
_USER_AGENT = re.compile(r"\s*user[\s-]*agent(?:\s*:|\s)(?P<name>[^#]*)", re.IGNORECASE)

Ask = Callable[[str], Fetched]
"""Fetches the address of a robots.txt; raises FetchError."""


@dataclass(frozen=True)
class Rules:
    """What one site asks of us."""

    problem: str = ""  # why its rules are not known: nothing is allowed then
    delay: float = 0.0  # seconds from the end of one page to the next
    parsed: Protego | None = field(default=None, repr=False)  # None: everything is allowed

    def allow(self, url: str) -> bool:
        """Whether this address may be read by a program."""
        if self.problem:
            return False
        return self.parsed is None or bool(self.parsed.can_fetch(url, TOKEN))


def parse(body: bytes) -> Rules:
    """The rules in a robots.txt, whatever it holds."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    # Protego keeps a copy of each rule for each name of its group: half a megabyte of names and
    # rules would become gigabytes. All who are not we are one to us.
    parsed = Protego.parse("\n".join(_named(line) for line in text.splitlines()))
    delay = parsed.crawl_delay(TOKEN) or 0.0
    return Rules(delay=min(delay, LONGEST_DELAY), parsed=parsed)


def _named(line: str) -> str:
    match = _USER_AGENT.match(line)
    if match is None:
        return line
    name = match["name"].strip().lower()
    if name == "*":
        return "User-agent: *"
    # Product tokens are compared as a whole, without their version (RFC 9309 §2.2.1).
    ours = name.partition("/")[0].strip("* ") == TOKEN
    return f"User-agent: {TOKEN}" if ours else "User-agent: another"


class Robots:
    """The rules of many sites, each asked for once a day. Safe to share between threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Rules, datetime]] = OrderedDict()
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def rules(self, url: str, ask: Ask, *, now: datetime) -> Rules:
        """What the site of `url` asks of us; `ask` fetches its robots.txt, if it must be.

        Where there is none (4xx), everything is allowed; where nobody answers, or with a fault of
        the server's (5xx), nothing is, unless we knew its rules before (RFC 9309 §2.3.1).
        """
        try:
            parts = urlsplit(url)
        except ValueError as error:
            return Rules(problem=f"no web address: {error}")
        place = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/robots.txt", "", ""))
        with self._lock:
            turn = self._asking.setdefault(place, threading.Lock())
        with turn:  # whoever else wants this site waits, and then knows
            try:
                known = self._known.get(place)
                if known is not None and now < known[1]:
                    return known[0]
                rules, until = _asked(place, ask, known[0] if known else None, now)
                self._keep(place, rules, until)
                return rules
            finally:
                with self._lock:
                    self._asking.pop(place, None)

    def _keep(self, place: str, rules: Rules, until: datetime) -> None:
        with self._lock:
            self._known[place] = rules, until
            self._known.move_to_end(place)
            while len(self._known) > MOST_HOSTS:
                self._known.popitem(last=False)


def _asked(place: str, ask: Ask, before: Rules | None, now: datetime) -> tuple[Rules, datetime]:
    try:
        return parse(ask(place).body), now + KEPT
    except FetchError as error:
        status = error.status or 0
        if 300 <= status < 500 and status != 429:  # too many redirects count as none, too
            return Rules(), now + KEPT
        wait = max(KEPT_FAILURE, timedelta(seconds=error.retry_after or 0))
        if before is not None and not before.problem:
            return before, now + wait
        return Rules(problem=str(error)), now + min(wait, KEPT)
