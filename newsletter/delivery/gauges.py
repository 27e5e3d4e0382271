"""The queue in numbers, by short questions that indexes answer: for whoever looks every minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import (
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueState,
    Worker,
)

BEING_SENT = (IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)
LARGEST_LOOK = 20_000  # deliveries that are looked at for the domains they go to


@dataclass(frozen=True)
class UnderWay:
    """An issue that is being sent."""

    id: int
    mlist_id: int
    number: int
    kind: IssueKind
    state: IssueState

    @property
    def is_alert(self) -> bool:
        return self.kind is IssueKind.ALERT


def issues_being_sent(session: Session) -> list[UnderWay]:
    """Those whose messages are not all in a final state, oldest first."""
    rows = session.execute(
        sa.select(Issue.id, Issue.mlist_id, Issue.number, Issue.kind, Issue.state)
        .where(Issue.state.in_(BEING_SENT))
        .order_by(Issue.id)
    )
    return [UnderWay(*row) for row in rows]


def states_by_issue(
    session: Session, issues: Sequence[UnderWay]
) -> dict[int, dict[DeliveryState, int]]:
    """Deliveries of these issues by state."""
    found: dict[int, dict[DeliveryState, int]] = {issue.id: {} for issue in issues}
    rows = session.execute(
        sa.select(Delivery.issue_id, Delivery.state, sa.func.count())
        .where(Delivery.issue_id.in_(found))
        .group_by(Delivery.issue_id, Delivery.state)
    )
    for issue_id, state, count in rows:
        if issue_id is not None:
            found[issue_id][state] = count
    return found


def notice_states(session: Session) -> dict[DeliveryState, int]:
    """Notices that are not over, by state."""
    rows = session.execute(
        sa.select(Delivery.state, sa.func.count())
        .where(Delivery.notice_id.is_not(None), Delivery.ended_at.is_(None))
        .group_by(Delivery.state)
    )
    return dict(rows.all())


def oldest_due(session: Session, issue_id: int | None, now: datetime) -> datetime | None:
    """Since when the first delivery of an issue, or of the notices, could be claimed; if any."""
    which = Delivery.issue_id.is_(None) if issue_id is None else Delivery.issue_id == issue_id
    return session.scalar(
        sa.select(sa.func.min(Delivery.due_at)).where(which, Delivery.due_at <= now)
    )


def in_hand(session: Session) -> dict[tuple[str, DeliveryState], int]:
    """What senders have claimed or transmit, by relay."""
    at_work = sa.select(Worker.id).where(Worker.ended_at.is_(None))
    rows = session.execute(
        sa.select(Delivery.relay, Delivery.state, sa.func.count())
        .where(Delivery.worker_id.in_(at_work))
        .group_by(Delivery.relay, Delivery.state)
    )
    return {(relay or "", state): count for relay, state, count in rows}


def largest_domains(
    session: Session, issues: Sequence[UnderWay], most: int
) -> list[tuple[str, dict[DeliveryState, int]]]:
    """The domains for which most is deferred or queued, largest first, with how much.

    Of a longer queue what is deferred is counted before what is due first.
    """
    waiting: Counter[str] = Counter()
    states: dict[str, dict[DeliveryState, int]] = {}
    left = LARGEST_LOOK
    for state in (DeliveryState.DEFERRED, DeliveryState.QUEUED):
        for issue_id in (None, *(issue.id for issue in issues)):
            for domain, count in _domains(session, issue_id, state, max(left, 0)):
                left -= count
                waiting[domain] += count
                mine = states.setdefault(domain, {})
                mine[state] = mine.get(state, 0) + count
    return [(domain, states[domain]) for domain, _ in waiting.most_common(most)]


def _domains(
    session: Session, issue_id: int | None, state: DeliveryState, most: int
) -> list[tuple[str, int]]:
    which = Delivery.issue_id.is_(None) if issue_id is None else Delivery.issue_id == issue_id
    part = sa.select(Delivery.domain).where(which, Delivery.state == state).limit(most)
    if state is DeliveryState.QUEUED or issue_id is None:
        part = part.where(Delivery.due_at.is_not(None)).order_by(Delivery.due_at)
    each = part.subquery()
    found = sa.select(each.c.domain, sa.func.count()).group_by(each.c.domain)
    return [(domain, count) for domain, count in session.execute(found)]
