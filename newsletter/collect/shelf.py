"""What the store knows of the entries of one reading: by guid, address, words and title.

Everything is read in sets, a fixed number of queries for a reading whatever its length, and only
by what this reading names: nothing grows with the history.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from newsletter.collect.decide import Known, Seen, are_apart, decide, is_another
from newsletter.collect.likeness import folded, same_words
from newsletter.collect.offers import chunks
from newsletter.models import Article, Sighting, Source

MOST_GUIDS = 5  # of one article in one source; a source with more makes them up as it goes
LAST_ONES = 200  # sightings of a source that an entry of the same title may be
_RETIRED = re.compile(r" \(was article \d+\)\Z")


def retired_name(sighting: Sighting) -> str:
    """What a sighting is filed under, once its source uses its guid for another article."""
    return f"{sighting.guid} (was article {sighting.article_id})"


@dataclass
class Shelf:
    """What the store knows of the entries of one reading, and what this reading adds."""

    source: Source
    reading: Sequence[Seen]
    sightings: dict[str, Sighting] = field(default_factory=dict)  # of this source, by guid
    by_id: dict[int, Article] = field(default_factory=dict)
    by_url: dict[str, Article] = field(default_factory=dict)
    by_hash: dict[str, list[Article]] = field(default_factory=dict)
    by_title: dict[str, list[Article]] = field(default_factory=dict)  # this source's own last ones
    owners: dict[int, int] = field(default_factory=dict)  # article id -> source that had it first
    guids: dict[int, set[str]] = field(default_factory=dict)  # of this source, by article id
    spare: dict[int, Sighting] = field(default_factory=dict)  # the last of MOST_GUIDS, likewise
    here: set[int] = field(default_factory=set)  # id() of articles that stand in this reading
    claims: dict[int, Seen] = field(default_factory=dict)  # those that guid or address will place

    def __post_init__(self) -> None:
        self.at: dict[str, list[Seen]] = {}
        self.saying: dict[str, list[Seen]] = {}
        for entry in self.reading:
            for key in {entry.url_key, entry.canonical_key} - {None}:
                self.at.setdefault(key or "", []).append(entry)
            self.saying.setdefault(entry.hash, []).append(entry)

    def add(self, article: Article) -> None:
        # The oldest wins where two articles came to share an address.
        for key in (article.url_key, article.canonical_key):
            if key:
                self.by_url.setdefault(key, article)
        same = self.by_hash.setdefault(article.content_hash, [])
        if article not in same:
            same.append(article)

    def known(self, seen: Seen) -> Known:
        held = self._held(seen)
        keys = [key for key in (seen.url_key, seen.canonical_key) if key in self.by_url]
        there = self.by_url[keys[0]] if keys else None
        # Of several with these words, rather one that no other entry is, and near in time.
        text = min(
            self.by_hash.get(seen.hash, ()),
            key=lambda a: (self._is_elsewhere(a, seen), are_apart(a, seen)),
            default=None,
        )
        titled = self.by_title.get(folded(seen.entry.title), ())
        return Known(
            by_guid=held,
            by_url=there,
            by_text=text,
            by_title=tuple(a for a in titled if not self._is_elsewhere(a, seen)),
            guid_elsewhere=held is not None and self._stands_elsewhere(held, seen),
            url_own=there is not None and (there.id in self.guids or id(there) in self.here),
            other_guid=there is not None and self._has_another_guid(there, seen),
            text_elsewhere=text is not None and self._is_elsewhere(text, seen),
            text_own=text is not None and text.id in self.guids,
            text_bare=text is not None and self.guids.get(text.id) == {text.content_hash},
        )

    def told_by_guid(self, seen: Seen) -> Article | None:
        held = self._held(seen)
        if held is None or is_another(held, seen) or self._stands_elsewhere(held, seen):
            return None
        return held

    def forget_former_addresses(self) -> None:
        """What moved, as its guid tells, leaves its address to whatever this reading has there."""
        for entry in self.reading:
            article = self.told_by_guid(entry)
            if article is None or not entry.url_key or not article.url_key:
                continue
            if entry.url_key != article.url_key and self.by_url.get(article.url_key) is article:
                del self.by_url[article.url_key]

    def settle_claims(self) -> None:
        """Which articles stand in this reading under their guid or address, whatever the order."""
        for entry in self.reading:
            known = replace(self.known(entry), by_text=None, by_title=())
            article = decide(known, entry).article
            if article is not None:
                self.claims.setdefault(id(article), entry)

    def _held(self, seen: Seen) -> Article | None:
        sighting = self.sightings.get(seen.key)
        if sighting is None:
            return None
        return self.by_id.get(sighting.article_id) or sighting.article

    def _is_elsewhere(self, article: Article, seen: Seen) -> bool:
        return id(article) in self.here or self.claims.get(id(article), seen) is not seen

    def _stands_elsewhere(self, article: Article, seen: Seen) -> bool:
        """Whether the article of this guid is another entry: guids that only number the items of a
        feed shift with every new one."""
        if folded(article.title) == folded(seen.entry.title) and not are_apart(article, seen):
            return False
        mine = {article.url_key, article.canonical_key} - {None}
        if mine and seen.url_key:
            now_at = self.by_url.get(seen.url_key, article)
            if now_at is not article and now_at.content_hash == seen.hash:
                return True
            if {seen.url_key, seen.canonical_key} & mine:
                return False
            there = (other for key in mine for other in self.at.get(key or "", ()))
            return any(same_words(article, o.entry) for o in there if o is not seen)
        if mine or seen.url_key:
            return False
        if any(other is not article for other in self.by_hash.get(seen.hash, ())):
            return True
        return any(other is not seen for other in self.saying.get(article.content_hash, ()))

    def _has_another_guid(self, article: Article, seen: Seen) -> bool:
        keys = {seen.guid, article.url_key, article.content_hash}
        return any(
            guid not in keys and not guid.startswith("//") and not _RETIRED.search(guid)
            for guid in self.guids.get(article.id, ())
        )


def load(session: Session, source: Source, seen: Sequence[Seen]) -> Shelf:
    """All that a reading needs of the store."""
    shelf = Shelf(source, seen)
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
    titled = _read_by_title(session, shelf, unsure)
    for number in sorted(articles):
        shelf.add(articles[number])
    for title, numbers in titled.items():
        shelf.by_title[title] = [articles[number] for number in numbers]
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
    shelf.forget_former_addresses()
    shelf.settle_claims()
    crowded = {a: last[a] for a, guids in shelf.guids.items() if len(guids) >= MOST_GUIDS}
    for chunk in chunks(set(crowded.values()) - {s.id for s in shelf.sightings.values()}):
        found_last = session.scalars(sa.select(Sighting).where(Sighting.id.in_(chunk)))
        shelf.spare.update((s.article_id, s) for s in found_last)
    return shelf


def _read_by_title(session: Session, shelf: Shelf, unsure: Sequence[Seen]) -> dict[str, list[int]]:
    """The source's own last articles that have the title of an entry nobody knows, the last first.

    Asked of what the source showed at its last reading and of the LAST_ONES before, and only where
    a collection has something new; what is added by hand is what its editor says.
    """
    source, articles = shelf.source, shelf.by_id
    hashes = {article.content_hash for article in articles.values()}
    wanted = {folded(s.entry.title) for s in unsure if s.hash not in hashes}
    if not source.shown or not wanted:
        return {}
    query = (
        sa.select(Sighting.article_id, Article.title)
        .join(Article, Article.id == Sighting.article_id)
        .where(Sighting.source_id == source.id)
    )
    rows = list(session.execute(query.order_by(Sighting.id.desc()).limit(LAST_ONES)))
    for numbers in chunks(source.shown):
        rows += session.execute(query.where(Sighting.id.in_(numbers)))
    found: dict[str, list[int]] = {}
    for number, title in rows:
        same = found.setdefault(folded(title), [])
        if number not in same:
            same.append(number)
    found = {title: numbers for title, numbers in found.items() if title in wanted}
    _read(
        session, articles, Article.id, {n for same in found.values() for n in same} - set(articles)
    )
    return found


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
