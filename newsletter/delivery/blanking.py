"""What is left of a person's deliveries and notices once they are forgotten: rows, and no words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import Bounce, Delivery, DeliveryState, Issue, IssueState, Notice
from subscribers.bulk import among

NO_MESSAGE = '[""]'  # a template without a word or a place, since a notice always has one

_MAY_GO = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)


def deliveries_of(session: Session, people: Iterable[int]) -> sa.CompoundSelect[int]:
    """The ids of all deliveries to these people.

    Issue by issue, each a look into the index that keeps anybody from being written to twice: an
    index of people alone would cost each freeze more than all of these looks.
    """
    mine = among(session, Delivery.subscriber_id, people)
    of_issues = sa.select(Delivery.id).where(Delivery.issue_id.in_(sa.select(Issue.id)), mine)
    return sa.union_all(of_issues, notices_of(session, people))


def notices_of(session: Session, people: Iterable[int]) -> sa.Select[int]:
    """The ids of the deliveries of notices to these people."""
    mine = among(session, Delivery.subscriber_id, people)
    return sa.select(Delivery.id).where(mine, Delivery.notice_id.is_not(None))


def blank(session: Session, people: Collection[int], now: datetime) -> None:
    """Take everything that tells of these people out of what was owed to them.

    Servers repeat the address in their replies and reports, and a confirmation tells when and from
    which IP address it was asked for. A notice that waits ends; an issue's delivery is refused at
    its mark; what is being transmitted now comes to its end by itself.

    The drafts are held, so that an issue that is being frozen is waited for, with what it wrote to
    these people, and one that is frozen later sees that they are gone.
    """
    drafts = sa.select(Issue.id).where(Issue.state == IssueState.DRAFT).order_by(Issue.id)
    session.scalars(drafts.with_for_update(read=True)).all()
    blank_these(session, session.scalars(deliveries_of(session, people)).all(), now)


def blank_these(session: Session, mine: Collection[int], now: datetime) -> None:
    """The same for deliveries of these ids."""
    theirs = among(session, Delivery.id, mine)
    no_sync = {"synchronize_session": False}
    session.execute(
        sa.update(Notice)
        .where(Notice.id.in_(sa.select(Delivery.notice_id).where(theirs)))
        .values(subject="", template=NO_MESSAGE, links={}),
        execution_options=no_sync,
    )
    session.execute(
        sa.update(Bounce).where(among(session, Bounce.delivery_id, mine)).values(diagnostic=""),
        execution_options=no_sync,
    )
    session.execute(
        sa.update(Delivery)
        .where(
            theirs,
            Delivery.notice_id.is_not(None),
            Delivery.state.in_(_MAY_GO),
        )
        .values(state=DeliveryState.CANCELLED, due_at=None, ended_at=now),
        execution_options=no_sync,
    )
    session.execute(
        sa.update(Delivery).where(theirs).values(address="", domain="", name="", reply=""),
        execution_options=no_sync,
    )
