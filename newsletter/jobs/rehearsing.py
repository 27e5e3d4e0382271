"""Tries what storing a reading would do, article by article, and takes all of it back.

The store itself is asked, so that what `source check` promises is what `collect` does.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.decide import FIRST_OFFER, newest
from newsletter.collect.entry import Feed
from newsletter.collect.history import What, has, tell
from newsletter.collect.identity import Found, Seen, found_in
from newsletter.collect.offers import chunks
from newsletter.collect.reading import Place
from newsletter.collect.store import Stored, store
from newsletter.compose.content import ArticleView
from newsletter.installation import Installation
from newsletter.jobs.telling import moment
from newsletter.jobs.viewing import article_view
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceList
from subscribers.lists import find_list
from subscribers.models import ExcerptStyle, MailingList

MOST = 2000  # articles that are tried, as many as a feed may hold: less than a second, in which
# nobody else writes (SQLite has one writer); a folder may hold more
_NOBODY = "?"  # no source is called so


class Fate(enum.StrEnum):
    """What would become of one article of a reading."""

    OFFERED = "on offer"
    WAITS = "waits for its day"  # on offer, and dated ahead
    SEEN = "counts as seen"  # by a first reading
    HELD = "held back"  # too many old ones appeared at once
    KNOWN = "known"
    EDITED = "edited"  # known, and a reader would see the change
    REDATED = "re-dated"  # known, and its source changed nothing but its date
    ELSEWHERE = "known from before"  # from another source, or one that was removed
    UNWANTED = "no list takes it"


@dataclass(frozen=True)
class Item:
    """One article of a reading, and what would become of it."""

    title: str
    url: str | None
    published: datetime | None  # None: undated, or not credible
    fate: Fate
    others: tuple[str, ...] = ()  # names of other sources that carry it
    told: tuple[str, ...] = ()  # what would be written down of it now

    @property
    def becomes(self) -> str:
        """What would become of it, in words."""
        if self.fate is Fate.ELSEWHERE and self.others:
            return f"known from source '{self.others[0]}'"
        return self.fate.value


@dataclass(frozen=True)
class Rehearsal:
    """What storing a reading would do."""

    stored: Stored
    first: bool  # it would be the first reading of its source
    items: tuple[Item, ...]  # in the source's order, each article once
    sample: ArticleView | None  # the first of them as a reader would see it
    untried: int = 0  # older articles, of very many


def rehearse(
    inst: Installation,
    place: Place,
    feed: Feed,
    *,
    source_id: int | None = None,
    slug: str | None = None,
    pages: Mapping[str, str] | None = None,
    now: datetime,
) -> Rehearsal:
    """What storing this reading of a source would do, or of a place that is none yet.

    A place is tried as a source that offers to the list `slug`, or to none. `pages` are the texts
    of articles' own pages, by their address. Of very many articles the newest are tried. Nothing
    stays of it. Raises UnknownList.
    """
    tried = _newest_of(feed, now)
    trial = _trial(inst, place, tried, source_id, slug, pages or {}, now)
    return replace(trial, untried=len(feed.entries) - len(tried.entries))


def _newest_of(feed: Feed, now: datetime) -> Feed:
    """The feed with so many articles as can be tried; of those left out, none has vanished."""
    if len(feed.entries) <= MOST:
        return feed
    wanted = {id(one.entry) for one in newest(found_in(feed, now=now).seen, MOST, now)}
    entries = tuple(entry for entry in feed.entries if id(entry) in wanted)
    return replace(feed, entries=entries, lost=feed.lost + len(feed.entries))


def _trial(
    inst: Installation,
    place: Place,
    feed: Feed,
    source_id: int | None,
    slug: str | None,
    pages: Mapping[str, str],
    now: datetime,
) -> Rehearsal:
    found = found_in(feed, place.location, place.site, now=now)
    with inst.database.write() as session:
        trial = session.begin_nested()
        try:
            source = session.get(Source, source_id) if source_id is not None else None
            if source is None:
                source = _stand_in(session, place, slug, now)
            return _tried(session, source, feed, found, pages, now, inst.config.site.timezone)
        finally:
            trial.rollback()
            session.expunge_all()


def _stand_in(session: Session, place: Place, slug: str | None, now: datetime) -> Source:
    source = Source(
        name=_NOBODY, kind=place.kind, location=place.location, created_at=now, feeds=[],
        allow_private=place.allow_private, title="",
    )  # fmt: skip
    if slug is not None:
        source.feeds.append(SourceList(mlist=find_list(session, slug)))
    session.add(source)
    session.flush()
    return source


def _tried(
    session: Session,
    source: Source,
    feed: Feed,
    found: Found,
    pages: Mapping[str, str],
    now: datetime,
    timezone: str,
) -> Rehearsal:
    first = source.first_read_at is None
    mlists = [entry.mlist for entry in source.feeds]
    newest_sighting = session.scalar(sa.select(sa.func.max(Sighting.id))) or 0
    newest_article = session.scalar(sa.select(sa.func.max(Article.id))) or 0
    newest_offer = session.scalar(sa.select(sa.func.max(Offer.id))) or 0
    stored = store(session, source, feed, now=now, last_read=source.read_at, found=found)
    session.flush()
    pairs = _articles(session, source, found.seen)
    ids = [article.id for _, article in pairs]
    ours = _ours(session, source, ids, newest_sighting)
    others = _others(session, source, ids)
    offers = _new_offers(session, mlists, ids, newest_offer)
    wanted = {id(s) for s in newest((s for s, _ in pairs), FIRST_OFFER, now)}
    items = []
    for one, article in pairs:
        if article.id in offers:
            left = Fate.SEEN if first else Fate.HELD
            fate = Fate.OFFERED if OfferState.OFFERED in offers[article.id] else left
        elif article.id in ours:
            fate = _known(article, now)
        elif article.id <= newest_article:
            fate = Fate.ELSEWHERE
        elif mlists or source.name != _NOBODY:
            fate = Fate.UNWANTED
        else:
            fate = Fate.OFFERED if id(one) in wanted else Fate.SEEN
        if fate is Fate.OFFERED and one.published is not None and one.published > now:
            fate = Fate.WAITS
        items.append(
            Item(
                title=article.title,
                url=article.url,
                published=one.published,
                fate=fate,
                others=others.get(article.id, ()),
                told=_told(article, now, timezone),
            )
        )
    return Rehearsal(stored, first, tuple(items), _sample(pairs, mlists, pages, items))


def _known(article: Article, now: datetime) -> Fate:
    """What its source changed of an article just now."""
    if article.changed_at == now:
        return Fate.EDITED
    dated = has(article, What.REDATED)
    return Fate.REDATED if dated and dated.get("at") == now.isoformat() else Fate.KNOWN


def _ours(session: Session, source: Source, ids: Collection[int], upto: int) -> frozenset[int]:
    """Those of these articles that the source had shown before."""
    known: set[int] = set()
    for chunk in chunks(ids):
        query = sa.select(Sighting.article_id).where(
            Sighting.source_id == source.id, Sighting.article_id.in_(chunk), Sighting.id <= upto
        )
        known.update(session.scalars(query))
    return frozenset(known)


def _articles(session: Session, source: Source, seen: Sequence[Seen]) -> list[tuple[Seen, Article]]:
    """What was seen with the article it is, each article once."""
    found: dict[str, Article] = {}
    for keys in chunks({one.key for one in seen}):
        rows = session.execute(
            sa.select(Sighting.guid, Article)
            .join(Article, Article.id == Sighting.article_id)
            .where(Sighting.source_id == source.id, Sighting.guid.in_(keys))
        )
        found.update((guid, article) for guid, article in rows)
    pairs: dict[int, tuple[Seen, Article]] = {}
    for one in seen:
        article = found.get(one.key)
        if article is not None:
            pairs.setdefault(article.id, (one, article))
    return list(pairs.values())


def _others(session: Session, source: Source, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    names: dict[int, list[str]] = {}
    for chunk in chunks(ids):
        rows = session.execute(
            sa.select(Sighting.article_id, Source.name)
            .join(Source, Source.id == Sighting.source_id)
            .where(Sighting.article_id.in_(chunk), Sighting.source_id != source.id)
            .distinct()
            .order_by(Source.name)
        )
        for article, name in rows:
            names.setdefault(article, []).append(name)
    return {article: tuple(found) for article, found in names.items()}


def _new_offers(
    session: Session, mlists: Sequence[MailingList], ids: Collection[int], after: int
) -> dict[int, set[OfferState]]:
    """The states in which articles came to the lists just now, by article."""
    states: dict[int, set[OfferState]] = {}
    for chunk in chunks(ids):
        rows = session.execute(
            sa.select(Offer.article_id, Offer.state).where(
                Offer.mlist_id.in_([mlist.id for mlist in mlists]),
                Offer.article_id.in_(chunk),
                Offer.id > after,
            )
        )
        for article, state in rows:
            states.setdefault(article, set()).add(state)
    return states


def _told(article: Article, now: datetime, timezone: str) -> tuple[str, ...]:
    """What was written down of an article just now."""
    events = [event for event in article.history or [] if event.get("at") == now.isoformat()]
    lines = (tell(event, lambda when: moment(when, timezone)) for event in events)
    begins = f"{moment(now, timezone)}: "
    return tuple(
        line.removeprefix(begins).replace(f"source '{_NOBODY}'", "this source")
        for line in lines
        if line
    )


def _sample(
    pairs: Sequence[tuple[Seen, Article]],
    mlists: Sequence[MailingList],
    pages: Mapping[str, str],
    items: Sequence[Item],
) -> ArticleView | None:
    """The first whose own page was read, else that would be on offer, else of all."""
    if not pairs:
        return None
    read = [n for n, item in enumerate(items) if item.url in pages]
    offered = [n for n, item in enumerate(items) if item.fate is Fate.OFFERED]
    article = pairs[next(iter([*read, *offered]), 0)][1]
    article.page_html = pages.get(article.url or "") or article.page_html or ""
    # Who has no list yet is shown what a list does unless told otherwise.
    plain = MailingList(
        language=article.language or "en", excerpt_words=60, excerpt_style=ExcerptStyle.PARAGRAPHS
    )
    return article_view(article, mlists[0] if mlists else plain)
