"""Asking people by mail to confirm, whom an admin entered or imported.

So many an hour and no more: a list that was moved here may have half a million of them, and notices
go before digests. Those of later hours are owed now, and due then; what does not fit into a day is
left for another call. Killed, it goes on where it was when it is called again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.compose.language import words as sentences
from newsletter.delivery.enqueueing import Owed, enqueue_notices
from newsletter.installation import Installation
from newsletter.jobs.joining import ONE_MAIL, asked_today
from newsletter.jobs.notices import confirm_notice, confirming
from newsletter.jobs.peopling import person_at
from newsletter.jobs.turns import in_turn
from newsletter.models import Delivery, Notice
from subscribers.bulk import among
from subscribers.consent import Act
from subscribers.inviting import Waiting, hold_waiting, waiting_people
from subscribers.inviting import invite as invite_all
from subscribers.lists import find_list
from subscribers.models import Subscription
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
        person = None if address is None else person_at(session, address).id
        waiting = waiting_people(session, mlist_id=mlist_id, subscriber_id=person)
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


def to_ask(
    inst: Installation, address: str | None, slug: str | None, *, rate: int = RATE, now: datetime
) -> int:
    """How many people `invite` would ask now. Raises as it does."""
    with inst.database.read() as session:
        mlist_id = None if slug is None else find_list(session, slug).id
        person = None if address is None else person_at(session, address).id
        taken = _asked_since(session, now - _HOUR)
        room = max(rate * _HOURS - taken, 0) if rate else None
        found = 0
        waiting = waiting_people(session, mlist_id=mlist_id, subscriber_id=person)
        for chunk in chunks(waiting, _AT_ONCE):
            if room is not None and found >= room:
                return room
            held = hold_waiting(
                session, chunk, mlist_id=mlist_id, hmacs=inst.tokens.hmacs, lock=False
            )
            written_to = _written_to(session, chunk, now - ONE_MAIL)
            found += sum(
                one.person.id not in written_to or not asked_today(session, one.person, now)
                for one in held
            )
            session.expunge_all()  # half a million may be waiting
        return found if room is None else min(found, room)


def _asked_since(session: Session, since: datetime) -> int:
    """How many people are asked since then, those whose mail is due later included."""
    people_asked = sa.func.count(Subscription.subscriber_id.distinct())
    return session.scalar(sa.select(people_asked).where(Subscription.invited_at > since)) or 0


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
        self.inst, self.mlist_id, self.now = inst, mlist_id, now
        self.act = Act("cli", actor=actor)
        self.rate, self.taken = rate, taken
        self.rendered: dict[tuple[str | None, tuple[tuple[int, bool], ...]], Notice] = {}
        self.done = Invited()

    def prepare(self, people: list[int]) -> None:
        """Render what these people need, while nobody waits for the database."""
        with self.inst.database.read() as session:
            for one in hold_waiting(session, people, mlist_id=self.mlist_id, lock=False):
                self.notice(one, self.now)

    def ask(self, session: Session, people: list[int]) -> int | None:
        """Owe these people their mail; how many of them had their turn where the day got full."""
        hmacs = self.inst.tokens.hmacs
        found = hold_waiting(session, people, mlist_id=self.mlist_id, hmacs=hmacs)
        written_to = _written_to(session, people, self.now - ONE_MAIL)
        chosen: list[tuple[Waiting, datetime]] = []
        full = None
        for one in found:
            due = self.due()
            if due is None:
                full = people.index(one.person.id)
                break
            if one.person.id in written_to and asked_today(session, one.person, self.now):
                self.done.today.append(one.person.address or "")
                continue
            chosen.append((one, due))
            self.taken += 1
            self.done.now.append(one.person.address or "")
            self.done.until = due
        owed = []
        for (one, due), request in zip(
            chosen, invite_all(session, chosen, act=self.act, now=self.now), strict=True
        ):
            person = one.person
            notice = confirming(self.notice(one, due), request)
            owed.append(Owed(notice, person.address or "", person.name, person.id, None, due))
        enqueue_notices(session, self.inst.keys.current, owed)
        return full

    def due(self) -> datetime | None:
        """When the next mail may go; None: not within a day."""
        hours = self.taken // self.rate if self.rate else 0
        return self.now + hours * _HOUR if hours < _HOURS else None

    def notice(self, one: Waiting, due: datetime) -> Notice:
        """A notice of their own, rendered once for all who wait for the same in one language.

        The day until they may be asked again is counted from when it is due.
        """
        theirs = tuple((s.mlist_id, s.alerts) for s in one.subscriptions)
        key = (one.person.language, theirs)
        if key not in self.rendered:
            self.rendered[key] = self.render(one)
        model = self.rendered[key]
        return Notice(
            kind=model.kind,
            mlist_id=model.mlist_id,
            sender_address=model.sender_address,
            subject=model.subject,
            template=model.template,
            links={},
            created_at=due,
        )

    def render(self, one: Waiting) -> Notice:
        first = one.subscriptions[0].mlist
        language = one.person.language
        said = sentences(language or first.language)
        titles = [
            f"{s.mlist.title} ({said.confirm_with_alerts})" if s.alerts else s.mlist.title
            for s in one.subscriptions
        ]
        return confirm_notice(
            self.inst,
            first,
            words=said.confirm_entered.format(title=", ".join(titles)),
            ip=None,
            language=language,
            now=self.now,
        )


def _written_to(session: Session, people: list[int], since: datetime) -> set[int]:
    """Those to whom a notice of any kind was written since then: `asked_today` tells of which."""
    found = (
        sa.select(Delivery.subscriber_id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(
            among(session, Delivery.subscriber_id, people),
            Delivery.notice_id.is_not(None),  # for its index
            Notice.created_at > since,
        )
    )
    return {person for person in session.scalars(found) if person is not None}
