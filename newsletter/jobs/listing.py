"""Lists with all that newsletter hangs on them: made with their first schedule, and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.topics import topic_patterns
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.operating import removed_before
from newsletter.jobs.scheduling import add_schedule
from newsletter.jobs.turns import Turns
from newsletter.models import (
    Bounce,
    Delivery,
    Issue,
    IssueState,
    Notice,
    Schedule,
    SourceList,
)
from subscribers.addresses import parse_mailbox
from subscribers.bulk import among
from subscribers.lists import (
    ListFields,
    called,
    count_subscriptions,
    create_list,
    find_list,
    former_slugs,
    refuse_drawn,
    remove_list,
    set_matches,
)
from subscribers.models import (
    FormerLetter,
    MailingList,
    Subscription,
    SubscriptionState,
    Visibility,
)
from subscribers.segments import draw, narrow, said_of
from subscribers.tagging import chunks

RUNNING = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)
BATCH = 1000  # deliveries in one transaction

_NO_SYNC: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def create_mlist(
    inst: Installation,
    slug: str,
    *,
    from_mailbox: str,
    cron: str | None = None,
    approval: str = "auto",
    topics: tuple[tuple[str, str], ...] = (),
    matches: Mapping[str, str] | None = None,
    where: str = "",
    of: str | None = None,
    now: datetime,
    **fields: Unpack[ListFields],
) -> MailingList:
    """A new list with its first schedule; language and time zone are the site's unless given.

    `from_mailbox` is "Name <a@b>"; `matches` maps topics to lines of patterns (see
    collect/topics.py); `where` says for whom it is (see subscribers/conditions.py), and
    empty for all its subscribers; `of` names the list that it is drawn from. Raises InvalidAddress,
    InvalidValue, UnknownList, and Refused for a schedule that makes no sense.
    """
    mailbox = parse_mailbox(from_mailbox)
    site = inst.config.site
    fields.setdefault("language", site.language)
    fields.setdefault("timezone", site.timezone)
    fields.setdefault("title", slug)
    fields["from_name"], fields["from_address"] = mailbox.name, mailbox.address.address
    if of is not None:
        fields.setdefault("archive", False)  # it is not for everybody
    patterns = {topic: topic_patterns(line) for topic, line in (matches or {}).items()}
    with inst.database.write() as session:
        mlist = create_list(
            session,
            slug,
            domain=_domain(inst, mailbox.address.domain),
            now=now,
            topics=topics,
            **fields,
        )
        set_matches(session, mlist, patterns)
        if of is None:
            narrow(session, mlist, where)
        else:
            draw(session, mlist, find_list(session, of), where)
        add_schedule(session, mlist, cron=cron, approval=approval, now=now)
        return mlist


@dataclass(frozen=True)
class Going:
    """What `remove_mlist` would take away with a list."""

    slug: str  # as it is called now
    active: int
    pending: int
    left: int
    issues: int
    deliveries: int
    schedules: int
    topics: int
    where: str  # whom it is for; empty: all its subscribers
    former_slugs: tuple[str, ...]  # whose pages would answer no more
    former_letters: int  # of another system, whose links would end nothing any more


def going(inst: Installation, slug: str) -> Going:
    """What there is to remove; raises UnknownList, and NotPermitted as `remove_mlist`."""
    with inst.database.read() as session:
        mlist = find_list(session, slug)
        refuse_drawn(session, mlist)
        states = count_subscriptions(session, mlist)

        def count(*where: sa.ColumnElement[bool]) -> int:
            return session.scalar(sa.select(sa.func.count()).where(*where)) or 0

        issues = sa.select(Issue.id).where(Issue.mlist_id == mlist.id)
        return Going(
            slug=mlist.slug,
            active=states[SubscriptionState.ACTIVE],
            pending=states[SubscriptionState.PENDING],
            left=states[SubscriptionState.UNSUBSCRIBED],
            issues=count(Issue.mlist_id == mlist.id),
            deliveries=count(Delivery.issue_id.in_(issues)),
            schedules=count(Schedule.mlist_id == mlist.id),
            topics=len(mlist.topics),
            where=said_of(session, mlist.id),
            former_slugs=tuple(former_slugs(session, mlist)),
            former_letters=count(FormerLetter.mlist_id == mlist.id),
        )


def was_removed(inst: Installation, slug: str) -> bool:
    """Whether there was a list of this name once, and is none any more."""
    with inst.database.read() as session:
        there = session.scalar(sa.select(MailingList.id).where(called(slug)))
        return there is None and removed_before(session, "list.remove", f"list {slug}")


def remove_mlist(inst: Installation, slug: str, *, now: datetime, actor: str) -> None:
    """Delete a list with its subscriptions, schedules, issues and their deliveries.

    The list takes nobody in and makes no issue from the first moment; its deliveries go in turns
    with everybody else who writes, and the list last. Killed, it is finished by doing it again.
    People, articles and the evidence of consent stay. Raises Refused while an issue is under way,
    and NotPermitted while other lists are drawn from it.
    """
    with inst.database.write() as session:
        mlist = _removable(session, slug)
        mlist.visibility = Visibility.CLOSED
        mine = Schedule.mlist_id == mlist.id
        session.execute(sa.update(Schedule).where(mine).values(active=False), **_NO_SYNC)
        session.execute(sa.delete(SourceList).where(SourceList.mlist_id == mlist.id), **_NO_SYNC)
        drafts = (Issue.mlist_id == mlist.id, Issue.state == IssueState.DRAFT)
        session.execute(sa.delete(Issue).where(*drafts), **_NO_SYNC)
    _clear(inst, mlist.id)
    with inst.database.write() as session:
        mlist = _removable(session, slug)
        _delete_deliveries(session, Delivery.issue_id.in_(_issues_of(mlist.id)))
        for gone in (Issue, Schedule, SourceList):
            session.execute(sa.delete(gone).where(gone.mlist_id == mlist.id), **_NO_SYNC)
        session.execute(sa.update(Notice).where(Notice.mlist_id == mlist.id).values(mlist_id=None))
        session.expire_all()
        remove_list(session, mlist, actor=actor, now=now)


def _removable(session: Session, slug: str) -> MailingList:
    mlist = find_list(session, slug)
    refuse_drawn(session, mlist)
    running = session.scalars(
        sa.select(Issue).where(Issue.mlist_id == mlist.id, Issue.state.in_(RUNNING))
    ).all()
    if running:
        raise Refused(
            f"{mlist.slug}/{running[0].number} is {running[0].state} "
            "(wait until it is sent, or cancel it with 'newsletter issue cancel')"
        )
    return mlist


def _clear(inst: Installation, mlist_id: int) -> None:
    """Delete the deliveries of its issues, and let go those of notices to its subscribers."""
    with inst.database.read() as session:
        issues = session.scalars(_issues_of(mlist_id)).all()
        theirs = sa.select(Subscription.id).where(Subscription.mlist_id == mlist_id)
        notices = session.scalars(
            sa.select(Delivery.id).where(
                Delivery.notice_id.is_not(None), Delivery.subscription_id.in_(theirs)
            )
        ).all()
    turns = Turns(inst.database)
    for issue in issues:
        some = sa.select(Delivery.id).where(Delivery.issue_id == issue).limit(BATCH)
        gone = BATCH
        while gone == BATCH:
            with turns() as session:
                ids = session.scalars(some).all()
                _delete_deliveries(session, among(session, Delivery.id, ids))
            gone = len(ids)
    for chunk in chunks(notices, BATCH):
        with turns() as session:
            session.execute(
                sa.update(Delivery)
                .where(among(session, Delivery.id, chunk))
                .values(subscription_id=None),
                **_NO_SYNC,
            )


def _issues_of(mlist_id: int) -> sa.Select[int]:
    return sa.select(Issue.id).where(Issue.mlist_id == mlist_id)


def _delete_deliveries(session: Session, which: sa.ColumnElement[bool]) -> None:
    """With what bounced of them."""
    theirs = sa.select(Delivery.id).where(which)
    session.execute(sa.delete(Bounce).where(Bounce.delivery_id.in_(theirs)), **_NO_SYNC)
    session.execute(sa.delete(Delivery).where(which), **_NO_SYNC)


def _domain(inst: Installation, sender_domain: str) -> str:
    """Where List-Id is rooted: the web pages' host, or the sender's domain while that is local."""
    host = urlsplit(inst.config.base_url).hostname or ""
    return host if inst.config.is_public and "." in host else sender_domain
