"""What people may change of their own: topics, cadence, digests and alerts, language, a pause."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers import leaving
from subscribers.consent import Act, record
from subscribers.errors import InvalidValue, NotPermitted
from subscribers.models import (
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Topic,
)
from subscribers.people import hold, hold_subscription, hold_topics
from subscribers.values import clean_language, clean_name


class _Keep(enum.Enum):
    KEEP = "keep"


KEEP: Final = _Keep.KEEP
"""Leave this as it is; None has a meaning of its own in most of them."""
Keep = Literal[_Keep.KEEP]


def change_preferences(
    session: Session,
    subscription: Subscription,
    *,
    act: Act,
    now: datetime,
    topics: frozenset[str] | Keep | None = KEEP,
    cadence: str | Keep | None = KEEP,
    digests: bool | Keep = KEEP,
    alerts: bool | Keep = KEEP,
    language: str | Keep | None = KEEP,
    paused_until: datetime | Keep | None = KEEP,
) -> bool:
    """Change what a subscription brings, with evidence of before and after; False: nothing new.

    `language` and `paused_until` are the person's, for all their lists. Turning alerts on is a
    consent of its own: `act.words` must name them. Raises InvalidValue for topics that the list
    does not have and for neither digests nor alerts; NotPermitted for a subscription that ended.
    """
    if isinstance(topics, frozenset):
        hold_topics(session, subscription.mlist_id)
    changed = change_person(
        session,
        subscription.subscriber_id,
        act=act,
        now=now,
        language=language,
        paused_until=paused_until,
    )
    wanted: dict[str, Any] = {
        "topics": topics,
        "cadence": cadence,
        "digests": digests,
        "alerts": alerts,
    }
    wanted = {name: value for name, value in wanted.items() if value is not KEEP}
    if not wanted:
        return changed
    held = hold_subscription(session, subscription.id)
    if held is None or held.state is SubscriptionState.UNSUBSCRIBED:
        raise NotPermitted("this subscription has ended: sign up again to change it")
    if wanted.get("topics") is not None:
        _check_topics(session, held.mlist_id, wanted["topics"])
    if not wanted.get("digests", held.digests) and not wanted.get("alerts", held.alerts):
        raise InvalidValue("neither digests nor alerts would be left: keep one, or unsubscribe")
    return _change(session, held, held.subscriber_id, held.mlist_id, wanted, act, now) or changed


def keep_only(
    session: Session,
    subscription: Subscription,
    kept: Literal["alerts", "digests"],
    *,
    act: Act,
    now: datetime,
) -> bool:
    """Get nothing of a list but its alerts, or but its digests; False: it was so before.

    Whoever left within a day comes back for that. `act.words` must name the alerts where they are
    kept. Raises NotPermitted for who left longer ago.
    """
    hold(session, subscription.subscriber_id)
    held = hold_subscription(session, subscription.id)
    back = held is not None and held.state is SubscriptionState.UNSUBSCRIBED
    if back:
        leaving.undo(session, subscription, now=now, source=act.source, ip=act.ip)
    alone = kept == "alerts"
    changed = change_preferences(
        session, subscription, act=act, now=now, digests=not alone, alerts=alone
    )
    return changed or back


def change_person(
    session: Session,
    subscriber_id: int,
    *,
    act: Act,
    now: datetime,
    name: str | Keep = KEEP,
    language: str | Keep | None = KEEP,
    paused_until: datetime | Keep | None = KEEP,
    attributes: dict[str, Any] | Keep = KEEP,
) -> bool:
    """Change what is known of a person, with evidence; False: nothing new.

    A pause in the past is none. Raises InvalidValue; NotPermitted once erased.
    """
    wanted: dict[str, Any] = {}
    if name is not KEEP:
        wanted["name"] = clean_name(name)
    if language is not KEEP:
        wanted["language"] = clean_language(language)
    if paused_until is not KEEP:
        over = paused_until is None or paused_until <= now
        wanted["paused_until"] = None if over else paused_until
    if attributes is not KEEP:
        wanted["attributes"] = attributes
    if not wanted:
        return False
    held = hold(session, subscriber_id)
    if held is None or held.erased_at is not None:
        raise NotPermitted("nothing is kept of this person any more: sign up again")
    return _change(session, held, held.id, None, wanted, act, now)


def retire_cadence(session: Session, mlist: MailingList, cadence: str, now: datetime) -> int:
    """Move everyone on a schedule that goes away to the list's default; gives how many.

    Without it they would silently get nothing any more.
    """
    moved = session.scalars(
        update(Subscription)
        .where(Subscription.mlist_id == mlist.id, Subscription.cadence == cadence)
        .values(cadence=None, changed_at=now)
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.expire_all()
    return len(moved)


def _change(
    session: Session,
    row: Subscriber | Subscription,
    subscriber_id: int,
    mlist_id: int | None,
    wanted: dict[str, Any],
    act: Act,
    now: datetime,
) -> bool:
    before = {name: getattr(row, name) for name in wanted}
    changed = [name for name, value in wanted.items() if before[name] != value]
    if not changed:
        return False
    for name in changed:
        setattr(row, name, wanted[name])
    row.changed_at = now
    session.flush()
    detail = {
        "before": {name: _plain(before[name]) for name in changed},
        "after": {name: _plain(wanted[name]) for name in changed},
    }
    record(
        session,
        act,
        ConsentKind.CHANGED,
        subscriber_id=subscriber_id,
        mlist_id=mlist_id,
        now=now,
        detail=detail,
    )
    return True


def _check_topics(session: Session, mlist_id: int, topics: frozenset[str]) -> None:
    known = set(session.scalars(select(Topic.slug).where(Topic.mlist_id == mlist_id)))
    unknown = topics - known
    if unknown:
        slug = session.scalars(select(MailingList.slug).where(MailingList.id == mlist_id)).one()
        raise InvalidValue(
            f"list {slug!r} has no topic {min(unknown)[:40]!r}: "
            f"choose among {', '.join(sorted(known)) or 'none'}"
        )
    if not topics:
        raise InvalidValue("no topic is left: choose one at least, or all, or unsubscribe")


def _plain(value: object) -> object:
    """As JSON keeps it."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else value
