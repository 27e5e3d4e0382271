"""Where articles come from, as an editor manages it: add, check, list, show, edit, remove."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from newsletter.collect.offers import introduce
from newsletter.collect.reading import Reading, find, shown
from newsletter.collect.topics import topic_slug
from newsletter.errors import CollectError, Refused
from newsletter.installation import Installation
from newsletter.jobs.places import (
    kind_of,
    no_such_source,
    source_at,
    source_named,
    ways,
)
from newsletter.models import Article, Sighting, Source, SourceKind, SourceList
from subscribers.lists import find_list
from subscribers.models import AuditEvent, MailingList, Topic
from subscribers.values import suggest_slug

log = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class SourceRow:
    """A source as `source ls` shows it."""

    source: Source
    location: str  # without a password
    lists: tuple[str, ...]
    articles: int
    newest_at: datetime | None  # when we first saw its last article


def add_source(
    inst: Installation,
    location: str,
    *,
    slug: str,
    name: str | None = None,
    kind: SourceKind | str | None = None,
    topic: str | None = None,
    allow_private: bool = False,
    now: datetime,
    actor: str,
) -> Source:
    """The source at this address, offering to the list `slug`; twice is once.

    It is read first, so that nothing is stored that cannot be read; where the address is a page
    that names a feed, the feed is taken. A list added to a source already read gets its newest
    five. Raises UnknownList, Refused or CollectError.
    """
    wanted = kind_of(kind)
    if name is not None and not _NAME.fullmatch(name):
        raise Refused(f"source name {name!r}: expected lower-case letters, digits, '.', '_', '-'")
    with inst.database.read() as session:
        find_list(session, slug)
        known = source_at(session, location)
    reading = None
    if known is None:
        reading = find(location, ways(inst, now), kind=wanted, allow_private=allow_private)
        for note in reading.notes:
            log.info(note)
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        source = source_at(session, location if reading is None else reading.place.location)
        if source is None:
            if reading is None:
                raise CollectError(f"{shown(location)} was removed just now (add it again)")
            source = _new(session, reading, name, now)
        source.active = True
        source.allow_private = source.allow_private or allow_private
        if _join(session, source, mlist, topic, now):
            session.add(_audit(now, actor, "source.add", source, list=slug))
        session.flush()
        return _detached(session, source.id)


def _new(session: Session, reading: Reading, name: str | None, now: datetime) -> Source:
    if name is not None and session.scalar(sa.select(Source.id).where(Source.name == name)):
        raise Refused(f"there is a source '{name}' already (give another --name)")
    feed = reading.feed
    source = Source(
        name=name or _free_name(session, reading),
        kind=reading.place.kind,
        location=reading.place.location,
        title=feed.title if feed else "",
        language=feed.language if feed and len(feed.language or "") <= 16 else None,
        allow_private=reading.place.allow_private,
        created_at=now,
        feeds=[],
    )
    session.add(source)
    session.flush()
    return source


def _join(
    session: Session, source: Source, mlist: MailingList, topic: str | None, now: datetime
) -> bool:
    """Let the source offer to the list, under a topic that the list has or gets; False: it did."""
    slug = topic_slug(topic) if topic else None
    if topic and not slug:
        raise Refused(f"topic {topic!r}: expected a word or two, such as 'culture'")
    if slug and slug not in {known.slug for known in mlist.topics}:
        mlist.topics.append(Topic(slug=slug, title=(topic or "").strip()))
    for entry in source.feeds:
        if entry.mlist_id == mlist.id:
            changed = slug is not None and slug != entry.topic
            entry.topic = slug or entry.topic
            return changed
    added = SourceList(mlist=mlist, topic=slug)
    source.feeds.append(added)
    session.flush()
    if source.first_read_at is not None:
        introduce(session, source, added, now=now)
    return True


def list_sources(inst: Installation) -> list[SourceRow]:
    """Every source, by name, with how reading it goes."""
    with inst.database.read() as session:
        return _rows(session)


def show_source(
    inst: Installation, name: str, *, last: int = 10
) -> tuple[SourceRow, list[Article]]:
    """One source, and the last articles first seen in it. Raises NotFound."""
    with inst.database.read() as session:
        source = source_named(session, name)
        if source is None:
            raise no_such_source(name)
        (row,) = _rows(session, Source.id == source.id)
        query = (
            sa.select(Article)
            .join(Sighting, Sighting.article_id == Article.id)
            .where(Sighting.source_id == source.id)
            .order_by(Sighting.id.desc())
            .limit(last)
        )
        return row, list(session.scalars(query))


def _rows(session: Session, *which: sa.ColumnElement[bool]) -> list[SourceRow]:
    query = sa.select(Source).where(*which).order_by(Source.name).options(_with_lists())
    sources = session.scalars(query).all()
    counts: dict[int, tuple[int, datetime | None]] = {
        source_id: (count, newest)
        for source_id, count, newest in session.execute(
            sa.select(Sighting.source_id, sa.func.count(), sa.func.max(Sighting.first_seen_at))
            .where(Sighting.source_id.in_([source.id for source in sources]))
            .group_by(Sighting.source_id)
        )
    }
    return [
        SourceRow(
            source,
            shown(source.location),
            tuple(entry.mlist.slug for entry in source.feeds),
            *counts.get(source.id, (0, None)),
        )
        for source in sources
    ]


def edit_source(
    inst: Installation,
    name: str,
    *,
    new_name: str | None = None,
    location: str | None = None,
    active: bool | None = None,
    allow_private: bool | None = None,
    slug: str | None = None,
    topic: str | None = None,
    now: datetime,
    actor: str,
) -> Source:
    """Change what is given of a source; a new address is read first, as when adding one.

    `slug` with `topic` sets the topic under which it offers to that list, and adds the list where
    it is new. Raises UnknownList, NotFound, Refused or CollectError.
    """
    if new_name is not None and not _NAME.fullmatch(new_name):
        raise Refused(
            f"source name {new_name!r}: expected lower-case letters, digits, '.', '_', '-'"
        )
    if topic is not None and slug is None:
        raise Refused("a topic belongs to a list (name it with --list)")
    with inst.database.read() as session:
        source = source_named(session, name)
        if source is None:
            raise no_such_source(name)
        if source.kind is SourceKind.MANUAL and (location or new_name):
            raise Refused("the source 'manual' keeps its name and has no address")
    reading = None
    if location is not None:
        private = source.allow_private if allow_private is None else allow_private
        reading = find(location, ways(inst, now), allow_private=private)
    with inst.database.write() as session:
        source = session.get_one(Source, source.id)
        before = _look(source)
        if new_name and new_name != name:
            if source_named(session, new_name) is not None:
                raise Refused(f"there is a source '{new_name}' already (give another name)")
            source.name = new_name
        if reading is not None and reading.place.location != source.location:
            other = source_at(session, reading.place.location)
            if other is not None:
                raise Refused(f"source '{other.name}' reads that address already")
            source.location, source.kind = reading.place.location, reading.place.kind
            source.etag = source.last_modified = source.gone_at = source.next_at = None
            source.failures, source.problem = 0, ""
        if active is not None:
            source.active = active
        if allow_private is not None:
            source.allow_private = allow_private
        if slug is not None:
            _join(session, source, find_list(session, slug), topic, now)
        if _look(source) != before:
            session.add(_audit(now, actor, "source.edit", source))
        session.flush()
        return _detached(session, source.id)


def _look(source: Source) -> tuple[object, ...]:
    """What an edit may change."""
    topics = tuple((entry.mlist_id, entry.topic) for entry in source.feeds)
    return source.name, source.location, source.active, source.allow_private, topics


def remove_source(
    inst: Installation, name: str, *, slug: str | None = None, now: datetime, actor: str
) -> bool:
    """Forget a source, or with `slug` only let it offer nothing more to that list.

    Its articles stay, and what is on offer stays so. False when that list had nothing of it.
    Raises NotFound.
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
        session.add(_audit(now, actor, "source.rm", source))
        session.delete(source)
        return True


def _audit(now: datetime, actor: str, verb: str, source: Source, **detail: str) -> AuditEvent:
    return AuditEvent(at=now, actor=actor, verb=verb, subject=source.name, detail=detail)


def _free_name(session: Session, reading: Reading) -> str:
    """A short name made of the feed's title, else of its host or folder; numbered where taken."""
    location = reading.place.location
    host = (urlsplit(location).hostname or "").removeprefix("www.")
    title = reading.feed.title if reading.feed else ""
    base = (
        suggest_slug(title or "")[:50].strip("-")
        or topic_slug(host if host else location.rstrip("/").rpartition("/")[2])[:50]
        or "source"
    )
    taken = set(session.scalars(sa.select(Source.name).where(Source.name.startswith(base))))
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name


def _with_lists() -> ORMOption:
    return selectinload(Source.feeds).options(
        joinedload(SourceList.mlist).selectinload(MailingList.topics)
    )


def _detached(session: Session, source_id: int) -> Source:
    """The source with its lists, usable after the session."""
    query = sa.select(Source).where(Source.id == source_id).options(_with_lists())
    return session.scalars(query.execution_options(populate_existing=True)).one()
