"""Drafts: a digest of what is due, or a letter; made, found, and edited until they are frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Choice, choose
from newsletter.errors import NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.candidates import candidates, rules
from newsletter.jobs.numbers import LARGEST_NUMBER, is_number, number
from newsletter.jobs.scheduling import default_schedule, find_schedule
from newsletter.jobs.telling import moment
from newsletter.models import (
    Approval,
    Carried,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Schedule,
)
from subscribers import audit
from subscribers.lists import called, find_list
from subscribers.models import MailingList

FIRST_ISSUE = "the first issue of a list waits for an editor"


@dataclass(frozen=True)
class Drafted:
    """A new draft, and the choice that made it."""

    issue: Issue
    choice: Choice


def find_issue(session: Session, ref: str, *, lock: bool = False) -> Issue:
    """The issue named `SLUG/NUMBER` or by its id; raises NotFound. `lock`: FOR UPDATE."""
    slug, slash, last = ref.rpartition("/")
    query = sa.select(Issue)
    if slash and (place := number(last, LARGEST_NUMBER)) is not None:
        query = query.join(MailingList, MailingList.id == Issue.mlist_id).where(
            called(slug), Issue.number == place
        )
    elif (issue_id := number(ref)) is not None:
        query = query.where(Issue.id == issue_id)
    else:
        raise NotFound(f"no such issue: '{ref}' (name it like 'weekly/12', see 'issue ls')")
    if lock:
        query = query.with_for_update(of=Issue)
    issue = session.scalars(query).one_or_none()
    if issue is None:
        raise NotFound(f"no such issue: '{ref}' (see 'newsletter issue ls')")
    return issue


def names_issue(ref: str) -> bool:
    """Whether `ref` is written as issues are named; else it is a list's slug."""
    return "/" in ref or is_number(ref)


def label(issue: Issue) -> str:
    """How an issue is named to people: `weekly/12`."""
    return f"{issue.mlist.slug}/{issue.number}"


def draft_digest(
    inst: Installation,
    slug: str,
    *,
    schedule: str | None = None,
    subject: str = "",
    intro: str = "",
    send_at: datetime | None = None,
    now: datetime,
    actor: str,
) -> Drafted:
    """A draft of what is due now for a schedule of the list (its default one, unless named).

    It waits for `approve`. Raises Refused with the reason when nothing, or too little, is due.
    """
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        chosen = find_schedule(session, mlist, schedule) if schedule else default_schedule(
            session, mlist
        )  # fmt: skip
        choice = choose(candidates(session, chosen, now), rules(chosen), now=now)
        if not choice.enough:
            raise Refused(
                f"no issue of '{slug}' was made: {choice.reason} "
                f"(see 'newsletter issue explain {slug}')"
            )
        issue = make_digest(session, chosen, choice, nominal_at=now, now=now)
        issue.subject, issue.intro = subject, intro
        issue.approval, issue.ready_at = Approval.MANUAL, send_at
        issue.note = "" if send_at else "waits for approval"
        audit.note(session, actor, "issue.create", f"issue {issue.id}", now)
        return Drafted(issue, choice)


def make_digest(
    session: Session, schedule: Schedule, choice: Choice, *, nominal_at: datetime, now: datetime
) -> Issue:
    """The draft's rows, in the caller's transaction: its articles are this schedule's from now on.

    It goes out as the schedule's approval says; the first issue of a list waits for an editor.
    """
    issue = new_issue(session, schedule.mlist, IssueKind.DIGEST, nominal_at=nominal_at, now=now)
    issue.schedule_id = schedule.id
    issue.schedule = schedule
    first = not _has_gone_out(session, schedule.mlist)
    issue.approval = Approval.MANUAL if first else schedule.approval
    match issue.approval:
        case Approval.AUTO:
            issue.ready_at = now
        case Approval.HOLD:
            issue.ready_at = now + timedelta(minutes=schedule.hold_minutes)
            issue.note = f"held until {moment(issue.ready_at, schedule.timezone)}"
        case Approval.MANUAL:
            issue.note = FIRST_ISSUE if first else "waits for approval"
    for position, decision in enumerate(choice.taken, 1):
        issue.choices.append(
            IssueArticle(
                article_id=decision.article, position=position, reason=decision.reason.value
            )
        )
        session.add(
            Carried(schedule_id=schedule.id, article_id=decision.article, issue_id=issue.id, at=now)
        )
    for decision in choice.left:
        issue.choices.append(
            IssueArticle(article_id=decision.article, position=None, reason=decision.reason.value)
        )
    session.flush()
    return issue


def draft_letter(
    inst: Installation,
    slug: str,
    *,
    subject: str,
    body: str,
    send_at: datetime | None = None,
    now: datetime,
    actor: str,
) -> Issue:
    """A draft of free text (Markdown) to everyone who takes digests; it waits for `approve`."""
    if not subject.strip() or not body.strip():
        raise Refused("a letter needs a subject and a text (give --subject and --body)")
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        issue = new_issue(session, mlist, IssueKind.LETTER, nominal_at=send_at or now, now=now)
        issue.subject, issue.body = subject.strip(), body
        issue.approval, issue.ready_at = Approval.MANUAL, send_at
        issue.note = "" if send_at else "waits for approval"
        audit.note(session, actor, "issue.create", f"issue {issue.id}", now)
        return issue


def new_issue(
    session: Session, mlist: MailingList, kind: IssueKind, *, nominal_at: datetime, now: datetime
) -> Issue:
    """A draft with the list's next number; two at once get two numbers."""
    session.execute(
        sa.select(MailingList.id).where(MailingList.id == mlist.id).with_for_update(key_share=True)
    )
    last = session.scalar(sa.select(sa.func.max(Issue.number)).where(Issue.mlist_id == mlist.id))
    issue = Issue(
        mlist_id=mlist.id,
        number=(last or 0) + 1,
        kind=kind,
        state=IssueState.DRAFT,
        nominal_at=nominal_at,
        created_at=now,
        on_unknown=mlist.on_unknown,
        sender_address=mlist.from_address,
    )
    issue.mlist = mlist
    session.add(issue)
    session.flush()
    return issue


def edit_issue(
    inst: Installation,
    ref: str,
    *,
    subject: str | None = None,
    intro: str | None = None,
    body: str | None = None,
    now: datetime,
    actor: str,
) -> Issue:
    """Change a draft's own words. Raises Refused once it is frozen."""
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        if issue.state is not IssueState.DRAFT:
            raise Refused(f"{label(issue)} is {issue.state}: only a draft can be edited")
        if intro is not None and issue.kind is not IssueKind.DIGEST:
            raise Refused(f"{label(issue)} is a {issue.kind}: it has a body, no intro")
        if body is not None and issue.kind is IssueKind.DIGEST:
            raise Refused(f"{label(issue)} is a digest: it has an intro, no body")
        for name, value in (("subject", subject), ("intro", intro), ("body", body)):
            if value is not None:
                setattr(issue, name, value)
        audit.note(session, actor, "issue.edit", f"issue {issue.id}", now)
        return issue


def _has_gone_out(session: Session, mlist: MailingList) -> bool:
    """Whether an editor has ever let a digest or a letter of this list out."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Issue.mlist_id == mlist.id,
                    Issue.kind != IssueKind.ALERT,
                    Issue.frozen_at.is_not(None),
                )
            )
        )
    )
