"""What nobody needs any more, by rules in days: who never answered, old evidence, old lines.

Each rule is one SQL condition, so that what is counted is what then goes. Whoever deletes people
has other tables to look after, and does that (`newsletter.jobs.retaining`); rows that stand for
themselves are taken away here.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    cast,
    delete,
    exists,
    literal,
    or_,
    select,
)
from sqlalchemy import func as sql
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session, aliased

from subscribers.bulk import among
from subscribers.former import LISTMONK
from subscribers.models import (
    AddressChange,
    AuditEvent,
    ConsentEvent,
    ConsentKind,
    SignupAttempt,
    Subscriber,
    Subscription,
    SubscriptionState,
)

ATTEMPTS = timedelta(days=2)  # they are counted by the hour, or the day
_AGREED = (ConsentKind.CONFIRMED, ConsentKind.GRANTED, ConsentKind.REJOINED)
_FILES = ("import", LISTMONK)  # sources of evidence that a file brought


class Rule(enum.StrEnum):
    """In the order in which they are applied: who goes first leaves nothing for the others."""

    NEVER_CONFIRMED = "never_confirmed"  # was asked to confirm, and did not
    NEVER_INVITED = "never_invited"  # was imported, and never asked
    LEFT = "left"  # left all lists
    ERASED = "erased"  # evidence and log of people who were erased
    IP = "ip"  # IP addresses in the evidence
    LOG = "log"  # who did what
    ATTEMPTS = "attempts"  # uses of forms, which the limits count: sign-ups, moves never confirmed


# --- People -----------------------------------------------------------------------------------


def never_confirmed(before: datetime) -> ColumnElement[bool]:
    """Subscriptions whose person was last asked before then, and never said yes.

    Those of people who `had_left` among them are not for deleting.
    """
    return and_(_pending(before), _asked())


def never_invited(before: datetime) -> ColumnElement[bool]:
    """Subscriptions that came with a file before then, and were never asked to confirm."""
    return and_(_pending(before), ~_asked())


def had_left() -> ColumnElement[bool]:
    """Pending subscriptions of who left, and agreed to nothing since.

    Whoever types their address into the form makes them pending again: with the row the evidence
    that they left would go, and the next file would bring them back.
    """
    left, agreed = aliased(ConsentEvent), aliased(ConsentEvent)
    since = exists().where(
        agreed.subscriber_id == left.subscriber_id,
        agreed.mlist_id == left.mlist_id,
        agreed.kind.in_((*_AGREED, ConsentKind.UNDONE)),
        or_(agreed.at > left.at, and_(agreed.at == left.at, agreed.id > left.id)),
    )
    return and_(
        Subscription.state == SubscriptionState.PENDING,
        exists().where(
            left.subscriber_id == Subscription.subscriber_id,
            left.mlist_id == Subscription.mlist_id,
            left.kind == ConsentKind.UNSUBSCRIBED,
            ~since,
        ),
    )


def put_back(session: Session, ids: Collection[int], now: datetime) -> int:
    """Let these subscriptions, of people who `had_left`, have ended as the evidence says."""
    rows = session.execute(
        select(Subscription.id, _newest(ConsentKind.UNSUBSCRIBED), _newest(*_AGREED)).where(
            among(session, Subscription.id, ids), had_left()
        )
    ).all()
    for number, left, agreed in rows:
        session.execute(
            sql_update(Subscription)
            .where(Subscription.id == number)
            .values(
                state=SubscriptionState.UNSUBSCRIBED,
                unsubscribed_at=left,
                confirmed_at=agreed,
                changed_at=now,
            ),
            execution_options={"synchronize_session": False},
        )
    return len(rows)


def _newest(*kinds: ConsentKind) -> ScalarSelect[datetime]:
    """When the last event of these kinds was, of a subscription."""
    return (
        select(sql.max(ConsentEvent.at))
        .where(
            ConsentEvent.subscriber_id == Subscription.subscriber_id,
            ConsentEvent.mlist_id == Subscription.mlist_id,
            ConsentEvent.kind.in_(kinds),
        )
        .scalar_subquery()
    )


def _pending(before: datetime) -> ColumnElement[bool]:
    """Nothing of it is younger: a row of a file may say that it was asked for years ago."""
    return and_(
        Subscription.state == SubscriptionState.PENDING,
        Subscription.confirmed_at.is_(None),
        Subscription.requested_at < before,
        Subscription.changed_at < before,
        or_(Subscription.invited_at.is_(None), Subscription.invited_at < before),
    )


def _asked() -> ColumnElement[bool]:
    """Whether the evidence shows that they were at the form, or were invited.

    `source` says whatever a file said. So may `invited_at`, which counts unless a file came later;
    an invitation of before that was written down stands in the evidence alone.
    """

    def event(*where: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(
            ConsentEvent.subscriber_id == Subscription.subscriber_id,
            ConsentEvent.mlist_id == Subscription.mlist_id,
            *where,
        )

    by_file = and_(ConsentEvent.kind == ConsentKind.REQUESTED, ConsentEvent.source.in_(_FILES))
    themselves = and_(
        ConsentEvent.kind == ConsentKind.REQUESTED, ConsentEvent.source.not_in(_FILES)
    )
    return or_(
        event(or_(ConsentEvent.kind == ConsentKind.INVITED, themselves)),
        and_(
            Subscription.invited_at.is_not(None),
            ~event(by_file, ConsentEvent.at >= Subscription.invited_at),
        ),
    )


def left_all(before: datetime) -> ColumnElement[bool]:
    """People who were on a list once and left the last one before then.

    Who is on no list because it was removed has left nothing, and stays.
    """
    theirs = Subscription.subscriber_id == Subscriber.id
    other = aliased(Subscription)
    stays = exists().where(
        other.subscriber_id == Subscriber.id,
        or_(
            other.state != SubscriptionState.UNSUBSCRIBED,
            other.unsubscribed_at.is_(None),
            other.unsubscribed_at >= before,
        ),
    )
    return and_(Subscriber.erased_at.is_(None), exists().where(theirs), ~stays)


# --- Rows -------------------------------------------------------------------------------------


def rows_due(
    session: Session, rule: Rule, before: datetime, *, needed: Collection[str] = ()
) -> int:
    """How many rows the queries of `rows_of` would find."""
    return sum(
        session.scalar(select(sql.count()).select_from(query.subquery())) or 0
        for query in rows_of(rule, before, needed=needed)
    )


def rows_of(rule: Rule, before: datetime, *, needed: Collection[str] = ()) -> list[Select[int]]:
    """The ids of what falls under a rule of rows, one query a table.

    `needed` are verbs of the log that something else still reads: their lines stay.
    """
    match rule:
        case Rule.ERASED:
            named = literal("subscriber ", Text).concat(cast(Subscriber.id, Text))
            gone = Subscriber.erased_at < before
            return [
                select(ConsentEvent.id).where(
                    exists().where(Subscriber.id == ConsentEvent.subscriber_id, gone)
                ),
                select(AuditEvent.id).where(AuditEvent.subject.in_(select(named).where(gone))),
            ]
        case Rule.IP:
            return [
                select(ConsentEvent.id).where(
                    ConsentEvent.at < before, ConsentEvent.ip.is_not(None)
                ),
                select(AddressChange.id).where(
                    AddressChange.requested_at < before, AddressChange.ip.is_not(None)
                ),
            ]
        case Rule.LOG:
            old = AuditEvent.at < before
            return [select(AuditEvent.id).where(old, AuditEvent.verb.not_in(needed))]
        case Rule.ATTEMPTS:
            return [
                select(SignupAttempt.id).where(SignupAttempt.at < before),
                select(AddressChange.id).where(
                    AddressChange.requested_at < before, AddressChange.confirmed_at.is_(None)
                ),
            ]
        case _:
            raise ValueError(f"{rule} is a rule of people")


def next_rows(session: Session, query: Select[int], after: int, most: int) -> Sequence[int]:
    """The first ids of a query of `rows_of` beyond `after`, which is nought at the beginning.

    Who asks on from the last one never looks at anything twice.
    """
    model = query.column_descriptions[0]["entity"]
    return session.scalars(query.where(model.id > after).order_by(model.id).limit(most)).all()


def thin(session: Session, rule: Rule, query: Select[int], ids: Collection[int]) -> int:
    """Take away those of these rows that are still what the query asks for; gives how many."""
    model = query.column_descriptions[0]["entity"]
    still = query.where(among(session, model.id, ids))
    these = session.scalars(still.order_by(model.id).with_for_update(of=model)).all()
    named = among(session, model.id, these)
    change = (
        sql_update(model).where(named).values(ip=None)
        if rule is Rule.IP
        else delete(model).where(named)
    )
    session.execute(change, execution_options={"synchronize_session": False})
    return len(these)
