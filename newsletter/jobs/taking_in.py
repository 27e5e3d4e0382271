"""Takes a pinned article into the drafts of its list, and out again once it is pinned no more: the
next issue is the one made already.

Only where nobody has approved it, and where it has room: what an editor read and let go out is not
changed behind their back, and nothing makes room but an editor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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


@dataclass(frozen=True)
class Unpinned:
    """What taking a pin back did. Drafts by label."""

    changed: bool
    out: tuple[str, ...] = ()  # it was in these by its pin alone, and is no longer
    kept: tuple[str, ...] = ()  # it stays in these, or one that is one with it comes back


def take_into_drafts(session: Session, mlist_id: int, article: Article, now: datetime) -> Pinned:
    """Take an article that was pinned into every draft of a list that may have it, or move it to
    its place there; `changed` where a draft did."""
    session.flush()
    drafts: list[str] = []
    full: list[str] = []
    approved: list[str] = []
    changed = False
    for issue, schedule in _drafts(session, mlist_id):
        found = _wanted(session, issue, schedule, article.id, now)
        if found is None:
            continue
        kept = remaining(session, issue, now).kept
        is_in = article.id in {candidate.article for candidate in kept}
        if _is_approved(issue):
            approved += [] if is_in else [label(issue)]
        elif not is_in and len(kept) >= rules(schedule).maximum:
            full.append(label(issue))
        else:
            others = [candidate for candidate in kept if candidate.article != article.id]
            changed |= _arrange(session, issue, [*others, found], now)
            drafts.append(label(issue))
    return Pinned(changed, tuple(drafts), tuple(full), tuple(approved))


def take_out_of_drafts(
    session: Session, mlist_id: int, articles: Collection[int], now: datetime
) -> Unpinned:
    """Take these articles, which are pinned no more, out of every draft of a list that has them by
    their pins alone; what stays stands where it would without one. `changed` where a draft did."""
    session.flush()
    out: list[str] = []
    kept: list[str] = []
    changed = False
    for issue, schedule in _drafts(session, mlist_id):
        there = [c for c in issue.choices if c.position is not None and c.article_id in articles]
        if there and not _is_approved(issue):
            pinned = [choice for choice in there if choice.reason == Reason.PINNED]
            gone = [choice for choice in pinned if _by_pin_alone(session, choice, schedule, now)]
            for choice in gone:
                issue.choices.remove(choice)
                session.execute(
                    sa.delete(Carried).where(
                        Carried.issue_id == issue.id, Carried.article_id == choice.article_id
                    )
                )
            there = [choice for choice in there if choice not in gone]
            for choice in there:
                if choice in pinned:
                    choice.reason = Reason.DUE.value
            session.flush()
            moved = _arrange(session, issue, list(remaining(session, issue, now).kept), now)
            changed |= moved or bool(gone)
            out += [label(issue)] if gone and not there else []
        kept += [label(issue)] if there else []
    return Unpinned(changed, tuple(out), tuple(kept))


def _by_pin_alone(
    session: Session, choice: IssueArticle, schedule: Schedule, now: datetime
) -> bool:
    """Whether a draft would not have this article but for the pin that it had: it came in after
    the others, or could not come by itself."""
    issue = choice.issue
    came = session.scalar(
        sa.select(Carried.at).where(
            Carried.issue_id == issue.id, Carried.article_id == choice.article_id
        )
    )
    late = came is not None and came > issue.created_at
    return late or _wanted(session, issue, schedule, choice.article_id, now) is None


def _drafts(session: Session, mlist_id: int) -> Iterator[tuple[Issue, Schedule]]:
    """The drafts of a list that have articles, oldest first, locked until we commit."""
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
        if issue.schedule is not None:
            yield issue, issue.schedule


def _is_approved(issue: Issue) -> bool:
    return bool(issue.approved_by) and issue.ready_at is not None


def _wanted(
    session: Session, issue: Issue, schedule: Schedule, article: int, now: datetime
) -> Candidate | None:
    """The article as this draft could carry it now; None where it cannot."""
    known = {c.article: c for c in candidates(session, schedule, now, only=[article])}
    found = known.get(article)
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
