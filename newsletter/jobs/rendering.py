"""From rows to finished variants: what an issue looks like to those who read one language of it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.compose.content import Rendered
from newsletter.compose.language import local_date, spoken
from newsletter.compose.render import render_alert, render_digest, render_letter
from newsletter.installation import Installation
from newsletter.jobs.candidates import article_views
from newsletter.jobs.imprint import (
    archive_page,
    links_of,
    list_identity,
    list_view,
    signup_page,
)
from newsletter.mail.mailboxes import Mailbox
from newsletter.mail.message import Kind, Template, build_template
from newsletter.mail.slots import Slot, SlotName, Slots
from newsletter.models import Issue, IssueKind
from subscribers.models import MailingList


@dataclass(frozen=True)
class Finished:
    """A variant rendered: as people see it, as it is stored, and as the archive shows it."""

    rendered: Rendered
    slots: Slots
    template: Template
    page: str


def language_for(mlist: MailingList, wanted: str) -> str:
    """The language a reader's variant speaks: theirs, if we speak it, else the list's."""
    return wanted if spoken(wanted) == wanted.partition("-")[0].lower() else mlist.language


def render(
    inst: Installation,
    session: Session,
    issue: Issue,
    *,
    language: str,
    articles: Sequence[int],
    alerted: Collection[int] = (),
    slots: Slots,
) -> Rendered:
    """An issue as readers of `language` with this share of its articles get it.

    Those of a digest that are `alerted` are marked.
    """
    mlist = issue.mlist
    view = list_view(inst, mlist)
    templates = inst.config.templates
    match issue.kind:
        case IssueKind.DIGEST:
            return render_digest(
                view,
                article_views(session, articles, mlist, alerted=alerted),
                number=issue.number,
                day=local_date(issue.nominal_at, mlist.timezone),
                slots=slots,
                subject=issue.subject or None,
                intro_markdown=issue.intro or None,
                language=language,
                templates=templates,
            )
        case IssueKind.ALERT:
            about = article_views(session, articles, mlist)
            return render_alert(
                view,
                subject=issue.subject,
                body_markdown=issue.body,
                sent_at=issue.nominal_at,
                slots=slots,
                article=about[0] if about else None,
                language=language,
                templates=templates,
            )
        case IssueKind.LETTER:
            return render_letter(
                view,
                subject=issue.subject,
                body_markdown=issue.body,
                day=local_date(issue.nominal_at, mlist.timezone),
                slots=slots,
                language=language,
                templates=templates,
            )


def finish(inst: Installation, issue: Issue, rendered: Rendered, slots: Slots) -> Finished:
    """The stored forms of a rendered variant. Raises MessageError for a value that breaks it."""
    mlist = issue.mlist
    template = build_template(
        rendered.subject,
        rendered.html,
        rendered.text,
        slots,
        kind=Kind.ALERT if issue.kind is IssueKind.ALERT else Kind.ISSUE,
        sender=Mailbox(mlist.from_address, mlist.from_name),
        boundary=secrets.token_hex(12),
        reply_to=Mailbox(mlist.reply_to) if mlist.reply_to else None,
        list_identity=list_identity(inst, mlist),
        issue_ref=f"{mlist.slug}/{issue.number}",
    )
    return Finished(
        rendered, slots, template, for_everybody(inst, mlist, rendered.public_html, slots)
    )


def for_everybody(inst: Installation, mlist: MailingList, text: str, slots: Slots) -> str:
    """A public copy with nothing personal left in it.

    Ours have nothing but the reader's name to leave out. A restyled template may hold personal
    links outside its footer, or part no copies: there they lead to the sign-up page.
    """
    public = {
        SlotName.NAME: "",
        SlotName.ADDRESS: "…",
        SlotName.BROWSER: archive_page(inst, mlist) or links_of(inst).home(),
    }
    signup = signup_page(inst, mlist)
    return "".join(
        public.get(piece.name, signup) if isinstance(piece, Slot) else piece
        for piece in slots.split(text)
    )
