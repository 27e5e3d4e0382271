"""Finds the addresses of articles that a page lists without a link.

The page's site is asked: for its feed first, then for its sitemap, then for what its front page
links to; what is found nowhere leads to the site itself, which is an address for readers and no
identity of an article.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from time import monotonic
from urllib.parse import urljoin, urlsplit

from newsletter.collect.discover import discover, is_side_feed, usual_feeds
from newsletter.collect.entry import Entry, content_hash, url_key
from newsletter.collect.feeds import parse_feed
from newsletter.collect.fetch import Fetched
from newsletter.collect.frontpage import linked_on
from newsletter.collect.hosts import private_for
from newsletter.collect.lookup import Known, find_links, once
from newsletter.collect.place import (
    Place,
    Reading,
    Ways,
    fetched_from,
    is_path,
    shown,
    with_password_of,
)
from newsletter.collect.sitemap import parse_sitemap, sitemaps_in_robots
from newsletter.errors import CollectError, FetchError
from newsletter.models import SourceKind

_MOST_FEEDS = 4  # tried until one can be read
_MOST_SITEMAPS = 8  # files read
_USUAL_SITEMAPS = ("/sitemap.xml", "/wp-sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml")
_PATIENCE = 10.0  # seconds for each of these, at most
_LONGEST = 30.0  # seconds after which nothing more is asked


def link(reading: Reading, ways: Ways) -> Reading:
    """The same reading with addresses for the articles that lacked one, and those counted that
    have none of their own.

    What lacks links is read in full the next time, since the site may know more by then.
    """
    feed = reading.feed
    if feed is None or reading.place.kind is not SourceKind.PAGE:
        return reading
    bare = [entry for entry in feed.entries if entry.url is None]
    if not bare:
        return reading
    place = reading.place
    site = place.site or (None if is_path(place.location) else place.location)
    home = shown(site) if site is not None else None  # no reader is given the password
    troubles: list[str] = []
    found: dict[str, str] = {}
    if site is not None:
        asked = _Site(site, place, ways, troubles)
        linked = frozenset(url_key(entry.url) for entry in feed.entries if entry.url)
        found = _found(_titles(bare), linked, asked)
    entries = tuple(_linked(entry, found, home) for entry in feed.entries)
    missing = sum(entry.title not in found for entry in bare)
    oddities = [*feed.oddities, *_told(missing, len(entries), home, troubles)]
    if missing:
        place = replace(place, etag=None, last_modified=None, body_hash=None)
    feed = replace(
        feed,
        home=home or feed.home,
        entries=entries,
        oddities=tuple(oddities),
        bare=missing if home else 0,
    )
    return replace(reading, place=place, feed=feed, missing_links=missing)


def _titles(bare: list[Entry]) -> list[str]:
    """Their titles; one of several articles as often as these differ."""
    return [title for title, _ in dict.fromkeys((e.title, content_hash(e)) for e in bare)]


def _found(titles: list[str], linked: frozenset[str], site: _Site) -> dict[str, str]:
    """The addresses of titles that stand once; none that another article of the page has."""
    found: dict[str, str] = {}
    wanted = once(titles)
    for ask in (site.feed, site.sitemap, site.front_page):
        rest = [title for title in wanted if title not in found]
        if rest:
            found |= find_links(
                rest, (known for known in ask() if url_key(known.url) not in linked)
            )
    return found


def _linked(entry: Entry, found: dict[str, str], home: str | None) -> Entry:
    return replace(entry, url=found.get(entry.title, home)) if entry.url is None else entry


def _told(missing: int, of: int, home: str | None, troubles: list[str]) -> list[str]:
    if not missing:
        return []
    if home is None:
        return [f"{missing} of {of} articles have no link: say which site they are from (--site)"]
    why = f" ({'; '.join(troubles[:2])})" if troubles else ""
    return [
        f"{missing} of {of} articles have no link of their own, and none is found in the feed, in "
        f"the sitemap or on the front page of {home}: they lead there{why}"
    ]


class _Site:
    """What a site tells of its pages; a password in its address goes to that server only."""

    def __init__(self, site: str, place: Place, ways: Ways, troubles: list[str]) -> None:
        self._site = site
        self._place = place
        limits = replace(ways.limits, total=min(_PATIENCE, ways.limits.total))
        self._ways = replace(ways, limits=limits)
        self._troubles = troubles
        self._until = monotonic() + _LONGEST
        self._is_dead = False  # it does not answer, or has enough: nothing more is asked

    def feed(self) -> list[Known]:
        """The titles and addresses in its feed; none where it has no feed."""
        front = self._front
        if front is None:
            return []
        at_once = self._entries(front)
        if at_once:
            return at_once
        body, url = front.body, front.url
        named = [k for k in discover(body, url) if not is_side_feed(k.url, k.title)]
        for address in [k.url for k in named[:_MOST_FEEDS]] or usual_feeds(url, body):
            got = self._get(address, SourceKind.FEED, quiet=not named)
            entries = self._entries(got) if got else []
            if entries:
                return entries
        return []

    @cached_property
    def _front(self) -> Fetched | None:
        return self._get(self._site, SourceKind.PAGE)

    def _entries(self, fetched: Fetched) -> list[Known]:
        try:
            feed = parse_feed(fetched.body, url=fetched.url)
        except CollectError:
            return []
        return [Known(entry.title, entry.url) for entry in feed.entries if entry.url]

    def sitemap(self) -> Iterator[Known]:
        """The pages in its sitemaps, which name their titles where they are of news."""
        robots = self._get(urljoin(self._site, "/robots.txt"), SourceKind.FEED, quiet=True)
        named = sitemaps_in_robots(robots.body, url=robots.url) if robots else ()
        waiting = list(named) or [urljoin(self._site, path) for path in _USUAL_SITEMAPS]
        seen: set[str] = set()
        read = 0
        while waiting and read < _MOST_SITEMAPS and not self._is_dead:
            address = waiting.pop(0)
            if address in seen or not _same_site(address, self._site):
                continue
            seen.add(address)
            read += 1
            got = self._get(address, SourceKind.FEED, quiet=not named)
            if got is None:
                continue
            sitemap = parse_sitemap(got.body, url=got.url)
            if not named and (sitemap.pages or sitemap.sitemaps):
                waiting.clear()  # one of the usual names is enough
            waiting[:0] = sitemap.sitemaps
            for page in sitemap.pages:
                yield Known(page.title, page.url)

    def front_page(self) -> list[Known]:
        """The pages of its own that its front page links to, by the words of the links."""
        front = self._front
        if front is None:
            return []
        known = linked_on(front.body, front.url, charset=front.charset)
        return [page for page in known if _same_site(page.url, front.url)]

    def _get(self, address: str, kind: SourceKind, *, quiet: bool = False) -> Fetched | None:
        if self._is_dead or monotonic() > self._until:
            return None
        try:
            asked = with_password_of(self._site, address)
            return fetched_from(Place(asked, kind, private_for(asked, self._place)), self._ways)
        except FetchError as error:
            self._is_dead = error.status in (None, 429, 503)
            if self._is_dead or not quiet:
                self._troubles.append(str(error))
            return None


def _same_site(address: str, site: str) -> bool:
    one, other = urlsplit(address).hostname or "", urlsplit(site).hostname or ""
    return one.removeprefix("www.") == other.removeprefix("www.")
