"""Where articles come from, as an editor manages it: add, check, list, show, edit, remove."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.hosts import private_for
from newsletter.collect.offers import introduce
from newsletter.collect.place import address_of, is_path
from newsletter.collect.reading import Reading, find_all, shown
from newsletter.collect.topics import topic_slug
from newsletter.errors import CollectError, Refused
from newsletter.installation import Installation
from newsletter.jobs.fitting import (
    NOTHING,
    kind_meant,
    kind_read,
    require_fit,
    require_place,
    require_selected,
)
from newsletter.jobs.overseeing import SourceRow, list_sources, show_source, with_lists
from newsletter.jobs.places import (
    kind_of,
    no_such_source,
    pages_of,
    place_of,
    read_as,
    selectors_of,
    site_of,
    source_at,
    source_named,
    ways,
)
from newsletter.jobs.source_names import free_name, require_free, require_name
from newsletter.models import Source, SourceKind, SourceList
from subscribers.lists import find_list, find_lists
from subscribers.models import AuditEvent, MailingList, Topic

__all__ = [
    "Edited",
    "SourceRow",
    "add_source",
    "edit_source",
    "find_at",
    "known_source",
    "list_meant",
    "list_sources",
    "read_anew",
    "remove_source",
    "show_source",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Edited:
    """A source as an editor wanted it."""

    source: Source
    changed: bool  # False: it was so already


def list_meant(inst: Installation, slug: str | None) -> str:
    """The list that somebody named, or the only one there is. Raises Refused where it could be
    another, or none."""
    if slug:
        return slug
    with inst.database.read() as session:
        slugs = [mlist.slug for mlist in find_lists(session)]
    if not slugs:
        raise Refused("there is no list to offer to (make one with 'newsletter list create')")
    if len(slugs) > 1:
        raise Refused(f"there are several lists: say which with --list ({', '.join(slugs)})")
    return slugs[0]


def known_source(inst: Installation, location: str, *, slug: str) -> Source | None:
    """The source at this address, if it is one already. Raises UnknownList for a `slug` that is
    no list, before anything is asked for over the network."""
    with inst.database.read() as session:
        find_list(session, slug)
        source = source_at(session, location)
        return None if source is None else _detached(session, source.id)


def find_at(
    inst: Installation,
    location: str,
    *,
    kind: SourceKind | str | None = None,
    selectors: str | None = None,
    site: str | None = None,
    allow_private: bool = False,
    now: datetime,
) -> tuple[Reading, ...]:
    """All that can be read at an address, the best first: a feed or several, the page, a folder.

    `selectors` are as an editor writes them, and mean a page, as a `site` does. Raises Refused or
    CollectError.
    """
    wanted = kind_of(kind)
    require_place(wanted, location)
    require_fit(*kind_meant(None, wanted), selectors=selectors, site=site)
    chosen = selectors_of(selectors)
    found = find_all(
        location,
        ways(inst, now),
        kind=SourceKind.PAGE if chosen else wanted,
        allow_private=allow_private,
        selectors=chosen,
        site=site_of(site),
    )
    for reading in found:
        require_selected(reading)
    return pages_of(found, site)


def add_source(
    inst: Installation,
    location: str,
    *,
    slug: str,
    name: str | None = None,
    title: str | None = None,
    kind: SourceKind | str | None = None,
    topic: str | None = None,
    selectors: str | None = None,
    site: str | None = None,
    read_articles: bool = False,
    allow_private: bool = False,
    reading: Reading | None = None,
    now: datetime,
    actor: str,
) -> Source:
    """The source at this address, offering to the list `slug`; twice is once.

    It is read first, so that nothing is stored that cannot be read; where the address is a page
    that names a feed, the feed is taken, unless `reading` is what somebody chose of what `find_at`
    found. A list added to a source already read gets its newest five. `title` is as for
    `edit_source`. Raises UnknownList, Refused or CollectError.
    """
    require_name(name)
    if reading is None and known_source(inst, location, slug=slug) is None:
        found = find_at(
            inst,
            location,
            kind=kind,
            selectors=selectors,
            site=site,
            allow_private=allow_private,
            now=now,
        )
        reading = found[0]
        for note in reading.notes:
            log.info(note)
    if reading is not None:
        require_fit(*kind_read(reading), read_articles=read_articles)
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        source = source_at(session, location if reading is None else reading.place.location)
        if source is None:
            if reading is None:
                raise CollectError(f"{shown(location)} was removed just now (add it again)")
            source = _new(session, reading, name, now)
            source.read_articles = read_articles
            source.shown_title = _shown_title(title)
        source.active = True
        source.allow_private = source.allow_private or allow_private
        if _join(session, source, mlist, topic, now):
            session.add(_audit(now, actor, "source.add", source, list=slug))
        session.flush()
        return _detached(session, source.id)


def _new(session: Session, reading: Reading, name: str | None, now: datetime) -> Source:
    if name is not None:
        require_free(session, name)
    feed, place = reading.feed, reading.place
    source = Source(
        name=name or free_name(session, reading),
        kind=place.kind,
        location=place.location,
        title=feed.title if feed else "",
        language=feed.language if feed and len(feed.language or "") <= 16 else None,
        allow_private=place.allow_private,
        selectors=_as_kept(place.selectors),
        site=place.site,
        created_at=now,
        feeds=[],
    )
    session.add(source)
    session.flush()
    return source


def _as_kept(selectors: Mapping[str, str] | None) -> dict[str, str] | None:
    return dict(selectors) if selectors else None


def _join(
    session: Session, source: Source, mlist: MailingList, topic: str | None, now: datetime
) -> bool:
    """Let the source offer to the list, under a topic that the list has or gets; False: it did.

    A topic of "-" or "" takes it away.
    """
    slug = topic_slug(topic) if topic not in (None, *NOTHING) else None
    if slug == "":
        raise Refused(f"topic {topic!r}: expected a word or two, such as 'culture'")
    if slug and slug not in {known.slug for known in mlist.topics}:
        mlist.topics.append(Topic(slug=slug, title=(topic or "").strip()))
    for entry in source.feeds:
        if entry.mlist_id == mlist.id:
            changed = topic is not None and slug != entry.topic
            entry.topic = entry.topic if topic is None else slug
            return changed
    added = SourceList(mlist=mlist, topic=slug)
    source.feeds.append(added)
    session.flush()
    if source.first_read_at is not None:
        introduce(session, source, added, now=now)
    return True


def edit_source(
    inst: Installation,
    name: str,
    *,
    new_name: str | None = None,
    title: str | None = None,
    location: str | None = None,
    kind: SourceKind | str | None = None,
    selectors: str | None = None,
    site: str | None = None,
    read_articles: bool | None = None,
    active: bool | None = None,
    allow_private: bool | None = None,
    slug: str | None = None,
    topic: str | None = None,
    reading: Reading | None = None,
    now: datetime,
    actor: str,
) -> Edited:
    """Change what is given of a source; what says where and how to read it is tried first, unless
    `reading` is what `read_anew` found there.

    `title` is what readers know it by: "" goes back to what it calls itself, "-" shows none.
    `selectors`, `site` and `topic` of "-" or "" take them away. `slug` with `topic` sets the topic
    under which it offers to that list, and adds the list where it is new. Raises UnknownList,
    NotFound, Refused or CollectError.
    """
    require_name(new_name)
    if topic is not None and slug is None:
        raise Refused("a topic belongs to a list (name it with --list)")
    if reading is None:
        reading = read_anew(
            inst,
            name,
            location=location,
            kind=kind,
            selectors=selectors,
            site=site,
            allow_private=allow_private,
            now=now,
        )
    with inst.database.write() as session:
        source = source_named(session, name)
        if source is None:
            raise no_such_source(name)
        of_reading = (new_name, active, allow_private, read_articles)
        if source.kind is SourceKind.MANUAL and any(way is not None for way in of_reading):
            raise _of_hand()
        look = _look(source)
        if new_name and new_name != name:
            require_free(session, new_name)
            source.name = new_name
        if reading is not None:
            _go(session, source, reading)
        if active is not None:
            source.active = active
        if allow_private is not None:
            source.allow_private = allow_private
        if title is not None:
            source.shown_title = _shown_title(title)
        if read_articles is not None:
            require_fit(*kind_meant(source, None), read_articles=read_articles)
            source.read_articles = read_articles
        if slug is not None:
            _join(session, source, find_list(session, slug), topic, now)
        changed = _look(source) != look
        if changed:
            session.add(_audit(now, actor, "source.edit", source))
        session.flush()
        return Edited(_detached(session, source.id), changed)


def read_anew(
    inst: Installation,
    name: str,
    *,
    location: str | None = None,
    kind: SourceKind | str | None = None,
    selectors: str | None = None,
    site: str | None = None,
    allow_private: bool | None = None,
    now: datetime,
) -> Reading | None:
    """What a source gives, read as an editor wants it read from now on; None: that stays.

    Raises NotFound, Refused, also where no article is there, or CollectError.
    """
    with inst.database.read() as session:
        source = source_named(session, name)
    if source is None:
        raise no_such_source(name)
    if all(wanted is None for wanted in (location, kind, selectors, site)):
        return None
    if source.kind is SourceKind.MANUAL:
        raise _of_hand()
    wanted = kind_of(kind)
    require_fit(*kind_meant(source, wanted, location), selectors=selectors, site=site)
    private = source.allow_private if allow_private is None else allow_private
    if allow_private is None and location is not None and not is_path(location):
        private = private_for(address_of(location), source)  # it was said of another host
    reading = read_as(
        replace(place_of(source), allow_private=private),
        ways(inst, now),
        location=location,
        kind=wanted,
        selectors=selectors,
        site=site,
    )
    place = reading.place
    if place.kind is SourceKind.PAGE and not (reading.feed and reading.feed.entries):
        raise Refused(
            f"{shown(place.location)} lists no article: '{name}' stays as it was "
            "(see 'newsletter source check' with --selectors)"
        )
    return reading


def _of_hand() -> Refused:
    return Refused(
        "the source 'manual' holds what was added by hand: it keeps its name and has no address "
        "to read (--title, --list and --topic can be changed)"
    )


def _go(session: Session, source: Source, reading: Reading) -> None:
    """Read the source there and so from now on."""
    place = reading.place
    if _where(source) == (place.location, place.kind, _as_kept(place.selectors), place.site):
        return
    if place.location != source.location:
        other = source_at(session, place.location)
        if other is not None and other.id != source.id:
            raise Refused(
                f"source '{other.name}' reads that address already (to let it offer to another "
                f"list: newsletter source edit {other.name} --list SLUG)"
            )
        source.newest_at = source.usual_gap_minutes = None
        source.allow_private = source.allow_private and place.allow_private
    source.location, source.kind = place.location, place.kind
    source.selectors, source.site = _as_kept(place.selectors), place.site
    # The next reading is in full, and compared with none: what it does not hold is not gone.
    source.etag = source.last_modified = source.body_hash = source.shown = None
    source.gone_at = source.next_at = None
    source.failures, source.problem = 0, ""


def _shown_title(written: str | None) -> str | None:
    """What readers know a source by, as an editor wrote it: None its own, "" none."""
    words = " ".join((written or "").split())
    return "" if words == "-" else words or None


def _where(source: Source) -> tuple[object, ...]:
    return source.location, source.kind, source.selectors, source.site


def _look(source: Source) -> tuple[object, ...]:
    """What an edit may change."""
    topics = tuple((entry.mlist_id, entry.topic) for entry in source.feeds)
    switches = source.active, source.allow_private, source.read_articles
    return source.name, source.shown_title, *_where(source), *switches, topics


def remove_source(
    inst: Installation, name: str, *, slug: str | None = None, now: datetime, actor: str
) -> bool:
    """Forget a source, or with `slug` only let it offer nothing more to that list.

    Its articles stay, and what is on offer stays so. False when that list had nothing of it.
    Raises NotFound, and Refused for that of what is added by hand, of which keys would be forgotten
    by which a program's second call is known.
    """
    with inst.database.write() as session:
        source = source_named(session, name)
        if source is None:
            raise no_such_source(name)
        if slug is not None:
            mlist = find_list(session, slug)
            before = len(source.feeds)
            source.feeds[:] = [entry for entry in source.feeds if entry.mlist_id != mlist.id]
            return len(source.feeds) < before
        if source.kind is SourceKind.MANUAL:
            raise Refused(
                f"source '{name}' holds what was added by hand, with the keys that programs gave: "
                "it stays (to take back an article of it: 'newsletter article withdraw')"
            )
        session.add(_audit(now, actor, "source.rm", source))
        session.delete(source)
        return True


def _audit(now: datetime, actor: str, verb: str, source: Source, **detail: str) -> AuditEvent:
    return AuditEvent(at=now, actor=actor, verb=verb, subject=source.name, detail=detail)


def _detached(session: Session, source_id: int) -> Source:
    """The source with its lists, usable after the session."""
    query = sa.select(Source).where(Source.id == source_id).options(with_lists())
    return session.scalars(query.execution_options(populate_existing=True)).one()
