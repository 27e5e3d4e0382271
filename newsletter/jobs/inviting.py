"""Asking people by mail to confirm, whom an admin entered or imported.

So many an hour and no more: a list that was moved here may have half a million of them, and notices
go before digests. Those of later hours are owed now, and due then; what does not fit into a day is
left for another call. Killed, it goes on where it was when it is called again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from newsletter.compose.language import words as sentences
from newsletter.installation import Installation
from newsletter.jobs.joining import asked_today
from newsletter.jobs.notices import confirm_notice, confirming, enqueue
from newsletter.jobs.peopling import person_at
from newsletter.jobs.turns import in_turn
from newsletter.models import Notice
from subscribers import people, signup, suppression
from subscribers.bulk import among
from subscribers.lists import find_list
from subscribers.models import MailingList, Subscriber, Subscription, SubscriptionState
from subscribers.signup import Request
from subscribers.tagging import chunks

RATE = 1000  # people an hour
_HOUR = timedelta(hours=1)
_HOURS = 24  # that one call reaches ahead; the links in those mails work for a week
_AT_ONCE = 100  # people in one transaction


@dataclass
class Invited:
    """Who was asked to confirm just now, and who was left alone."""

    now: list[str] = field(default_factory=list)  # addresses; one mail to each
    today: list[str] = field(default_factory=list)  # asked within a day, and have not answered yet
    until: datetime | None = None  # when the last of the mails is due
    later: int = 0  # people for whom a day has no room: call again tomorrow


def invite(
    inst: Installation,
    address: str | None,
    slug: str | None,
    *,
    rate: int = RATE,
    now: datetime,
    actor: str,
    on_batch: Callable[[int], None] | None = None,
) -> Invited:
    """Ask by mail those who have not confirmed: one person, or everybody pending on a list.

    One mail a day to a person, as from the form, whoever asks; it is about all that waits of theirs
    on the list, or on all. `rate` is in people an hour, whatever list they are on; 0 is no limit.
    Who must not be written to is left alone. `on_batch` is told how many were asked so far. Raises
    NotFound, UnknownList.
    """
    with inst.database.read() as session:
        mlist_id = None if slug is None else find_list(session, slug).id
        waiting = _waiting(session, address, mlist_id)
        taken = _asked_since(session, now - _HOUR)
    asking = _Asking(inst, mlist_id, rate, taken, now, actor)
    for place, chunk in enumerate(chunks(waiting, _AT_ONCE)):
        asking.prepare(chunk)
        with in_turn(inst.database) as session:
            full = asking.ask(session, chunk)
        if on_batch is not None:
            on_batch(len(asking.done.now))
        if full is not None:
            asking.done.later = len(waiting) - place * _AT_ONCE - full
            break
    return asking.done


def pending(inst: Installation, address: str | None, slug: str | None) -> int:
    """How many people have not confirmed: one person, everybody on a list, or both."""
    with inst.database.read() as session:
        mlist_id = None if slug is None else find_list(session, slug).id
        return len(_waiting(session, address, mlist_id))


def _waiting(session: Session, address: str | None, mlist_id: int | None) -> list[int]:
    """The ids of the people who have not confirmed, in order."""
    query = (
        sa.select(Subscriber.id)
        .distinct()
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscription.state == SubscriptionState.PENDING, Subscriber.erased_at.is_(None))
        .order_by(Subscriber.id)
    )
    if mlist_id is not None:
        query = query.where(Subscription.mlist_id == mlist_id)
    if address is not None:
        query = query.where(Subscriber.id == person_at(session, address).id)
    return list(session.scalars(query))


def _asked_since(session: Session, since: datetime) -> int:
    """How many people are asked since then, those whose mail is due later included."""
    people_asked = sa.func.count(Subscription.subscriber_id.distinct())
    return session.scalar(sa.select(people_asked).where(Subscription.invited_at > since)) or 0


Theirs = Sequence[tuple[Subscription, MailingList]]
"""What waits of one person, each with its list."""


class _Asking:
    """One call of `invite`: what was rendered, and how much of the day is full."""

    def __init__(
        self,
        inst: Installation,
        mlist_id: int | None,
        rate: int,
        taken: int,
        now: datetime,
        actor: str,
    ) -> None:
        self.inst, self.mlist_id, self.now, self.actor = inst, mlist_id, now, actor
        self.rate, self.taken = rate, taken
        self.rendered: dict[tuple[str | None, tuple[tuple[int, bool], ...]], Notice] = {}
        self.done = Invited()

    def prepare(self, people_ids: list[int]) -> None:
        """Render what these people need, while nobody waits for the database."""
        with self.inst.database.read() as session:
            for person, theirs in self.groups(session, people_ids):
                self.notice(person, theirs)

    def ask(self, session: Session, people_ids: list[int]) -> int | None:
        """Owe these people their mail; how many of them had their turn where the day got full."""
        for place, (found, theirs) in enumerate(self.groups(session, people_ids)):
            due = self.due()
            if due is None:
                return place
            person = people.hold(session, found.id)
            if person is None or person.address is None:
                continue
            if suppression.find(session, person.address, self.inst.tokens.hmacs) is not None:
                continue
            if asked_today(session, person, self.now):
                self.done.today.append(person.address)
                continue
            still = [s for s, _ in theirs if self.invited(session, s, due)]
            if still:
                request = Request(tuple(one.id for one in still), self.now)
                notice = confirming(self.notice(person, theirs), request)
                notice.created_at = due  # the day until they may be asked again begins there
                enqueue(session, self.inst, notice, person, now=due)
                self.taken += 1
                self.done.now.append(person.address)
                self.done.until = due
        return None

    def invited(self, session: Session, one: Subscription, due: datetime) -> bool:
        """Write down that they are asked; it counts from when the mail is due."""
        if signup.invite(session, one, actor=self.actor, now=self.now) is None:
            return False
        one.invited_at = due
        session.flush()
        return True

    def due(self) -> datetime | None:
        """When the next mail may go; None: not within a day."""
        hours = self.taken // self.rate if self.rate else 0
        return self.now + hours * _HOUR if hours < _HOURS else None

    def groups(
        self, session: Session, people_ids: list[int]
    ) -> list[tuple[Subscriber, list[tuple[Subscription, MailingList]]]]:
        query = (
            sa.select(Subscription)
            .where(
                among(session, Subscription.subscriber_id, people_ids),
                Subscription.state == SubscriptionState.PENDING,
            )
            .options(joinedload(Subscription.mlist), joinedload(Subscription.subscriber))
            .order_by(Subscription.subscriber_id, Subscription.id)
        )
        if self.mlist_id is not None:
            query = query.where(Subscription.mlist_id == self.mlist_id)
        grouped = itertools.groupby(session.scalars(query), key=lambda one: one.subscriber)
        return [(person, [(one, one.mlist) for one in group]) for person, group in grouped]

    def notice(self, person: Subscriber, theirs: Theirs) -> Notice:
        """A notice of their own, rendered once for all who wait for the same in one language."""
        key = (person.language, tuple((mlist.id, one.alerts) for one, mlist in theirs))
        if key not in self.rendered:
            self.rendered[key] = self.render(person.language, theirs)
        model = self.rendered[key]
        return Notice(
            kind=model.kind,
            mlist_id=model.mlist_id,
            sender_address=model.sender_address,
            subject=model.subject,
            template=model.template,
            links={},
            created_at=model.created_at,
        )

    def render(self, language: str | None, theirs: Theirs) -> Notice:
        first = theirs[0][1]
        said = sentences(language or first.language)
        titles = [
            f"{mlist.title} ({said.confirm_with_alerts})" if one.alerts else mlist.title
            for one, mlist in theirs
        ]
        return confirm_notice(
            self.inst,
            first,
            words=said.confirm_entered.format(title=", ".join(titles)),
            ip=None,
            language=language,
            now=self.now,
        )
