"""What a draft goes without: due articles that had no room, and sources that could not be read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Choice, Reason
from newsletter.jobs.candidates import rules
from newsletter.jobs.telling import count_of, moment
from newsletter.models import Issue, IssueKind, IssueState, Source, SourceList


def lacking(session: Session, issue: Issue, choice: Choice | None = None) -> tuple[str, ...]:
    """A line each; none of an issue that is no draft of articles. `choice`: of an unstored one."""
    if issue.kind is not IssueKind.DIGEST or issue.state is not IssueState.DRAFT:
        return ()
    if choice is None:
        left = [Reason(one.reason) for one in issue.choices if one.position is None]
    else:
        left = [decision.reason for decision in choice.left]
    lines = []
    if waiting := left.count(Reason.NO_ROOM):
        lines.append(f"{count_of(waiting, 'due article')} carried over: {_room(issue)}")
    failed = session.scalars(
        sa.select(Source)
        .join(SourceList, SourceList.source_id == Source.id)
        .where(SourceList.mlist_id == issue.mlist_id, Source.active, Source.failures > 0)
        .order_by(Source.name)
    )
    zone = issue.mlist.timezone
    return (*lines, *(f"source '{one.name}' {unread_since(one, zone)}" for one in failed))


def _room(issue: Issue) -> str:
    taken = sum(one.position is not None for one in issue.choices)
    room = rules(issue.schedule).maximum - taken if issue.schedule and taken else 0
    if room <= 0:
        return "the issue is full"
    return (
        f"the issue was full, and has room for {room} now "
        f"('newsletter article pin ID --list {issue.mlist.slug}' takes one in)"
    )


def unread_since(source: Source, timezone: str) -> str:
    """`could not be read since 2026-03-20 09:00 (Europe/Paris): HTTP status 404`."""
    since = f" since {moment(source.read_at, timezone)}" if source.read_at else ""
    return f"could not be read{since}: {source.problem}"
