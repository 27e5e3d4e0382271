"""Lists with all that newsletter hangs on them: made with their first schedule, and removed."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack
from urllib.parse import urlsplit

import sqlalchemy as sa

from newsletter.errors import Refused
from newsletter.installation import Installation
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
from subscribers.lists import ListFields, create_list, find_list, remove_list
from subscribers.models import MailingList, Subscription

RUNNING = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)


def create_mlist(
    inst: Installation,
    slug: str,
    *,
    from_mailbox: str,
    cron: str | None = None,
    approval: str = "auto",
    topics: tuple[tuple[str, str], ...] = (),
    now: datetime,
    **fields: Unpack[ListFields],
) -> MailingList:
    """A new list with its first schedule; language and time zone are the site's unless given.

    `from_mailbox` is "Name <a@b>". Raises InvalidAddress, InvalidValue, and Refused for a schedule
    that makes no sense.
    """
    mailbox = parse_mailbox(from_mailbox)
    site = inst.config.site
    fields.setdefault("language", site.language)
    fields.setdefault("timezone", site.timezone)
    fields.setdefault("title", slug)
    fields["from_name"], fields["from_address"] = mailbox.name, mailbox.address.address
    with inst.database.write() as session:
        mlist = create_list(
            session,
            slug,
            domain=_domain(inst, mailbox.address.domain),
            now=now,
            topics=topics,
            **fields,
        )
        add_schedule(session, mlist, cron=cron, approval=approval, now=now)
        return mlist


def remove_mlist(inst: Installation, slug: str, *, now: datetime, actor: str) -> None:
    """Delete a list with its subscriptions, schedules, issues and their deliveries.

    People, articles and the evidence of consent stay. Raises Refused while an issue is under way.
    """
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        running = session.scalars(
            sa.select(Issue).where(Issue.mlist_id == mlist.id, Issue.state.in_(RUNNING))
        ).all()
        if running:
            raise Refused(
                f"{slug}/{running[0].number} is {running[0].state} "
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
