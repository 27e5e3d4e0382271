"""Reads one place, whatever its kind, and finds out what kind a place is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.collect.barriers import asks_for_password
from newsletter.collect.dates import settled
from newsletter.collect.discover import (
    discover,
    is_comments,
    is_side_feed,
    named_feeds,
    usual_feeds,
)
from newsletter.collect.entry import Feed, url_key
from newsletter.collect.feeds import parse_feed
from newsletter.collect.fetch import Fetched
from newsletter.collect.folders import read_folder
from newsletter.collect.hosts import private_for
from newsletter.collect.linking import link
from newsletter.collect.local import read_file, saved_from
from newsletter.collect.pages import read_page
from newsletter.collect.place import (
    Place,
    Reading,
    Ways,
    address_of,
    after,
    fetched_from,
    is_path,
    path_of,
    shown,
    with_password_of,
)
from newsletter.collect.scripted import needs_script
from newsletter.errors import CollectError, FetchError, ParseError
from newsletter.models import SourceKind

__all__ = [
    "Place",
    "Reading",
    "Ways",
    "ask",
    "find",
    "find_all",
    "is_path",
    "link",
    "parse_feed_of",
    "read",
    "shown",
    "take",
]

_MOST_FEEDS = 6  # of those that a page names, read
_MOST_TOLD = 5
_PATIENCE = 10.0  # seconds for an address that nobody named


def read(place: Place, ways: Ways) -> Reading:
    """What the place holds now, with the links that can be found. Raises CollectError."""
    return link(take(place, ask(place, ways), ways), ways)


def ask(place: Place, ways: Ways) -> Fetched | None:
    """The first third of `read`: what the network or a file says; None of a folder."""
    if place.kind is SourceKind.FOLDER:
        return None
    if is_path(place.location):
        return read_file(path_of(place.location), etag=place.etag, largest=ways.limits.unpacked)
    return fetched_from(place, ways)


def take(place: Place, fetched: Fetched | None, ways: Ways) -> Reading:
    """The second third: what it means. Apart, since many wait for the network and few may parse.

    The last is `link`, which asks the network again, for articles without an address only.
    """
    if fetched is None:
        folder = read_folder(Path(place.location), base=ways.home_url, now=ways.now)
        return Reading(place, _in_zone(folder, ways.zone))
    place = after(place, fetched)
    if fetched.status == 304:
        return Reading(place, None)
    if place.kind is not SourceKind.PAGE:
        return Reading(place, _in_zone(parse_feed_of(fetched), ways.zone))
    return _page(place, fetched, ways)


def _in_zone(feed: Feed, zone: tzinfo) -> Feed:
    """The feed with times of this zone, where they were written without one."""
    entries = (replace(entry, published=settled(entry.published, zone)) for entry in feed.entries)
    return replace(feed, entries=tuple(entries))


def _page(place: Place, fetched: Fetched, ways: Ways) -> Reading:
    body = fetched.body
    if place.site is None and is_path(place.location):
        place = replace(place, site=saved_from(body))
    try:
        page = read_page(
            body,
            url=fetched.url,
            content_type=fetched.content_type,
            charset=fetched.charset,
            selectors=place.selectors,
            site=shown(place.site) if place.site else None,
        )
    except ParseError as error:
        names_feed = named_feeds(body, fetched.url, charset=fetched.charset)
        if not names_feed and asks_for_password(body):
            raise ParseError(
                f"{fetched.url} asks for a password: give an address that everybody may read"
            ) from error
        if names_feed or not needs_script(body, charset=fetched.charset):
            raise
        raise ParseError(
            f"{fetched.url} shows its articles by script only, and no script is run here: "
            "give the address of its feed, or of a page that lists them without one"
        ) from error
    feed = _in_zone(page.feed, ways.zone)
    if "date" not in (place.selectors or {}):
        feed = _not_held(feed, ways.now)
    return Reading(place, feed, matched=page.matched)


def _not_held(feed: Feed, now: datetime) -> Feed:
    """The articles of a page without the one day that stands over several of them, if it is ahead.

    That is the day of an event, of which the articles below need not wait. A page that shows other
    days too groups its articles by them: there, a day ahead is meant.
    """
    dates = [entry.published for entry in feed.entries if entry.published is not None]
    if len(dates) < 2 or len(set(dates)) > 1 or dates[0] <= now:
        return feed
    line = (
        f"{len(dates)} articles stand under one day ahead ({dates[0]:%Y-%m-%d}): taken as undated"
    )
    entries = tuple(replace(entry, published=None) for entry in feed.entries)
    return replace(feed, entries=entries, oddities=(*feed.oddities, line))


def parse_feed_of(fetched: Fetched) -> Feed:
    """The feed in what was fetched; raises ParseError."""
    return parse_feed(
        fetched.body,
        url=fetched.url,
        content_type=fetched.content_type,
        charset=fetched.charset,
    )


# --- what is there ----------------------------------------------------------------------------


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

    That is a folder, a feed, a page or a file of one, or a page and the feeds of its site: those
    that it names, else one at a usual address. Without `kind` it is guessed; `selectors` mean a
    page. Raises CollectError when nothing can be read there.
    """
    location = location.strip()
    if selectors and kind is None:
        kind = SourceKind.PAGE
    if kind is SourceKind.FOLDER or (kind is None and is_path(location)):
        path = path_of(location)
        if kind is SourceKind.FOLDER or path.is_dir():
            return (read(Place(str(path), SourceKind.FOLDER), ways),)
    where = str(path_of(location)) if is_path(location) else address_of(location)
    place = Place(where, kind or SourceKind.FEED, allow_private, selectors=selectors, site=site)
    if kind is not None:
        return (read(place, ways),)
    fetched = ask(place, ways)
    assert fetched is not None
    try:
        return (take(place, fetched, ways),)
    except ParseError as error:
        return _page_and_its_feeds(place, fetched, ways, error)


