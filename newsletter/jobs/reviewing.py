"""Issues as an editor looks at them: all of a list, or one with its variants and its books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from newsletter.compose.render import digest_subject
from newsletter.delivery import books
from newsletter.installation import Installation
from newsletter.jobs.drafting import find_issue, label
from newsletter.jobs.imprint import list_view
from newsletter.jobs.lacking import lacking
from newsletter.jobs.remaining import remaining
from newsletter.models import (
    Delivery,
    DeliveryState,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Variant,
)
from subscribers.lists import find_list

SAME_LETTER = timedelta(hours=1)


@dataclass(frozen=True)
class IssueRow:
    """An issue as `issue ls` shows it."""

    issue: Issue
    label: str
    headline: str  # its subject; without the list's title and its number, which the label says
    counts: dict[DeliveryState, int]


@dataclass(frozen=True)
class IssueView:
    """One issue with all that belongs to it."""

    issue: Issue
    label: str
    counts: dict[DeliveryState, int]
    articles: tuple[str, ...]  # titles, in order
    left_out: dict[int, str]  # by place, from 1: why this draft will go out without that one
    variants: tuple[tuple[str, str, int], ...]  # language, subject, deliveries
    lacking: tuple[str, ...]  # what this draft goes out without, a line each


def list_issues(inst: Installation, *, slug: str | None = None, limit: int = 30) -> list[IssueRow]:
    """The last issues, newest first, of one list or of all. Raises UnknownList."""
    with inst.database.read() as session:
        query = sa.select(Issue).options(joinedload(Issue.mlist), joinedload(Issue.schedule))
        if slug is not None:
            query = query.where(Issue.mlist_id == find_list(session, slug).id)
        found = session.scalars(query.order_by(Issue.id.desc()).limit(limit)).all()
        counts = _counts(session, [issue.id for issue in found])
        return [
            IssueRow(issue, label(issue), _headline(inst, issue), counts.get(issue.id, {}))
            for issue in found
        ]


def _headline(inst: Installation, issue: Issue) -> str:
    usual = digest_subject(list_view(inst, issue.mlist), [], number=issue.number)
    return issue.subject.removeprefix(usual).lstrip(" :\u00a0") or issue.subject


def _counts(session: Session, ids: Sequence[int]) -> dict[int, dict[DeliveryState, int]]:
    rows = session.execute(
        sa.select(Delivery.issue_id, Delivery.state, sa.func.count())
        .where(Delivery.issue_id.in_(ids))
        .group_by(Delivery.issue_id, Delivery.state)
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for issue, state, count in rows:
        if issue is not None:
            found.setdefault(issue, {})[state] = count
    return found


def show_issue(inst: Installation, ref: str, *, now: datetime) -> IssueView:
    """One issue; raises NotFound."""
    with inst.database.read() as session:
        issue = find_issue(session, ref)
        taken = session.scalars(
            sa.select(IssueArticle)
            .where(IssueArticle.issue_id == issue.id, IssueArticle.position.is_not(None))
            .order_by(IssueArticle.position)
            .options(joinedload(IssueArticle.article))
        ).all()
        gone = remaining(session, issue, now).gone
        variants = session.execute(
            sa.select(Variant.language, Variant.subject, sa.func.count(Delivery.id))
            .outerjoin(Delivery, Delivery.variant_id == Variant.id)
            .where(Variant.issue_id == issue.id)
            .group_by(Variant.id, Variant.language, Variant.subject)
            .order_by(Variant.id)
        )
        return IssueView(
            issue=issue,
            label=label(issue),
            counts=books.counts(session, issue.id),
            articles=tuple(
                str(one.article.override.get("title") or one.article.title) for one in taken
            ),
            left_out={
                place: gone[one.article_id][1]
                for place, one in enumerate(taken, 1)
                if one.article_id in gone
            },
            variants=tuple((row[0], row[1], row[2]) for row in variants),
            lacking=lacking(session, issue),
        )


def same_letter(
    inst: Installation, slug: str, *, subject: str, body: str, now: datetime
) -> Issue | None:
    """The letter of these very words that was made within the hour, if there is one."""
    with inst.database.read() as session:
        mlist = find_list(session, slug)
        return session.scalars(
            sa.select(Issue)
            .where(
                Issue.mlist_id == mlist.id,
                Issue.kind == IssueKind.LETTER,
                Issue.state != IssueState.CANCELLED,
                Issue.subject == subject.strip(),
                Issue.body == body,
                Issue.created_at > now - SAME_LETTER,
            )
            .options(joinedload(Issue.mlist))
            .order_by(Issue.id.desc())
        ).first()
