"""In which issues articles are: made ready, under way, or sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.offers import chunks
from newsletter.collect.twins import twins_of
from newsletter.delivery import books
from newsletter.installation import Installation
from newsletter.jobs.articles import find_article
from newsletter.jobs.drafting import find_issue
from newsletter.jobs.remaining import remaining
from newsletter.models import Issue, IssueArticle, IssueState
from subscribers.models import MailingList


@dataclass(frozen=True)
class InIssue:
    """An issue that has an article, or is about it."""

    slug: str
    number: int
    state: IssueState
    leaves_out: bool = False  # a draft that has the article, and as things stand goes without it

    @property
    def label(self) -> str:
        """As people name it: `weekly/12`."""
        return f"{self.slug}/{self.number}"

    @property
    def is_draft(self) -> bool:
        """Whether it can be changed still."""
        return self.state is IssueState.DRAFT

    @property
    def is_paused(self) -> bool:
        """Whether an editor decides if the rest of its mails goes out."""
        return self.state is IssueState.PAUSED

    @property
    def is_out(self) -> bool:
        """Whether readers have it; else its mails are made, and some may have gone."""
        return self.state in (IssueState.SENT, IssueState.CANCELLED)

    @property
    def words(self) -> str:
        """What that means for the article, for a table."""
        if self.is_draft:
            return f"{'to be left out of' if self.leaves_out else 'in'} the draft {self.label}"
        return f"sent with {self.label}" if self.is_out else f"goes out with {self.label}"


def issues_of(session: Session, articles: Collection[int]) -> dict[int, list[InIssue]]:
    """The issues that each of these articles is in, oldest first; one query for five hundred.

    An issue that was cancelled before anybody could get it has none.
    """
    found: dict[int, list[InIssue]] = {}
    for ids in chunks(articles):
        inside = sa.select(IssueArticle.article_id, IssueArticle.issue_id).where(
            IssueArticle.article_id.in_(ids), IssueArticle.position.is_not(None)
        )
        about = sa.select(Issue.article_id, Issue.id).where(Issue.article_id.in_(ids))
        both = inside.union_all(about).subquery()
        rows = session.execute(
            sa.select(both.c.article_id, MailingList.slug, Issue.number, Issue.state)
            .join(Issue, Issue.id == both.c.issue_id)
            .join(MailingList, MailingList.id == Issue.mlist_id)
            .where(sa.or_(Issue.state != IssueState.CANCELLED, books.may_have_reached(Issue.id)))
            .order_by(Issue.id)
        )
        for article, slug, number, state in rows:
            found.setdefault(article, []).append(InIssue(slug, number, state))
    return found


def issues_by_article(
    inst: Installation, articles: Collection[int], *, now: datetime
) -> dict[int, list[InIssue]]:
    """The same for a table: drafts first, each with whether it leaves the article out."""
    with inst.database.read() as session:
        found = issues_of(session, articles)
        drafts = {issue.label for there in found.values() for issue in there if issue.is_draft}
        gone = {name: remaining(session, find_issue(session, name), now).gone for name in drafts}
    return {
        article: sorted(
            (replace(issue, leaves_out=article in gone.get(issue.label, ())) for issue in there),
            key=lambda issue: not issue.is_draft,
        )
        for article, there in found.items()
    }


def too_late_for(inst: Installation, ref: str, *, slug: str | None = None) -> list[InIssue]:
    """The issues, of one list or of all, that no edit of an article reaches: they are frozen with
    it, or with one that is one with it. Raises NotFound."""
    there = _with_its_twins(inst, ref)
    return [issue for issue in there if not issue.is_draft and slug in (None, issue.slug)]


def drafts_with(inst: Installation, ref: str, slug: str) -> list[str]:
    """The drafts of a list, by label, that have an article or one that is one with it. Raises
    NotFound."""
    there = _with_its_twins(inst, ref)
    return [issue.label for issue in there if issue.is_draft and issue.slug == slug]


def _with_its_twins(inst: Installation, ref: str) -> list[InIssue]:
    with inst.database.read() as session:
        article = find_article(session, ref)
        ids = [article.id, *(one.id for one in twins_of(session, article))]
        found = issues_of(session, ids)
    return list(dict.fromkeys(issue for one in ids for issue in found.get(one, ())))
