"""What is held since too many old articles appeared at once: what is said of it, until an editor
puts it on offer.

Which articles these are is told by their own history, as is that an editor put them on offer: to a
list that the source gets later they are old like all others. That some are held is told by the
source's `problem`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from newsletter.collect.history import What, flood_of
from newsletter.collect.offers import let_go
from newsletter.models import Article, Offer, OfferState, Sighting, Source

TOLD_FOR = timedelta(days=14)  # how long a source says that it held articles back
_LINE = re.compile(r"(\d{4}-\d\d-\d\d): \d+ old articles appeared at once")


def told(day: str, count: int, source: str) -> str:
    """The line that says so, for `Source.problem`."""
    return (
        f"{day}: {count} old articles appeared at once and are held "
        f"(offer them with 'newsletter collect {source} --held')"
    )


def still_told(problem: str, now: datetime) -> list[str]:
    """What was said of articles that are held, for two weeks."""
    kept = []
    for part in problem.split("; "):
        match = _LINE.match(part)
        if match and now - datetime.fromisoformat(match[1]).replace(tzinfo=UTC) < TOLD_FOR:
            kept.append(part)
    return kept


def told_of_rest(session: Session, source: Source, now: datetime, *, besides: int) -> list[str]:
    """The same once some of them were put on offer: how many are left, since the last time, but for
    the last `besides`, of which it was not said yet."""
    said = still_told(source.problem, now)
    left = len(held(session, source)) - besides if said else 0
    return [told(said[-1][: len("2026-01-31")], left, source.name)] if left > 0 else []


def held(session: Session, source: Source) -> list[Article]:
    """The articles of a source that some list of its is not offered for this, newest first."""
    lists = [entry.mlist_id for entry in source.feeds]
    seeded = sa.select(Offer.article_id).where(
        Offer.state == OfferState.SEEDED, Offer.mlist_id.in_(lists)
    )
    query = (
        sa.select(Article)
        .where(
            Article.id.in_(sa.select(Sighting.article_id).where(Sighting.source_id == source.id)),
            Article.id.in_(seeded),
            Article.withdrawn_at.is_(None),
            Article.removed_at.is_(None),
            sa.cast(Article.history, sa.Text).contains(f'"{What.HELD.value}"'),
        )
        .order_by(sa.func.coalesce(Article.published_at, Article.first_seen_at).desc(), Article.id)
        .options(defer(Article.page_html))
    )
    return [article for article in session.scalars(query) if flood_of(article) is not None]


def release_held(session: Session, source: Source, *, now: datetime) -> int:
    """Put all of them on offer; returns how many came. What an editor skipped stays skipped."""
    return let_go(session, source, held(session, source), now=now)
