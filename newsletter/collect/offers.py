"""Which list is offered which article: the first half of the first-seen ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.decide import FIRST_OFFER
from newsletter.collect.history import What, flood_of, note
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceList
from subscribers.models import MailingList

_CHUNK = 500  # values of one IN (…)
_SEEDS_AT_LATER_LIST = 200  # articles that a list added later is told of

_T = TypeVar("_T")


def offer(
    session: Session,
    lists: Iterable[tuple[MailingList, str | None]],
    articles: Sequence[Article],
    states: Mapping[int, OfferState],
    *,
    now: datetime,
) -> dict[OfferState, set[int]]:
    """Offer each article, in its state, to each list that has no offer of it yet.

    Each list comes with the topic of the source there, or None. Returns the ids of the articles
    that came into each state in at least one list. An offer that exists keeps its state, and
    learns the topic.
    """
    made: dict[OfferState, set[int]] = {state: set() for state in OfferState}
    rows: list[dict[str, Any]] = []
    for mlist, topic in lists:
        there = _offers(session, mlist.id, [article.id for article in articles])
        own = frozenset({topic} if topic else ())
        for article in articles:
            known_offer = there.get(article.id)
            if known_offer is not None:
                if own - known_offer.topics:
                    known_offer.topics = known_offer.topics | own
                continue
            state = states[article.id]
            rows.append(
                {
                    "mlist_id": mlist.id,
                    "article_id": article.id,
                    "state": state,
                    "topics": own,
                    "offered_at": on_offer_from(article, now),
                }
            )
            made[state].add(article.id)
    session.flush()
    if rows:  # thousands at once, at a first reading, while others wait for the database
        session.execute(sa.insert(Offer), rows)
    return made


def on_offer_from(article: Article, now: datetime) -> datetime:
    """When its age on offer begins: one dated ahead must not be too old when its day comes."""
    return max(now, article.published_at or now)


def lists_of(source: Source) -> list[tuple[MailingList, str | None]]:
    """The lists that a source offers to, each with its topic there."""
    return [(entry.mlist, entry.topic) for entry in source.feeds]


def _offers(session: Session, mlist_id: int, articles: Collection[int]) -> dict[int, Offer]:
    found: dict[int, Offer] = {}
    for ids in chunks(articles):
        query = sa.select(Offer).where(Offer.mlist_id == mlist_id, Offer.article_id.in_(ids))
        found.update((o.article_id, o) for o in session.scalars(query))
    return found


def introduce(
    session: Session,
    source: Source,
    entry: SourceList,
    *,
    now: datetime,
    backfill: int | None = None,
) -> int:
    """Offer to a list that was added to a source already read, as a first reading would have.

    Returns how many articles are on offer now.
    """
    latest = _latest(session, source, _SEEDS_AT_LATER_LIST)
    count = FIRST_OFFER if backfill is None else max(backfill, 0)
    states = {
        article.id: OfferState.OFFERED if place < count else OfferState.SEEDED
        for place, article in enumerate(latest)
    }
    return len(
        offer(session, [(entry.mlist, entry.topic)], latest, states, now=now)[OfferState.OFFERED]
    )


def release(session: Session, source: Source, count: int, *, now: datetime) -> int:
    """Put the newest `count` articles of a source on offer, those that were seeded included.

    What an editor skipped stays skipped. Returns how many articles came on offer.
    """
    return let_go(session, source, _latest(session, source, count), now=now)


def let_go(session: Session, source: Source, latest: Sequence[Article], *, now: datetime) -> int:
    """Put these articles on offer to the lists of a source, as `release` does; what was held is
    held no more, for whatever list."""
    articles = {article.id: article for article in latest}
    states = dict.fromkeys(articles, OfferState.OFFERED)
    changed = offer(session, lists_of(source), latest, states, now=now)[OfferState.OFFERED]
    for entry in source.feeds:
        for article, found in _offers(session, entry.mlist_id, list(states)).items():
            if found.state is OfferState.SEEDED:
                found.state = OfferState.OFFERED
                found.offered_at = on_offer_from(articles[article], now)
                changed.add(article)
    for one in latest:
        if flood_of(one) is not None:
            note(one, What.RELEASED, now)
    session.flush()
    return len(changed)


def _latest(session: Session, source: Source, count: int) -> list[Article]:
    """The newest articles of a source that are neither withdrawn nor gone, newest first."""
    dated = sa.func.coalesce(Article.published_at, Article.first_seen_at)
    query = (
        sa.select(Article)
        .join(Sighting, Sighting.article_id == Article.id)
        .where(
            Sighting.source_id == source.id,
            Article.withdrawn_at.is_(None),
            Article.removed_at.is_(None),
        )
        .group_by(Article.id)
        .order_by(dated.desc(), sa.func.min(Sighting.id))
        .limit(max(count, 0))
    )
    return list(session.scalars(query))


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """The values in pieces that fit one IN (…)."""
    found = iter(values)
    while chunk := list(islice(found, _CHUNK)):
        yield chunk
