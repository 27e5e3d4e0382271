"""What nobody needs any more, by rules in days: who never answered, old evidence, old lines.

Each rule is one SQL condition, so that what is counted is what then goes. Whoever deletes people
has other tables to look after, and does that (`newsletter.jobs.retaining`); rows that stand for
themselves are taken away here.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Text, and_, cast, delete, exists, literal, or_, select
from sqlalchemy import func as sql
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session, aliased

from subscribers.bulk import among
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
    """Subscriptions whose person was last asked before then, and never said yes."""
    return and_(_pending(before), ~_never_asked())


def never_invited(before: datetime) -> ColumnElement[bool]:
    """Subscriptions that came with an import before then, and were never asked to confirm."""
    return and_(_pending(before), _never_asked())


def _pending(before: datetime) -> ColumnElement[bool]:
    """Nothing of it is younger: a row of a file may say that it was asked for years ago."""
    return and_(
        Subscription.state == SubscriptionState.PENDING,
        Subscription.confirmed_at.is_(None),
        Subscription.requested_at < before,
        Subscription.changed_at < before,
        or_(Subscription.invited_at.is_(None), Subscription.invited_at < before),
    )


def _never_asked() -> ColumnElement[bool]:
    """Imported, and not at the form since, which would be its source; nor invited.

    An invitation of before `invited_at` was written down stands in the evidence alone.
    """
    invited = exists().where(
        ConsentEvent.subscriber_id == Subscription.subscriber_id,
        ConsentEvent.mlist_id == Subscription.mlist_id,
        ConsentEvent.kind == ConsentKind.INVITED,
    )
    return and_(Subscription.source == "import", Subscription.invited_at.is_(None), ~invited)


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
    """How many rows `thin` would take; `needed` as there."""
    return sum(
        session.scalar(select(sql.count()).select_from(query.subquery())) or 0
        for query in _queries(rule, before, needed)
    )


def thin(
    session: Session,
    rule: Rule,
    before: datetime,
    most: int,
    *,
    needed: Collection[str] = (),
) -> int:
    """Take away what is older than `before`, `most` rows of a kind; gives how many, 0 at the end.

    `needed` are verbs of the log that something else still reads: their lines stay.
    """
    found = 0
    for query in _queries(rule, before, needed):
        model = query.column_descriptions[0]["entity"]
        ids = session.scalars(query.order_by(model.id).limit(most)).all()
        if not ids:
            continue
        these = among(session, model.id, ids)
        change = (
            sql_update(model).where(these).values(ip=None)
            if rule is Rule.IP
            else delete(model).where(these)
        )
        session.execute(change, execution_options={"synchronize_session": False})
        found += len(ids)
    return found


def _queries(rule: Rule, before: datetime, needed: Collection[str]) -> list[Select[int]]:
    """The ids of what falls under a rule of rows, one query a table."""
    match rule:
        case Rule.ERASED:
            gone = Subscriber.erased_at < before
            named = literal("subscriber ", Text).concat(cast(Subscriber.id, Text))
            return [
                select(ConsentEvent.id).where(
                    ConsentEvent.subscriber_id.in_(select(Subscriber.id).where(gone))
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
