"""What would go out now, to whom, and until when; shown to an editor, changing nothing."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.choose import Choice, choose
from newsletter.compose.content import Rendered
from newsletter.delivery.enqueueing import enqueue_notice
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.candidates import candidates, rules
from newsletter.jobs.drafting import find_issue, names_issue
from newsletter.jobs.estimating import Estimate, estimate
from newsletter.jobs.freezing import Need, cadence_of, needs
from newsletter.jobs.lacking import lacking
from newsletter.jobs.rendering import for_everybody, render
from newsletter.jobs.scheduling import default_schedule, find_schedule
from newsletter.mail.mailboxes import Mailbox
from newsletter.mail.message import Kind, build_template
from newsletter.mail.slots import Slots
from newsletter.models import (
    Delivery,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Notice,
    NoticeKind,
)
from subscribers.addresses import parse
from subscribers.audience import Group, audience_groups
from subscribers.lists import find_list
from subscribers.models import MailingList


@dataclass(frozen=True)
class PreviewVariant:
    """One rendering, how many readers get it, and page and text with nothing personal in them."""

    language: str
    readers: int
    rendered: Rendered
    page: str
    text: str


@dataclass(frozen=True)
class Preview:
    """`choice` is None for a letter or an alert, and for an issue that was drafted already."""

    title: str
    choice: Choice | None
    audience: int
    skipped: int  # readers none of whose topics match
    variants: tuple[PreviewVariant, ...]  # the one with most readers first
    estimate: Estimate
    lacking: tuple[str, ...]  # what it would go out without, a line each


def preview(inst: Installation, ref: str, *, schedule: str | None = None, now: datetime) -> Preview:
    """Of an issue (`weekly/12`), or, for a list's name, of the digest that is due now.

    Without any reader, one variant in the list's language is rendered all the same. Raises Refused
    with the reason when nothing is due.
    """
    with inst.database.read() as session:
        issue, choice = _subject(session, ref, schedule, now)
        return preview_of(inst, session, issue, now, choice)


def _groups_of(session: Session, issue: Issue, now: datetime) -> list[Group]:
    cadence, is_default = cadence_of(issue)
    return audience_groups(
        session,
        issue.mlist_id,
        issue.kind.value,
        cadence=cadence,
        is_default_cadence=is_default,
        now=now,
    )


def preview_of(
    inst: Installation, session: Session, issue: Issue, now: datetime, choice: Choice | None = None
) -> Preview:
    """The preview of a draft that may not be stored."""
    groups = _groups_of(session, issue, now)
    wanted = needs(session, issue, [(g.language, g.topics) for g in groups], now)
    readers: Counter[Need] = Counter()
    skipped = 0
    for group in groups:
        need = wanted[group.language, group.topics]
        if need is None:
            skipped += group.count
        else:
            readers[need] += group.count
    if not readers:
        readers[_whole(session, issue, now)] = 0
    variants = []
    for need, count in readers.most_common():
        slots = Slots.fresh()
        rendered = render(
            inst, session, issue, language=need.language, articles=need.articles,
            alerted=need.alerted, slots=slots,
        )  # fmt: skip
        page = for_everybody(inst, issue.mlist, rendered.public_html, slots)
        text = for_everybody(inst, issue.mlist, rendered.public_text, slots)
        variants.append(PreviewVariant(need.language, count, rendered, page, text))
    audience = sum(group.count for group in groups)
    return Preview(
        title=f"{issue.mlist.slug}/{issue.number}",
        choice=choice,
        audience=audience,
        skipped=skipped,
        variants=tuple(variants),
        estimate=estimate(session, inst.config, audience - skipped, now=now),
        lacking=lacking(session, issue, choice),
    )


def send_preview(
    inst: Installation, ref: str, address: str, *, schedule: str | None = None, now: datetime
) -> Delivery:
    """Queue a test of the issue to one editor: all of it, in the list's language."""
    to = parse(address)
    with inst.database.read() as session:  # rendering holds no lock
        issue, _ = _subject(session, ref, schedule, now)
        mlist = issue.mlist
        need = _whole(session, issue, now)
        slots = Slots.fresh()
        rendered = render(
            inst, session, issue, language=need.language, articles=need.articles,
            alerted=need.alerted, slots=slots,
        )  # fmt: skip
        page = for_everybody(inst, mlist, rendered.public_html, slots)
        text = for_everybody(inst, mlist, rendered.public_text, slots)
        test = PreviewVariant(need.language, 0, rendered, page, text)
    with inst.database.write() as session:
        return queue_test(inst, session, mlist, test, to.address, now=now)


def queue_test(
    inst: Installation,
    session: Session,
    mlist: MailingList,
    variant: PreviewVariant,
    address: str,
    *,
    now: datetime,
) -> Delivery:
    """Owe one variant of something to an editor's address, marked as a test."""
    subject = f"[test] {variant.rendered.subject}"
    template = build_template(
        subject,
        variant.page,
        variant.text,
        Slots.fresh(),
        kind=Kind.NOTICE,
        sender=Mailbox(mlist.from_address, mlist.from_name),
        boundary=secrets.token_hex(12),
    )
    notice = Notice(
        kind=NoticeKind.PREVIEW,
        mlist_id=mlist.id,
        sender_address=mlist.from_address,
        subject=subject,
        template=template.to_json(),
        created_at=now,
    )
    return enqueue_notice(
        session,
        inst.keys.current,
        notice,
        address=address,
        name="",
        subscriber_id=None,
        subscription_id=None,
        now=now,
    )


def _whole(session: Session, issue: Issue, now: datetime) -> Need:
    """The need of a reader who takes everything, in the list's language."""
    language = issue.mlist.language
    need = needs(session, issue, [(language, None)], now)[language, None]
    assert need is not None  # a reader of all topics is never skipped
    return need


def _subject(
    session: Session, ref: str, schedule: str | None, now: datetime
) -> tuple[Issue, Choice | None]:
    """The issue that `ref` names, or an unstored draft of what is due for a list."""
    if names_issue(ref):
        return find_issue(session, ref), None
    mlist = find_list(session, ref)
    chosen = (
        find_schedule(session, mlist, schedule) if schedule else default_schedule(session, mlist)
    )
    choice = choose(candidates(session, chosen, now), rules(chosen), now=now)
    if not choice.enough:
        raise Refused(
            f"no issue of '{ref}' would go out: {choice.reason} "
            f"(see 'newsletter issue explain {ref}')"
        )
    last = session.scalar(sa.select(sa.func.max(Issue.number)).where(Issue.mlist_id == mlist.id))
    issue = Issue(
        mlist_id=mlist.id,
        mlist=mlist,
        number=(last or 0) + 1,
        kind=IssueKind.DIGEST,
        state=IssueState.DRAFT,
        schedule=chosen,
        subject="",
        intro="",
        nominal_at=now,
        choices=[
            IssueArticle(article_id=d.article, position=n, reason=d.reason.value)
            for n, d in enumerate(choice.taken, 1)
        ],
    )
    return issue, choice
