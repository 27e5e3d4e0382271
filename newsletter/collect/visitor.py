"""Asks for many articles' pages at once: several hosts side by side, each politely in turn.

A host that does not answer, or asks for patience, is let be for the rest of the visit.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from time import monotonic

from newsletter.collect.articlepage import ArticlePage, parse_article_page
from newsletter.collect.dates import settled
from newsletter.collect.hosts import host_of
from newsletter.collect.polite import Disallowed, Polite
from newsletter.errors import CollectError, FetchError

log = logging.getLogger(__name__)

AT_ONCE = 8  # hosts
LONGEST = 90.0  # seconds of a visit after which no more page is asked for
_PARSING = threading.BoundedSemaphore(2)  # many wait for the network, and few pages are in memory
_MOST_SILENCES = 2  # pages in a row that a host did not answer, after which it is let be


@dataclass(frozen=True)
class Wanted:
    """A page to ask for: that of an article called `title`."""

    article: int  # its id
    source: int  # the id of the source that it is asked for
    url: str
    title: str
    allow_private: bool = False
    vanished: bool = False  # its source lists it no more: is its page still there?


@dataclass(frozen=True)
class Answered:
    """What came of one page: itself, or why there is none; neither where it was not asked for."""

    wanted: Wanted
    page: ArticlePage | None = None
    problem: str = ""


def ask_for(
    pages: Sequence[Wanted], polite: Polite, *, longest: float = LONGEST
) -> Iterator[Answered]:
    """What came of each page, in no order; a host's own pages are asked for in the order given."""
    by_host: dict[str, list[Wanted]] = {}
    for wanted in pages:
        by_host.setdefault(host_of(wanted.url), []).append(wanted)
    visit = _Visit(list(by_host.values()), polite, monotonic() + longest)
    try:
        for _ in by_host:
            yield from visit.next()
    finally:
        visit.is_over = True


class _Visit:
    """The threads of one visit. Daemons: nobody who stops the program waits for a server."""

    def __init__(self, hosts: list[list[Wanted]], polite: Polite, until: float) -> None:
        self.is_over = False  # nobody takes what comes
        self._polite = polite
        self._until = until
        self._hosts: SimpleQueue[list[Wanted] | None] = SimpleQueue()
        self._came: SimpleQueue[list[Answered]] = SimpleQueue()
        at_once = min(AT_ONCE, len(hosts))
        for pages in (*hosts, *[None] * at_once):
            self._hosts.put(pages)
        for _ in range(at_once):
            threading.Thread(target=self._ask, name="visit", daemon=True).start()

    def next(self) -> list[Answered]:
        """What came of the next host that is done with."""
        return self._came.get()

    def _ask(self) -> None:
        while (pages := self._hosts.get()) is not None and not self.is_over:
            self._came.put(list(self._ask_host(pages)))

    def _ask_host(self, pages: list[Wanted]) -> Iterator[Answered]:
        silences = 0
        for wanted in pages:
            if self.is_over or monotonic() > self._until or silences >= _MOST_SILENCES:
                yield Answered(wanted)
                continue
            try:
                page = read_page(
                    self._polite,
                    wanted.url,
                    title=wanted.title,
                    allow_private=wanted.allow_private,
                )
                yield Answered(wanted, page)
                silences = 0
            except CollectError as error:
                yield Answered(wanted, problem=str(error))
                silences = _silences(error, silences)
            except Exception as error:  # a page that we stumble on spoils no other
                log.exception("page %s", wanted.url)
                problem = f"a fault of ours: {type(error).__name__} (see the log, and report it)"
                yield Answered(wanted, problem=problem)


def _silences(error: CollectError, before: int) -> int:
    """How often in a row the host has not answered; one that asks for patience gets it at once."""
    if isinstance(error, Disallowed) or not isinstance(error, FetchError):
        return before if isinstance(error, Disallowed) else 0
    if error.status in (429, 503):
        return _MOST_SILENCES
    return before + 1 if error.status is None else 0


def read_page(polite: Polite, url: str, *, title: str, allow_private: bool) -> ArticlePage:
    """The page of the article called `title` at `url`. Raises FetchError, ParseError."""
    fetched = polite.get(url, allow_private=allow_private)
    with _PARSING:
        page = parse_article_page(
            fetched.body,
            url=fetched.url,
            asked=url,
            title=title,
            content_type=fetched.content_type,
            charset=fetched.charset,
            language=fetched.language,
            links=fetched.links,
        )
    return replace(page, published=settled(page.published, polite.ways.zone))
