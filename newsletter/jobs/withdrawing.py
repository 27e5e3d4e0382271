"""Takes an article back: out of drafts, archive and what may be chosen; stops what carries it.

What has gone out cannot be called back: those who have it are counted, and named when asked for.
The stored page and subject of every variant are cut at once, so that whatever shows them (archive,
browser, search, a feed of the archive) has nothing to leave out; what reads articles themselves
asks `is_public`. The messages keep their bytes: an editor who resumes an issue sends what was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from newsletter.collect.entry import url_key
from newsletter.collect.twins import twins_of
from newsletter.compose.choose import Reason
from newsletter.compose.cutting import cut
from newsletter.compose.language import words
from newsletter.compose.render import digest_subject
from newsletter.installation import Installation
from newsletter.jobs.articles import REACHED, find_article, holding, readers_of
from newsletter.jobs.drafting import label
from newsletter.jobs.imprint import list_view
from newsletter.jobs.viewing import shown_title
from newsletter.models import (
    Article,
    Carried,
    Delivery,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Variant,
)
from subscribers import audit

_STOPPABLE = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)
_AT_ONCE = 1000  # readers read from the database together


@dataclass(frozen=True)
class Withdrawal:
    """What taking an article back did, and what it came too late for. Issues by label."""

    article: Article
    same: tuple[Article, ...]  # taken back with it: they are one
    is_new: bool  # False: it was withdrawn before, and nothing was changed
    drafts: tuple[str, ...]  # it was taken out of these
    paused: tuple[str, ...]  # these carry it and wait for an editor now
    reached: tuple[tuple[str, int], ...]  # issue, and readers who have it or may have it
    pages: tuple[str, ...] = field(default=())  # their pages were cut


@dataclass(frozen=True)
class Reader:
    """Somebody who has an issue with the article in it, or may have."""

    issue: str  # weekly/12
    subscriber: int | None
    address: str  # empty where the person was erased
    state: str  # of the delivery: sent, bounced or unknown
    sent_at: datetime | None


def is_public() -> sa.ColumnElement[bool]:
    """The condition under which an article may be shown to everybody: it was not withdrawn."""
    return Article.withdrawn_at.is_(None)


def withdraw(inst: Installation, ref: str, *, now: datetime, actor: str) -> Withdrawal:
    """Take an article back for good: out of drafts, archive, and all that is still to be chosen.

    With it go those that are the same.

    An issue that carries it and is not sent yet is paused, since its mails are made: an editor
    cancels or resumes it. Names the issues that took it to readers. Withdrawn already: nothing is
    changed, and an issue that an editor has resumed goes on. Raises NotFound.
    """
    with inst.database.write() as session:
        article = find_article(session, ref)
        same = twins_of(session, article)
        undone = [one for one in (article, *same) if one.withdrawn_at is None]
        drafts: dict[str, None] = {}  # each once, in order
        paused: dict[str, None] = {}
        pages: dict[str, None] = {}
        reached: Counter[str] = Counter()
        for one in (article, *same):
            issues = carrying(session, one)
            if one in undone:
                one.withdrawn_at = now
                audit.note(session, actor, "article.withdraw", f"article {one.id}", now)
                for issue in issues:
                    _stop(inst, session, issue, one, actor, drafts, paused, pages)
            session.flush()
            readers = readers_of(session, one, issues)
            for issue in issues:
                if issue.id in readers:
                    reached[label(issue)] += readers[issue.id]
        return Withdrawal(
            article,
            tuple(same),
            bool(undone),
            tuple(drafts),
            tuple(paused),
            tuple(reached.items()),
            tuple(pages),
        )


def _stop(
    inst: Installation,
    session: Session,
    issue: Issue,
    article: Article,
    actor: str,
    drafts: dict[str, None],
    paused: dict[str, None],
    pages: dict[str, None],
) -> None:
    """Take an article out of one issue, and note what that came to."""
    if issue.state is IssueState.DRAFT:
        drafts.update(dict.fromkeys(take_out(session, issue, article, Reason.WITHDRAWN)))
        return
    if _cut_pages(inst, session, issue, article):
        pages[label(issue)] = None
    if issue.state in _STOPPABLE:
        if issue.state is not IssueState.PAUSED:
            issue.state = IssueState.PAUSED
            issue.note = f"paused: article {article.id} was withdrawn by {actor}"
        paused[label(issue)] = None


def _cut_pages(inst: Installation, session: Session, issue: Issue, article: Article) -> bool:
    """Take the article out of the issue's pages; True if one held it."""
    variants = session.scalars(
        sa.select(Variant)
        .where(Variant.issue_id == issue.id)
        .options(load_only(Variant.key, Variant.language, Variant.subject, Variant.page))
        .order_by(Variant.id)
    ).all()
    held = False
    for variant in variants:
        ids = variant.key.partition(":")[2].split(",")
        if str(article.id) not in ids:
            continue
        held = True
        say = words(variant.language)
        alert = issue.kind is IssueKind.ALERT
        done = cut(
            variant.page,
            ids.index(str(article.id)),
            titles=[article.title, shown_title(article), *([variant.subject] if alert else [])],
            # Without a key its address is that of other things too, which a page may name.
            leads_there=lambda link: bool(article.url_key) and url_key(link) == article.url_key,
            subject=variant.subject,
            plain_subject=digest_subject(
                list_view(inst, issue.mlist), (), number=issue.number, language=variant.language
            ),
            line=say.withdrawn_alert if alert else say.withdrawn,
            whole_line=say.withdrawn_alert if alert else say.withdrawn_page,
            language=variant.language,
        )
        variant.page, variant.subject = done.page, done.subject
    return held


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


def who_got(inst: Installation, ref: str) -> Iterator[Reader]:
    """Everybody who has, or may have, a mail with this article in it, issue by issue; or with one
    that is the same.

    Read as it is asked for, so that a million readers cost no memory. Raises NotFound.
    """
    with inst.database.read() as session:
        article = find_article(session, ref)
        all_of_it = [article, *twins_of(session, article)]
        ids = [one.id for one in all_of_it]
        inside = sa.select(IssueArticle.issue_id).where(
            IssueArticle.article_id.in_(ids), IssueArticle.position.is_not(None)
        )
        issues = session.scalars(
            sa.select(Issue)
            .where(sa.or_(Issue.id.in_(inside), Issue.article_id.in_(ids)))
            .order_by(Issue.id)
        ).all()
        for issue in issues:
            name = label(issue)
            last = 0
            variants = sorted({v for one in all_of_it for v in holding(session, one, [issue])})
            while variants:
                rows = session.execute(
                    sa.select(
                        Delivery.id,
                        Delivery.subscriber_id,
                        Delivery.address,
                        Delivery.state,
                        Delivery.ended_at,
                        Delivery.first_marked_at,
                    )
                    .where(
                        Delivery.issue_id == issue.id,
                        Delivery.variant_id.in_(variants),
                        Delivery.state.in_(REACHED),
                        Delivery.id > last,
                    )
                    .order_by(Delivery.id)
                    .limit(_AT_ONCE)
                ).all()
                for row in rows:
                    yield Reader(
                        name,
                        row.subscriber_id,
                        row.address,
                        row.state.value,
                        row.first_marked_at or row.ended_at,
                    )
                if len(rows) < _AT_ONCE:
                    break
                last = rows[-1].id
