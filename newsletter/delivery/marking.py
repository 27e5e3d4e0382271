"""The mark: the last look before a message begins, committed before any of its content starts.

Here the promise is kept that an unsubscribe which was answered stops what was not marked yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery import workers
from newsletter.models import Delivery, DeliveryState, Issue, IssueKind, IssueState
from subscribers import audience
from subscribers.bulk import any_of, locks_rows, one_of, packed
from subscribers.models import Subscriber, Subscription
from subscribers.prepared import Lookup, Prepared
from subscribers.types import Moment


class WorkerEnded(Exception):
    """This worker's heartbeat was found expired: it must close its connections and stop."""


class Marked(NamedTuple):
    """The mark is committed: content may start. `date` is the same at every try."""

    date: datetime
    tries: int


class _Row(NamedTuple):
    id: int
    state: str
    issue_id: int | None
    subscriber_id: int | None
    subscription_id: int | None
    address: str
    tries: int
    first_marked_at: datetime | None
    person_at: str | None  # the address that the person has now


def mark(
    session: Session,
    worker_id: int,
    ids: Sequence[int],
    *,
    now: datetime,
    lease: timedelta,
) -> dict[int, Marked]:
    """Mark deliveries as transmitting, if they may still go; commit before any content starts.

    Only if this worker's heartbeat holds, the issue is not paused or cancelled, and `audience` has
    nothing against it. Holds worker, issue, subscriber and subscription FOR SHARE, in that order:
    whatever stops mail first updates one of those rows, so either it waits for this transaction,
    and the message was begun before it was answered, or this transaction sees it. A refused
    delivery is missing from the answer; it was moved to its new state. May be called again for a
    delivery in `transmitting`, to renew a mark that has grown old. Raises WorkerEnded.
    """
    if not ids:
        return {}
    if not workers.holds(session, worker_id, now, lease):
        raise WorkerEnded(worker_id)
    found = _looked_up.rows(session, ids=packed(session, ids), worker=worker_id)
    rows = [_Row(*row) for row in found]
    issues = _share_issues(session, {row.issue_id for row in rows} - {None})
    if locks_rows(session):
        people = {row.subscriber_id for row in rows} - {None}
        _shared_people.rows(session, ids=packed(session, people))
        subscriptions = {row.subscription_id for row in rows} - {None}
        _shared_subscriptions.rows(session, ids=packed(session, subscriptions))
    refused = _refused(session, rows, issues, now)
    claimed = DeliveryState.CLAIMED
    fresh = [row.id for row in rows if row.state == claimed and row.id not in refused]
    if fresh:
        _transmitting.run(session, ids=packed(session, fresh), now=now)
    begun = {row.id for row in rows if row.state != claimed}
    for delivery_id, (state, why) in refused.items():
        waits = state is DeliveryState.QUEUED
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id == delivery_id)
            .values(
                state=state,
                tries=Delivery.tries - int(delivery_id in begun),  # its content never started
                reply=why,
                worker_id=None,
                due_at=now if waits else None,
                ended_at=None if waits else now,
            ),
            execution_options={"synchronize_session": False},
        )
    return {
        row.id: Marked(row.first_marked_at or now, row.tries + (row.id not in begun))
        for row in rows
        if row.id not in refused
    }


@Lookup
def _looked_up(postgres: bool) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Delivery.id,
            Delivery.state,
            Delivery.issue_id,
            Delivery.subscriber_id,
            Delivery.subscription_id,
            Delivery.address,
            Delivery.tries,
            Delivery.first_marked_at,
            Subscriber.address,
        )
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            any_of(Delivery.id, "ids", postgres),
            Delivery.worker_id + 0 == sa.bindparam("worker"),  # sums: see queue.record
            one_of(
                sa.func.lower(Delivery.state), DeliveryState.CLAIMED, DeliveryState.TRANSMITTING
            ),
        )
        .order_by(Delivery.id)
    )


@Prepared
def _transmitting(postgres: bool) -> sa.ClauseElement:
    now = sa.bindparam("now", type_=Moment)
    return (
        sa.update(Delivery)
        .where(any_of(Delivery.id, "ids", postgres))
        .values(
            state=DeliveryState.TRANSMITTING,
            tries=Delivery.tries + 1,
            first_marked_at=sa.func.coalesce(Delivery.first_marked_at, now),
        )
    )


def _sharing(column: Any, *more: Any) -> Prepared:
    return Prepared(
        lambda postgres: (
            sa.select(column, *more)
            .where(any_of(column, "ids", postgres))
            .order_by(column)
            .with_for_update(read=True)
        )
    )


_shared_issues = _sharing(Issue.id, Issue.state, Issue.kind)
_shared_people = _sharing(Subscriber.id)
_shared_subscriptions = _sharing(Subscription.id)


def _share_issues(session: Session, ids: set[Any]) -> dict[int, tuple[IssueState, IssueKind]]:
    if not ids:
        return {}
    rows = _shared_issues.rows(session, ids=packed(session, ids))
    return {row[0]: (IssueState(row[1]), IssueKind(row[2])) for row in rows}


def _refused(
    session: Session,
    rows: Sequence[_Row],
    issues: Mapping[int, tuple[IssueState, IssueKind]],
    now: datetime,
) -> dict[int, tuple[DeliveryState, str]]:
    refused: dict[int, tuple[DeliveryState, str]] = {}
    by_kind: dict[IssueKind, list[_Row]] = {}
    for row in rows:
        if row.issue_id is None:
            continue
        state, kind = issues[row.issue_id]
        if state is IssueState.PAUSED:
            refused[row.id] = (DeliveryState.QUEUED, "the issue is paused")
        elif state is IssueState.CANCELLED:
            refused[row.id] = (DeliveryState.CANCELLED, "the issue was cancelled")
        else:
            by_kind.setdefault(kind, []).append(row)
    for kind, members in by_kind.items():
        # An issue goes to subscriptions only; 0 is none, and counts as one that is gone.
        asked = {row.id: row.subscription_id or 0 for row in members}
        found = audience.refusals(session, asked.values(), kind.value, now)
        for row in members:
            if why := found.get(asked[row.id]):
                suppressed = why is audience.Refusal.SUPPRESSED
                state_now = DeliveryState.SUPPRESSED if suppressed else DeliveryState.CANCELLED
                refused[row.id] = (state_now, why.value)
    # Those who moved since the freeze are still written to where it said: so that is asked, too.
    elsewhere = {
        row.id: (row.subscriber_id, row.address)
        for row in rows
        if row.id not in refused and (row.issue_id is None or row.address != row.person_at)
    }
    if elsewhere:
        stopped = audience.refused_addresses(session, elsewhere)
        refused.update(dict.fromkeys(stopped, (DeliveryState.SUPPRESSED, "suppressed")))
    return refused
