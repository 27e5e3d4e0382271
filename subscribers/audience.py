"""May this person get this issue now? Answered here and nowhere else.

`_stops` names everything that stands against one message. Freezing an issue asks for all who have
none of it, and the cadence; the mark of each delivery asks again for that one subscription, with
the rows of the issue, the person and the subscription held FOR SHARE by the caller.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session

from subscribers import segments
from subscribers.addresses import parse
from subscribers.bulk import any_of, given_ids, locks_rows, packed
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from subscribers.prepared import Prepared
from subscribers.types import Moment

Kind = Literal["digest", "alert", "letter"]


class Refusal(enum.StrEnum):
    """Why someone may not get a message; where several hold, the first of these is told."""

    ERASED = "erased"
    UNSUBSCRIBED = "unsubscribed"  # left, never confirmed, or takes no messages of this kind
    SUPPRESSED = "suppressed"
    PAUSED = "paused"


def _stops(
    kind: Kind,
    now: datetime | ColumnElement[datetime],
    suppressed: Sequence[ColumnElement[bool]] | None = None,
) -> Sequence[tuple[Refusal, ColumnElement[bool]]]:
    """Each reason as a condition over Subscription and Subscriber; none of them is ever NULL."""
    wanted = Subscription.alerts if kind == "alert" else Subscription.digests
    return (
        (Refusal.ERASED, or_(Subscriber.erased_at.is_not(None), Subscriber.address.is_(None))),
        (
            Refusal.UNSUBSCRIBED,
            or_(Subscription.state != SubscriptionState.ACTIVE, wanted.is_(False)),
        ),
        *((Refusal.SUPPRESSED, reason) for reason in suppressed or _suppressed()),
        (
            Refusal.PAUSED,
            and_(Subscriber.paused_until.is_not(None), Subscriber.paused_until > now),
        ),
    )


def _suppressed() -> Sequence[ColumnElement[bool]]:
    """Two conditions rather than one OR, so that PostgreSQL makes an anti-join of each."""
    keys = (Subscriber.address_key, "@" + Subscriber.domain)
    return [exists().where(Suppression.key == key).correlate(Subscriber) for key in keys]


def _suppressed_among_many() -> Sequence[ColumnElement[bool]]:
    """The same for a whole list on SQLite, which then makes one table of all the domains."""
    domains = select(func.substr(Suppression.key, 2)).where(
        Suppression.key >= "@", Suppression.key < chr(ord("@") + 1)
    )
    return [Subscriber.address_key.in_(select(Suppression.key)), Subscriber.domain.in_(domains)]


def may_receive(
    session: Session,
    *,
    kind: Kind,
    mlist_id: int,
    cadence: str | None,
    is_default_cadence: bool,
    now: datetime,
) -> ColumnElement[bool]:
    """The condition, over Subscription joined with Subscriber, for being in an issue's audience.

    A digest goes to those who chose its schedule by name, and, from the default schedule, to those
    who chose none. `cadence` None is a digest of no schedule, which goes to all. Alerts go to those
    who agreed to alerts; letters to all who take digests. A pause holds for every kind, and so does
    the list's segment; a list drawn from another has the subscriptions of that one, and knows
    nothing of its schedules.
    """
    whom = segments.reach(session, mlist_id)
    conditions = [
        Subscription.mlist_id == whom.source_id,
        Subscription.state == SubscriptionState.ACTIVE,  # said as an index understands it
    ]
    suppressed = _suppressed() if locks_rows(session) else _suppressed_among_many()
    conditions += [not_(stop) for _, stop in _stops(kind, now, suppressed)]
    if kind == "digest" and cadence is not None and not whom.is_drawn(mlist_id):
        chosen = Subscription.cadence == cadence
        if is_default_cadence:
            chosen = or_(chosen, Subscription.cadence.is_(None))
        conditions.append(chosen)
    return and_(*conditions, *whom.conditions)


def audience(
    session: Session,
    mlist_id: int,
    kind: Kind,
    *,
    cadence: str | None,
    is_default_cadence: bool,
    now: datetime,
) -> Select[int, int, str | None, str | None, str, str, frozenset[str] | None, str | None]:
    """Everybody who may get an issue now, in the order of their subscriptions.

    Rows of subscriber_id, subscription_id, address, domain, name, language (the list's, where the
    person chose none), topics (None: all), cadence (None: the default). Run it with `yield_per` to
    stream it, or from an INSERT.
    """
    return (
        select(
            Subscriber.id.label("subscriber_id"),
            Subscription.id.label("subscription_id"),
            Subscriber.address.label("address"),
            Subscriber.domain.label("domain"),
            Subscriber.name.label("name"),
            _language().label("language"),
            Subscription.topics.label("topics"),
            Subscription.cadence.label("cadence"),
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(MailingList, MailingList.id == mlist_id)
        .where(
            may_receive(
                session,
                kind=kind,
                mlist_id=mlist_id,
                cadence=cadence,
                is_default_cadence=is_default_cadence,
                now=now,
            )
        )
        .order_by(Subscription.id)
    )


def audience_kinds(
    session: Session,
    mlist_id: int,
    kind: Kind,
    *,
    cadence: str | None,
    is_default_cadence: bool,
    now: datetime,
) -> list[tuple[str, frozenset[str] | None]]:
    """What languages and topics (None: all) there are in the audience, together; not sorted.

    As `audience_groups`, without the sorting of all readers that counting them takes.
    """
    whole = _whole(session, mlist_id, kind, cadence, is_default_cadence, now)
    rows = session.execute(select(whole.c.language, whole.c.topics).distinct())
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who need the same rendering, for all that this package knows."""

    language: str
    topics: frozenset[str] | None  # None: everything
    count: int


