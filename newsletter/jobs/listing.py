"""Lists with all that newsletter hangs on them: made with their first schedule, and removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack
from urllib.parse import urlsplit

import sqlalchemy as sa

from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.operating import removed_before
from newsletter.jobs.scheduling import add_schedule
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
from subscribers.lists import (
    ListFields,
    called,
    count_subscriptions,
    create_list,
    find_list,
    former_slugs,
    refuse_drawn,
    remove_list,
)
from subscribers.models import FormerLetter, MailingList, Subscription, SubscriptionState
from subscribers.segments import draw, narrow, said_of

RUNNING = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)


def create_mlist(
    inst: Installation,
    slug: str,
    *,
    from_mailbox: str,
    cron: str | None = None,
    approval: str = "auto",
    topics: tuple[tuple[str, str], ...] = (),
    where: str = "",
    of: str | None = None,
    now: datetime,
    **fields: Unpack[ListFields],
) -> MailingList:
    """A new list with its first schedule; language and time zone are the site's unless given.

    `from_mailbox` is "Name <a@b>"; `where` says for whom it is (see subscribers/conditions.py), and
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
    with inst.database.write() as session:
        mlist = create_list(
            session,
            slug,
            domain=_domain(inst, mailbox.address.domain),
            now=now,
            topics=topics,
            **fields,
        )
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

    People, articles and the evidence of consent stay. Raises Refused while an issue is under way,
    and NotPermitted while other lists are drawn from it.
    """
    with inst.database.write() as session:
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
        issues = sa.select(Issue.id).where(Issue.mlist_id == mlist.id)
        deliveries = sa.select(Delivery.id).where(Delivery.issue_id.in_(issues))
        session.execute(sa.delete(Bounce).where(Bounce.delivery_id.in_(deliveries)))
        session.execute(sa.delete(Delivery).where(Delivery.issue_id.in_(issues)))
        session.execute(sa.delete(Issue).where(Issue.mlist_id == mlist.id))
        session.execute(
            sa.update(Delivery)
            .where(
                Delivery.subscription_id.in_(
                    sa.select(Subscription.id).where(Subscription.mlist_id == mlist.id)
                )
            )
            .values(subscription_id=None),
            execution_options={"synchronize_session": False},
        )
        for table in (Schedule, SourceList):
            session.execute(sa.delete(table).where(table.mlist_id == mlist.id))
        session.execute(sa.update(Notice).where(Notice.mlist_id == mlist.id).values(mlist_id=None))
        session.expire_all()
        remove_list(session, mlist, actor=actor, now=now)


def _domain(inst: Installation, sender_domain: str) -> str:
    """Where List-Id is rooted: the web pages' host, or the sender's domain while that is local."""
    host = urlsplit(inst.config.base_url).hostname or ""
    return host if inst.config.is_public and "." in host else sender_domain
