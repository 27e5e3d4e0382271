"""Takes an article back: out of drafts, out of what may be chosen, and stops what carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Reason
from newsletter.installation import Installation
from newsletter.jobs.articles import find_article, readers_of
from newsletter.jobs.drafting import label
from newsletter.models import Article, Carried, Issue, IssueArticle, IssueState
from subscribers import audit

_STOPPABLE = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)


@dataclass(frozen=True)
class Withdrawal:
    """What taking an article back did, and what it came too late for. Issues by label."""

    article: Article
    drafts: tuple[str, ...]  # it was taken out of these
    paused: tuple[str, ...]  # these carry it and wait for an editor now
    reached: tuple[tuple[str, int], ...]  # issue, and readers who have it or may have it


def withdraw(inst: Installation, ref: str, *, now: datetime, actor: str) -> Withdrawal:
    """Take an article back for good: out of drafts, and out of what is still to be chosen.

    An issue that carries it and is not sent yet is paused, since its mails are made: an editor
    cancels or resumes it. Names the issues that took it to readers. Raises NotFound.
    """
    with inst.database.write() as session:
        article = find_article(session, ref)
        if article.withdrawn_at is None:
            article.withdrawn_at = now
            audit.note(session, actor, "article.withdraw", f"article {article.id}", now)
        issues = carrying(session, article)
        drafts: list[str] = []
        paused: list[str] = []
        for issue in issues:
            if issue.state is IssueState.DRAFT:
                drafts += take_out(session, issue, article, Reason.WITHDRAWN)
            elif issue.state in _STOPPABLE:
                if issue.state is not IssueState.PAUSED:
                    issue.state = IssueState.PAUSED
                    issue.note = f"paused: article {article.id} was withdrawn by {actor}"
                paused.append(label(issue))
        session.flush()
        readers = readers_of(session, article, issues)
        reached = [(label(issue), readers[issue.id]) for issue in issues if issue.id in readers]
        return Withdrawal(article, tuple(drafts), tuple(paused), tuple(reached))


def carrying(session: Session, article: Article) -> Sequence[Issue]:
    """Issues with this article in them or about it, locked until we commit, oldest first."""
    inside = sa.select(IssueArticle.issue_id).where(
        IssueArticle.article_id == article.id, IssueArticle.position.is_not(None)
    )
    return session.scalars(
        sa.select(Issue)
        .where(sa.or_(Issue.id.in_(inside), Issue.article_id == article.id))
        .order_by(Issue.id)
        .with_for_update(of=Issue)
    ).all()


def take_out(session: Session, issue: Issue, article: Article, reason: Reason) -> list[str]:
    """Take an article out of a draft, and say so by the issue's label.

    It is due again for the schedule, as far as `reason` lets it; a draft that is about it waits
    for an editor.
    """
    if issue.article_id == article.id:
        issue.ready_at = None
        issue.note = f"held: article {article.id}, which it is about, was {reason.value}"
    for choice in issue.choices:
        if choice.article_id == article.id:
            choice.position, choice.reason = None, reason.value
    session.execute(
        sa.delete(Carried).where(Carried.issue_id == issue.id, Carried.article_id == article.id)
    )
    return [label(issue)]
