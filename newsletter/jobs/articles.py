"""Finds articles by what people call them, and tells where each was seen, offered and carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from newsletter.collect.entry import url_key
from newsletter.collect.history import flood_of
from newsletter.collect.offers import chunks
from newsletter.collect.topics import topics_told
from newsletter.collect.twins import twins_of
from newsletter.compose.choose import Choice, Decision, Reason, choose
from newsletter.compose.content import ArticleView
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs.candidates import candidates, rules
from newsletter.jobs.numbers import is_number, number
from newsletter.jobs.scheduling import default_schedule, find_schedule
from newsletter.jobs.viewing import article_views, shown_title
from newsletter.models import (
    Article,
    Delivery,
    DeliveryState,
    Issue,
    IssueArticle,
    Offer,
    Schedule,
    Sighting,
    Variant,
)
from subscribers.lists import find_list
from subscribers.models import MailingList

REACHED = (DeliveryState.SENT, DeliveryState.BOUNCED, DeliveryState.UNKNOWN)
"""States in which a reader has, or may have, what was sent."""


@dataclass(frozen=True)
class ArticleRow:
    """An article as `article ls` shows it."""

    article: Article
    title: str  # as readers see it
    lists: tuple[tuple[str, str], ...]  # slug and state of each offer
    due: bool | None  # None: no list was named
    why: str
    place: int | None = None  # in the issue, from 1; None: it is not in it
    pinned: bool = False
    position: int | None = None  # an editor's order
    topics: tuple[str, ...] = ()  # as the list knows them; without a list, of the article
    reason: Reason | None = None
    carried: bool = False  # by an issue of the schedule

    @property
    def held(self) -> bool:
        """Whether it is left out or waits, though no issue has carried it."""
        return self.due is False and not self.carried

    @property
    def is_of_flood(self) -> bool:
        """Whether it is held, since too many old ones appeared at once."""
        return flood_of(self.article) is not None


@dataclass(frozen=True)
class ArticleDetail:
    """Everything we know of one article."""

    article: Article
    title: str
    sightings: tuple[Sighting, ...]  # each with its source, the first one first
    offers: tuple[tuple[MailingList, Offer], ...]
    issues: tuple[tuple[str, Issue, IssueArticle | None], ...]  # label; None: an alert about it
    shown: tuple[str, ArticleView] | None = None  # a list, and how its readers would see it
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by list, with why
    same: tuple[Article, ...] = ()  # others that are this one, by the address their pages give

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of those it was seen in, each once, the first one first."""
        return tuple(dict.fromkeys(sighting.source.name for sighting in self.sightings))


def find_article(session: Session, ref: str) -> Article:
    """The article of this id or address; raises NotFound."""
    text = ref.strip()
    if is_number(text):
        article_id = number(text)
        article = None if article_id is None else session.get(Article, article_id)
    else:
        key = url_key(text)
        last = sa.select(Article).order_by(Article.id.desc()).limit(1)
        article = session.scalars(last.where(Article.url_key == key)).first()
        if article is None:  # of those whose pages name it, the one that stands for all
            stands = (Article.removed_at.is_not(None), Article.id)
            named = sa.select(Article).where(Article.canonical_key == key)
            article = session.scalars(named.order_by(*stands).limit(1)).first()
        if article is None:  # an address that several share has no key: this reads all of them
            article = session.scalars(last.where(Article.url == text)).first()
    if article is None:
        raise NotFound(f"no such article: '{ref}' (give its id or address, see 'article ls')")
    return article


def is_withdrawn(session: Session, article: Article) -> bool:
    """Whether an editor took it back, or one that is one with it."""
    return any(one.withdrawn_at is not None for one in (article, *twins_of(session, article)))


def the_schedule(session: Session, mlist: MailingList, name: str | None) -> Schedule:
    """The schedule of that name, or the list's default one. Raises NotFound."""
    return find_schedule(session, mlist, name) if name else default_schedule(session, mlist)


def choice_for(
    session: Session, schedule: Schedule, now: datetime, *, also: Sequence[int] = ()
) -> Choice:
    """What an issue made at `now` would carry; `also` are articles to be told of in any case."""
    found = {c.article: c for c in candidates(session, schedule, now)}
    missing = [article for article in also if article not in found]
    if missing:
        found |= {c.article: c for c in candidates(session, schedule, now, only=missing)}
    return choose(found.values(), rules(schedule), now=now)


def list_articles(
    inst: Installation,
    *,
    slug: str | None = None,
    schedule: str | None = None,
    only: Literal["due", "held"] | None = None,
    limit: int = 50,
    now: datetime,
) -> list[ArticleRow]:
    """The last articles, newest first; of a list: what is due first, as an issue would show it.

    Every one on offer to the list is told with its reason, and of what was carried or seeded the
    last `limit`. `only` what is due, or what is not though no issue has carried it. Raises
    UnknownList, NotFound.
    """
    with inst.database.read() as session:
        if slug is None:
            query = sa.select(Article).order_by(Article.id.desc()).limit(limit)
            articles = list(session.scalars(query))
            offers = _offers(session, [article.id for article in articles])
            return [_row(article, offers, None) for article in articles]
        mlist = find_list(session, slug)
        chosen = the_schedule(session, mlist, schedule)
        recent = session.scalars(
            sa.select(Offer.article_id)
            .where(Offer.mlist_id == mlist.id)
            .order_by(Offer.offered_at.desc(), Offer.id.desc())
            .limit(limit)
        ).all()
        choice = choice_for(session, chosen, now, also=recent)
        waiting = [d for d in choice.left if d.reason.carries_over]
        others = [d for d in reversed(choice.left) if not d.reason.carries_over]
        decisions = [*choice.taken, *waiting, *others]
        ids = [decision.article for decision in decisions]
        found: dict[int, Article] = {}
        for part in chunks(ids):
            rows = session.scalars(sa.select(Article).where(Article.id.in_(part)))
            found |= {article.id: article for article in rows}
        offers = _offers(session, ids)
        taken = len(choice.taken)
        all_rows = [
            _row(found[decision.article], offers, decision, place if place <= taken else None)
            for place, decision in enumerate(decisions, 1)
        ]
        if only is None:
            return all_rows
        return [row for row in all_rows if (row.due if only == "due" else row.held)]


