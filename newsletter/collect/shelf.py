"""What the store knows of the entries of one reading: by guid, address, words and title.

Everything is read in sets, a fixed number of queries for a reading whatever its length, and only
by what this reading names: nothing grows with the history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from newsletter.collect.decide import (
    By,
    Decision,
    Known,
    are_apart,
    decide,
    is_recounted,
    is_retitled,
    is_reworded,
    is_unchanged,
    is_wholesale,
    time_between,
)
from newsletter.collect.edits import changes, fields
from newsletter.collect.entry import url_key
from newsletter.collect.identity import Seen
from newsletter.collect.likeness import folded, is_corrected, same_text, same_words
from newsletter.collect.offers import chunks
from newsletter.models import Article, Sighting, Source

MOST_GUIDS = 5  # of one article in one source; a source with more makes them up as it goes
LAST_ONES = 200  # sightings of a source that an entry of the same title may be
MOST_CORRECTED = 100  # titles of one reading that are looked at for a correction
_RETIRED = re.compile(r" \(was article \d+\)\Z")


def retired_name(guid: str, article: int) -> str:
    """What a sighting is filed under, once its source uses its guid for another article."""
    return f"{guid} (was article {article})"


@dataclass
class Shelf:
    """What the store knows of the entries of one reading, and what this reading adds."""

    source: Source
    reading: Sequence[Seen]  # in an order of their own, so that the source's decides nothing
    sightings: dict[str, Sighting] = field(default_factory=dict)  # of this source, by guid
    by_id: dict[int, Article] = field(default_factory=dict)
    by_url: dict[str, Article] = field(default_factory=dict)
    by_hash: dict[str, list[Article]] = field(default_factory=dict)
    by_title: dict[str, list[Article]] = field(default_factory=dict)  # this source's own last ones
    shown_last: list[Article] = field(default_factory=list)  # those with a title like an entry's
    owners: dict[int, int] = field(default_factory=dict)  # article id -> source that had it first
    editors: dict[int, int] = field(default_factory=dict)  # … that is read and has it, the first
    guids: dict[int, set[str]] = field(default_factory=dict)  # of this source, by article id
    spare: dict[int, Sighting] = field(default_factory=dict)  # the last of MOST_GUIDS, likewise
    here: dict[str, Article] = field(default_factory=dict)  # placed in this reading, by guid
    now: dict[int, Article] = field(default_factory=dict)  # by id(): as this reading tells them
    sure: set[str] = field(default_factory=set)  # the guids of entries that say what is known
    made: set[int] = field(default_factory=set)  # id() of those that are new
    claims: dict[int, Seen] = field(default_factory=dict)  # by id(): those that stand in it
    redated: bool = False
    recounted: bool = False

    def __post_init__(self) -> None:
        self.at: dict[str, list[Seen]] = {}
        self.saying: dict[str, list[Seen]] = {}
        for entry in self.reading:
            for key in {entry.url_key, entry.canonical_key} - {None}:
                self.at.setdefault(key or "", []).append(entry)
            self.saying.setdefault(entry.hash, []).append(entry)

    def add(self, article: Article) -> None:
        self._file(article, article.content_hash, (article.url_key, article.canonical_key))

    def settle(self, seen: Seen, article: Article) -> None:
        """From now on this entry is this article, for those that come after it."""
        self.here[seen.key] = article
        if article.id is None:
            self.made.add(id(article))
        if id(article) not in self.now:
            self.now[id(article)] = self._as_told_by(seen, article)
            self.claims[id(article)] = seen
        self._file(article, seen.hash, (seen.url_key, seen.canonical_key))

    def _file(self, article: Article, words: str, addresses: Iterable[str | None]) -> None:
        # The oldest wins where two articles came to share an address.
        for key in addresses:
            if key:
                self.by_url.setdefault(key, article)
        same = self.by_hash.setdefault(words, [])
        if article not in same:
            same.append(article)

    def decide(self, seen: Seen) -> Decision:
        """Which article an entry is, now that those before it have found their places."""
        if seen.key in self.here:  # `identify` has seen to it that what shares a guid is one
            return Decision(self.here[seen.key], by=By.GUID)
        candidates: dict[int, Article] = {}

        def as_told(article: Article | None) -> Article | None:
            """As an entry before this one tells it, so that both say the same at the next time."""
            if article is None:
                return None
            told = self._told(article)
            candidates[id(told)] = article
            return told

        decision = decide(self._known(seen, as_told), seen)
        return replace(decision, article=candidates.get(id(decision.article)))

    def _known(self, seen: Seen, as_told: Callable[[Article | None], Article | None]) -> Known:
        held = self._held(seen)
        if held is not None and is_unchanged(self._told(held), seen):
            return Known(by_guid=as_told(held))
        keys = [key for key in (seen.url_key, seen.canonical_key) if key in self.by_url]
        there = self.by_url[keys[0]] if keys else None
        text = self._of_its_words(seen)
        if text is not None and {text.url_key, text.canonical_key}.intersection(keys):
            there = text
        return Known(
            by_guid=as_told(held),
            by_url=as_told(there),
            by_text=as_told(text),
            by_title=tuple(filter(None, map(as_told, self._of_its_title(seen)))),
            retitled=as_told(self._of_its_text(seen)),
            guid_elsewhere=held is not None and self._stands_elsewhere(held, seen),
            guid_own=held is None or self.is_own(held),
            url_own=there is not None and self.is_own(there),
            other_guid=there is not None and self._has_another_guid(there, seen),
            text_elsewhere=text is not None and self._is_elsewhere(text, seen),
            text_own=text is not None and text.id in self.guids,
            text_bare=text is not None and self.guids.get(text.id) == {text.content_hash},
            text_recurs=len(self.by_hash.get(seen.hash, ())) > 1,
            redated=self.redated,
            recounted=self.recounted,
        )

    def is_own(self, article: Article) -> bool:
        """Whether this source had it first."""
        return self.owners.get(article.id, self.source.id) == self.source.id

    def edits(self, article: Article) -> bool:
        """Whether it is told as this source tells it: of those that are read and have it, the one
        that had it first."""
        return self.editors.get(article.id, self.source.id) == self.source.id

    def turns(self) -> list[Seen]:
        """The entries in the order in which they find their places: those that guid or address
        tells come first, so that what has only its words knows which articles stand there."""
        told: dict[By | None, list[tuple[Seen, Article | None]]] = {}
        for entry in self.reading:
            decision = self.decide(entry)
            by = decision.by if decision.by in (By.GUID, By.ADDRESS) else None
            told.setdefault(by, []).append((entry, decision.article))
        order = [*told.get(By.GUID, ()), *told.get(By.ADDRESS, ())]
        for entry, article in order:
            self.claims.setdefault(id(article), entry)
        rest = [entry for entry, _ in told.get(None, ())]
        self.redated = self._are_many({e.hash for e in rest if self._is_redated(e)})
        self.recounted = self._are_many({e.hash for e in rest if self._is_recounted(e)})
        return [*(entry for entry, _ in order), *rest]

    def begin(self) -> None:
        """What says what is known stands where it stood."""
        for entry in self.reading:
            held = self._held(entry)
            if held is not None and is_unchanged(held, entry):
                self.claims.setdefault(id(held), entry)
                self.sure.add(entry.key)
        self._forget_former_addresses()

    def _forget_former_addresses(self) -> None:
        """What moved, as its guid tells, leaves its address to whatever this reading has there."""
        for entry in self.reading:
            held = self._held(entry)
            if held is None or not entry.url_key or held.url_key in (None, entry.url_key):
                continue
            if self.decide(entry).by is By.GUID and self.by_url.get(held.url_key) is held:
                del self.by_url[held.url_key]

    def _held(self, seen: Seen) -> Article | None:
        sighting = self.sightings.get(seen.key)
        if sighting is None:
            return None
        return self.by_id.get(sighting.article_id) or sighting.article

    def _as_told_by(self, seen: Seen, article: Article) -> Article:
        """What this entry makes of it: nothing of what it made, or of what another source tells."""
        if id(article) in self.made or not self.edits(article):
            return article
        columns = {column: getattr(article, column) for column in (*fields(seen), "history")}
        return Article(**columns | changes(article, seen))

    def _told(self, article: Article) -> Article:
        return self.now.get(id(article), article)

    def _of_its_words(self, seen: Seen) -> Article | None:
        """Of several articles of the very same words the one near in time, rather one that no other
        entry is, and the nearest."""
        same = (
            a for a in self.by_hash.get(seen.hash, ()) if self._told(a).content_hash == seen.hash
        )
        return min(
            same,
            key=lambda a: (
                are_apart(self._told(a), seen),
                self._is_elsewhere(a, seen),
                time_between(self._told(a), seen) or timedelta(),
            ),
            default=None,
        )

    def _of_its_title(self, seen: Seen) -> list[Article]:
        titled = self.by_title.get(folded(seen.entry.title), ())
        return [article for article in titled if not self._is_elsewhere(article, seen)]

    def _of_its_text(self, seen: Seen) -> Article | None:
        """The one article that the source showed last and this entry is, under a title that was
        corrected; none, where several have that text: it tells nothing then."""
        found = [
            article
            for article in self.shown_last
            if not self._is_elsewhere(article, seen) and is_retitled(self._told(article), seen)
        ]
        if len(found) != 1 or sum(same_text(seen.entry, one.entry) for one in self.reading) > 1:
            return None
        return found[0]

    def _is_redated(self, seen: Seen) -> bool:
        text = self._of_its_words(seen)
        return text is not None and are_apart(text, seen) and not self._is_elsewhere(text, seen)

    def _is_recounted(self, seen: Seen) -> bool:
        return any(
            is_reworded(article, seen) and is_recounted(article, seen)
            for article in self._of_its_title(seen)
        )

    def _are_many(self, different: Collection[str]) -> bool:
        return is_wholesale(len(different), len(self.reading))

    def is_unchanged(self, seen: Seen) -> bool:
        held = self._held(seen)
        return held is not None and is_unchanged(held, seen)

    def _is_elsewhere(self, article: Article, seen: Seen) -> bool:
        return self.claims.get(id(article), seen) is not seen

    def _stands_elsewhere(self, article: Article, seen: Seen) -> bool:
        """Whether the article of this guid is another entry: guids that only number the items of a
        feed shift with every new one."""
        told = self._told(article)
        if folded(told.title) == folded(seen.entry.title) and not are_apart(told, seen):
            return False
        mine = {told.url_key, told.canonical_key} - {None}
        if mine and seen.url_key:
            now_at = self.by_url.get(seen.url_key, article)
            if now_at is not article and now_at.content_hash == seen.hash:
                return True
            if {seen.url_key, seen.canonical_key} & mine:
                return False
            there = (other for key in mine for other in self.at.get(key or "", ()))
            return any(same_words(told, o.entry) for o in there if self._is_another_one(o, seen))
        if mine or seen.url_key:
            return False
        same = self.by_hash.get(seen.hash, ())
        if any(one is not article and not self._is_elsewhere(one, seen) for one in same):
            return True
        saying = self.saying.get(told.content_hash, ())
        return any(self._is_another_one(other, seen) for other in saying)

    def _is_another_one(self, other: Seen, seen: Seen) -> bool:
        """Whether another entry may be what this one's guid brought; none that is what its own
        guid brought before."""
        return other.key not in (self.sure | {seen.key})

    def _has_another_guid(self, article: Article, seen: Seen) -> bool:
        keys = {seen.guid, article.url_key, article.content_hash}
        return any(
            # A guid that is the address with the number of a version tells of an edit.
            not keys & {guid, url_key(guid)}
            and not guid.startswith("//")
            and not _RETIRED.search(guid)
            for guid in self.guids.get(article.id, ())
        )


def _by_itself(seen: Seen) -> tuple[object, ...]:
    """Sorts the entries of a reading by what each says, the newest first."""
    dated = seen.published.timestamp() if seen.published else 0.0
    return (-dated, seen.key, seen.hash, seen.url_key or "", seen.canonical_key or "")


def load(session: Session, source: Source, seen: Sequence[Seen]) -> Shelf:
    """All that a reading needs of the store."""
    shelf = Shelf(source, sorted(seen, key=_by_itself))
    for keys in chunks({s.key for s in seen}):
        query = sa.select(Sighting).where(Sighting.source_id == source.id, Sighting.guid.in_(keys))
        shelf.sightings.update((s.guid, s) for s in session.scalars(query))
    articles = shelf.by_id
    _read(session, articles, Article.id, {s.article_id for s in shelf.sightings.values()})
    # Only what its guid does not tell is looked for by what else it may be known by.
    unsure = [entry for entry in seen if not shelf.is_unchanged(entry)]
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
    is_read = sa.and_(Source.active.is_(True), Source.gone_at.is_(None))
    has_it = sa.and_(is_read, Sighting.missing_at.is_(None))
    for ids in chunks(articles):
        rows = session.execute(
            sa.select(Sighting.id, Sighting.article_id, Sighting.source_id, Sighting.guid, has_it)
            .join(Source, Source.id == Sighting.source_id)
            .where(Sighting.article_id.in_(ids))
            .order_by(Sighting.id)
        )
        for number, article, seen_in, guid, there in rows:
            shelf.owners.setdefault(article, seen_in)
            if there or seen_in == source.id:
                shelf.editors.setdefault(article, seen_in)
            if seen_in == source.id:
                shelf.guids.setdefault(article, set()).add(guid)
                last[article] = number
    shelf.begin()
    crowded = {a: last[a] for a, guids in shelf.guids.items() if len(guids) >= MOST_GUIDS}
    for chunk in chunks(set(crowded.values()) - {s.id for s in shelf.sightings.values()}):
        found_last = session.scalars(sa.select(Sighting).where(Sighting.id.in_(chunk)))
        shelf.spare.update((s.article_id, s) for s in found_last)
    return shelf


def _read_by_title(session: Session, shelf: Shelf, unsure: Sequence[Seen]) -> dict[str, list[int]]:
    """The source's own last articles that have the title of an entry nobody knows, the last first;
    `shelf.shown_last` are those whose title may have been corrected to that of such an entry.

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
    there: list[sa.Row[int, str]] = []
    for numbers in chunks(source.shown):
        there += session.execute(query.where(Sighting.id.in_(numbers)))
    bare = [s.entry.title for s in unsure if not (s.guid or s.url_key) and s.hash not in hashes]
    bare = bare[:MOST_CORRECTED]
    like = {number for number, title in there if any(is_corrected(title, new) for new in bare)}
    found: dict[str, list[int]] = {}
    for number, title in (*rows, *there):
        same = found.setdefault(folded(title), [])
        if number not in same:
            same.append(number)
    found = {title: numbers for title, numbers in found.items() if title in wanted}
    titled = {number for same in found.values() for number in same}
    _read(session, articles, Article.id, (titled | like) - set(articles))
    shelf.shown_last = [articles[number] for number in sorted(like)]
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
