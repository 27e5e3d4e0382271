"""The freeze: from a draft to deliveries, all of them or none, in one transaction.

Rendering takes tens of milliseconds a variant and needs no lock, so it comes before: the readers
are grouped by what they need, a variant is rendered for each different need, and then the
transaction writes issue, variants and deliveries. If a new group of readers appeared in between,
what it needs is rendered and the transaction tried again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter import epoch
from newsletter.compose.choose import NO_TOPIC_MATCHED, split_by_topics
from newsletter.delivery.enqueueing import ReadersChanged, enqueue_issue
from newsletter.errors import NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.articles import is_withdrawn
from newsletter.jobs.remaining import put_back, remaining, taken_articles
from newsletter.jobs.rendering import Finished, finish, language_for, render
from newsletter.mail.slots import Slots
from newsletter.models import Issue, IssueKind, IssueState, Variant
from subscribers import audience
from subscribers.models import MailingList, Subscription, SubscriptionState

__all__ = ["NO_TOPIC_MATCHED", "Need", "freeze", "kinds_of", "needs"]

ATTEMPTS = 20  # new groups of readers cannot go on appearing

GroupKey = tuple[str, frozenset[str] | None]  # language and topics of a group of readers


@dataclass(frozen=True)
class Need:
    """What a variant is: a language and the articles in it, in order."""

    language: str
    articles: tuple[int, ...]
    alerted: frozenset[int] = frozenset()
    """Those of them that an alert was about, which the mail says."""

    @property
    def key(self) -> str:
        return f"{self.language}:{','.join(map(str, self.articles))}"


def freeze(inst: Installation, issue_id: int, *, now: datetime) -> Issue:
    """Freeze a draft: from here on nothing of it changes. Frozen already: returned as it is.

    Raises NotFound; ComposeError or MessageError when it cannot be rendered; Refused when nothing
    of it is left. Then it is still a draft.
    """
    finished: dict[Need, Finished] = {}
    for _ in range(ATTEMPTS):
        with inst.database.read() as session:
            issue = _issue(session, issue_id)
            if issue.state is not IssueState.DRAFT:
                return issue
            kinds = kinds_of(session, issue, now)
            if not kinds:
                raise Refused(nobody(session, issue))
            wanted = needs(session, issue, kinds, now)
            for need in set(wanted.values()) - {None} - finished.keys():
                assert need is not None
                slots = Slots.fresh()
                rendered = render(
                    inst, session, issue, language=need.language, articles=need.articles,
                    alerted=need.alerted, slots=slots,
                )  # fmt: skip
                finished[need] = finish(inst, issue, rendered, slots)
        with suppress(ReadersChanged), inst.database.write() as session:
            session.execute(sa.select(Issue.id).where(Issue.id == issue_id).with_for_update())
            issue = _issue(session, issue_id)
            if issue.state is not IssueState.DRAFT:
                return issue
            wanted = needs(session, issue, kinds, now)  # an article may have been withdrawn
            if set(wanted.values()) - {None} - finished.keys():
                continue
            _write(inst, session, issue, wanted, finished, now)
            return issue
    raise Refused(f"issue {issue_id} could not be frozen: its readers keep changing (try again)")


def require_readers(inst: Installation, issue_id: int, *, now: datetime) -> None:
    """Raise Refused, with the remedy, for a draft that nobody would get now."""
    with inst.database.read() as session:
        issue = _issue(session, issue_id)
        if issue.state is IssueState.DRAFT and not kinds_of(session, issue, now):
            raise Refused(nobody(session, issue))


def nobody(session: Session, issue: Issue) -> str:
    """Why an issue without readers is not sent, and what to do."""
    slug = issue.mlist.slug
    if issue.kind is IssueKind.ALERT:
        return (
            f"nobody on '{slug}' has agreed to urgent alerts (readers agree on their preferences "
            "page, or 'newsletter subscriber edit --alerts' records how they asked)"
        )
    waiting = unconfirmed(session, issue.mlist)
    return (
        f"nobody on '{slug}' would get this now{waiting and f': {waiting}'} "
        f"(see 'newsletter subscriber ls --list {slug}')"
    )


def unconfirmed(session: Session, mlist: MailingList) -> str:
    """`2 people on 'weekly' have not confirmed yet`, or nothing when there are none."""
    pending = session.scalar(
        sa.select(sa.func.count())
        .select_from(Subscription)
        .where(Subscription.mlist_id == mlist.id, Subscription.state == SubscriptionState.PENDING)
    )
    if not pending:
        return ""
    people = "1 person" if pending == 1 else f"{pending:,} people"
    return f"{people} on '{mlist.slug}' {'has' if pending == 1 else 'have'} not confirmed yet"


def kinds_of(session: Session, issue: Issue, now: datetime) -> list[GroupKey]:
    """The languages and topics of the issue's readers as they are now."""
    cadence, is_default = cadence_of(issue)
    return audience.audience_kinds(
        session,
        issue.mlist_id,
        issue.kind.value,
        cadence=cadence,
        is_default_cadence=is_default,
        now=now,
    )


