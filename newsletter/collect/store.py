"""Keeps what a source gave: its articles, what it shows no more, and each offer to a list.

A reading that brings nothing new writes nothing but its source's own row. The caller holds the
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect import floods
from newsletter.collect.decide import FIRST_OFFER, come_up, held_back, newest
from newsletter.collect.entry import Feed
from newsletter.collect.history import What, note
from newsletter.collect.identity import Found, Seen, found_in
from newsletter.collect.offers import chunks, lists_of, offer, release
from newsletter.collect.placing import Placed, place
from newsletter.collect.rhythm import rhythm
from newsletter.collect.vanished import Shown, left
from newsletter.models import Article, OfferState, Sighting, Source, SourceKind

_RHYTHM_OF = 60  # articles, the last ones of a source


@dataclass(frozen=True)
class Stored:
    """What one reading changed."""

    new: int = 0  # articles not known before
    edited: int = 0
    offered: int = 0  # articles now on offer to at least one list
    seeded: int = 0  # counted as seen, by a first reading
    held: int = 0  # counted as seen, since too many old ones appeared at once
    missing: int = 0  # held back, since they were taken away at the source
    oddities: tuple[str, ...] = ()


def store(
    session: Session,
    source: Source,
    feed: Feed,
    *,
    now: datetime,
    last_read: datetime | None = None,
    backfill: int | None = None,
    found: Found | None = None,
) -> Stored:
    """Keep the entries of one reading, and offer what is new to the lists of the source.

    The first reading offers the newest five, or `backfill`, and seeds the rest as seen. Later ones
    offer what is new; what `decide.held_back` names is seeded, and told. `last_read` is when the
    source was read before this. `found` is what `found_in` found in the feed, by who did it before
    the database was locked for everybody else.
    """
    found = found or found_in(feed, source.location, source.site, now=now)
    oddities = list(found.oddities)
    placed, sightings = place(session, source, found.seen, now=now)
    reading = _Reading(now, last_read or source.read_at, placed, sightings, feed.lost, feed.unread)
    missing_now = _leave(session, source, reading)
    fresh = [p for p in placed if p.is_fresh]
    first = source.first_read_at is None
    held: set[int] = set()
    if first:
        source.first_read_at = now if placed else None  # an empty feed has shown nothing yet
        wanted = _first(source, [p.seen for p in fresh], backfill, now)
        left_out = {id(p.seen) for p in fresh} - {id(s) for s in wanted}
    else:
        held = {id(s) for s in held_back([p.seen for p in fresh], last_read=last_read, now=now)}
        for p in fresh:
            if id(p.seen) in held:
                note(p.article, What.HELD, now, source=source.name, count=len(held))
        below = _come_up(source, placed, now) if source.kind is not SourceKind.FOLDER else ()
        left_out = held | {id(s) for s in below}
    _learn_rhythm(session, source, reading)
    states = {
        p.article.id: OfferState.SEEDED if id(p.seen) in left_out else OfferState.OFFERED
        for p in fresh
    }
    made = offer(session, lists_of(source), [p.article for p in fresh], states, now=now)
    offered = len(made[OfferState.OFFERED])
    if not first and backfill:
        offered += release(session, source, backfill, now=now)
    seeded = len(made[OfferState.SEEDED])
    if held:
        oddities.append(floods.told(f"{now:%Y-%m-%d}", len(held), source.name))
    return Stored(
        new=sum(p.is_new for p in placed),
        edited=sum(p.edited for p in placed),
        offered=offered,
        seeded=seeded if not held else 0,
        held=seeded if held else 0,
        missing=missing_now,
        oddities=(*feed.oddities, *oddities),
    )


def record(
    session: Session, source: Source, seen: Sequence[Seen], *, now: datetime
) -> list[Placed]:
    """Store what was added by hand, or by a program: each article once, and where it was seen."""
    return place(session, source, seen, now=now)[0]


def missing(session: Session, sources: Sequence[int], *, limit: int = 20) -> list[Article]:
    """The articles held back as gone from these sources, the last first; their pages may be asked.

    Withdrawn ones, and those without an address, are left out.
    """
    return list(
        session.scalars(
            sa.select(Article)
            .join(Sighting, Sighting.article_id == Article.id)
            .where(
                Sighting.source_id.in_(list(sources)),
                Sighting.missing_at.is_not(None),
                Article.removed_at.is_not(None),
                Article.withdrawn_at.is_(None),
                Article.url.is_not(None),
            )
            .order_by(Sighting.missing_at.desc(), Article.id.desc())
            .limit(limit)
        ).unique()
    )


def still_there(article: Article, *, now: datetime) -> None:
    """An article that its source lists no longer, but whose own page answers, is not held back."""
    if article.removed_at is not None:
        article.removed_at = None
        note(article, What.UNLISTED, now)


def _come_up(source: Source, placed: Sequence[Placed], now: datetime) -> frozenset[Seen]:
    begun = source.first_read_at
    fresh = {id(p.seen) for p in placed if p.is_fresh}
    return come_up([p.seen for p in placed], fresh, begun=begun, now=now) if begun else frozenset()


def _first(source: Source, fresh: list[Seen], backfill: int | None, now: datetime) -> list[Seen]:
    """What a first reading offers: the newest, and all that came out since the source was added."""
    if backfill is not None:
        return newest(fresh, backfill, now)
    since = [s for s in fresh if s.published and source.created_at < s.published <= now]
    return newest(fresh, max(FIRST_OFFER, len(since)), now)


@dataclass(frozen=True)
class _Reading:
    """One reading, as far as its articles have found their places."""

    now: datetime
    last_read: datetime | None
    placed: Sequence[Placed]
    sightings: Sequence[Sighting]  # one for each entry, in the source's order
    lost: int
    unread: Sequence[str]


def _leave(session: Session, source: Source, reading: _Reading) -> int:
    """Note what the source shows no more; returns how many articles are held back for it.

    `Source.shown` is what it shows: as long as an article is there, nothing is written of it.
    """
    now = list(dict.fromkeys(sighting.id for sighting in reading.sightings))
    before = source.shown
    there = _unread(session, source, reading, before or ())
    now += there
    if before == now:
        return 0
    if before is None:
        source.shown = now
        return 0
    dates = {placed.article.id: placed.seen.published for placed in reading.placed}
    here = {s.id: Shown(s.id, s.article_id, dates.get(s.article_id)) for s in reading.sightings}
    for ids in chunks(set(before) - here.keys()):
        rows = session.execute(
            sa.select(Sighting.id, Sighting.article_id, Article.published_at)
            .join(Article, Article.id == Sighting.article_id)
            .where(Sighting.id.in_(ids))
        )
        here.update((row[0], Shown(*row)) for row in rows)
    went = left(
        [here[number] for number in before if number in here],
        [here[number] for number in now],
        folder=source.kind is SourceKind.FOLDER,
        # Where all that could not be read is known, none of it is something else that is missing.
        lost=0 if reading.unread and len(there) == len(reading.unread) else reading.lost,
    )
    if went.whole:
        source.shown = now
    seen_last = reading.last_read or reading.now
    for numbers, values in (
        (went.aged, {"last_seen_at": seen_last}),
        (went.vanished, {"last_seen_at": seen_last, "missing_at": reading.now}),
    ):
        for ids in chunks(numbers):
            session.execute(
                sa.update(Sighting)
                .where(Sighting.id.in_(ids))
                .values(**values)
                .execution_options(synchronize_session="fetch")
            )
    return _hold_back(session, source, {here[n].article for n in went.vanished}, reading.now)


def _unread(
    session: Session, source: Source, reading: _Reading, before: Sequence[int]
) -> list[int]:
    """The sightings, of those shown before, that are there still and could not be read."""
    known = set(before) - {sighting.id for sighting in reading.sightings}
    found: list[int] = []
    for guids in chunks(reading.unread if known else ()):
        found += session.scalars(
            sa.select(Sighting.id).where(Sighting.source_id == source.id, Sighting.guid.in_(guids))
        )
    return sorted(known.intersection(found))


def _hold_back(session: Session, source: Source, articles: set[int], now: datetime) -> int:
    """Hold back what was taken away here and stands in no other source."""
    held = 0
    for ids in chunks(articles):
        elsewhere = session.execute(
            sa.select(Sighting.article_id, Sighting.id, Source)
            .join(Source, Source.id == Sighting.source_id)
            .where(
                Sighting.article_id.in_(ids),
                Sighting.source_id != source.id,
                Sighting.missing_at.is_(None),
            )
        )
        kept = {article for article, number, other in elsewhere if _shows(other, number)}
        found = session.scalars(
            sa.select(Article).where(
                Article.id.in_(ids), Article.removed_at.is_(None), Article.withdrawn_at.is_(None)
            )
        )
        for article in found:
            if article.id not in kept:
                article.removed_at = now
                note(article, What.REMOVED, now, source=source.name)
                held += 1
    return held


def _shows(source: Source, sighting: int) -> bool:
    """Whether a source has an article there now, as far as anybody can know."""
    if source.kind is SourceKind.MANUAL:
        return True  # an editor put it there
    if not source.active or source.gone_at is not None:
        return False
    return source.shown is None or sighting in source.shown


def _learn_rhythm(session: Session, source: Source, reading: _Reading) -> None:
    """Keep when something came last, and how long that usually takes."""
    fresh = any(placed.is_fresh for placed in reading.placed)
    if not fresh and source.newest_at is not None:
        return
    rows = session.execute(
        sa.select(Article.published_at, Sighting.first_seen_at)
        .join(Article, Article.id == Sighting.article_id)
        .where(Sighting.source_id == source.id)
        .order_by(Sighting.id.desc())
        .limit(_RHYTHM_OF)
    )
    begun = source.first_read_at
    moments: list[datetime | None] = [placed.seen.published for placed in reading.placed]
    for published, first_seen in rows:
        if published is not None and published <= reading.now:
            moments.append(published)
        elif begun is not None and first_seen > begun:  # when it came, and not when we did
            moments.append(first_seen)
    found = rhythm(moments, now=reading.now)
    newest = found.newest_at
    if fresh and begun is not None and begun < reading.now:
        newest = reading.now  # back-dated or not, somebody is there
    source.newest_at = max(filter(None, (newest, source.newest_at)), default=None)
    source.usual_gap_minutes = found.usual_gap_minutes or source.usual_gap_minutes
