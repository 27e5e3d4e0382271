"""Urgent alerts: shown first, then frozen at once, ahead of every digest in the queue.

An alert knows its own for an hour, by list, subject and body: sent again by a nervous hand, it is
the same alert.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.twins import twins_of
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.articles import find_article, is_withdrawn
from newsletter.jobs.drafting import new_issue
from newsletter.jobs.freezing import freeze, kinds_of, nobody
from newsletter.jobs.previewing import Preview, preview_of, queue_test
from newsletter.models import Approval, Article, Delivery, Issue, IssueKind, IssueState
from subscribers import audit
from subscribers.addresses import parse
from subscribers.lists import find_list
from subscribers.models import MailingList

TWIN_HOURS = timedelta(hours=1)


@dataclass(frozen=True)
class AlertPlan:
    """An alert as it would go out; `twin` is the same one, sent within the last hour.

    `earlier` are the list's other alerts about its article, or about one that is the same.
    """

    slug: str
    subject: str
    body: str
    article_id: int | None
    fingerprint: str
    preview: Preview
    twin: Issue | None
    earlier: tuple[Issue, ...] = ()


def plan_alert(
    inst: Installation,
    slug: str,
    *,
    subject: str,
    body: str,
    article: str | None = None,
    now: datetime,
) -> AlertPlan:
    """What an alert would be; changes nothing. `body` is Markdown; `article` one we collected, by
    address or id.

    Raises Refused without subject or text, NotFound for an unknown list or article.
    """
    if not subject.strip() or not body.strip():
        raise Refused("an alert needs a subject and a text (give --subject and a Markdown file)")
    with inst.database.read() as session:
        mlist = find_list(session, slug)
        about = find_article(session, article) if article else None
        _require_standing(session, about)
        issue = _alert(mlist, subject.strip(), body, about, now)
        fingerprint = _fingerprint(slug, subject.strip(), body)
        return AlertPlan(
            slug=slug,
            subject=subject.strip(),
            body=body,
            article_id=about.id if about else None,
            fingerprint=fingerprint,
            preview=preview_of(inst, session, issue, now),
            twin=_within_the_hour(session, fingerprint, now),
            earlier=_earlier(session, mlist, about) if about else (),
        )


def test_alert(inst: Installation, plan: AlertPlan, address: str, *, now: datetime) -> Delivery:
    """Queue a test of the alert to one editor, as most of its readers would get it."""
    to = parse(address)
    with inst.database.write() as session:
        mlist = find_list(session, plan.slug)
        return queue_test(inst, session, mlist, plan.preview.variants[0], to.address, now=now)


def require_takers(inst: Installation, plan: AlertPlan, *, now: datetime) -> None:
    """Raise Refused, saying how people agree to alerts, when nobody would get this one."""
    if not plan.preview.audience:
        with inst.database.read() as session:
            mlist = find_list(session, plan.slug)
            raise Refused(nobody(session, _alert(mlist, plan.subject, plan.body, None, now)))


def send_alert(
    inst: Installation, plan: AlertPlan, *, again: bool = False, now: datetime, actor: str
) -> Issue:
    """Freeze the alert: senders take it before anything but notices.

    The same alert within the hour is returned instead of sent twice, unless `again`. Raises Refused
    when nobody would get it.
    """
    with inst.database.write() as session:
        mlist = find_list(session, plan.slug)
        session.execute(  # two at once: the second finds the first
            sa.select(MailingList.id)
            .where(MailingList.id == mlist.id)
            .with_for_update(key_share=True)
        )
        if not again:
            twin = _within_the_hour(session, plan.fingerprint, now)
            if twin is not None and twin.state is not IssueState.DRAFT:
                return twin
        else:
            twin = None
        issue = twin or new_issue(session, mlist, IssueKind.ALERT, nominal_at=now, now=now)
        if plan.article_id is not None:  # it may have been withdrawn since the alert was planned
            _require_standing(session, session.get(Article, plan.article_id))
        if not kinds_of(session, issue, now):
            raise Refused(nobody(session, issue))  # and no draft is left behind
        issue.subject, issue.body = plan.subject, plan.body
        issue.article_id = plan.article_id
        issue.fingerprint = plan.fingerprint
        issue.approval, issue.ready_at, issue.approved_by = Approval.MANUAL, now, actor
        audit.note(session, actor, "alert.send", f"issue {issue.id}", now)
        issue_id = issue.id
    return freeze(inst, issue_id, now=now)


def _alert(
    mlist: MailingList, subject: str, body: str, article: Article | None, now: datetime
) -> Issue:
    """An alert that is not stored."""
    return Issue(
        mlist_id=mlist.id,
        mlist=mlist,
        number=0,
        kind=IssueKind.ALERT,
        state=IssueState.DRAFT,
        subject=subject,
        body=body,
        article_id=article.id if article else None,
        nominal_at=now,
        choices=[],
    )


def _fingerprint(slug: str, subject: str, body: str) -> str:
    return hashlib.sha256("\0".join((slug, subject, body.strip())).encode()).hexdigest()


def _within_the_hour(session: Session, fingerprint: str, now: datetime) -> Issue | None:
    """The last alert that says the same, if it is of this hour."""
    return session.scalars(
        sa.select(Issue)
        .where(Issue.fingerprint == fingerprint, Issue.created_at > now - TWIN_HOURS)
        .where(Issue.state != IssueState.CANCELLED)
        .order_by(Issue.id.desc())
    ).first()


def _earlier(session: Session, mlist: MailingList, article: Article) -> tuple[Issue, ...]:
    """The alerts of a list about this article, or one that is the same; the first one first."""
    ids = [one.id for one in (article, *twins_of(session, article))]
    return tuple(
        session.scalars(
            sa.select(Issue)
            .where(Issue.mlist_id == mlist.id, Issue.article_id.in_(ids))
            .where(Issue.kind == IssueKind.ALERT, Issue.frozen_at.is_not(None))
            .where(Issue.state != IssueState.CANCELLED)
            .order_by(Issue.id)
        )
    )


def _require_standing(session: Session, article: Article | None) -> None:
    if article is not None and is_withdrawn(session, article):
        raise Refused(
            f"article {article.id} was withdrawn (send the alert without --article, or not at all)"
        )
