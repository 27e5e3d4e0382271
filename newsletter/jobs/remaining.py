"""What is left of a digest's draft when it is frozen, and why it goes out without the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Candidate, Decision, Reason, dropped
from newsletter.jobs.candidates import candidates, rules
from newsletter.models import Carried, Issue, IssueKind, IssueState


@dataclass(frozen=True)
class Remaining:
    """The articles of a draft that go out, in their order, and why the others do not."""

    kept: tuple[Candidate, ...]
    gone: dict[int, tuple[Reason, str]]  # article id -> reason, and `will be left out: …`


def taken_articles(issue: Issue) -> list[int]:
    """The articles of an issue in their order; an alert's own, if it has one."""
    if issue.kind is IssueKind.DIGEST:
        taken = [choice for choice in issue.choices if choice.position is not None]
        return [choice.article_id for choice in sorted(taken, key=lambda c: c.position or 0)]
    return [issue.article_id] if issue.article_id is not None else []


def remaining(session: Session, issue: Issue, now: datetime) -> Remaining:
    """What would be left of a digest's draft, were it frozen now; nothing is of any other issue."""
    is_draft = issue.kind is IssueKind.DIGEST and issue.state is IssueState.DRAFT
    if not is_draft or issue.schedule is None:
        return Remaining((), {})
    ids = taken_articles(issue)
    found = {c.article: c for c in candidates(session, issue.schedule, now, only=ids)}
    leaves_out = rules(issue.schedule).after_alert == "leave_out"
    kept, gone = [], {}
    for number in ids:
        candidate = found.get(number)
        if candidate is None:
            gone[number] = Reason.REMOVED_UPSTREAM, "will be left out: its list has no offer of it"
        elif (why := dropped(candidate)) is not None:
            gone[number] = why.reason, f"will be {why.sentence}"
        elif candidate.alerted_in is not None and leaves_out and not candidate.pinned:
            why = Decision(candidate, Reason.ALERTED_LEFT_OUT, candidate.alerted_in)
            gone[number] = why.reason, f"will be {why.sentence}"
        else:
            kept.append(candidate)
    return Remaining(tuple(kept), gone)


def put_back(session: Session, issue: Issue, now: datetime) -> None:
    """Take out of a draft what it goes out without, and note what it marks.

    No issue has carried what is taken out: whatever becomes of it later, it is due as before.
    """
    left = remaining(session, issue, now)
    gone = left.gone
    alerted = {candidate.article for candidate in left.kept if candidate.alerted_in is not None}
    for choice in issue.choices:
        if choice.article_id in gone:
            choice.position, choice.reason = None, gone[choice.article_id][0].value
        elif choice.article_id in alerted and choice.reason == Reason.DUE:
            choice.reason = Reason.ALERTED_MARK.value
    session.execute(
        sa.delete(Carried).where(Carried.issue_id == issue.id, Carried.article_id.in_(gone))
    )
