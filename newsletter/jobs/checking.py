"""Says in plain words what is at a source, what would be taken of it, and what is odd."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsletter.collect.entry import Feed
from newsletter.collect.place import Reading, is_path, shown
from newsletter.collect.selectors import written
from newsletter.compose.content import ArticleView
from newsletter.errors import CollectError, Refused
from newsletter.installation import Installation
from newsletter.jobs.findings import Context, Finding, feed_named, odd
from newsletter.jobs.fitting import kind_meant, kind_read, require_fit
from newsletter.jobs.health import advice_on
from newsletter.jobs.overseeing import show_source, with_lists
from newsletter.jobs.places import (
    kind_of,
    no_such_source,
    place_of,
    read_as,
    source_at,
    source_named,
    ways,
)
from newsletter.jobs.rehearsing import Fate, Item, rehearse
from newsletter.jobs.sources import find_at
from newsletter.jobs.telling_sources import (
    Found,
    found_of,
    shared_by,
    what_it_holds,
    what_it_is,
    what_selectors_find,
    what_would_be,
)
from newsletter.jobs.trying_pages import try_pages
from newsletter.models import Source, SourceKind
from subscribers.lists import find_lists
from subscribers.models import ExcerptStyle

__all__ = ["Found", "Item", "SourceReport", "check_source", "chosen_of", "found_at", "report_on"]

_MOST_HELD = 5  # articles held back that are named


@dataclass(frozen=True)
class SourceReport:
    """What was found at a source or an address, in plain words; nothing was changed."""

    source: str | None  # its name; None where the address is no source yet
    kind: SourceKind
    location: str  # without a password
    title: str
    language: str | None
    found: tuple[Found, ...]  # all that is there, the best first
    taken: int  # the place in `found` of what is told of here
    notes: tuple[str, ...]  # what was found out on the way to it
    lines: tuple[str, ...]
    items: tuple[Item, ...]  # its articles, in its order
    matched: Mapping[str, int]  # elements that each selector finds
    sample: ArticleView | None  # the first to come on offer, as a reader would see it
    oddities: tuple[Finding, ...]
    next: str  # the command that makes use of it

    @property
    def offered(self) -> int:
        """How many articles the next collection would put on offer."""
        return sum(item.fate in (Fate.OFFERED, Fate.WAITS) for item in self.items)


def check_source(
    inst: Installation,
    name_or_location: str,
    *,
    now: datetime,
    kind: SourceKind | str | None = None,
    selectors: str | None = None,
    site: str | None = None,
    read_articles: bool | None = None,
    allow_private: bool = False,
    take: int = 1,
) -> SourceReport:
    """What is at a source, or at an address that is none yet, and what would be taken of it.

    `kind`, `selectors`, `site` and `read_articles` are tried as if the source had them; of several
    things at an address, that of the number `take` is told of. Changes nothing. Raises
    CollectError when it cannot be read, NotFound for a name that is none, Refused.
    """
    with inst.database.read() as session:
        source = source_named(session, name_or_location) or source_at(session, name_or_location)
    if source is not None and source.kind is SourceKind.MANUAL:
        raise Refused(f"source '{source.name}' holds what was added by hand: nothing to read")
    if source is not None:
        before = replace(place_of(source), etag=None, last_modified=None, body_hash=None)
        if allow_private:
            before = replace(before, allow_private=True)
        how, wanted = ways(inst, now), kind_of(kind)
        require_fit(
            *kind_meant(source, wanted),
            selectors=selectors,
            site=site,
            read_articles=read_articles,
        )
        readings: tuple[Reading, ...]
        try:
            readings = (read_as(before, how, kind=wanted, selectors=selectors, site=site),)
        except CollectError as error:
            if any(tried is not None for tried in (wanted, selectors, site)):
                raise
            said = advice_on(str(error), source, now, inst.config.site.timezone)
            raise CollectError(str(said)) from error
    elif re.search(r"[./~]", name_or_location):
        readings = find_at(
            inst,
            name_or_location,
            kind=kind,
            selectors=selectors,
            site=site,
            allow_private=allow_private,
            now=now,
        )
    else:
        raise no_such_source(name_or_location)
    require_fit(*kind_read(chosen_of(readings, take)), read_articles=read_articles)
    return report_on(inst, readings, take=take, source=source, read_articles=read_articles, now=now)


def report_on(
    inst: Installation,
    readings: Sequence[Reading],
    *,
    take: int = 1,
    source: Source | None = None,
    slug: str | None = None,
    read_articles: bool | None = None,
    now: datetime,
) -> SourceReport:
    """The report on one of several readings of an address; changes nothing.

    `source` is the one that was read, if it is one; else it is told what a source that offers to
    the list `slug` would do. Raises Refused where there are not so many, UnknownList.
    """
    reading = chosen_of(readings, take)
    source = _loaded(inst, source, reading)
    feed = reading.feed or Feed("", None, None, ())
    reads_pages = bool(source and source.read_articles) if read_articles is None else read_articles
    whole = _of_whole_texts(source)
    pages = try_pages(
        ways(inst, now),
        feed.entries,
        named=reading.place,
        reads=reads_pages,
        whole=bool(whole),
    )
    trial = rehearse(
        inst,
        reading.place,
        feed,
        source_id=source.id if source is not None else None,
        slug=slug,
        pages=pages.texts,
        now=now,
    )
    beside = _beside(inst, reading, feed, source)
    context = replace(
        _context(inst, reading, source, reads_pages, pages.closed, now), page_read=bool(beside)
    )
    oddities = [*odd(feed, trial.stored.oddities, context), *pages.findings]
    lines = [
        *what_it_is(reading, feed, now, inst.config.site.timezone),
        *_moved(reading, source),
        *what_selectors_find(reading),
        *what_it_holds(feed),
        *pages.lines,
        *what_would_be(trial),
        *beside,
        *shared_by(trial.items),
        *_what_is_held(inst, source, now),
    ]
    return SourceReport(
        source=source.name if source is not None else None,
        kind=reading.place.kind,
        location=shown(reading.place.location),
        title=feed.title,
        language=feed.language,
        found=found_at(inst, readings, now),
        taken=take - 1,
        notes=reading.notes,
        lines=tuple(lines),
        items=trial.items,
        matched=reading.matched,
        sample=trial.sample,
        oddities=tuple(dict.fromkeys(oddities)),
        next=_next(inst, reading, source, slug, reads_pages, chosen=len(readings) > 1),
    )


def found_at(inst: Installation, readings: Sequence[Reading], now: datetime) -> tuple[Found, ...]:
    """What there is to say of each of several readings, and which are sources already."""
    with inst.database.read() as session:
        known = [source_at(session, one.place.location) for one in readings]
        names = [source.name if source else "" for source in known]
    return tuple(found_of(one, now, known=name) for one, name in zip(readings, names, strict=True))


def chosen_of(readings: Sequence[Reading], take: int) -> Reading:
    """That of this number, from 1. Raises Refused where there are not so many."""
    if not 1 <= take <= len(readings):
        there = "one thing" if len(readings) == 1 else f"{len(readings)} things"
        raise Refused(f"there is no number {take}: {there} can be read at this address")
    return readings[take - 1]


def _loaded(inst: Installation, source: Source | None, reading: Reading) -> Source | None:
    """The source with its lists; that at the address that was found, where none was named."""
    with inst.database.read() as session:
        if source is None:
            source = source_at(session, reading.place.location)
        if source is None:
            return None
        return session.get_one(Source, source.id, options=[with_lists()], populate_existing=True)


def _of_whole_texts(source: Source | None) -> tuple[str, ...]:
    """The lists it offers to that show all of an article."""
    mlists = [entry.mlist for entry in (source.feeds if source else ())]
    return tuple(m.slug for m in mlists if m.excerpt_style is ExcerptStyle.FULL)


def _context(
    inst: Installation,
    reading: Reading,
    source: Source | None,
    reads_pages: bool,
    pages_closed: bool,
    now: datetime,
) -> Context:
    return Context(
        now=now,
        kind=reading.place.kind,
        name=source.name if source is not None else None,
        read_articles=reads_pages,
        pages_closed=pages_closed,
        selectors=bool(reading.place.selectors),
        by_lines=reading.place.location.endswith((".txt", ".text")),
        every=timedelta(minutes=inst.config.collecting.every_minutes),
        public=inst.config.is_public,
        whole=_of_whole_texts(source),
        lists=tuple((e.mlist.slug, e.mlist.language) for e in (source.feeds if source else ())),
        links_told=reading.missing_links > 0,
        local=is_path(reading.place.location),
        timezone=inst.config.site.timezone,
    )


def _beside(inst: Installation, reading: Reading, feed: Feed, source: Source | None) -> list[str]:
    """The source that reads the page of this feed, or the feed of this page, if there is one."""
    if reading.place.kind is SourceKind.FEED:
        addresses, what = [feed.home], "the page of this feed"
    else:
        addresses, what = [feed_named(line) for line in feed.oddities], "the feed of this page"
    with inst.database.read() as session:
        others = [source_at(session, address) for address in addresses if address]
    return [
        f"source '{other.name}' reads {what} already: what both show goes out once"
        for other in others
        if other is not None
        and (source is None or other.id != source.id)
        and (other.kind is SourceKind.PAGE) == (reading.place.kind is SourceKind.FEED)
    ]


def _what_is_held(inst: Installation, source: Source | None, now: datetime) -> list[str]:
    if source is None:
        return []
    detail = show_source(inst, source.name, last=_MOST_HELD, now=now)
    where = f" --list {detail.row.lists[0]}" if detail.row.lists else ""
    return [
        f"held back, since it is gone from the source: '{article.title}' (article {article.id}; "
        f"to take it all the same: 'newsletter article pin {article.id}{where}')"
        for article in detail.held
    ]


def _moved(reading: Reading, source: Source | None) -> list[str]:
    if source is None or reading.place.location == source.location:
        return []
    return [
        f"moved for good from {shown(source.location)} to {shown(reading.place.location)}: "
        "the next collection follows it"
    ]


def _next(
    inst: Installation,
    reading: Reading,
    source: Source | None,
    slug: str | None,
    reads_pages: bool,
    *,
    chosen: bool,
) -> str:
    """The exact command; `chosen`: of several things at the address, where a feed would be taken
    unless told otherwise."""
    place = reading.place
    options = []
    if place.selectors and (source is None or source.selectors != dict(place.selectors)):
        options += ["--selectors", shlex.quote(written(place.selectors))]
    if place.site and (source is None or source.site != place.site):
        options += ["--site", shlex.quote(shown(place.site))]
    if reads_pages and not (source is not None and source.read_articles):
        options.append("--read-articles")
    if source is not None:
        if source.kind is not place.kind and not place.selectors:
            options += ["--kind", place.kind.value]
        if options:
            return " ".join(["newsletter source edit", source.name, *options])
        return f"newsletter collect {source.name}"
    if slug is None:
        with inst.database.read() as session:
            slugs = [mlist.slug for mlist in find_lists(session)]
        slug = slugs[0] if len(slugs) == 1 else "SLUG"
    if place.kind is SourceKind.PAGE and not place.selectors and chosen:
        options += ["--kind", "page"]
    if place.allow_private:
        options.append("--allow-private")
    location = shlex.quote(shown(place.location))
    return " ".join(["newsletter source add", location, "--list", slug, *options])
