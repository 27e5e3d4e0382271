"""Finds people for an admin: by address, name, list, state, topic, tag, date, or a condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from newsletter.installation import Installation
from subscribers.condition_sql import midnight
from subscribers.conditions import parse
from subscribers.errors import InvalidValue
from subscribers.lists import called, find_list
from subscribers.models import MailingList, Subscriber, Subscription, SubscriptionState, Topic
from subscribers.searching import Search, matching
from subscribers.values import clean_slug


@dataclass(frozen=True)
class Asked:
    """What an admin looks for, in their words; days are those of the site's time zone."""

    slug: str | None = None
    state: SubscriptionState | None = None
    text: str = ""  # part of an address or a name
    topic: str | None = None
    tag: str | None = None
    since: date | None = None  # the first day
    until: date | None = None  # the last day
    where: str = ""

    @property
    def is_everybody(self) -> bool:
        return self == Asked()


def search_for(session: Session, asked: Asked, timezone: str) -> Search:
    """The same as the database is asked; raises UnknownList, InvalidValue."""
    zone = ZoneInfo(timezone)
    return Search(
        text=asked.text,
        mlist_id=None if asked.slug is None else find_list(session, asked.slug).id,
        state=asked.state,
        topic=None if asked.topic is None else _topic(session, asked.topic, asked.slug),
        tag=None if asked.tag is None else clean_slug(asked.tag, "tag"),
        since=None if asked.since is None else midnight(asked.since, zone),
        until=None if asked.until is None else midnight(asked.until + timedelta(days=1), zone),
        where=parse(asked.where) if asked.where.strip() else None,
        timezone=zone,
    )


def _topic(session: Session, word: str, slug: str | None) -> str:
    """A topic of the list, or of any. Whoever chose none gets all, so a typo would find them."""
    topic = clean_slug(word, "topic")
    query = sa.select(Topic.slug).join(MailingList).order_by(Topic.slug).distinct()
    if slug is not None:
        query = query.where(called(slug))
    known = list(session.scalars(query))
    if topic not in known:
        where = "of any list" if slug is None else f"of '{slug}'"
        choice = f"choose among {', '.join(known)}" if known else "there is none"
        raise InvalidValue(f"no topic {topic!r} {where}: {choice}")
    return topic


def list_subscriptions(
    inst: Installation, asked: Asked, *, limit: int | None = 100
) -> tuple[list[Subscription], int]:
    """Subscriptions with person and list, by address, and how many there are in all.

    Erased people are not shown. Raises UnknownList, InvalidValue.
    """
    with inst.database.read() as session:
        search = search_for(session, asked, inst.config.site.timezone)
        query = (
            sa.select(Subscription).join(Subscription.subscriber).where(*matching(session, search))
        )
        counted = query.with_only_columns(sa.func.count())
        total = session.scalar(counted) or 0
        shown = session.scalars(
            query.options(joinedload(Subscription.subscriber), joinedload(Subscription.mlist))
            .order_by(Subscriber.address_key, Subscription.id)
            .limit(limit)
        )
        return list(shown), total
