"""Every source as an editor oversees it: how reading it goes, what it gave, what is held back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from newsletter.collect import floods
from newsletter.collect.history import What, has
from newsletter.collect.reading import shown
from newsletter.installation import Installation
from newsletter.jobs.health import Health, health
from newsletter.jobs.places import no_such_source, source_named
from newsletter.models import Article, Sighting, Source, SourceList
from subscribers.models import MailingList


@dataclass(frozen=True)
class SourceRow:
    """A source as `source ls` shows it."""

    source: Source
    location: str  # without a password
    lists: tuple[str, ...]
    health: Health
    articles: int
    newest_at: datetime | None  # when we first saw its last article


@dataclass(frozen=True)
class SourceDetail:
    """A source as `source show` does."""

    row: SourceRow
    latest: tuple[Article, ...]  # by their dates, the newest first
    held: tuple[Article, ...]  # gone from the source, so that no issue takes them
    flood: tuple[Article, ...]  # old ones that appeared at once, and are held
    unread: tuple[tuple[Article, str], ...]  # own pages that gave nothing of late, and why


def source_names(inst: Installation) -> list[str]:
    """The names of all sources."""
    with inst.database.read() as session:
        return list(session.scalars(sa.select(Source.name).order_by(Source.name)))


def list_sources(inst: Installation, *, now: datetime) -> list[SourceRow]:
    """Every source, by name, with how reading it goes."""
    with inst.database.read() as session:
        return _rows(session, now, inst.config.site.timezone)


def show_source(inst: Installation, name: str, *, last: int = 10, now: datetime) -> SourceDetail:
    """One source, its newest articles, and what is held back. Raises NotFound."""
    with inst.database.read() as session:
        source = source_named(session, name)
        if source is None:
            raise no_such_source(name)
        (row,) = _rows(session, now, inst.config.site.timezone, Source.id == source.id)
        latest = session.scalars(
            sa.select(Article)
            .join(Sighting, Sighting.article_id == Article.id)
            .where(Sighting.source_id == source.id)
            .group_by(Article.id)
            .order_by(
                sa.func.coalesce(Article.published_at, Article.first_seen_at).desc(), Article.id
            )
            .limit(last)
        )
        held = session.scalars(
            sa.select(Article)
            .where(Article.id.in_(_removed(source.id)), Article.removed_at.is_not(None))
            .order_by(Article.removed_at.desc(), Article.id.desc())
            .limit(last)
        )
        unread = _unread(session, row.source.id, last)
        flood = floods.held(session, source)
        return SourceDetail(row, tuple(latest), tuple(held), tuple(flood), unread)


def _unread(session: Session, source_id: int, last: int) -> tuple[tuple[Article, str], ...]:
    """The articles whose own page was asked for last and gave no text, with the reason."""
    tried = session.scalars(
        sa.select(Article)
        .where(
            Article.id.in_(sa.select(Sighting.article_id).where(Sighting.source_id == source_id)),
            Article.page_read_at.is_not(None),
            Article.page_html == "",
            Article.removed_at.is_(None),
        )
        .order_by(Article.page_read_at.desc(), Article.id.desc())
        .limit(5 * last)  # a page without a text that was not needed says nothing of it
    )
    said = [(article, has(article, What.UNREADABLE)) for article in tried]
    return tuple((article, str(event.get("why", ""))) for article, event in said if event)[:last]


def _removed(source_id: int) -> sa.Select[int]:
    return sa.select(Sighting.article_id).where(
        Sighting.source_id == source_id, Sighting.missing_at.is_not(None)
    )


def _rows(
    session: Session, now: datetime, timezone: str, *which: sa.ColumnElement[bool]
) -> list[SourceRow]:
    query = sa.select(Source).where(*which).order_by(Source.name).options(with_lists())
    sources = session.scalars(query).all()
    ids = [source.id for source in sources]
    counts: dict[int, tuple[int, datetime | None]] = {
        source_id: (count, newest)
        for source_id, count, newest in session.execute(
            sa.select(
                Sighting.source_id,
                sa.func.count(sa.distinct(Sighting.article_id)),
                sa.func.max(Sighting.first_seen_at),
            )
            .where(Sighting.source_id.in_(ids))
            .group_by(Sighting.source_id)
        )
    }
    held = _held(session, ids)
    return [
        SourceRow(
            source,
            shown(source.location),
            tuple(entry.mlist.slug for entry in source.feeds),
            health(source, held=held.get(source.id, 0), now=now, timezone=timezone),
            *counts.get(source.id, (0, None)),
        )
        for source in sources
    ]


def _held(session: Session, ids: Collection[int]) -> dict[int, int]:
    """How many articles each of these sources no longer has, which are held back for that."""
    rows = session.execute(
        sa.select(Sighting.source_id, sa.func.count(sa.distinct(Article.id)))
        .join(Article, Article.id == Sighting.article_id)
        .where(
            Sighting.source_id.in_(ids),
            Sighting.missing_at.is_not(None),
            Article.removed_at.is_not(None),
        )
        .group_by(Sighting.source_id)
    )
    return {row[0]: row[1] for row in rows}


def with_lists() -> ORMOption:
    """Loads the lists of sources, and their topics, with them."""
    return selectinload(Source.feeds).options(
        joinedload(SourceList.mlist).selectinload(MailingList.topics)
    )