def _page_and_its_feeds(
    place: Place, fetched: Fetched, ways: Ways, no_feed: ParseError
) -> tuple[Reading, ...]:
    as_page = replace(after(place, fetched), kind=SourceKind.PAGE)
    page: Reading | None = None
    no_page: ParseError | None = None
    try:
        page = _page(as_page, fetched, ways)
    except ParseError as error:
        no_page = error
    notes: list[str] = []
    found: list[tuple[Reading, str]] = []
    guessed: list[tuple[Reading, str]] = []
    if not is_path(place.location) and (page is not None or "web page" in str(no_feed)):
        found = _named(place, fetched, ways, notes)
        if not any(reading.feed and reading.feed.entries for reading, _ in found):
            guessed = _at_usual_addresses(place, fetched, ways, notes)
    if page is not None:
        page = link(page, ways)
        found.append((page, ""))
    found += guessed
    if not found:
        # What begins like a feed is a broken feed; what is a page at all is a page without a list.
        raise (no_page if no_page and _is_page(fetched, no_feed) else no_feed) from no_page
    ranked = sorted(found, key=lambda pair: _rank(pair, fetched.url))
    readings = [reading for reading, _ in ranked]
    if page is not None and guessed and not _is_feed_of(guessed[0][0], page, fetched.url):
        readings.remove(page)
        readings.insert(0, page)
        notes.append(
            "that feed lists other articles, perhaps of others on this host: the page is taken"
        )
    return _with_notes(_different(readings), fetched.url, notes)


def _is_page(fetched: Fetched, no_feed: ParseError) -> bool:
    return "web page" in str(no_feed) or fetched.content_type == "text/plain"


