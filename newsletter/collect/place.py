"""A place to read, how it is read, and what reading it gave."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

from newsletter.collect.entry import Feed
from newsletter.collect.fetch import FEEDS, PAGES, Fetched, Limits, fetch
from newsletter.collect.hosts import private_for
from newsletter.models import SourceKind

_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/|$)")
_SCHEME = re.compile(r"(?:feed:)?(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//|feed:")
_NO_PASSWORD = re.compile(
    r"[^:]*|(?:localhost|[\w.-]+\.[\w-]+|\[[^\]]*\]):\d*"
)  # a host and its port
_WRITTEN_PATH = ("/", "./", "../", "~", "file://")
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
    """How to read: the limits, our own address for the User-Agent, the site of a folder, and the
    zone of times that are written without one."""

    now: datetime
    limits: Limits = field(default_factory=Limits)
    base_url: str | None = None
    home_url: str | None = None
    zone: tzinfo = UTC


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
        allow_private=place.allow_private and _stays(fetched.permanent_url, place),
        etag=fetched.etag or (place.etag if unchanged else None),
        last_modified=fetched.last_modified or (place.last_modified if unchanged else None),
        body_hash=fetched.body_hash or (place.body_hash if unchanged else None),
    )


def _stays(moved_to: str | None, place: Place) -> bool:
    """Whether it is still on a host that somebody named, which alone may be a private one."""
    return moved_to is None or private_for(moved_to, place)


def is_path(location: str) -> bool:
    """Whether an address is a folder or a file on this machine.

    What looks like a host is one, even beside a folder of this name: that is written ./NAME.
    """
    if location.startswith(_WRITTEN_PATH) or location in (".", ".."):
        return True
    if "://" in location or not location:  # an empty path is the folder that we are in
        return False
    path = Path(location)
    is_saved = path.suffix.lower() in _SAVED and path.is_file()
    if _HOST.match(location):
        return is_saved and path.name == location  # no host ends in .txt or .html
    return is_saved or path.is_dir()


def path_of(location: str) -> Path:
    """The path in an address that `is_path` knows; absolute, and one for each folder."""
    written = Path(location.removeprefix("file://")).expanduser()
    return Path(os.path.normpath(written.absolute()))  # symbolic links stay, as deployments use


def address_of(location: str) -> str:
    """An address as somebody typed it, with its scheme."""
    location = re.sub(r"^feed:(//)?", "", location)
    return f"https://{location}" if "://" not in location and _HOST.match(location) else location


def shown(location: str) -> str:
    """A location for people to read: a password in it does not show, even in a broken address."""
    if "@" not in location or location.startswith(_WRITTEN_PATH):
        return location
    match = _SCHEME.match(location)
    scheme = match[0] if match else ""
    rest = location[len(scheme) :]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    if _NO_PASSWORD.fullmatch(host):
        return scheme + rest[len(authority) - len(host) :]
    return scheme + rest.rpartition("@")[2]  # a slash in the password ended the host too early


def with_password_of(location: str, address: str) -> str:
    """An address with the name and password in `location`, if it is of the same scheme, host and
    port; what has a name of its own, or is of another server, as it is."""
    try:
        known, asked = urlsplit(location), urlsplit(address)
        is_same = _origin(known) == _origin(asked)
    except ValueError:
        return address
    if "@" not in known.netloc or "@" in asked.netloc or not is_same:
        return address
    user = known.netloc.rpartition("@")[0]
    return urlunsplit(asked._replace(netloc=f"{user}@{asked.netloc}"))


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
