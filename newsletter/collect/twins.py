"""Knows which articles are one, by the address that their own pages give, or as an editor says.

Both stay, each with its own offers and sightings. Which of them a schedule carries is decided
whenever an issue is made (`jobs.candidates`), by what holds then: so nothing is lost when the one
that stood for both is taken away, or when a page names the wrong address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, load_only

from newsletter.collect.decide import A_WEEK
from newsletter.collect.entry import url_key
from newsletter.collect.history import What, note
from newsletter.collect.identity import is_front_page, short
from newsletter.collect.likeness import ALIKE, date_gap, same_words, text_likeness
from newsletter.collect.offers import chunks
from newsletter.collect.titles import numbers_agree
from newsletter.models import Article, Sighting, Source


def same_as(
    session: Session, article: Article, canonical_url: str, *, now: datetime
) -> Article | None:
    """Take over what an article's own page calls its address; the other article that it is.

    From now on the article is found by this address too. An address that is nobody's own is not
    taken: a site's front page, that of an article which says other things, or of one that a source
    shows beside it at another address. Where another article has it, and says the same, each of
    the two notes that it is the same as the other.
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
    if other is not None and (
        other.id in _parted(article)
        or not _say_the_same(other, article)
        or _apart(session, other, article)
    ):
        return None
    article.canonical_url, article.canonical_key = canonical_url, key
    note(article, What.CANONICAL, now, url=canonical_url)
    if other is None:
        return None
    _join(article, other, What.SAME, now)
    return other


def join(article: Article, other: Article, *, now: datetime) -> None:
    """Make two articles one, as an editor says."""
    _join(article, other, What.JOINED, now)


def part(session: Session, article: Article, *, now: datetime) -> list[Article]:
    """Make an article one of its own again, whatever pages say of it later; those it was one with.

    An address that it shared with one of them is no longer its own, and the others stay one.
    """
    others = twins_of(session, article)
    named = {key for other in others for key in (other.url_key, other.canonical_key) if key}
    if article.canonical_key in named:
        article.canonical_url = article.canonical_key = None
    for other in others:
        note(article, What.PARTED, now, article=other.id)
        note(other, What.PARTED, now, article=article.id)
        if other.canonical_key is not None and other.canonical_key == article.url_key:
            other.canonical_url = other.canonical_key = None
    for one, other in pairwise(others):
        if other.id not in twins(session, [one]).get(one.id, ()):  # they hung together by it alone
            _join(one, other, What.JOINED, now)
    return others


def _join(one: Article, other: Article, how: What, now: datetime) -> None:
    note(one, how, now, article=other.id)
    note(other, how, now, article=one.id)
    if not (one.override and other.override):  # an editor's words are of both
        one.override = other.override = one.override or other.override


def _say_the_same(one: Article, other: Article) -> bool:
    # The council of 3 March is not that of 5 April, though most of its words are; nor is this
    # week's menu the last one, whose page it was copied from with the address that it names.
    if not (numbers_agree(one.title, other.title) and same_words(one, other)):
        return False
    gap, alike = date_gap(one.published_at, other.published_at), text_likeness(one, other)
    return gap is None or abs(gap) < A_WEEK or alike is None or alike >= ALIKE


def _apart(session: Session, one: Article, other: Article) -> bool:
    """Whether a source shows both, each at an address of its own: then they are two."""
    if not one.url_key or not other.url_key or one.url_key == other.url_key:
        return False
    rows = session.execute(
        sa.select(Sighting.article_id, Sighting.id, Source)
        .join(Source, Source.id == Sighting.source_id)
        .where(Sighting.article_id.in_([one.id, other.id]))
    )
    shown: defaultdict[int, set[int]] = defaultdict(set)
    for article, sighting, source in rows:
        if sighting in (source.shown or ()):
            shown[source.id].add(article)
    return any(len(both) == 2 for both in shown.values())


def common_addresses(
    session: Session, source_id: int, given: Iterable[tuple[int, str]]
) -> frozenset[str]:
    """The keys of addresses that several articles of a source give as theirs: nobody's own.

    `given` are articles, by id, with what their pages name. Articles that took such an address
    before give it back.
    """
    used: defaultdict[str, set[int]] = defaultdict(set)
    for article_id, url in given:
        if key := short(url_key(url)):
            used[key].add(article_id)
    held: list[Article] = []
    for keys in chunks(used):
        query = (
            sa.select(Article)
            .join(Sighting, Sighting.article_id == Article.id)
            .where(Sighting.source_id == source_id, Article.canonical_key.in_(keys))
            .options(load_only(Article.canonical_key, Article.canonical_url))
        )
        held += session.scalars(query).unique()
    for article in held:
        used[article.canonical_key or ""].add(article.id)
    common = frozenset(key for key, articles in used.items() if len(articles) > 1)
    for article in held:
        if article.canonical_key in common:
            article.canonical_url = article.canonical_key = None
    return common


def twins(session: Session, articles: Sequence[Article]) -> dict[int, frozenset[int]]:
    """By article, the ids of the others that it is one with; only of those that have some."""
    edges: set[tuple[int, int]] = set()
    known: set[int] = set()
    rest: Sequence[Article] = articles
    while rest:
        known |= {article.id for article in rest}
        edges |= {(article.id, other) for article in rest for other in named_twins(article)}
        found = {one.id: one for one in _by(session, Article.id, {b for _, b in edges} - known)}
        # The older of two did not always note it: it knows the younger by an address of both.
        for one in _under_the_addresses_of(session, rest):
            if one.id not in known and named_twins(one) & known:
                found[one.id] = one
        rest = list(found.values())
    return _groups(edges)


def twins_of(session: Session, article: Article) -> list[Article]:
    """The others that are one with it, the oldest first."""
    ids = twins(session, [article]).get(article.id, ())
    query = sa.select(Article).where(Article.id.in_(ids)).order_by(Article.id)
    # Such a one may have been read in part.
    return list(session.scalars(query.execution_options(populate_existing=True))) if ids else []


def named_twins(article: Article) -> set[int]:
    """The articles that it was found to be one with, as its history says."""
    return {other for other, what in _last_words(article).items() if what != What.PARTED}


def _parted(article: Article) -> set[int]:
    return {other for other, what in _last_words(article).items() if what == What.PARTED}


def _last_words(article: Article) -> dict[int, str]:
    """By another article, what its history says last of the two."""
    return {
        int(event["article"]): event["what"]
        for event in article.history or ()
        if event.get("what") in (What.SAME, What.JOINED, What.PARTED)
    }


def _under_the_addresses_of(session: Session, articles: Sequence[Article]) -> Iterator[Article]:
    canonical = {article.canonical_key for article in articles if article.canonical_key}
    own = {article.url_key for article in articles if article.url_key}
    yield from _by(session, Article.canonical_key, canonical | own)
    yield from _by(session, Article.url_key, canonical)


def _by(
    session: Session,
    column: InstrumentedAttribute[int] | InstrumentedAttribute[str | None],
    values: Collection[object],
) -> Iterator[Article]:
    for part in chunks(values):
        query = sa.select(Article).where(column.in_(part))
        yield from session.scalars(
            query.options(load_only(Article.url_key, Article.canonical_key, Article.history))
        )


def _groups(edges: set[tuple[int, int]]) -> dict[int, frozenset[int]]:
    """What hangs together by these edges, as the neighbours, near and far, of each."""
    group: dict[int, set[int]] = {}
    for one, other in edges:
        joined = group.get(one, {one}) | group.get(other, {other})
        group.update(dict.fromkeys(joined, joined))
    return {article: frozenset(all_of_it - {article}) for article, all_of_it in group.items()}
