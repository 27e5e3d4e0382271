"""Leaving by the links in another system's mails, which people still have in their mailboxes.

As in `leaving`: committed before it returns, with the goodbye of a list that sends one, and written
to the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.installation import Installation
from newsletter.jobs import farewell
from newsletter.jobs.leaving import Left
from subscribers import former, leaving
from subscribers.former import LISTMONK
from subscribers.models import Subscriber, Subscription, SubscriptionState


@dataclass(frozen=True)
class OldLink:
    """What a link is about, in whatever state: never nothing."""

    subscriptions: tuple[Subscription, ...]

    @property
    def subscriber(self) -> Subscriber:
        return self.subscriptions[0].subscriber

    @property
    def standing(self) -> tuple[Subscription, ...]:
        """Those of them that have not ended."""
        left = SubscriptionState.UNSUBSCRIBED
        return tuple(one for one in self.subscriptions if one.state is not left)

    @property
    def last(self) -> int:
        """The id of the one that ended last, or of the first where none has."""
        ended = [one for one in self.subscriptions if one.unsubscribed_at is not None]
        return max(ended, key=_ended_at).id if ended else self.subscriptions[0].id


def _ended_at(one: Subscription) -> datetime:
    assert one.unsubscribed_at is not None
    return one.unsubscribed_at


def find(inst: Installation, letter: str, person: str) -> OldLink | None:
    """What listmonk's link names; None alike for whom there never was, and who is gone."""
    with inst.database.read() as session:
        found = former.find(session, LISTMONK, letter, person)
        return OldLink(tuple(found)) if found else None


def leave(
    inst: Installation,
    letter: str,
    person: str,
    *,
    everything: bool,
    source: str,
    ip: str | None,
    now: datetime,
) -> Left:
    """End what the link is about, or `everything` of that person; twice is once.

    Without a subscriber, it named nobody.
    """
    with inst.database.read() as session:
        found = former.find(session, LISTMONK, letter, person)
        if not found:
            return Left(None, None, ())
        ids: Sequence[int] = [one.id for one in found]
        if everything:
            ids = farewell.of_same_person(session, ids[0])
        goodbye = farewell.prepare(session, inst, ids, now)
    with inst.database.write() as session:
        found = former.find(session, LISTMONK, letter, person)
        if not found:
            return Left(None, None, ())
        subscriber = found[0].subscriber
        if everything:
            ended = leaving.unsubscribe_all(session, subscriber, source=source, now=now, ip=ip)
        else:
            ended = [
                one
                for one in found
                if leaving.unsubscribe(session, one, source=source, now=now, ip=ip)
            ]
        farewell.say(session, inst, goodbye, ended, now)
        left = Left(found[0].mlist, subscriber, tuple(one.id for one in ended), bool(ended))
    for subscription_id in left.ended:
        inst.journal.append("left", subscription_id, now)
    return left
