"""The deliveries as a queue: claimed, and recorded (`enqueueing` is before, `marking` between).

Every function is one step inside a transaction of the caller and holds nothing across SMTP. Only
this room changes a delivery's state; `policy` draws the states.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from newsletter.delivery.policy import Next
from newsletter.models import (
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueState,
    Notice,
    Variant,
)
from subscribers.bulk import (
    any_of,
    given,
    locks_rows,
    one_of,
    packed,
    packed_rows,
    table_of,
    written,
)
from subscribers.models import OnUnknown
from subscribers.prepared import Lookup, Prepared, Row
from subscribers.types import BigId, Moment

NOTICE_LIFE = timedelta(days=3)  # a confirmation that could not leave by then is of no use


@dataclass(frozen=True, slots=True)
class Consignment:
    """What all deliveries of an issue, or the one of a notice, have in common."""

    public_id: str
    sender_address: str
    on_unknown: OnUnknown | None  # None: a notice
    expires_at: datetime | None
    urgent: bool = False  # a notice or an alert, which goes ahead of other issues
    issue_id: int | None = None
    notice_id: int | None = None
    links: Mapping[str, Any] | None = None  # a notice's


class Claimed(NamedTuple):
    """A delivery that this worker has, with all that its message is made of."""

    id: int
    consignment: Consignment
    variant_id: int | None
    subscription_id: int | None
    address: str
    domain: str
    name: str
    key_id: str


class Admit(Protocol):
    """Of due deliveries, as (id, domain): those that may go now, and when the others are due
    instead. See `domains`."""

    def __call__(
        self, due: Sequence[tuple[int, str]], *, urgent: bool
    ) -> tuple[Sequence[int], Mapping[int, datetime]]: ...


# --- Claim -----------------------------------------------------------------------------------

PAGES = 20  # looked through at a claim, where whole pages belong to domains that must wait


def claim(
    session: Session,
    worker_id: int,
    relay: str,
    limit: int,
    now: datetime,
    *,
    ordinary: int | None = None,
    admit: Admit | None = None,
) -> list[Claimed]:
    """Up to `limit` deliveries that are due: notices first, then alerts, then other issues.

    Among issues of one kind the one frozen first goes first. With `ordinary`, what is claimed of
    other issues brings the whole to no more than that: the rest of the limit is for urgent mail.
    """
    ordinary = limit if ordinary is None else min(ordinary, limit)
    claimed = _claim_notices(session, worker_id, relay, limit, now, admit)
    for row in _going.rows(session, now=now):
        issue_id, kind, state, due, *common = row
        urgent = kind == IssueKind.ALERT
        wanted = (limit if urgent else ordinary) - len(claimed)
        if wanted <= 0 or not due:
            continue
        if state == IssueState.FROZEN:
            # Before the rows of its deliveries: `cancel` locks in the same order.
            session.execute(
                sa.update(Issue)
                .where(Issue.id == issue_id, Issue.state == IssueState.FROZEN)
                .values(state=IssueState.SENDING, begun_at=now)
            )
        public_id, sender_address, on_unknown, expires_at = common
        consignment = Consignment(
            public_id,
            sender_address,
            OnUnknown(on_unknown),
            expires_at,
            urgent=urgent,
            issue_id=issue_id,
        )
        find = functools.partial(_due_of_issue.rows, session, issue=issue_id, now=now)
        rows = _take(session, find, worker_id, relay, wanted, admit, urgent=urgent)
        claimed += [Claimed(row[0], consignment, *row[2:]) for row in rows]
    return claimed


@Lookup
def _going(_: bool) -> sa.Select[*tuple[Any, ...]]:
    """The issues to send, in their order, and whether something of each is due."""
    due = sa.exists().where(Delivery.issue_id == Issue.id, Delivery.due_at <= _now)
    return (
        sa.select(
            Issue.id,
            Issue.kind,
            Issue.state,
            due,
            Issue.public_id,
            Issue.sender_address,
            Issue.on_unknown,
            Issue.expires_at,
        )
        .where(one_of(Issue.state, IssueState.FROZEN, IssueState.SENDING))
        .order_by(sa.case((Issue.kind == IssueKind.ALERT, 0), else_=1), Issue.frozen_at, Issue.id)
    )


def _claim_notices(
    session: Session, worker_id: int, relay: str, limit: int, now: datetime, admit: Admit | None
) -> list[Claimed]:
    find = functools.partial(_due_notices.rows, session, now=now)
    rows = _take(session, find, worker_id, relay, limit, admit, urgent=True)
    if not rows:
        return []
    wanted = [row[1] for row in rows]
    found = session.scalars(sa.select(Notice).where(Notice.id.in_(wanted)))
    consignments = {notice.id: _of_notice(notice) for notice in found}
    return [Claimed(row[0], consignments[row[1]], *row[2:]) for row in rows]


def _of_notice(notice: Notice) -> Consignment:
    return Consignment(
        notice.public_id,
        notice.sender_address,
        None,
        notice.created_at + NOTICE_LIFE,
        urgent=True,
        notice_id=notice.id,
        links=notice.links,
    )


def _take(
    session: Session,
    find: Callable[..., Sequence[Row]],
    worker_id: int,
    relay: str,
    limit: int,
    admit: Admit | None,
    *,
    urgent: bool,
) -> list[Row]:
    """Claim rows: id, notice_id, then as in Claimed. Looked up and claimed by two statements.

    In one, PostgreSQL may evaluate `IN (SELECT … LIMIT n FOR UPDATE)` again, and claim more than n.
    """
    taken: list[Row] = []
    for _ in range(PAGES):
        wanted = limit - len(taken)
        rows = find(limit=wanted) if wanted > 0 else []
        if not rows:
            break
        later: Mapping[int, datetime] = {}
        if admit is not None:
            _, later = admit([(row[0], row[5]) for row in rows], urgent=urgent)
        chosen = [row for row in rows if row[0] not in later] if later else rows
        taken += chosen
        ids = packed(session, [row[0] for row in chosen])
        _claim_rows.run(session, ids=ids, worker=worker_id, relay=relay)
        _postpone(session, later)
        if not later or len(rows) < wanted:
            break
    return taken


def _due(which: sa.ColumnElement[bool]) -> Lookup:
    return Lookup(
        lambda _: (
            sa.select(
                Delivery.id,
                Delivery.notice_id,
                Delivery.variant_id,
                Delivery.subscription_id,
                Delivery.address,
                Delivery.domain,
                Delivery.name,
                Delivery.key_id,
            )
            .where(which, Delivery.due_at <= _now)
            .order_by(Delivery.due_at, Delivery.id)
            .limit(sa.bindparam("limit", type_=sa.Integer))
            .with_for_update(skip_locked=True)
        )
    )


_now = sa.bindparam("now", type_=Moment)
_due_of_issue = _due(Delivery.issue_id == sa.bindparam("issue", type_=BigId))
_due_notices = _due(Delivery.issue_id.is_(None))


@Prepared
def _claim_rows(postgres: bool) -> sa.ClauseElement:
    return (
        sa.update(Delivery)
        .where(any_of(Delivery.id, "ids", postgres))
        .values(
            state=DeliveryState.CLAIMED,
            due_at=None,
            worker_id=sa.bindparam("worker", type_=BigId),
            relay=sa.bindparam("relay", type_=sa.Text),
        )
    )


def _postpone(session: Session, later: Mapping[int, datetime]) -> None:
    """Have deliveries wait longer. They stay as they are: their domain is slow, not they."""
    if later:
        given = table_of(session, {"id": BigId, "due_at": Moment()}, list(later.items()))
        session.execute(
            sa.update(Delivery).where(Delivery.id == given.c.id).values(due_at=given.c.due_at),
            execution_options={"synchronize_session": False},
        )


def load_template(session: Session, claimed: Claimed) -> str:
    """The stored message template of a delivery, as JSON."""
    query = (
        sa.select(Variant.template).where(Variant.id == claimed.variant_id)
        if claimed.variant_id is not None
        else sa.select(Notice.template).where(Notice.id == claimed.consignment.notice_id)
    )
    return session.scalars(query).one()


def urgent_waits(session: Session, now: datetime) -> bool:
    """Whether there may be something to claim that goes ahead of other issues."""
    return bool(_urgent.rows(session, now=now))


@Prepared
def _urgent(_: bool) -> sa.ClauseElement:
    notices = sa.select(sa.literal(1)).where(Delivery.issue_id.is_(None), Delivery.due_at <= _now)
    alerts = sa.select(sa.literal(1)).where(
        Issue.kind == IssueKind.ALERT,
        one_of(Issue.state, IssueState.FROZEN, IssueState.SENDING),
    )
    return sa.union_all(notices, alerts).limit(1)


def waits_until(session: Session, moment: datetime) -> bool:
    """Whether something that was never tried is due by then: its domain is slow, not refused."""
    going = sa.select(Issue.id).where(Issue.state.in_((IssueState.FROZEN, IssueState.SENDING)))
    due = sa.exists().where(
        sa.or_(Delivery.issue_id.is_(None), Delivery.issue_id.in_(going)),
        Delivery.due_at <= moment,
        Delivery.state == DeliveryState.QUEUED,
    )
    return bool(session.scalar(sa.select(due)))


# --- Record ----------------------------------------------------------------------------------


def record(session: Session, worker_id: int, steps: Mapping[int, Next], now: datetime) -> None:
    """Write what became of deliveries of this worker that were marked, or claimed and not begun.

    A row that is no longer this worker's is left alone: it was recovered in the meantime.
    """
    if not steps:
        return
    ended = written(session, now)
    rows = [
        (
            delivery_id,
            step.state,
            step.due_at and written(session, step.due_at),
            step.code,
            step.reply,
            None if step.state in _NOT_OVER else ended,
            int(not step.charged),
        )
        for delivery_id, step in steps.items()
    ]
    values = {"rows": packed_rows(session, rows), "worker": worker_id}
    if locks_rows(session):
        values["ids"] = packed(session, steps)
    _record_rows.run(session, **values)


_NOT_OVER = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)
_STEP: Mapping[str, TypeEngine[Any]] = {
    "id": BigId,
    "state": sa.Text(),
    "due_at": Moment(),
    "code": sa.Integer(),
    "reply": sa.Text(),
    "ended_at": Moment(),
    "refund": sa.Integer(),
}


@Prepared
def _record_rows(postgres: bool) -> sa.Update:
    step = given(_STEP, "rows", postgres)
    in_hand = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)
    return (
        sa.update(Delivery)
        .where(
            Delivery.id == step.c.id,
            # Said twice for PostgreSQL, which cannot tell how many rows are given.
            any_of(Delivery.id, "ids", postgres) if postgres else sa.true(),
            # Sums, so that the rows are looked up by their ids, not by all that a worker has.
            Delivery.worker_id + 0 == sa.bindparam("worker"),
            one_of(sa.func.lower(Delivery.state), *in_hand),
        )
        .values(
            state=step.c.state,
            due_at=step.c.due_at,
            code=step.c.code,
            # A server's words repeat the address of somebody forgotten meanwhile.
            reply=sa.case((Delivery.address == "", ""), else_=step.c.reply),
            ended_at=step.c.ended_at,
            tries=Delivery.tries - step.c.refund,
            worker_id=None,
        )
    )


def give_back(session: Session, worker_id: int, ids: Sequence[int], now: datetime) -> None:
    """Queue again what was claimed by this worker and not begun; its tries are as before."""
    if ids:
        session.execute(
            sa.update(Delivery)
            .where(
                Delivery.id.in_(ids),
                Delivery.worker_id == worker_id,
                Delivery.state == DeliveryState.CLAIMED,
            )
            .values(state=DeliveryState.QUEUED, due_at=now, worker_id=None),
            execution_options={"synchronize_session": False},
        )


def disown(session: Session, worker_id: int, known: Collection[int], now: datetime) -> list[str]:
    """Queue again what this worker has claimed and does not know of: the relay of each.

    The answer to a claim's COMMIT can be lost: then the rows are its own, and it never sends them.
    """
    rows = session.execute(
        sa.update(Delivery)
        .where(
            Delivery.worker_id == worker_id,
            Delivery.state == DeliveryState.CLAIMED,
            Delivery.id.not_in(known),
        )
        .values(state=DeliveryState.QUEUED, due_at=now, worker_id=None)
        .returning(Delivery.relay),
        execution_options={"synchronize_session": False},
    )
    return [relay or "" for (relay,) in rows]


def cancel_waiting(session: Session, issue_id: int, now: datetime) -> int:
    """Cancel what waits, or is claimed and not marked, of an issue; returns how many.

    What is transmitting ends by itself, and a refused mark cancels what slips through here.
    """
    rows = session.execute(
        sa.update(Delivery)
        .where(
            Delivery.issue_id == issue_id,
            Delivery.state.in_(
                (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.CLAIMED)
            ),
        )
        .values(state=DeliveryState.CANCELLED, due_at=None, worker_id=None, ended_at=now)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(rows)