def _row(
    article: Article,
    offers: dict[int, list[tuple[str, str]]],
    decision: Decision | None,
    place: int | None = None,
) -> ArticleRow:
    lists = tuple(offers.get(article.id, ()))
    if decision is None:
        return ArticleRow(
            article, shown_title(article), lists, None, "", topics=tuple(sorted(article.topics))
        )
    candidate = decision.candidate
    return ArticleRow(
        article=article,
        title=shown_title(article),
        lists=lists,
        due=decision.reason.takes,
        why=_why(article, decision),
        place=place,
        pinned=candidate.pinned,
        position=candidate.position,
        topics=tuple(sorted(candidate.topics)),
        reason=decision.reason,
        carried=candidate.carried_in is not None,
    )


def _why(article: Article, decision: Decision) -> str:
    """The sentence of the decision, with what an editor would ask next."""
    candidate = decision.candidate
    if decision.reason is Reason.PINNED and candidate.position is not None:
        return f"{decision.sentence}, at position {candidate.position}"
    if candidate.pinned and not decision.reason.takes:
        return f"{decision.sentence}, though it is pinned"
    if decision.reason is Reason.SEEDED and (held := flood_of(article)) is not None:
        return f"held: {held.get('count')} old articles appeared at once"
    return decision.sentence


def _offers(session: Session, articles: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for part in chunks(articles):
        rows = session.execute(
            sa.select(Offer.article_id, MailingList.slug, Offer.state)
            .join(MailingList, MailingList.id == Offer.mlist_id)
            .where(Offer.article_id.in_(part))
            .order_by(MailingList.slug)
        )
        for article, slug, state in rows:
            found.setdefault(article, []).append((slug, state.value))
    return found


def show_article(inst: Installation, ref: str, *, slug: str | None = None) -> ArticleDetail:
    """One article with its sightings, offers and issues, and how readers would see it.

    Those of the list `slug`, or of the first that it was offered to. Raises NotFound, UnknownList.
    """
    with inst.database.read() as session:
        detail = detail_of(session, find_article(session, ref))
        mlist = find_list(session, slug) if slug is not None else None
        if mlist is None and detail.offers:
            mlist = detail.offers[0][0]
        if mlist is None:
            return detail
        (view,) = article_views(session, [detail.article.id], mlist)
        return replace(detail, shown=(mlist.slug, view))


def detail_of(session: Session, article: Article) -> ArticleDetail:
    """Where an article was seen, to which lists it was offered, which issues looked at it."""
    sightings = session.scalars(
        sa.select(Sighting)
        .where(Sighting.article_id == article.id)
        .options(joinedload(Sighting.source))
        .order_by(Sighting.id)
    ).all()
    offers = session.execute(
        sa.select(MailingList, Offer)
        .join(Offer, Offer.mlist_id == MailingList.id)
        .where(Offer.article_id == article.id)
        .order_by(MailingList.slug)
    ).all()
    return ArticleDetail(
        article=article,
        title=shown_title(article),
        sightings=tuple(sightings),
        offers=tuple((mlist, offer) for mlist, offer in offers),
        topics={
            mlist.slug: topics_told(mlist, offer.topics, article.topics, article.url)
            for mlist, offer in offers
        },
        issues=tuple(_issues(session, article)),
        same=tuple(twins_of(session, article)),
    )


def _issues(session: Session, article: Article) -> list[tuple[str, Issue, IssueArticle | None]]:
    decision = sa.and_(IssueArticle.issue_id == Issue.id, IssueArticle.article_id == article.id)
    rows = session.execute(
        sa.select(Issue, IssueArticle, MailingList.slug)
        .join(MailingList, MailingList.id == Issue.mlist_id)
        .outerjoin(IssueArticle, decision)
        .where(sa.or_(IssueArticle.issue_id.is_not(None), Issue.article_id == article.id))
        .order_by(Issue.id)
    )
    return [(f"{slug}/{issue.number}", issue, choice) for issue, choice, slug in rows]


def holding(session: Session, article: Article, issues: Sequence[Issue]) -> list[int]:
    """Ids of the variants of these issues that hold this article, or are about it."""
    about = {issue.id for issue in issues if issue.article_id == article.id}
    variants = session.execute(
        sa.select(Variant.id, Variant.issue_id, Variant.key).where(
            Variant.issue_id.in_([issue.id for issue in issues])
        )
    )
    return [
        variant
        for variant, issue, key in variants
        if issue in about or str(article.id) in key.partition(":")[2].split(",")
    ]


def readers_of(session: Session, article: Article, issues: Sequence[Issue]) -> dict[int, int]:
    """Issue id -> how many readers have, or may have, a mail of it that holds this article."""
    variants = holding(session, article, issues) if issues else []
    if not variants:
        return {}
    rows = session.execute(
        sa.select(Delivery.issue_id, sa.func.count())
        .where(
            Delivery.issue_id.in_([issue.id for issue in issues]),
            Delivery.variant_id.in_(variants),
            Delivery.state.in_(REACHED),
        )
        .group_by(Delivery.issue_id)
    )
    return {issue: count for issue, count in rows if issue is not None}
