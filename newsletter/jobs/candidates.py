"""The one reading of the first-seen ledger: what a schedule could carry now.

An article is a candidate for a schedule while its list has an offer of it and no issue of that
schedule carried it. What to do with a candidate is decided elsewhere, by `compose.choose`; which of
several that are one article stands for all, by `compose.standin`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from newsletter.collect.history import flood_of
from newsletter.collect.offers import chunks
from newsletter.collect.topics import known_topics
from newsletter.collect.twins import twins
from newsletter.compose.choose import Candidate, Rules
from newsletter.compose.language import is_day
from newsletter.compose.standin import stand_in
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
    rows = [row for ids in chunks(wanted) for row in _read(session, schedule, ids, twins=False)]
    joined = twins(session, [row[0] for row in rows])
    others = set(joined) - {row[0].id for row in rows}
    rows += [row for ids in chunks(others) for row in _read(session, schedule, ids, twins=True)]
    alerts = _alerts(session, schedule.mlist)
    known = known_topics(schedule.mlist)
    zone = ZoneInfo(schedule.timezone)
    found = {
        article.id: _candidate(
            article,
            offer,
            now,
            zone=zone,
            carried_in=_label(schedule.mlist, number) if carried_id is not None else None,
            carried_by_draft=state is IssueState.DRAFT,
            alerted_in=alerts.get(article.id),
            topics=(offer.topics if offer else frozenset()) | known.of(article.topics, article.url),
        )
        for article, offer, carried_id, number, state in rows
    }
    for article, neighbours in joined.items():
        group = [article, *neighbours]
        if article == min(group):
            there = [found[one] for one in group if one in found]
            found |= {c.article: c for c in stand_in(there, rules(schedule), now=now)}
    return sorted(
        (candidate for candidate in found.values() if candidate.offered),
        key=lambda candidate: (candidate.waiting_since, candidate.article),
    )


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
    session: Session, schedule: Schedule, articles: Sequence[int], *, twins: bool
) -> Sequence[sa.Row[Article, Offer | None, int | None, int | None, IssueState | None]]:
    """These articles, if the list has an offer of them or they are `twins` of such; the last three
    are of the issue that carried each."""
    offered = sa.and_(Offer.article_id == Article.id, Offer.mlist_id == schedule.mlist_id)
    carried = sa.and_(Carried.schedule_id == schedule.id, Carried.article_id == Article.id)
    query = (
        sa.select(Article, Offer, Carried.article_id, Issue.number, Issue.state)
        .join(Offer, offered, isouter=twins)
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
        .where(Article.id.in_(articles))
    )
    return session.execute(query).all()


def _candidate(
    article: Article,
    offer: Offer | None,
    now: datetime,
    *,
    zone: ZoneInfo,
    carried_in: str | None,
    carried_by_draft: bool,
    alerted_in: str | None,
    topics: frozenset[str],
) -> Candidate:
    return Candidate(
        article=article.id,
        title=shown_title(article),
        first_seen=article.first_seen_at,
        offered_at=offer.offered_at if offer else None,
        published=article.published_at,
        pinned=offer is not None and offer.pinned,
        position=offer.position if offer else None,
        skipped=offer is not None and offer.state is OfferState.SKIPPED,
        reworded=bool(article.override),
        seeded=offer is not None and offer.state is OfferState.SEEDED,
        seeded_because=why_seeded(article),
        withdrawn=article.withdrawn_at is not None,
        removed_upstream=article.removed_at is not None,
        carried_in=carried_in,
        carried_by_draft=carried_by_draft,
        offered=offer is not None,
        alerted_in=alerted_in,
        topics=topics,
        future_until=_ahead(article.published_at, zone, now),
    )


def _ahead(published: datetime | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When an article that is dated ahead comes: a day alone begins where its readers are."""
    if published is None:
        return None
    comes = published.astimezone(zone)
    if is_day(published):
        comes = datetime.combine(published.astimezone(UTC), time(), zone)
    return comes if comes > now else None


def why_seeded(article: Article) -> str:
    """Why an article that nobody carried counts as seen, for a sentence: `it was held, …`."""
    if flood_of(article) is not None:
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
