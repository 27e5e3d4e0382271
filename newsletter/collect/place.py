"""A place to read, how it is read, and what reading it gave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from newsletter.collect.entry import Feed
from newsletter.collect.fetch import FEEDS, PAGES, Fetched, Limits, fetch
from newsletter.models import SourceKind

_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/|$)")
_SAVED = (".txt", ".text", ".html", ".htm", ".xhtml", ".xml", ".rss", ".atom", ".json")


@dataclass(frozen=True)
class Place:
    """Where to read, and what was known of it the last time."""

    location: str  # an address, or the path of a folder or a file
    kind: SourceKind
    allow_private: bool = False
    etag: str | None = None
    last_modified: str | None = None
    selectors: Mapping[str, str] | None = None  # of a page: see selectors.py
    site: str | None = None  # of which a page was saved, where articles without a link are found
    body_hash: str | None = None  # of the last answer: many servers never say that nothing changed


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
    matched: Mapping[str, int] = field(default_factory=dict)  # elements, by selector


def fetched_from(place: Place, ways: Ways) -> Fetched:
    """What the network says of a place. Raises FetchError."""
    return fetch(
        place.location,
        etag=place.etag,
        last_modified=place.last_modified,
        body_hash=place.body_hash,
        allow_private=place.allow_private,
        accept=PAGES if place.kind is SourceKind.PAGE else FEEDS,
        limits=ways.limits,
        now=ways.now,
        base_url=ways.base_url,
    )


def after(place: Place, fetched: Fetched) -> Place:
    """The place as it is to be asked the next time."""
    unchanged = fetched.status == 304  # which may repeat the validators, or not (RFC 9110 §15.4.5)
    return replace(
        place,
        location=fetched.permanent_url or place.location,
        etag=fetched.etag or (place.etag if unchanged else None),
        last_modified=fetched.last_modified or (place.last_modified if unchanged else None),
        body_hash=fetched.body_hash or (place.body_hash if unchanged else None),
    )


def is_path(location: str) -> bool:
    """Whether an address is a folder or a file on this machine."""
    if location.startswith(("/", "./", "../", "~", "file://")) or location in (".", ".."):
        return True
    if "://" in location:
        return False
    path = Path(location)
    return path.is_dir() or (path.suffix.lower() in _SAVED and path.is_file())


def path_of(location: str) -> Path:
    """The path in an address that `is_path` knows; absolute."""
    return Path(location.removeprefix("file://")).expanduser().absolute()


def address_of(location: str) -> str:
    """An address as somebody typed it, with its scheme."""
    location = re.sub(r"^feed:(//)?", "", location)
    return f"https://{location}" if "://" not in location and _HOST.match(location) else location


def shown(location: str) -> str:
    """A location for people to read: a password in it does not show."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return location
    if "@" not in parts.netloc:
        return location
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