def audience_groups(
    session: Session,
    mlist_id: int,
    kind: Kind,
    *,
    cadence: str | None,
    is_default_cadence: bool,
    now: datetime,
) -> list[Group]:
    """The audience counted by language and topics, the largest group first."""
    whole = _whole(session, mlist_id, kind, cadence, is_default_cadence, now)
    rows = session.execute(
        select(whole.c.language, whole.c.topics, func.count())
        .group_by(whole.c.language, whole.c.topics)
        .order_by(func.count().desc(), whole.c.language, whole.c.topics)
    )
    return [Group(language, topics, count) for language, topics, count in rows]


def count(
    session: Session,
    mlist_id: int,
    kind: Kind,
    *,
    cadence: str | None,
    is_default_cadence: bool,
    now: datetime,
) -> int:
    """How many the audience is."""
    whole = _whole(session, mlist_id, kind, cadence, is_default_cadence, now)
    return session.scalar(select(func.count()).select_from(whole)) or 0


def refusals(
    session: Session, subscription_ids: Iterable[int], kind: Kind, now: datetime
) -> dict[int, Refusal]:
    """Those of these subscriptions to which a frozen message may no longer go, and why.

    For the mark: only what stops mail counts, not a cadence chosen since the freeze. A subscription
    that is gone with its list counts as unsubscribed. The caller holds the rows FOR SHARE.
    """
    ids = packed(session, subscription_ids)
    rows = _REFUSALS[kind].rows(session, subscriptions=ids, now=now)
    return {row[0]: Refusal(row[1]) for row in rows}


def _refusals(kind: Kind, postgres: bool) -> ClauseElement:
    asked = given_ids("subscriptions", postgres)
    gone = (Subscription.id.is_(None), Refusal.UNSUBSCRIBED.value)
    stops = _stops(kind, bindparam("now", type_=Moment))
    reason = case(gone, *((stop, word.value) for word, stop in stops), else_=None)
    return (
        select(asked.c.id, reason)
        .select_from(asked)
        .outerjoin(
            Subscription,
            # Said twice for PostgreSQL, which does not know how many are asked for.
            and_(Subscription.id == asked.c.id, any_of(Subscription.id, "subscriptions", postgres)),
        )
        .outerjoin(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(reason.is_not(None))
    )


_REFUSALS = {kind: Prepared(functools.partial(_refusals, kind)) for kind in get_args(Kind)}


def refusal(session: Session, subscription_id: int, kind: Kind, now: datetime) -> Refusal | None:
    """As `refusals`, for one; None: the message may go."""
    return refusals(session, [subscription_id], kind, now).get(subscription_id)


def may_notify(
    session: Session, address_key: str, domain: str, *, seals: Sequence[str] = ()
) -> bool:
    """Whether a notice may be written to this address: nothing but a suppression forbids it.

    `seals` are `Tokens.hmacs(address_key)`, where the address may have been erased.
    """
    against = [address_key, f"@{domain}", *seals]
    return not session.scalar(select(exists().where(Suppression.key.in_(against))))


def refused_addresses(session: Session, messages: Mapping[int, tuple[int | None, str]]) -> set[int]:
    """Those of these messages, id -> (subscriber, address), that may not go to their address.

    An erasure or a suppression of the very address stops them, and nothing else: that is all there
    is to ask of a notice, which was asked for just now. `subscriber` None is an editor or an admin.
    """
    keys = {}
    for message_id, (_, address) in messages.items():
        known = parse(address) if address else None  # none: blanked by an erasure
        keys[message_id] = (known.key, f"@{known.domain}") if known else ()
    asked = {key for pair in keys.values() for key in pair}
    held = set(session.scalars(select(Suppression.key).where(Suppression.key.in_(asked))))
    people = {subscriber for subscriber, _ in messages.values() if subscriber is not None}
    erased = set(
        session.scalars(
            select(Subscriber.id).where(
                Subscriber.id.in_(people), Subscriber.erased_at.is_not(None)
            )
        )
    )
    return {
        message_id
        for message_id, (subscriber, _) in messages.items()
        if subscriber in erased or not keys[message_id] or held.intersection(keys[message_id])
    }


def _language() -> ColumnElement[str]:
    return func.coalesce(Subscriber.language, MailingList.language)


def _whole(
    session: Session,
    mlist_id: int,
    kind: Kind,
    cadence: str | None,
    default: bool,
    now: datetime,
) -> Subquery:
    return (
        audience(session, mlist_id, kind, cadence=cadence, is_default_cadence=default, now=now)
        .order_by(None)
        .subquery()
    )
