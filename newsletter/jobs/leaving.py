"""How people leave, by the link in every mail: at once, with a day to think again.

Each verb is committed before it returns, with the goodbye of a list that sends one. What a backup
must not bring back is then written to the journal beside the keys, and who came back all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs import farewell
from subscribers import leaving, people, preferences
from subscribers.consent import Act
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from subscribers.tokens import Purpose


@dataclass(frozen=True)
class Left:
    """What came of leaving. Without `mlist`, the subscription was gone with its list or person."""

    mlist: MailingList | None
    subscriber: Subscriber | None
    ended: tuple[int, ...]  # subscriptions that ended just now; empty: they had before
    may_undo: bool = False  # for a day

    @property
    def newly(self) -> bool:
        return bool(self.ended)


def leave(inst: Installation, token: str, *, source: str, ip: str | None, now: datetime) -> Left:
    """End the subscription that the link belongs to; twice is once. Raises InvalidToken."""
    subscription_id = inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now)
    with inst.database.read() as session:
        goodbye = farewell.prepare(session, inst, [subscription_id], now)
    with inst.database.write() as session:
        found = session.get(Subscription, subscription_id)
        if found is None:
            return Left(None, None, ())
        newly = leaving.unsubscribe(session, found, source=source, now=now, ip=ip)
        session.refresh(found)
        if newly:
            farewell.say(session, inst, goodbye, [found], now)
        result = Left(
            found.mlist,
            found.subscriber,
            (found.id,) if newly else (),
            leaving.may_undo(session, found, now),
        )
    _remember(inst, result, now)
    return result


def leave_all(
    inst: Installation, token: str, *, source: str, ip: str | None, now: datetime
) -> Left:
    """End every subscription of the person that the link belongs to. Raises InvalidToken."""
    subscription_id = inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now)
    with inst.database.read() as session:
        theirs = farewell.of_same_person(session, subscription_id)
        goodbye = farewell.prepare(session, inst, theirs, now)
    with inst.database.write() as session:
        found = session.get(Subscription, subscription_id)
        if found is None:
            return Left(None, None, ())
        person, mlist = found.subscriber, found.mlist
        ended = leaving.unsubscribe_all(session, person, source=source, now=now, ip=ip)
        session.refresh(found)
        farewell.say(session, inst, goodbye, ended, now)
        may_undo = leaving.may_undo(session, found, now)
        result = Left(mlist, person, tuple(s.id for s in ended), may_undo)
    _remember(inst, result, now)
    return result


def undo(
    inst: Installation, token: str, *, ip: str | None, now: datetime, everything: bool = False
) -> Left:
    """Take leaving back within a day; `everything`: all that was left at the same moment.

    `ended` names what goes on again. Raises InvalidToken, and NotPermitted when it is too late.
    """
    subscription_id = inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now)
    with inst.database.write() as session:
        found = session.get(Subscription, subscription_id)
        if found is None:
            return Left(None, None, ())
        people.hold(session, found.subscriber_id)
        back = [found]
        if everything and found.unsubscribed_at is not None:
            together = sa.select(Subscription).where(
                Subscription.subscriber_id == found.subscriber_id,
                Subscription.unsubscribed_at == found.unsubscribed_at,
            )
            back = list(session.scalars(together))
        back.sort(key=lambda s: s.id)
        undone = [s.id for s in back if leaving.undo(session, s, now=now, ip=ip)]
        result = Left(found.mlist, found.subscriber, tuple(undone))
    inst.journal.append_all("back", result.ended, now)
    return result


def keep_only(
    inst: Installation,
    token: str,
    kept: Literal["alerts", "digests"],
    *,
    words: str,
    ip: str | None,
    now: datetime,
) -> Left:
    """Keep the list's alerts alone, or its digests alone, instead of leaving it or having left it.

    `words` is what the page said. Raises InvalidToken, and NotPermitted a day after leaving.
    """
    subscription_id = inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now)
    with inst.database.write() as session:
        found = session.get(Subscription, subscription_id)
        if found is None:
            return Left(None, None, ())
        people.hold(session, found.subscriber_id)
        session.refresh(found)
        back = found.state is SubscriptionState.UNSUBSCRIBED
        preferences.keep_only(session, found, kept, act=Act("page", words, ip), now=now)
        result = Left(found.mlist, found.subscriber, ())
    inst.journal.append_all("back", [subscription_id] if back else [], now)
    return result


def say_why(inst: Installation, token: str, reason: str, *, ip: str | None, now: datetime) -> bool:
    """Keep the reason somebody gave for leaving; False: nothing was said. Raises InvalidToken.

    It is taken only of those who have left, and once, so that a link cannot be used to write at
    will.
    """
    subscription_id = inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now)
    with inst.database.write() as session:
        found = session.get(Subscription, subscription_id)
        if found is None or found.state is not SubscriptionState.UNSUBSCRIBED:
            return False
        told = sa.select(ConsentEvent.id).where(
            ConsentEvent.subscriber_id == found.subscriber_id,
            ConsentEvent.mlist_id == found.mlist_id,
            ConsentEvent.kind == ConsentKind.REASON,
            ConsentEvent.at >= found.unsubscribed_at,
        )
        if session.scalar(told.limit(1)) is not None:
            return False
        return leaving.give_reason(session, found, reason, now=now, ip=ip)


def left_before(inst: Installation, token: str, now: datetime) -> Left | None:
    """What the page shows of a link whose subscription has ended or is gone; None: it stands.

    Raises InvalidToken.
    """
    subscription_id = inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now)
    with inst.database.read() as session:
        found = session.get(Subscription, subscription_id)
        if found is None:
            return Left(None, None, ())
        if found.state is not SubscriptionState.UNSUBSCRIBED:
            return None
        may_undo = leaving.may_undo(session, found, now)
        return Left(found.mlist, found.subscriber, (), may_undo)


def _remember(inst: Installation, left: Left, now: datetime) -> None:
    for subscription_id in left.ended:
        inst.journal.append("left", subscription_id, now)
