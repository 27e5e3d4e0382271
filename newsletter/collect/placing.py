"""Places each entry of a reading: the article it is, the sighting it is filed under, its history.

Everything is read in sets, a fixed number of queries for a reading whatever its length, and only
by what this reading names: nothing grows with the history.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from newsletter.collect.decide import (
    VISIBLE,
    By,
    Decision,
    Known,
    Seen,
    changes,
    decide,
    fields,
    is_another,
)
from newsletter.collect.entry import url_key
from newsletter.collect.history import LONGEST, What, note
from newsletter.collect.offers import chunks
from newsletter.models import Article, Sighting, Source

MOST_GUIDS = 5  # of one article in one source; a source with more makes them up as it goes


@dataclass(frozen=True)
class Placed:
    """An entry and the article it is."""

    seen: Seen
    article: Article
    is_new: bool  # to the store
    is_fresh: bool  # to this source
    edited: bool = False


_RETIRED = re.compile(r" \(was article \d+\)\Z")


@dataclass
class _Shelf:
    """What the store knows of the entries of one reading, and what this reading adds."""

    source: Source
    sightings: dict[str, Sighting] = field(default_factory=dict)  # of this source, by guid
    by_id: dict[int, Article] = field(default_factory=dict)
    by_url: dict[str, Article] = field(default_factory=dict)
    by_hash: dict[str, Article] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)  # article id -> source that had it first
    guids: dict[int, set[str]] = field(default_factory=dict)  # of this source, by article id
    spare: dict[int, Sighting] = field(default_factory=dict)  # the last of MOST_GUIDS, likewise
    here: set[int] = field(default_factory=set)  # id() of articles that stand in this reading

    def add(self, article: Article) -> None:
        # The oldest wins where two articles came to share an address.
        for key in (article.url_key, article.canonical_key):
            if key:
                self.by_url.setdefault(key, article)
        self.by_hash.setdefault(article.content_hash, article)

    def known(self, seen: Seen) -> Known:
        sighting = self.sightings.get(seen.key)
        held = sighting and (self.by_id.get(sighting.article_id) or sighting.article)
        keys = [key for key in (seen.url_key, seen.canonical_key) if key in self.by_url]
        there = self.by_url[keys[0]] if keys else None
        text = self.by_hash.get(seen.hash)
        return Known(
            by_guid=held or None,
            by_url=there,
            by_text=text,
            other_guid=there is not None and self._has_another_guid(there, seen),
            text_elsewhere=text is not None and id(text) in self.here,
        )

    def told_by_guid(self, seen: Seen) -> Article | None:
        sighting = self.sightings.get(seen.key)
        article = self.by_id.get(sighting.article_id) if sighting is not None else None
        return article if article is not None and not is_another(article, seen) else None

    def forget_former_addresses(self, entries: Sequence[Seen]) -> None:
        """What moved, as its guid tells, leaves its address to whatever this reading has there."""
        for entry in entries:
            article = self.told_by_guid(entry)
            if article is None or not entry.url_key or not article.url_key:
                continue
            if entry.url_key != article.url_key and self.by_url.get(article.url_key) is article:
                del self.by_url[article.url_key]

    def _has_another_guid(self, article: Article, seen: Seen) -> bool:
        keys = {seen.guid, article.url_key, article.content_hash}
        return any(
            guid not in keys and not guid.startswith("//") and not _RETIRED.search(guid)
            for guid in self.guids.get(article.id, ())
        )


def place(
    session: Session, source: Source, seen: Sequence[Seen], *, now: datetime
) -> tuple[list[Placed], list[Sighting]]:
    """Store each entry's article once, refresh what was edited, and note the sighting.

    Returns one Placed for each article, of the first entry that is it (feeds have the newest
    version first), and the sightings, one for each entry, in the source's order.
    """
    _one_at_a_time(session)
    shelf = _load(session, source, seen)
    placed: list[Placed] = []
    sightings: list[Sighting] = []
    done: set[int] = set()  # id() of Article objects, as new ones have no row id yet
    reused: list[tuple[str, int, Article]] = []  # guid, the article that had it, the one that has
    for entry in seen:
        decision = decide(shelf.known(entry), entry)
        before = _retire(session, shelf, entry) if decision.reused else None
        article = decision.article
        is_new = article is None
        if article is None:
            article = _add(session, entry, now)
            shelf.add(article)
            if before is not None:
                reused.append((entry.key, before, article))
        shelf.here.add(id(article))
        is_known_guid = entry.key in shelf.sightings
        sightings.append(_sight(session, shelf, entry, article, now))
        if id(article) in done:
            continue
        done.add(id(article))
        edited = False
        if not is_new:
            if not is_known_guid:
                _tell_how_known(shelf, decision, entry, now)
            if article.removed_at is not None:
                article.removed_at = None
                note(article, What.RETURNED, now, source=source.name)
            if shelf.owners.get(article.id, source.id) == source.id:
                edited = _refresh(article, entry, now)
                shelf.add(article)
        placed.append(
            Placed(entry, article, is_new, is_new or article.id not in shelf.guids, edited)
        )
    session.flush()
    for guid, had, article in reused:
        note(article, What.REUSED, now, guid=guid, article=had)
        note(session.get_one(Article, had), What.SUPERSEDED, now, guid=guid, article=article.id)
    return placed, sightings


def _one_at_a_time(session: Session) -> None:
    """Hold back other readings until this transaction ends, so that two sources which carry the
    same article do not both store it. (SQLite has one writer anyway.)"""
    session.execute(sa.select(Source.id).order_by(Source.id).limit(1).with_for_update())


def _add(session: Session, seen: Seen, now: datetime) -> Article:
    article = Article(**fields(seen), override={}, history=[], first_seen_at=now, changed_at=now)
    _tell_of_its_date(article, seen, now)
    if seen.published is not None and seen.published > now:
        note(article, What.AHEAD, now, until=seen.published.isoformat())
    session.add(article)
    return article


def _sight(
    session: Session, shelf: _Shelf, seen: Seen, article: Article, now: datetime
) -> Sighting:
    """The sighting under this entry's key; an article that gets a new guid at every reading does
    not get more and more of them."""
    sighting = shelf.sightings.get(seen.key)
    if sighting is None and article.id in shelf.spare:
        sighting = shelf.spare.pop(article.id)
        sighting.guid = seen.key
    if sighting is None:
        sighting = Sighting(
            source_id=shelf.source.id,
            article=article,
            guid=seen.key,
            first_seen_at=now,
            last_seen_at=now,
        )
        session.add(sighting)
    sighting.missing_at = None
    shelf.sightings[seen.key] = sighting
    return sighting


def _tell_how_known(shelf: _Shelf, decision: Decision, seen: Seen, now: datetime) -> None:
    """A guid that this source never gave: the article is known all the same, and says by what."""
    article, source = decision.article, shelf.source.name
    if article is None or decision.by in (None, By.GUID):
        return
    if article.id not in shelf.guids:
        note(article, What.ALSO, now, source=source, by=decision.by.value)
    elif len(shelf.guids[article.id]) < MOST_GUIDS and not decision.reused:
        by = decision.by.value
        note(article, What.REPUBLISHED, now, source=source, guid=seen.key.lstrip("/"), by=by)


def _tell_of_its_date(article: Article, seen: Seen, now: datetime) -> None:
    """Once, if it cannot be right; what was a credible date before is kept."""
    if seen.absurd and article.published_at is None:
        wrote = seen.absurd[:LONGEST]
        if not any(e.get("wrote") == wrote for e in article.history):
            note(article, What.ABSURD, now, wrote=wrote)


def _refresh(article: Article, seen: Seen, now: datetime) -> bool:
    """Take an edit over and tell of it; True if a reader would see it."""
    if article.withdrawn_at is None:
        _tell_of_its_date(article, seen, now)
    edit = changes(article, seen)
    if not edit:
        return False
    shown = VISIBLE & edit.keys()
    before = article.url or ""
    if url_key(before) == url_key(str(edit.get("url", before))):
        shown -= {"url"}  # only another way to write it
    else:
        note(article, What.MOVED, now, before=before, after=edit["url"])
    if "published_at" in edit:
        was, becomes = article.published_at, edit["published_at"]
        note(
            article,
            What.REDATED,
            now,
            before=was and was.isoformat(),
            after=becomes.isoformat(),
        )
    if words := shown - {"url"}:
        title = {"title": article.title} if "title" in words else {}
        note(article, What.EDITED, now, fields=sorted(words), **title)
    for column, value in edit.items():
        setattr(article, column, value)
    if shown:
        article.changed_at = now
    return bool(shown)


def _retire(session: Session, shelf: _Shelf, seen: Seen) -> int:
    """Free a guid that its source uses for another article now; the old sighting stays on file.

    Returns the article that had it.
    """
    old = shelf.sightings.pop(seen.key)
    name = f"{old.guid} (was article {old.article_id})"
    # Two articles may take the same guid in turn.
    session.execute(
        sa.delete(Sighting)
        .where(Sighting.source_id == shelf.source.id, Sighting.guid == name)
        .execution_options(synchronize_session=False)
    )
    old.guid = name
    session.flush()  # before the guid is given again: inserts go out ahead of updates
    return old.article_id


def _load(session: Session, source: Source, seen: Sequence[Seen]) -> _Shelf:
    shelf = _Shelf(source)
    for keys in chunks({s.key for s in seen}):
        query = sa.select(Sighting).where(Sighting.source_id == source.id, Sighting.guid.in_(keys))
        shelf.sightings.update((s.guid, s) for s in session.scalars(query))
    articles = shelf.by_id
    _read(session, articles, Article.id, {s.article_id for s in shelf.sightings.values()})
    # Only what its guid does not tell is looked for by what else it may be known by.
    unsure = [entry for entry in seen if shelf.told_by_guid(entry) is None]
    addresses = {key for s in unsure for key in (s.url_key, s.canonical_key) if key}
    _read(session, articles, Article.url_key, addresses)
    _read(session, articles, Article.canonical_key, addresses)
    _read(session, articles, Article.content_hash, {s.hash for s in unsure})
    for number in sorted(articles):
        shelf.add(articles[number])
    shelf.forget_former_addresses(seen)
    last: dict[int, int] = {}
    for ids in chunks(articles):
        rows = session.execute(
            sa.select(Sighting.id, Sighting.article_id, Sighting.source_id, Sighting.guid)
            .where(Sighting.article_id.in_(ids))
            .order_by(Sighting.id)
        )
        for number, article, seen_in, guid in rows:
            shelf.owners.setdefault(article, seen_in)
            if seen_in == source.id:
                shelf.guids.setdefault(article, set()).add(guid)
                last[article] = number
    crowded = {a: last[a] for a, guids in shelf.guids.items() if len(guids) >= MOST_GUIDS}
    for chunk in chunks(set(crowded.values()) - {s.id for s in shelf.sightings.values()}):
        found_last = session.scalars(sa.select(Sighting).where(Sighting.id.in_(chunk)))
        shelf.spare.update((s.article_id, s) for s in found_last)
    return shelf


def _read(
    session: Session,
    articles: dict[int, Article],
    column: InstrumentedAttribute[Any],
    values: Collection[object],
) -> None:
    """Read the articles with one of these values in a column, but for the text of their pages."""
    for chunk in chunks(values):
        query = sa.select(Article).where(column.in_(chunk)).options(defer(Article.page_html))
        articles.update((article.id, article) for article in session.scalars(query))
