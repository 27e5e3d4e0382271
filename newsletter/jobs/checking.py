"""Says in plain words what is at a source, what would be taken of it, and what is odd."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsletter.collect.decide import FIRST_OFFER
from newsletter.collect.entry import Entry, Feed
from newsletter.collect.reading import Place, find, read, shown
from newsletter.collect.store import Stored, store
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.places import (
    kind_of,
    no_such_source,
    place_of,
    source_at,
    source_named,
    ways,
)
from newsletter.models import Source, SourceKind

SILENT = timedelta(days=60)  # a source whose newest article is older is worth a word


@dataclass(frozen=True)
class SourceReport:
    """What `source check` found, in plain words; nothing was changed."""

    kind: SourceKind
    location: str  # without a password
    title: str
    entries: tuple[Entry, ...]
    lines: tuple[str, ...]
    oddities: tuple[str, ...]


def check_source(
    inst: Installation,
    name_or_location: str,
    *,
    now: datetime,
    kind: SourceKind | str | None = None,
    allow_private: bool = False,
) -> SourceReport:
    """What is at a source, or at an address that is none yet, and what would be taken of it.

    Changes nothing. Raises CollectError when it cannot be read, NotFound for a name that is none.
    """
    with inst.database.read() as session:
        source = source_named(session, name_or_location) or source_at(session, name_or_location)
    if source is not None and source.kind is SourceKind.MANUAL:
        raise Refused(f"source '{source.name}' holds what was added by hand: nothing to read")
    how = ways(inst, now)
    if source is not None:
        reading = read(replace(place_of(source), etag=None, last_modified=None), how)
    elif re.search(r"[./~]", name_or_location):
        reading = find(name_or_location, how, kind=kind_of(kind), allow_private=allow_private)
    else:
        raise no_such_source(name_or_location)
    feed = reading.feed or Feed("", None, None, ())
    lines = [*reading.notes, *_about(reading.place, feed, now)]
    oddities = feed.oddities
    if source is None:
        lines.append(_first_offer(len(feed.entries)))
    else:
        stored = _rehearse(inst, source, feed, now)
        lines += _about_store(stored, source)
        oddities = stored.oddities
    lines += _about_texts(feed)
    return SourceReport(
        kind=reading.place.kind,
        location=shown(reading.place.location),
        title=feed.title,
        entries=feed.entries,
        lines=tuple(lines),
        oddities=tuple(oddities),
    )


def _rehearse(inst: Installation, source: Source, feed: Feed, now: datetime) -> Stored:
    """What storing this would do; done, counted, and taken back."""
    with inst.database.write() as session:
        held = session.get_one(Source, source.id)
        trial = session.begin_nested()
        stored = store(session, held, feed, now=now, last_read=held.read_at)
        trial.rollback()
    return stored


def _about(place: Place, feed: Feed, now: datetime) -> list[str]:
    what = {SourceKind.PAGE: "a page that lists articles", SourceKind.FOLDER: "a folder"}
    called = f", called '{feed.title}'" if feed.title else ""
    count = _articles(len(feed.entries))
    lines = [f"{shown(place.location)} is {what.get(place.kind, 'a feed')}{called}, with {count}"]
    dated = [entry.published for entry in feed.entries if entry.published]
    if dated:
        lines.append(f"dated from {min(dated):%Y-%m-%d} to {max(dated):%Y-%m-%d}")
        if now - max(dated) > SILENT:
            lines.append(f"nothing new for {(now - max(dated)).days} days")
    undated = len(feed.entries) - len(dated)
    if undated:
        lines.append(f"{undated} without a date: they count from the day they are first seen")
    return lines


def _about_texts(feed: Feed) -> list[str]:
    lines = []
    if bare := sum(not (e.summary_html or e.content_html) for e in feed.entries):
        lines.append(f"{bare} without any text: only their titles will show")
    if unlinked := sum(not e.url for e in feed.entries):
        lines.append(f"{unlinked} without a link: they can be read in the mail only")
    return lines


def _about_store(stored: Stored, source: Source) -> list[str]:
    if source.first_read_at is None:
        return [_first_offer(stored.offered + stored.seeded)]
    if not stored.new and not stored.offered:
        return ["nothing new: all of it is known" + (", some edited" if stored.edited else "")]
    lines = [f"{_articles(stored.new)} new; {stored.offered} would be on offer"]
    if stored.held:
        lines.append(f"{stored.held} would be held, since too many old ones appeared at once")
    return lines


def _first_offer(count: int) -> str:
    offered = min(count, FIRST_OFFER)
    rest = count - offered
    line = f"a first collection would offer the newest {offered}"
    return line + (f" and count {rest} as seen" if rest else "")


def _articles(count: int) -> str:
    return f"{count} article{'' if count == 1 else 's'}"