def cadence_of(issue: Issue) -> tuple[str | None, bool]:
    """Whose digest it is: the readers of its schedule; alerts and letters go to all."""
    if issue.kind is IssueKind.DIGEST and issue.schedule is not None:
        return issue.schedule.name, issue.schedule.is_default
    return None, True


def needs(
    session: Session, issue: Issue, kinds: Collection[GroupKey], now: datetime
) -> dict[GroupKey, Need | None]:
    """What each group of readers needs; None where no article of the issue matches their topics.

    Raises Refused when every article of a digest was withdrawn, or is gone, and so of an alert.
    """
    mlist: MailingList = issue.mlist
    ids = taken_articles(issue)
    if issue.kind is not IssueKind.DIGEST:
        if issue.article is not None and is_withdrawn(session, issue.article):
            raise Refused(
                f"{mlist.slug}/{issue.number} is about article {issue.article_id}, which was "
                "withdrawn (cancel it with 'newsletter issue cancel')"
            )
        return {
            (language, topics): Need(language_for(mlist, language), tuple(ids))
            for language, topics in kinds
        }
    if issue.schedule is None:
        raise Refused(f"the schedule of {mlist.slug}/{issue.number} is gone (cancel the issue)")
    left = remaining(session, issue, now).kept
    if not left:
        raise Refused(
            f"nothing of {mlist.slug}/{issue.number} is left: all its articles were withdrawn, "
            "skipped or taken away by their sources (cancel it with 'newsletter issue cancel')"
        )
    found: dict[GroupKey, Need | None] = {}
    for wish, topics in kinds:
        share = left if topics is None else list(split_by_topics(left, topics))
        language = language_for(mlist, wish)
        alerted = frozenset(c.article for c in share if c.alerted_in is not None)
        taken = tuple(c.article for c in share)
        found[wish, topics] = Need(language, taken, alerted) if share else None
    return found


def _write(
    inst: Installation,
    session: Session,
    issue: Issue,
    wanted: Mapping[GroupKey, Need | None],
    finished: Mapping[Need, Finished],
    now: datetime,
) -> None:
    put_back(session, issue, now)
    variants: dict[Need, Variant] = {}
    for need in wanted.values():
        if need is not None and need not in variants:
            done = finished[need]
            variants[need] = Variant(
                issue_id=issue.id,
                key=need.key,
                language=need.language,
                subject=done.rendered.subject,
                template=done.template.to_json(),
                page=done.page,
            )
    session.add_all(variants.values())
    issue.sender_address = issue.mlist.from_address
    issue.on_unknown = issue.mlist.on_unknown
    session.flush()
    cadence, is_default = cadence_of(issue)
    issue.audience = enqueue_issue(
        session,
        issue,
        {key: variants[need].id if need else None for key, need in wanted.items()},
        cadence=cadence,
        is_default_cadence=is_default,
        key_id=inst.keys.current,
        now=now,
    )
    issue.state = IssueState.FROZEN
    issue.frozen_at = now
    issue.ready_at = issue.ready_at or now
    issue.expires_at = now + timedelta(hours=inst.config.sending.expire_hours)
    issue.note = ""
    if not issue.subject and variants:
        issue.subject = next(iter(variants.values())).subject
    epoch.advance(session, inst.journal, now)
    session.flush()
    # Last, and before its epoch: a number that is told and then not used does no harm.
    inst.journal.append("sent", issue.number, now, mlist=issue.mlist_id)


def _issue(session: Session, issue_id: int) -> Issue:
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound(f"no such issue: {issue_id} (see 'newsletter issue ls')")
    return issue
