"""Takes a pinned article into the drafts of its list: the next issue is the one made already.

Only where nobody has approved it, and where it has room: what an editor read and let go out is not
changed behind their back, and nothing makes room but an editor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Candidate, Reason, page_order, refusal
from newsletter.jobs.candidates import candidates, rules
from newsletter.jobs.drafting import label
from newsletter.jobs.remaining import remaining
from newsletter.models import (
    Article,
    Carried,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Schedule,
)


@dataclass(frozen=True)
class Pinned:
    """What a pin did. Drafts by label."""

    changed: bool
    drafts: tuple[str, ...] = ()  # it is in these now, or stands elsewhere in them
    full: tuple[str, ...] = ()  # these have no room
    approved: tuple[str, ...] = ()  # and these go out as they are


def take_into_drafts(session: Session, mlist_id: int, article: Article, now: datetime) -> Pinned:
    """Take an article that was pinned into every draft of a list that may have it, or move it to
    its place there; `changed` where a draft did."""
    session.flush()
    drafts: list[str] = []
    full: list[str] = []
    approved: list[str] = []
    changed = False
    for issue in session.scalars(
        sa.select(Issue)
        .where(
            Issue.mlist_id == mlist_id,
            Issue.kind == IssueKind.DIGEST,
            Issue.state == IssueState.DRAFT,
        )
        .order_by(Issue.id)
        .with_for_update(of=Issue)
    ).all():
        if issue.schedule is None:
            continue
        found = _wanted(session, issue, issue.schedule, article, now)
        if found is None:
            continue
        kept = remaining(session, issue, now).kept
        is_in = article.id in {candidate.article for candidate in kept}
        if issue.approved_by and issue.ready_at is not None:
            approved += [] if is_in else [label(issue)]
        elif not is_in and len(kept) >= rules(issue.schedule).maximum:
            full.append(label(issue))
        else:
            others = [candidate for candidate in kept if candidate.article != article.id]
            changed |= _arrange(session, issue, [*others, found], now)
            drafts.append(label(issue))
    return Pinned(changed, tuple(drafts), tuple(full), tuple(approved))


def _wanted(
    session: Session, issue: Issue, schedule: Schedule, article: Article, now: datetime
) -> Candidate | None:
    """The article as this draft could carry it now; None where it cannot."""
    known = {c.article: c for c in candidates(session, schedule, now, only=[article.id])}
    found = known.get(article.id)
    if found is None:
        return None
    if found.carried_in == label(issue):  # this very draft has it, or one that is one with it
        found = replace(found, carried_in=None)
    return found if refusal(found, rules(schedule), now) is None else None


def _arrange(session: Session, issue: Issue, wanted: list[Candidate], now: datetime) -> bool:
    """Let a draft have these, as one made now would; what it goes out without comes last. True if
    that is another order."""
    order = [candidate.article for candidate in page_order(wanted)]
    choices = {choice.article_id: choice for choice in issue.choices}
    before = [
        choice.article_id
        for choice in sorted(choices.values(), key=lambda choice: choice.position or 0)
        if choice.position is not None
    ]
    order += [number for number in before if number not in order]
    if order == before:
        return False
    for place, number in enumerate(order, 1):
        choice = choices.get(number)
        if choice is None:
            choice = IssueArticle(article_id=number, reason=Reason.PINNED.value)
            issue.choices.append(choice)
        if number not in before:
            choice.reason = Reason.PINNED.value
            session.add(
                Carried(schedule_id=issue.schedule_id, article_id=number, issue_id=issue.id, at=now)
            )
        choice.position = place
    session.flush()
    return True
