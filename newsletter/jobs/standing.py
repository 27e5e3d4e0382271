"""What a list offers and how a person stands to it: all that a page shows before anything is done.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from newsletter.calendar.cron import Cron
from newsletter.calendar.words import describe
from newsletter.installation import Installation
from newsletter.models import Schedule
from subscribers.addresses import has_controls
from subscribers.errors import UnknownList
from subscribers.lists import find_list, find_lists
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Topic,
    Visibility,
)
from subscribers.tokens import Payload, Purpose

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # nothing was too old then


@dataclass(frozen=True)
class Cadence:
    """One rhythm that a reader may choose."""

    name: str  # the schedule's
    own_title: str  # as the editors call it; may be empty
    cron: str
    is_default: bool

    def title(self, language: str) -> str:
        """What readers see: the editors' own words, else the rhythm in words of `language`."""
        if self.own_title:
            return self.own_title
        said = describe(Cron.parse(self.cron), language)
        return said[:1].upper() + said[1:]


@dataclass(frozen=True)
class Offered:
    """A list as it is offered to readers."""

    mlist: MailingList
    topics: tuple[Topic, ...]
    cadences: tuple[Cadence, ...]

    @property
    def only_alerts(self) -> bool:
        """Whether nothing comes by a schedule: who joins it asks for its alerts."""
        return not self.cadences

    def knows_cadence(self, name: str | None) -> str | None:
        """`name` where it is one to choose and not the default; else None, the default."""
        chosen = {c.name for c in self.cadences if not c.is_default}
        return name if name in chosen else None


@dataclass(frozen=True)
class Standing:
    """A subscription with what its list offers."""

    subscription: Subscription
    offered: Offered

    @property
    def mlist(self) -> MailingList:
        return self.offered.mlist


@dataclass(frozen=True)
class Person:
    """A person, as the page of one of their links shows them.

    `here` is the subscription that the link belongs to; `active` all that bring mail, `here` first.
    """

    subscriber: Subscriber
    here: Standing
    active: tuple[Standing, ...]


def offer(session: Session, mlist: MailingList) -> Offered:
    """What the list offers; its rows stay readable when the session is gone."""
    schedules = session.scalars(
        sa.select(Schedule)
        .where(Schedule.mlist_id == mlist.id, Schedule.active, Schedule.cron.is_not(None))
        .order_by(Schedule.is_default.desc(), Schedule.id)
    )
    cadences = (Cadence(s.name, s.title, s.cron or "", s.is_default) for s in schedules)
    return Offered(mlist, tuple(mlist.topics), tuple(cadences))


def offered(inst: Installation, slug: str) -> Offered:
    """The list of that name, whatever its visibility; raises UnknownList."""
    with inst.database.read() as session:
        return offer(session, named_list(session, slug))


def named_list(session: Session, slug: str) -> MailingList:
    """The list that an address names, whatever it holds; raises UnknownList.

    PostgreSQL would take no NUL into a query.
    """
    if has_controls(slug):
        raise UnknownList("no such list: its name is of letters, digits and hyphens")
    return find_list(session, slug)


def offered_lists(inst: Installation) -> list[Offered]:
    """All public lists, by name."""
    with inst.database.read() as session:
        return [offer(session, m) for m in find_lists(session, Visibility.PUBLIC)]


def person_of(inst: Installation, subscription_id: int) -> Person | None:
    """The person behind a subscription; None once the subscription or the person is gone."""
    with inst.database.read() as session:
        here = session.scalar(_with_all().where(Subscription.id == subscription_id))
        if here is None or here.subscriber.address is None:
            return None
        standings = [
            Standing(one, offer(session, one.mlist))
            for one in subscriptions_of(session, here.subscriber_id)
            if one.state is SubscriptionState.ACTIVE
        ]
        standings.sort(key=lambda s: s.subscription.id != here.id)
        return Person(here.subscriber, Standing(here, offer(session, here.mlist)), tuple(standings))


def subscriptions_of(session: Session, subscriber_id: int) -> Sequence[Subscription]:
    """All that a person ever joined and that still is, by id, with lists and topics."""
    query = _with_all().where(Subscription.subscriber_id == subscriber_id)
    return session.scalars(query.order_by(Subscription.id)).all()


def payload_whatever_its_age(inst: Installation, purpose: Purpose, token: str) -> Payload:
    """What a token of ours is about, even if it is too old to act on; raises InvalidToken."""
    return inst.tokens.read(purpose, token, LONG_AGO)


def masked(address: str | None) -> str:
    """Enough of an address for its owner to know it, too little for those it is forwarded to."""
    local, at, domain = (address or "").rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if at else "•••"


def _with_all() -> sa.Select[Subscription]:
    return sa.select(Subscription).options(
        joinedload(Subscription.subscriber),
        joinedload(Subscription.mlist).selectinload(MailingList.topics),
    )
