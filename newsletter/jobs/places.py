"""How the sources of an installation are found and read, for the verbs that do so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.entry import url_key
from newsletter.collect.fetch import Limits
from newsletter.collect.markup import absolute
from newsletter.collect.place import Place, Reading, Ways, address_of, is_path, path_of, shown
from newsletter.collect.reading import find_all
from newsletter.collect.selectors import parse, written
from newsletter.errors import NotFound, ParseError, Refused
from newsletter.installation import Installation
from newsletter.jobs.fitting import NOTHING, kind_read, require_fit, require_place, require_selected
from newsletter.models import Source, SourceKind

__all__ = [
    "kind_of",
    "no_such_source",
    "place_of",
    "read_as",
    "selectors_as_written",
    "selectors_of",
    "shown",
    "site_of",
    "source_at",
    "source_named",
    "ways",
]


def ways(inst: Installation, now: datetime) -> Ways:
    """How this installation reads its sources."""
    config = inst.config
    limits = Limits(
        connect=min(10.0, config.collecting.timeout_seconds),
        total=config.collecting.timeout_seconds,
        transferred=config.collecting.max_bytes,
        unpacked=config.collecting.max_bytes,
    )
    return Ways(
        now,
        limits,
        config.base_url if config.is_public else None,
        config.site.home_url,
        ZoneInfo(config.site.timezone),
    )


def place_of(source: Source) -> Place:
    """Where a source is read; what was never stored is asked for in full."""
    known = source.first_read_at is not None
    return Place(
        source.location,
        source.kind,
        source.allow_private,
        source.etag if known else None,
        source.last_modified if known else None,
        source.selectors,
        source.site,
        source.body_hash if known else None,
    )


def kind_of(kind: SourceKind | str | None) -> SourceKind | None:
    """The kind that somebody asked for. Raises Refused for a word that is none."""
    if kind is None:
        return None
    if kind not in (SourceKind.FEED, SourceKind.PAGE, SourceKind.FOLDER):
        raise Refused(f"kind {str(kind)!r}: expected feed, page or folder")
    return SourceKind(kind)


def selectors_as_written(selectors: Mapping[str, str] | None) -> str:
    """The selectors as an editor writes them; "" for none."""
    return written(selectors) if selectors else ""


def selectors_of(text: str | None) -> Mapping[str, str] | None:
    """The selectors in what somebody wrote, "article=.teaser; title=h2"; "-" and "" are none.

    Raises InvalidSelectors.
    """
    return None if text is None or text in NOTHING else parse(text)


def site_of(written: str | None) -> str | None:
    """The address of the site of which a page was saved, as somebody wrote it; "-" and "" are none.

    Raises Refused.
    """
    if written is None or written in NOTHING:
        return None
    site = absolute(None, written if "://" in written else f"https://{written}")
    if site is None or any(c.isspace() for c in written.strip()):
        raise Refused(
            f"site '{shown(written)}': expected an address such as https://www.valmont.example"
        )
    return site


def source_named(session: Session, name: str) -> Source | None:
    """The source of this name."""
    return session.scalar(sa.select(Source).where(Source.name == name))


def source_at(session: Session, location: str) -> Source | None:
    """The source at this address, however it is written: scheme and last slash do not count."""
    wanted = location.strip()
    wanted = str(path_of(wanted)) if is_path(wanted) else address_of(wanted)
    keys = {url_key(wanted), url_key(f"https://{wanted}")}
    read = sa.select(Source.id, Source.location).where(Source.kind != SourceKind.MANUAL)
    for number, known in session.execute(read):
        if known == wanted or url_key(known) in keys:
            return session.get(Source, number)
    return None


def no_such_source(name: str) -> NotFound:
    """What to raise for it."""
    return NotFound(f"no such source: '{name}' (see 'newsletter source ls')")


def read_as(
    before: Place,
    how: Ways,
    *,
    location: str | None = None,
    kind: SourceKind | None = None,
    selectors: str | None = None,
    site: str | None = None,
) -> Reading:
    """What is at a place if it is read as an editor says; what is not said stays.

    `selectors` and `site` of "-" or "" take them away. Raises Refused or CollectError.
    """
    where = before.location if location is None else location
    require_place(kind, where)
    chosen = before.selectors
    if selectors is not None:
        chosen = selectors_of(selectors)
    elif kind not in (None, SourceKind.PAGE):
        chosen = None
    if chosen:
        kind = SourceKind.PAGE
    elif kind is None and location is None:
        kind = before.kind
    try:
        found = find_all(
            where,
            how,
            kind=kind,
            allow_private=before.allow_private,
            selectors=chosen,
            site=before.site if site is None else site_of(site),
        )
    except ParseError as error:
        if location is None or not chosen or selectors is not None:
            raise
        also = "they go along with it, unless you say --kind feed or '--selectors -'"
        raise ParseError(f"{error}; {also}") from error
    reading = pages_of(found, site)[0]
    require_selected(reading)
    if reading.place.kind is SourceKind.PAGE:
        return reading
    return replace(reading, place=replace(reading.place, site=None))  # which is of pages


def pages_of(readings: tuple[Reading, ...], site: str | None) -> tuple[Reading, ...]:
    """The pages among what was found, where somebody named the `site` of one; else all.

    Raises Refused where no page is among it.
    """
    pages = tuple(one for one in readings if one.place.kind is SourceKind.PAGE)
    if site in (None, *NOTHING):
        return readings
    if not pages:
        require_fit(*kind_read(readings[0]), site=site)
    return pages
