"""Chooses which articles' own pages are asked for, and how often: see `visiting`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, load_only

from newsletter.collect.excerpt import is_cut
from newsletter.collect.history import What
from newsletter.collect.hosts import private_for
from newsletter.collect.offers import chunks
from newsletter.collect.visitor import Wanted
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceKind, SourceList
from subscribers.models import ExcerptStyle, MailingList

MOST = 20  # pages of one source in one visit; what is left is asked for at the next
TRIES = 3  # times that a page is asked for, if it gives nothing
AGAIN = timedelta(days=1)  # between two tries
RECENT = timedelta(days=7)  # on offer, or missing, since; what is older is let be
_FROM = (SourceKind.FEED, SourceKind.PAGE)  # a file has all its text, and a missing one is gone


def cut_pages(session: Session, sources: Sequence[int], now: datetime) -> list[Wanted]:
    """The pages of articles on offer that want a text or a picture, the newest first."""
    reading = {
        source.id: source
        for ids in chunks(sources)
        for source in session.scalars(
            sa.select(Source).where(
                Source.id.in_(ids), Source.read_articles.is_(True), Source.kind.in_(_FROM)
            )
        )
    }
    if not reading:
        return []
    lists, full = lists_of(session, reading)
    brought = brought_by(session, reading, on_offer(session, lists, now))
    pages: list[Wanted] = []
    taken: Counter[int] = Counter()
    for article in _unread(session, brought, now):
        source = reading[brought[article.id]]
        if taken[source.id] < MOST and _wants(article, whole=source.id in full):
            taken[source.id] += 1
            pages.append(_wanted(article, source))
    return pages


def lists_of(session: Session, sources: Iterable[int]) -> tuple[set[int], set[int]]:
    """The lists that these sources offer to, and the sources with one that shows whole texts."""
    lists: set[int] = set()
    full: set[int] = set()
    for ids in chunks(sources):
        rows = session.execute(
            sa.select(SourceList.source_id, MailingList.id, MailingList.excerpt_style)
            .join(MailingList, MailingList.id == SourceList.mlist_id)
            .where(SourceList.source_id.in_(ids))
        )
        for source, mlist, style in rows:
            lists.add(mlist)
            if style is ExcerptStyle.FULL:
                full.add(source)
    return lists, full


def on_offer(session: Session, lists: Iterable[int], now: datetime) -> set[int]:
    """The articles that came on offer lately: read by index, whatever was offered before."""
    return {
        article
        for ids in chunks(lists)
        for article in session.scalars(
            sa.select(Offer.article_id).where(
                Offer.mlist_id.in_(ids),
                Offer.state == OfferState.OFFERED,
                Offer.offered_at >= now - RECENT,
            )
        )
    }


def brought_by(session: Session, sources: Iterable[int], articles: Iterable[int]) -> dict[int, int]:
    """By article, which of these sources had it first."""
    wanted = set(sources)
    found: dict[int, int] = {}
    for ids in chunks(sorted(articles)):
        rows = session.execute(
            sa.select(Sighting.article_id, Sighting.source_id)
            .where(Sighting.article_id.in_(ids))
            .order_by(Sighting.id)
        )
        for article, source in rows:
            if source in wanted:
                found.setdefault(article, source)
    return found


def _unread(session: Session, articles: Iterable[int], now: datetime) -> list[Article]:
    found: list[Article] = []
    for ids in chunks(sorted(articles)):
        query = sa.select(Article).where(
            Article.id.in_(ids),
            Article.url.is_not(None),
            Article.url_key.is_not(None),  # an address that six articles share is none's own page
            Article.withdrawn_at.is_(None),
            Article.removed_at.is_(None),
            sa.or_(
                Article.page_read_at.is_(None),
                Article.page_read_at < Article.changed_at,
                sa.and_(Article.page_html == "", Article.page_read_at <= now - AGAIN),
            ),
        )
        found += session.scalars(query.options(defer(Article.page_html)))
    # Of those that came at once, a source has the newest first.
    return sorted(found, key=lambda a: ((a.published_at or a.first_seen_at).timestamp(), -a.id))[
        ::-1
    ]


def _wants(article: Article, *, whole: bool) -> bool:
    """Whether its page may give what it lacks; `whole`, if all of its text is shown."""
    if article.page_read_at is not None and article.page_read_at >= article.changed_at:
        return 0 < _tries(article, article.changed_at) < TRIES
    text = "excerpt" not in article.override and is_cut(article.summary_html, article.content_html)
    picture = article.image is None and "image" not in article.override
    return text or picture or (whole and is_cut("", article.content_html))


def _tries(article: Article, since: datetime) -> int:
    """How often its page gave nothing since then."""
    return sum(
        int(event.get("times", 1))
        for event in article.history
        if event.get("what") == What.UNREADABLE
        and datetime.fromisoformat(str(event["at"])) >= since
    )


def missing_pages(session: Session, sources: Sequence[int], now: datetime) -> list[Wanted]:
    """The pages of articles that their source lists no more, and which are held back for that."""
    pages: list[Wanted] = []
    taken: Counter[int] = Counter()
    for ids in chunks(sources):
        rows = session.execute(
            sa.select(Article, Source, Sighting.missing_at)
            .join(Sighting, Sighting.article_id == Article.id)
            .join(Source, Source.id == Sighting.source_id)
            .where(
                Sighting.source_id.in_(ids),
                Sighting.missing_at.is_not(None),
                Sighting.missing_at >= now - RECENT,
                Source.kind.in_(_FROM),
                Article.removed_at.is_not(None),
                Article.withdrawn_at.is_(None),
                Article.url.is_not(None),
                Article.url_key.is_not(None),
                sa.or_(
                    Article.page_read_at.is_(None),
                    Article.page_read_at < Sighting.missing_at,
                    Article.page_read_at <= now - AGAIN,
                ),
            )
            .options(load_only(Article.url, Article.title, Article.history))
            .order_by(Sighting.missing_at.desc(), Article.id.desc())
            .limit(5 * MOST * len(ids))  # some have been asked for often enough
        )
        for article, source, since in rows:
            assert since is not None  # the query says so
            if _tries(article, since) >= TRIES:
                continue
            if taken[source.id] < MOST:
                taken[source.id] += 1
                pages.append(_wanted(article, source, vanished=True))
    return list({page.article: page for page in pages}.values())


def _wanted(article: Article, source: Source, *, vanished: bool = False) -> Wanted:
    assert article.url is not None  # the queries say so
    private = private_for(article.url, source)
    return Wanted(article.id, source.id, article.url, article.title, private, vanished)
