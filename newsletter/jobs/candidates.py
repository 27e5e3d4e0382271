"""The one reading of the first-seen ledger: what a schedule could carry now.

An article is a candidate for a schedule while its list has an offer of it and no issue of that
schedule carried it. What to do with a candidate is decided elsewhere, by `compose.choose`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from newsletter.collect.history import What, has
from newsletter.collect.offers import chunks
from newsletter.collect.topics import known_topics
from newsletter.collect.twins import twins
from newsletter.compose.choose import Candidate, Rules
from newsletter.delivery import books
from newsletter.jobs.viewing import article_view, article_views, shown_title
from newsletter.models import (
    Article,
    Carried,
    Issue,
    IssueKind,
    IssueState,
    Offer,
    OfferState,
    Schedule,
)
from subscribers.models import MailingList

__all__ = ["article_view", "article_views", "candidates", "rules", "shown_title"]

# What has grown too old is still named, as left out, for this long; then no issue mentions it.
TOLD_WHEN_TOO_OLD = timedelta(days=14)


def rules(schedule: Schedule) -> Rules:
    """What this schedule, and its list, ask of an issue."""
    return Rules(
        minimum=schedule.minimum,
        maximum=schedule.maximum,
        max_age_days=schedule.max_age_days,
        after_alert="leave_out" if schedule.mlist.after_alert == "leave_out" else "mark",
    )


def candidates(
    session: Session, schedule: Schedule, now: datetime, *, only: Collection[int] | None = None
) -> list[Candidate]:
    """Every article that this schedule could carry at `now`, longest on offer first.

    What it has carried already, and what is far older than the schedule's limit, is not read, so
    that the cost does not grow with history. With `only`, these article ids are read whatever
    became of them, so that each can be explained.
    """
    wanted = _waiting(session, schedule, now) if only is None else only
    rows = [row for ids in chunks(wanted) for row in _read(session, schedule, ids)]
    rows.sort(key=lambda row: (row[0].offered_at, row[0].article_id))
    alerts = _alerts(session, schedule.mlist)
    known = known_topics(schedule.mlist)
    joined = twins(session, [row[1] for row in rows])
    instead = _instead(session, schedule, joined)
    found = []
    for offer, article, carried_id, number, state in rows:
        one_of = (article.id, *joined.get(article.id, ()))
        found.append(
            _candidate(
                offer,
                article,
                now,
                carried_in=_label(schedule.mlist, number) if carried_id is not None else None,
                carried_by_draft=state is IssueState.DRAFT,
                alerted_in=next((alerts[one] for one in one_of if one in alerts), None),
                instead=instead.get(article.id),
                topics=offer.topics | known.of(article.topics, article.url),
            )
        )
    return found


def _waiting(session: Session, schedule: Schedule, now: datetime) -> list[int]:
    """Articles that the schedule has not carried, and that are young enough to be told of, or
    pinned. Each part is read by its index."""
    carried = sa.exists().where(
        Carried.schedule_id == schedule.id, Carried.article_id == Offer.article_id
    )
    mine = sa.select(Offer.article_id).where(Offer.mlist_id == schedule.mlist_id, ~carried)
    if not schedule.max_age_days:
        return list(session.scalars(mine))
    limit = now - timedelta(days=schedule.max_age_days)
    found: set[int] = set()
    for part in (
        mine.where(
            Offer.state == OfferState.OFFERED, Offer.offered_at >= limit - TOLD_WHEN_TOO_OLD
        ),
        mine.where(
            Offer.state.in_([OfferState.SEEDED, OfferState.SKIPPED]), Offer.offered_at >= limit
        ),
        mine.where(Offer.pinned.is_(True)),
    ):
        found.update(session.scalars(part))
    return sorted(found)


def _read(
    session: Session, schedule: Schedule, articles: Sequence[int]
) -> Sequence[sa.Row[Offer, Article, int | None, int | None, IssueState | None]]:
    """The offers of these articles; the last three are of the issue that carried each."""
    carried = sa.and_(Carried.schedule_id == schedule.id, Carried.article_id == Offer.article_id)
    query = (
        sa.select(Offer, Article, Carried.article_id, Issue.number, Issue.state)
        .join(Article, Article.id == Offer.article_id)
        .outerjoin(Carried, carried)
        .outerjoin(Issue, Issue.id == Carried.issue_id)
        .options(
            load_only(
                Article.title,
                Article.url,
                Article.url_key,
                Article.canonical_key,
                Article.override,
                Article.topics,
                Article.published_at,
                Article.first_seen_at,
                Article.removed_at,
                Article.withdrawn_at,
                Article.history,
            )
        )
        .where(Offer.mlist_id == schedule.mlist_id, Offer.article_id.in_(articles))
    )
    return session.execute(query).all()


def _instead(
    session: Session, schedule: Schedule, joined: Mapping[int, Collection[int]]
) -> dict[int, str]:
    """By article, which one it is the same as, where that one comes or came in its place.

    The first to be carried stands for all. Until then it is the one that an editor pinned, else
    the oldest that the list was offered, whatever became of it there: only one that its source
    took away stands for nothing.
    """
    others = {other for group in joined.values() for other in group}
    carried: dict[int, str] = {}
    stands: dict[int, bool] = {}  # by article, whether it is pinned
    for ids in chunks(others):
        rows = session.execute(
            sa.select(Carried.article_id, Issue.number)
            .outerjoin(Issue, Issue.id == Carried.issue_id)
            .where(Carried.schedule_id == schedule.id, Carried.article_id.in_(ids))
        )
        carried |= {article: _label(schedule.mlist, number) for article, number in rows}
        there = session.execute(
            sa.select(Offer.article_id, Offer.pinned)
            .join(Article, Article.id == Offer.article_id)
            .where(
                Offer.mlist_id == schedule.mlist_id,
                Offer.article_id.in_(ids),
                sa.or_(Article.removed_at.is_(None), Article.withdrawn_at.is_not(None)),
            )
        )
        stands.update((row.article_id, row.pinned) for row in there)
    found: dict[int, str] = {}
    for article, group in joined.items():
        for other in sorted(group):
            if other in carried:
                found[article] = f"it is the same as article {other}, which {carried[other]} has"
                break
            if other in stands and (other < article or stands[other]):
                found.setdefault(article, f"it is the same as article {other}")
    return found


def _candidate(
    offer: Offer,
    article: Article,
    now: datetime,
    *,
    carried_in: str | None,
    carried_by_draft: bool,
    alerted_in: str | None,
    instead: str | None,
    topics: frozenset[str],
) -> Candidate:
    ahead = article.published_at is not None and article.published_at > now
    return Candidate(
        article=article.id,
        title=shown_title(article),
        first_seen=article.first_seen_at,
        offered_at=offer.offered_at,
        published=article.published_at,
        pinned=offer.pinned,
        position=offer.position,
        skipped=offer.state is OfferState.SKIPPED,
        seeded=offer.state is OfferState.SEEDED or instead is not None,
        seeded_because=instead or why_seeded(article),
        withdrawn=article.withdrawn_at is not None,
        removed_upstream=article.removed_at is not None,
        carried_in=carried_in,
        carried_by_draft=carried_by_draft,
        alerted_in=alerted_in,
        topics=topics,
        future_until=article.published_at if ahead else None,
    )


def why_seeded(article: Article) -> str:
    """Why an article that nobody carried counts as seen, for a sentence: `it was held, …`."""
    if has(article, What.HELD):
        return "it was held, with the other old ones that appeared at once"
    return "it was there before this list began"


def _label(mlist: MailingList, number: int | None) -> str:
    # A younger schedule begins with what its list had carried already: no issue is named there.
    return f"{mlist.slug}/{number}" if number is not None else f"an earlier issue of {mlist.slug}"


def _alerts(session: Session, mlist: MailingList) -> dict[int, str]:
    """Article id -> label of the alert of this list that took it to readers."""
    rows = session.execute(
        sa.select(Issue.article_id, Issue.number)
        .where(
            Issue.mlist_id == mlist.id,
            Issue.kind == IssueKind.ALERT,
            Issue.article_id.is_not(None),
            Issue.frozen_at.is_not(None),
            # One that was cancelled may have reached nobody.
            sa.or_(Issue.state != IssueState.CANCELLED, books.may_have_reached(Issue.id)),
        )
        .order_by(Issue.number)
    )
    return {article: f"{mlist.slug}/{number}" for article, number in rows if article is not None}
