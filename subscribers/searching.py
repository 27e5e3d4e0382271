"""Finds people and subscriptions by what an admin knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from subscribers.bulk import among
from subscribers.condition_sql import STANDS_SINCE, condition, has_word
from subscribers.conditions import Condition
from subscribers.models import Subscriber, Subscription, SubscriptionState


@dataclass(frozen=True, slots=True)
class Search:
    """What must hold of a subscription and its person; what is not said holds of all."""

    text: str = ""  # part of an address or a name
    mlist_id: int | None = None
    state: SubscriptionState | None = None
    topic: str | None = None  # chose it, or chose none and so gets it
    tag: str | None = None
    since: datetime | None = None  # stands as it does from then on
    until: datetime | None = None  # … and from before then
    where: Condition | None = None
    timezone: ZoneInfo | None = None  # in which the days of `where` begin; None: in UTC

    @property
    def is_everything(self) -> bool:
        return self == Search(timezone=self.timezone)


def matching(session: Session, search: Search) -> list[ColumnElement[bool]]:
    """The same as conditions over Subscription joined with Subscriber; never of the erased."""
    found: list[ColumnElement[bool]] = [Subscriber.erased_at.is_(None)]
    if search.mlist_id is not None:
        found.append(Subscription.mlist_id == search.mlist_id)
    if search.state is not None:
        found.append(Subscription.state == search.state)
    if text := search.text.strip():
        found.append(_holds(text))
    if search.topic is not None:
        mine = has_word(Subscription.topics, search.topic)
        found.append(or_(Subscription.topics.is_(None), mine))
    if search.tag is not None:
        found.append(has_word(Subscriber.tags, search.tag))
    if search.since is not None:
        found.append(search.since <= STANDS_SINCE)
    if search.until is not None:
        found.append(search.until > STANDS_SINCE)
    if search.where is not None:
        found.append(condition(session, search.where, search.timezone or ZoneInfo("UTC")))
    return found


def _holds(text: str) -> ColumnElement[bool]:
    """SQLite's lower() knows ASCII only: «élodie» is looked for in the ways that it is written."""
    name = Subscriber.name
    ways = dict.fromkeys((text, text.lower(), text.upper(), text.title(), text.capitalize()))
    return or_(
        Subscriber.address_key.contains(text.lower(), autoescape=True),
        func.lower(name).contains(text.lower(), autoescape=True),
        *(name.contains(way, autoescape=True) for way in ways),
    )


def subscriptions_of(
    session: Session, search: Search, keys: Iterable[str] | None = None
) -> list[int]:
    """The ids of the subscriptions that match and have not ended, in order.

    `keys`: only of these addresses' keys.
    """
    query = _joined(select(Subscription.id), session, search, keys)
    standing = query.where(Subscription.state != SubscriptionState.UNSUBSCRIBED)
    return list(session.scalars(standing.order_by(Subscription.id)))


def people_of(session: Session, search: Search, keys: Iterable[str] | None = None) -> list[int]:
    """The ids of the people with a subscription that matches, in order; once each.

    Who subscribes to nothing is found only by their address, where nothing else is asked.
    """
    if search.is_everything and keys is not None:
        query = select(Subscriber.id).where(among(session, Subscriber.address_key, keys))
    else:
        query = _joined(select(Subscriber.id).distinct(), session, search, keys)
    return list(session.scalars(query.order_by(Subscriber.id)))


def _joined(
    what: Select[int], session: Session, search: Search, keys: Iterable[str] | None
) -> Select[int]:
    query = (
        what.select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(*matching(session, search))
    )
    return query if keys is None else query.where(among(session, Subscriber.address_key, keys))
