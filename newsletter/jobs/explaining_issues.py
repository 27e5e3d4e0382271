"""Why an issue is what it is, what a list would send next, and what became of its slots."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Choice, Reason
from newsletter.installation import Installation
from newsletter.jobs.articles import choice_for
from newsletter.jobs.awaiting import quiet
from newsletter.jobs.candidates import shown_title
from newsletter.jobs.drafting import find_issue, label, names_issue
from newsletter.jobs.freezing import unconfirmed
from newsletter.jobs.lacking import lacking, unread_since
from newsletter.jobs.remaining import remaining
from newsletter.jobs.scheduling import schedules_of
from newsletter.jobs.telling import (
    ISSUE_WORDS,
    Explanation,
    Told,
    count_of,
    moment,
    next_issue,
    told,
)
from newsletter.models import (
    Article,
    Delivery,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Schedule,
    Slot,
    Source,
    SourceList,
)
from subscribers import audience
from subscribers.lists import find_list
from subscribers.models import MailingList

LAST_SLOTS = 8
MOST_LEFT = 40  # articles left out that are named one by one


def explain_issue(inst: Installation, ref: str, *, now: datetime) -> Explanation:
    """Why an issue is what it is; for a list's slug, what comes next and what became of its slots.

    Raises NotFound, UnknownList.
    """
    with inst.database.read() as session:
        if names_issue(ref):
            return _of_issue(session, find_issue(session, ref), now)
        return _of_list(session, find_list(session, ref), now)


def _of_issue(session: Session, issue: Issue, now: datetime) -> Explanation:
    zone = issue.mlist.timezone
    lines = [f"{issue.kind.value}, {issue.state.value}, of {moment(issue.nominal_at, zone)}"]
    if issue.schedule is not None:
        lines.append(f"for the readers of schedule '{issue.schedule.name}'")
    if issue.note:
        lines.append(issue.note)
    if issue.state is IssueState.DRAFT:
        waits = f"goes out at {moment(issue.ready_at, zone)}" if issue.ready_at else (
            f"waits for 'newsletter issue approve {label(issue)}'"
        )  # fmt: skip
        lines.append(waits)
    if issue.frozen_at is not None:
        lines.append(f"frozen at {moment(issue.frozen_at, zone)}")
    if issue.audience is not None:
        lines.append(_audience(session, issue))
    if issue.kind is not IssueKind.DIGEST:
        about = f"about article {issue.article_id}" if issue.article_id else "of its own text"
        lines.append(f"{about}: no articles were chosen")
    choices = session.execute(
        sa.select(IssueArticle, Article)
        .join(Article, Article.id == IssueArticle.article_id)
        .where(IssueArticle.issue_id == issue.id)
        .order_by(IssueArticle.position.is_(None), IssueArticle.position, Article.id)
    ).all()
    gone = remaining(session, issue, now).gone
    decided = tuple(
        Told(
            article.id,
            shown_title(article),
            choice.position is not None,
            choice.reason,
            gone[article.id][1] if article.id in gone else _of_choice(choice),
        )
        for choice, article in choices
    )
    lines += lacking(session, issue)
    return Explanation(label(issue), (*lines, *_sentences(decided)), decided)


def _of_choice(choice: IssueArticle) -> str:
    what = "left out" if choice.position is None else "taken"
    return f"{what}: {ISSUE_WORDS[Reason(choice.reason)]}"


def _audience(session: Session, issue: Issue) -> str:
    rows = session.execute(
        sa.select(Delivery.state, sa.func.count())
        .where(Delivery.issue_id == issue.id)
        .group_by(Delivery.state)
    )
    counts = ", ".join(f"{count} {state.value}" for state, count in rows)
    return f"audience {issue.audience}" + (f": {counts}" if counts else "")


def _of_list(session: Session, mlist: MailingList, now: datetime) -> Explanation:
    lines: list[str] = []
    decided: tuple[Told, ...] = ()
    for number, schedule in enumerate(schedules_of(session, mlist)):
        at, when = next_issue(session, schedule, now)
        choice = choice_for(session, schedule, at)
        verdict = _verdict(session, schedule, choice, at)
        lines.append(f"schedule '{schedule.name}', {when}: {verdict}")
        found = tuple(told(decision) for decision in (*choice.taken, *choice.left))
        lines += _sentences(found)
        decided = decided if number else found  # the default schedule's
        lines += _slots(session, schedule)
    if not lines:
        lines.append(f"it has no schedule (add one with 'newsletter schedule add {mlist.slug}')")
    troubles = [*_troubles(session, mlist), *quiet(session, mlist.id, now)]
    return Explanation(mlist.slug, (*_drafts(session, mlist), *lines, *troubles), decided)


def _verdict(session: Session, schedule: Schedule, choice: Choice, at: datetime) -> str:
    if not choice.enough:
        return f"as things stand, no issue: {choice.reason}"
    readers = audience.count(
        session,
        schedule.mlist_id,
        "digest",
        cadence=schedule.name,
        is_default_cadence=schedule.is_default,
        now=at,
    )
    if readers:
        return f"as things stand, an issue of {choice.reason}, to {count_of(readers, 'reader')}"
    why = f"nobody would get its {choice.reason}"
    waiting = unconfirmed(session, schedule.mlist)
    return f"as things stand, no issue: {why}{waiting and f' ({waiting})'}"


def _drafts(session: Session, mlist: MailingList) -> list[str]:
    """Issues that somebody should look at."""
    drafts = session.scalars(
        sa.select(Issue)
        .where(
            Issue.mlist_id == mlist.id,
            Issue.state.in_([IssueState.DRAFT, IssueState.PAUSED]),
        )
        .order_by(Issue.number)
    )
    return [f"{label(i)} is {i.state.value}" + (f": {i.note}" if i.note else "") for i in drafts]


def _slots(session: Session, schedule: Schedule) -> list[str]:
    rows = session.execute(
        sa.select(Slot, Issue.number)
        .outerjoin(Issue, Issue.id == Slot.issue_id)
        .where(Slot.schedule_id == schedule.id)
        .order_by(Slot.due_at.desc())
        .limit(LAST_SLOTS)
    )
    lines = []
    for slot, number in rows:
        made = f" as {schedule.mlist.slug}/{number}" if number is not None else ""
        why = f": {slot.reason}" if slot.reason else ""
        lines.append(f"slot {slot.nominal.replace('T', ' ')} was {slot.state.value}{made}{why}")
    return lines


def _troubles(session: Session, mlist: MailingList) -> list[str]:
    """Sources of the list that could not be read: what they hold is not 'nothing new'."""
    sources = session.scalars(
        sa.select(Source)
        .join(SourceList, SourceList.source_id == Source.id)
        .where(SourceList.mlist_id == mlist.id, sa.or_(Source.problem != "", ~Source.active))
        .order_by(Source.name)
    )
    lines = []
    for source in sources:
        if not source.active:
            lines.append(f"source '{source.name}' is switched off")
        elif source.failures:
            lines.append(f"source '{source.name}' {unread_since(source, mlist.timezone)}")
        else:
            lines.append(f"source '{source.name}': {source.problem}")
    return lines


def _sentences(decided: tuple[Told, ...]) -> list[str]:
    taken = [t for t in decided if t.taken]
    left = [t for t in decided if not t.taken]
    lines = [f"  {number}. {t.title}: {t.sentence}" for number, t in enumerate(taken, 1)]
    lines += [f"  -  {t.title}: {t.sentence}" for t in left[:MOST_LEFT]]
    if len(left) > MOST_LEFT:
        lines.append(f"  -  and {len(left) - MOST_LEFT} more that were left out")
    return lines