def _named(
    place: Place, fetched: Fetched, ways: Ways, notes: list[str]
) -> list[tuple[Reading, str]]:
    """The feeds that a page names and that can be read, with their titles there."""
    found = []
    for named in discover(fetched.body, fetched.url, charset=fetched.charset)[:_MOST_FEEDS]:
        try:
            address = with_password_of(place.location, named.url)
            reading = read(Place(address, SourceKind.FEED, private_for(address, place)), ways)
        except CollectError as error:
            notes.append(f"the page names a feed that cannot be read: {error}")
            continue
        found.append((reading, named.title))
    return found


def _at_usual_addresses(
    place: Place, fetched: Fetched, ways: Ways, notes: list[str]
) -> list[tuple[Reading, str]]:
    """The first feed with articles that stands where sites have one without saying so."""
    limits = replace(ways.limits, total=min(_PATIENCE, ways.limits.total))
    how = replace(ways, limits=limits)
    for address in usual_feeds(fetched.url, fetched.body):
        try:
            asked = with_password_of(place.location, address)
            reading = read(Place(asked, SourceKind.FEED, private_for(asked, place)), how)
        except FetchError as error:
            if error.status in (None, 429, 503):
                break  # it does not answer any more, or has enough
            continue
        except CollectError:
            continue
        if reading.feed is not None and reading.feed.entries:
            notes.append(f"{fetched.url} is a page that names no feed; there is one: {address}")
            return [(reading, "")]
    return []


def _is_feed_of(guessed: Reading, page: Reading, url: str) -> bool:
    """Whether a feed that nobody named is that of the page, and not of others on its host: it calls
    the page its home, or lists one of its articles."""
    if guessed.feed is None or page.feed is None:
        return False
    if guessed.feed.home and url_key(guessed.feed.home) == url_key(url):
        return True
    listed = {url_key(entry.url) for entry in page.feed.entries if entry.url}
    return any(entry.url and url_key(entry.url) in listed for entry in guessed.feed.entries)


def _rank(found: tuple[Reading, str], page: str) -> tuple[int, int]:
    """Feeds of articles, then the page itself, then feeds of comments and parts, then empty ones.

    A feed of a part is the best one where that part is what was asked for.
    """
    reading, title = found
    entries = reading.feed.entries if reading.feed else ()
    location = shown(reading.place.location)
    if not entries:
        return 3, 0
    if reading.place.kind is SourceKind.PAGE:
        return 1, 0
    part = urlsplit(page).path.rstrip("/")
    if is_comments(location, title):
        return 2, 1
    if part and urlsplit(location).path.startswith(part + "/"):
        return 0, 0
    return (2, 0) if is_side_feed(location, title) else (0, 1)


def _different(readings: list[Reading]) -> list[Reading]:
    """The readings without those that list the same as another: of these, what tells most."""
    kept: dict[object, Reading] = {}
    for number, reading in enumerate(readings):
        entries = reading.feed.entries if reading.feed else ()
        is_page = reading.place.kind is SourceKind.PAGE
        key: object = frozenset(url_key(e.url or e.title) for e in entries)
        if not entries or is_page:
            key = number
        other = kept.get(key)
        if other is None or _text_in(reading) > _text_in(other):
            kept[key] = reading
    return list(kept.values())


def _text_in(reading: Reading) -> int:
    entries = reading.feed.entries if reading.feed else ()
    return sum(len(e.summary_html) + len(e.content_html) for e in entries)


def _with_notes(readings: list[Reading], page: str, notes: list[str]) -> tuple[Reading, ...]:
    """What was found out on the way, told with the best of them."""
    best, *others = readings
    told = list(notes)
    is_guessed = any("there is one" in note for note in notes)
    if best.place.kind is SourceKind.FEED and not is_guessed:
        told.append(
            f"{page} is a page; it names a feed, which is taken: {shown(best.place.location)}"
        )
    feeds = [shown(r.place.location) for r in others if r.place.kind is SourceKind.FEED]
    if feeds and not is_guessed:
        told.append(f"it names other feeds too: {', '.join(feeds[:_MOST_TOLD])}")
    return (replace(best, notes=(*best.notes, *told)), *others)
