"""Keeps what a source gave: each article once, each sighting of it, and each offer to a list.

Everything is read in sets, a fixed number of queries for a reading whatever its length, and only
by what this reading names: nothing grows with the history. The caller holds the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.decide import (
    FIRST_OFFER,
    VISIBLE,
    Known,
    Seen,
    changes,
    decide,
    fields,
    held_back,
    identify,
    is_front_page,
    newest,
    same_words,
    short,
)
from newsletter.collect.entry import Feed, url_key
from newsletter.collect.history import What, note
from newsletter.collect.offers import chunks, lists_of, offer, release
from newsletter.models import (
    Article,
    Carried,
    Offer,
    OfferState,
    Schedule,
    Sighting,
    Source,
    SourceKind,
)


@dataclass(frozen=True)
class Stored:
    """What one reading changed."""

    new: int = 0  # articles not known before
    edited: int = 0
    offered: int = 0  # articles now on offer to at least one list
    seeded: int = 0  # counted as seen, by a first reading
    held: int = 0  # counted as seen, since too many old ones appeared at once
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placed:
    """An entry and the article it is."""

    seen: Seen
    article: Article
    is_new: bool  # to the store
    is_fresh: bool  # to this source
    edited: bool = False


def store(
    session: Session,
    source: Source,
    feed: Feed,
    *,
    now: datetime,
    last_read: datetime | None = None,
    backfill: int | None = None,
) -> Stored:
    """Keep the entries of one reading, and offer what is new to the lists of the source.

    The first reading offers the newest five, or `backfill`, and seeds the rest as seen. Later ones
    offer what is new; what `decide.held_back` names is seeded, and told. `last_read` is when the
    source was read before this.
    """
    seen, oddities = identify(feed.entries, home=feed.home, now=now)
    placed = record(session, source, seen, now=now)
    if source.kind is SourceKind.FOLDER and placed:  # an empty one is more likely not mounted
        _mark_removed(session, source, now)
    fresh = [p for p in placed if p.is_fresh]
    first = source.first_read_at is None
    if first:
        source.first_read_at = now if placed else None  # an empty feed has shown nothing yet
        wanted = _first(source, [p.seen for p in fresh], backfill, now)
        left = {id(p.seen) for p in fresh} - {id(s) for s in wanted}
    else:
        left = {id(s) for s in held_back([p.seen for p in fresh], last_read=last_read, now=now)}
    states = {
        p.article.id: OfferState.SEEDED if id(p.seen) in left else OfferState.OFFERED for p in fresh
    }
    made = offer(session, lists_of(source), [p.article for p in fresh], states, now=now)
    offered = len(made[OfferState.OFFERED])
    if not first and backfill:
        offered += release(session, source, backfill, now=now)
    seeded = len(made[OfferState.SEEDED])
    if left and not first:
        oddities.append(
            f"{now:%Y-%m-%d}: {len(left)} old articles appeared at once and are held "
            f"(offer them with 'newsletter collect {source.name} --backfill {len(left)}')"
        )
    return Stored(
        new=sum(p.is_new for p in placed),
        edited=sum(p.edited for p in placed),
        offered=offered,
        seeded=seeded if first else 0,
        held=0 if first else seeded,
        oddities=(*feed.oddities, *oddities),
    )


def same_as(
    session: Session, article: Article, canonical_url: str, *, now: datetime
) -> Article | None:
    """Take over what an article's own page calls its address; the older article that it is.

    From now on the article is found by this address too. An address that is nobody's own (a
    site's front page, or that of an article which says other things) is not taken. Where an older
    article has it, and says the same, the younger one counts as seen wherever it was on offer and
    neither pinned nor carried; both stay, so that nothing is lost if a page names the wrong one.
    """
    key = short(url_key(canonical_url))
    if is_front_page(canonical_url) or key in (article.canonical_key, article.url_key):
        return None
    other = session.scalars(
        sa.select(Article)
        .where(
            sa.or_(Article.url_key == key, Article.canonical_key == key), Article.id != article.id
        )
        .order_by(Article.id)
        .limit(1)
    ).first()
    if other is not None and not same_words(other, article):
        return None
    article.canonical_url, article.canonical_key = canonical_url, key
    note(article, What.CANONICAL, now, url=canonical_url)
    if other is None or other.id > article.id:
        return None
    note(article, What.SAME, now, article=other.id)
    carried = sa.exists().where(
        Carried.article_id == article.id,
        Carried.schedule_id == Schedule.id,
        Schedule.mlist_id == Offer.mlist_id,
    )
    session.execute(
        sa.update(Offer)
        .where(
            Offer.article_id == article.id,
            Offer.state == OfferState.OFFERED,
            Offer.pinned.is_(False),
            ~carried,
        )
        .values(state=OfferState.SEEDED)
        .execution_options(synchronize_session="fetch")
    )
    return other


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


def _first(source: Source, fresh: list[Seen], backfill: int | None, now: datetime) -> list[Seen]:
    """What a first reading offers: the newest, and all that came out since the source was added."""
    if backfill is not None:
        return newest(fresh, backfill, now)
    since = [s for s in fresh if s.published and source.created_at < s.published <= now]
    return newest(fresh, max(FIRST_OFFER, len(since)), now)


def _mark_removed(session: Session, source: Source, now: datetime) -> None:
    """Hold back what is in no source any more. Only a folder shows all it has: what a feed no
    longer shows has mostly made room for newer articles."""
    still = sa.exists().where(
        Sighting.article_id == Article.id,
        sa.or_(Sighting.source_id != source.id, Sighting.last_seen_at >= now),
    )
    ours = sa.exists().where(Sighting.article_id == Article.id, Sighting.source_id == source.id)
    session.execute(
        sa.update(Article)
        .where(Article.removed_at.is_(None), ours, ~still)
        .values(removed_at=now)
        .execution_options(synchronize_session=False)
    )


def _one_at_a_time(session: Session) -> None:
    """Hold back other readings until this transaction ends, so that two sources which carry the
    same article do not both store it. (SQLite has one writer anyway.)"""
    session.execute(sa.select(Source.id).order_by(Source.id).limit(1).with_for_update())


@dataclass
class _Shelf:
    """What the store knows of the entries of one reading, and what this reading adds."""

    source: Source
    sightings: dict[str, Sighting] = field(default_factory=dict)  # of this source, by guid
    by_id: dict[int, Article] = field(default_factory=dict)
    by_url: dict[str, Article] = field(default_factory=dict)
    by_hash: dict[str, Article] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)  # article id -> source that had it first
    ours: set[int] = field(default_factory=set)  # ids of articles that this source has shown

    def add(self, article: Article) -> None:
        # The oldest wins where two articles came to share an address.
        if article.url_key:
            self.by_url.setdefault(article.url_key, article)
        self.by_hash.setdefault(article.content_hash, article)

    def known(self, seen: Seen) -> Known:
        sighting = self.sightings.get(seen.key)
        held = sighting and (self.by_id.get(sighting.article_id) or sighting.article)
        return Known(
            by_guid=held or None,
            by_url=self.by_url.get(seen.url_key) if seen.url_key else None,
            by_text=self.by_hash.get(seen.hash),
        )


def record(
    session: Session, source: Source, seen: Sequence[Seen], *, now: datetime
) -> list[Placed]:
    """Store each entry's article once, refresh what was edited, and note the sighting.

    Returns one Placed for each article, of the first entry that is it: feeds have the newest
    version first.
    """
    _one_at_a_time(session)
    shelf = _load(session, source, seen)
    placed: list[Placed] = []
    done: set[int] = set()  # id() of Article objects, as new ones have no row id yet
    again: list[int] = []  # sightings seen before
    for entry in seen:
        decision = decide(shelf.known(entry), entry)
        article = decision.article
        if decision.reused:
            _retire(session, shelf, entry)
        is_new = article is None
        if article is None:
            article = Article(**fields(entry), override={}, first_seen_at=now, changed_at=now)
            session.add(article)
            shelf.add(article)
        sighting = shelf.sightings.get(entry.key)
        if sighting is None:
            sighting = Sighting(
                source_id=source.id,
                article=article,
                guid=entry.key,
                first_seen_at=now,
                last_seen_at=now,
            )
            session.add(sighting)
            shelf.sightings[entry.key] = sighting
        elif sighting.id is not None:
            again.append(sighting.id)
        if id(article) in done:
            continue
        done.add(id(article))
        edited = False
        if not is_new:
            article.removed_at = None
            if shelf.owners.get(article.id, source.id) == source.id:
                edited = _refresh(article, entry, now)
                shelf.add(article)
        placed.append(
            Placed(entry, article, is_new, is_new or article.id not in shelf.ours, edited)
        )
    session.flush()
    for ids in chunks(again):
        session.execute(
            sa.update(Sighting)
            .where(Sighting.id.in_(ids))
            .values(last_seen_at=now)
            .execution_options(synchronize_session=False)
        )
    return placed


def _refresh(article: Article, seen: Seen, now: datetime) -> bool:
    """Take an edit over; True if a reader would see it."""
    edit = changes(article, seen)
    for column, value in edit.items():
        setattr(article, column, value)
    if not VISIBLE & edit.keys():
        return False
    article.changed_at = now
    return True


def _retire(session: Session, shelf: _Shelf, seen: Seen) -> None:
    """Free a guid that its source uses for another article now; the old sighting stays on file."""
    old = shelf.sightings.pop(seen.key)
    old.guid = f"{old.guid} (was article {old.article_id})"
    session.flush()  # before the guid is given again: inserts go out ahead of updates


def _load(session: Session, source: Source, seen: Sequence[Seen]) -> _Shelf:
    shelf = _Shelf(source)
    for keys in chunks({s.key for s in seen}):
        query = sa.select(Sighting).where(Sighting.source_id == source.id, Sighting.guid.in_(keys))
        shelf.sightings.update((s.guid, s) for s in session.scalars(query))
    articles: dict[int, Article] = {}
    for column, values in (
        (Article.id, {s.article_id for s in shelf.sightings.values()}),
        (Article.url_key, {s.url_key for s in seen if s.url_key}),
        (Article.content_hash, {s.hash for s in seen}),
    ):
        for chunk in chunks(values):
            found = session.scalars(sa.select(Article).where(column.in_(chunk)))
            articles.update((article.id, article) for article in found)
    shelf.by_id = articles
    for number in sorted(articles):
        shelf.add(articles[number])
    for ids in chunks(articles):
        rows = session.execute(
            sa.select(Sighting.article_id, Sighting.source_id)
            .where(Sighting.article_id.in_(ids))
            .order_by(Sighting.id)
        )
        for article, seen_in in rows:
            shelf.owners.setdefault(article, seen_in)
            if seen_in == source.id:
                shelf.ours.add(article)
    return shelf
