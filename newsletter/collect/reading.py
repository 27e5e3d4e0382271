"""Reads one place, whatever its kind, and finds out what kind a place is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from newsletter.collect.discover import discover
from newsletter.collect.entry import Feed
from newsletter.collect.feeds import parse_feed
from newsletter.collect.fetch import FEEDS, PAGES, Fetched, Limits, fetch
from newsletter.collect.folders import read_folder
from newsletter.collect.pages import parse_page
from newsletter.errors import CollectError, ParseError
from newsletter.models import SourceKind

_MOST_FEEDS = 5  # of those that a page names, tried until one can be read
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/|$)")


@dataclass(frozen=True)
class Place:
    """Where to read, and what was known of it the last time."""

    location: str
    kind: SourceKind
    allow_private: bool = False
    etag: str | None = None
    last_modified: str | None = None
    selectors: Mapping[str, str] | None = None  # of a page: see selectors.py
    site: str | None = None  # of which a page was saved, where articles without a link are found


@dataclass(frozen=True)
class Ways:
    """How to read: the limits, our own address for the User-Agent, the site of a folder."""

    now: datetime
    limits: Limits = field(default_factory=Limits)
    base_url: str | None = None
    home_url: str | None = None


@dataclass(frozen=True)
class Reading:
    """What one place gave; `feed` is None where nothing changed since (HTTP 304)."""

    place: Place  # with the validators to send next time, and the address it moved to for good
    feed: Feed | None
    notes: tuple[str, ...] = ()  # what was found out on the way, for people
    missing_links: int = 0  # articles that have no address of their own


def read(place: Place, ways: Ways) -> Reading:
    """What the place holds now. Raises CollectError."""
    return take(place, ask(place, ways), ways)


def ask(place: Place, ways: Ways) -> Fetched | None:
    """The first half of `read`: what the network says; None of a place on this machine."""
    return None if place.kind is SourceKind.FOLDER else _fetch(place, ways)


def take(place: Place, fetched: Fetched | None, ways: Ways) -> Reading:
    """The second half: what it means. Apart, since many wait for the network and few may parse."""
    if fetched is None:
        return Reading(place, read_folder(Path(place.location), base=ways.home_url))
    place = _after(place, fetched)
    if fetched.status == 304:
        return Reading(place, None)
    return Reading(place, _parse(place.kind, fetched))


def find(
    location: str,
    ways: Ways,
    *,
    kind: SourceKind | None = None,
    allow_private: bool = False,
    selectors: Mapping[str, str] | None = None,
    site: str | None = None,
) -> Reading:
    """The best of what is at an address that somebody typed; see `find_all`."""
    return find_all(
        location,
        ways,
        kind=kind,
        allow_private=allow_private,
        selectors=selectors,
        site=site,
    )[0]


def find_all(
    location: str,
    ways: Ways,
    *,
    kind: SourceKind | None = None,
    allow_private: bool = False,
    selectors: Mapping[str, str] | None = None,
    site: str | None = None,
) -> tuple[Reading, ...]:
    """All that can be read at an address that somebody typed, the best first, at least one.

    That is a folder, a feed, or a page and the feeds it names. Without `kind` it is guessed.
    Raises CollectError when nothing can be read there.
    """
    location = location.strip()
    if kind is SourceKind.FOLDER or (kind is None and is_path(location)):
        folder = Path(location.removeprefix("file://")).expanduser()
        return (read(Place(str(folder.absolute()), SourceKind.FOLDER), ways),)
    location = re.sub(r"^feed:(//)?", "", location)
    if "://" not in location and _HOST.match(location):
        location = f"https://{location}"
    place = Place(location, kind or SourceKind.FEED, allow_private, selectors=selectors, site=site)
    if kind is not None:
        return (read(place, ways),)
    fetched = _fetch(place, ways)
    try:
        return (Reading(_after(place, fetched), parse_feed_of(fetched)),)
    except ParseError as error:
        return (_page_or_its_feed(place, fetched, ways, error),)


def _page_or_its_feed(place: Place, fetched: Fetched, ways: Ways, no_feed: ParseError) -> Reading:
    notes: list[str] = []
    links = discover(fetched.body, fetched.url, charset=fetched.charset)
    for link in links[:_MOST_FEEDS]:
        try:
            found = read(Place(link.url, SourceKind.FEED, place.allow_private), ways)
        except CollectError as error:
            notes.append(f"the page names a feed that cannot be read: {error}")
            continue
        others = [other.url for other in links if other.url != link.url]
        notes.append(f"{fetched.url} is a page; it names a feed, which is taken: {link.url}")
        if others:
            notes.append(f"it names other feeds too: {', '.join(others[:_MOST_FEEDS])}")
        return replace(found, notes=tuple(notes))
    place = replace(_after(place, fetched), kind=SourceKind.PAGE)
    try:
        feed = _parse(SourceKind.PAGE, fetched)
    except ParseError as no_page:
        # What begins like a feed is a broken feed; what is a page at all is a page without a list.
        raise (no_page if "web page" in str(no_feed) else no_feed) from no_page
    return Reading(place, feed, tuple(notes))


def parse_feed_of(fetched: Fetched) -> Feed:
    """The feed in what was fetched; raises ParseError."""
    return _parse(SourceKind.FEED, fetched)


def _parse(kind: SourceKind, fetched: Fetched) -> Feed:
    parse = parse_page if kind is SourceKind.PAGE else parse_feed
    return parse(
        fetched.body,
        url=fetched.url,
        content_type=fetched.content_type,
        charset=fetched.charset,
    )


def _fetch(place: Place, ways: Ways) -> Fetched:
    return fetch(
        place.location,
        etag=place.etag,
        last_modified=place.last_modified,
        allow_private=place.allow_private,
        accept=PAGES if place.kind is SourceKind.PAGE else FEEDS,
        limits=ways.limits,
        now=ways.now,
        base_url=ways.base_url,
    )


def _after(place: Place, fetched: Fetched) -> Place:
    unchanged = fetched.status == 304  # which may repeat the validators, or not (RFC 9110 §15.4.5)
    return replace(
        place,
        location=fetched.permanent_url or place.location,
        etag=fetched.etag or (place.etag if unchanged else None),
        last_modified=fetched.last_modified or (place.last_modified if unchanged else None),
    )


def is_path(location: str) -> bool:
    """Whether an address is a folder on this machine."""
    if location.startswith(("/", "./", "../", "~", "file://")) or location in (".", ".."):
        return True
    return "://" not in location and Path(location).is_dir()


def shown(location: str) -> str:
    """A location for people to read: a password in it does not show."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return location
    if "@" not in parts.netloc:
        return location
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
