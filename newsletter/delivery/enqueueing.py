"""Into the queue: an issue's deliveries at the freeze, and the one delivery of each notice.

Every function is one step inside a transaction of the caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.models import Delivery, DeliveryState, Issue, Notice
from subscribers import audience
from subscribers.addresses import parse


class ReadersChanged(Exception):
    """The audience has readers for whom no variant was made: make it, and enqueue again."""


def enqueue_issue(
    session: Session,
    issue: Issue,
    variants: Mapping[tuple[str, frozenset[str] | None], int | None],
    *,
    cadence: str | None,
    is_default_cadence: bool,
    key_id: str,
    now: datetime,
) -> int:
    """One delivery for each member of the audience; returns how many.

    `variants` says which variant the readers of a (language, topics) get; None: no article matches
    their topics, and they are counted as skipped. Raises ReadersChanged when there are readers of
    any other group by now.
    """
    people = (
        audience.audience(
            session,
            issue.mlist_id,
            issue.kind.value,
            cadence=cadence,
            is_default_cadence=is_default_cadence,
            now=now,
        )
        .order_by(None)
        .subquery("people")
    )
    groups = _groups(session, variants)
    skipped = sa.and_(groups.c.language.is_not(None), groups.c.variant_id.is_(None))
    chosen = (
        sa.select(
            sa.literal(issue.id),
            groups.c.variant_id,
            people.c.subscriber_id,
            people.c.subscription_id,
            people.c.address,
            people.c.domain,
            people.c.name,
            sa.literal(key_id),
            sa.case((skipped, DeliveryState.SKIPPED.value), else_=DeliveryState.QUEUED.value),
            sa.case((skipped, None), else_=sa.literal(now, Delivery.due_at.type)),
            sa.case((skipped, "no topic matched"), else_=""),
            sa.literal(0),
            sa.case((skipped, sa.literal(now, Delivery.due_at.type)), else_=None),
        )
        .outerjoin(  # so that a reader of a new group is seen by this very statement
            groups,
            sa.and_(
                groups.c.language == people.c.language,
                groups.c.topics == sa.func.coalesce(sa.cast(people.c.topics, sa.Text), "*"),
            ),
        )
        .order_by(people.c.subscription_id)
    )
    columns = (
        "issue_id", "variant_id", "subscriber_id", "subscription_id", "address", "domain", "name",
        "key_id",        "state", "due_at", "reply", "tries", "ended_at",
    )  # fmt: skip
    session.connection().execute(
        sa.insert(Delivery.__table__).from_select(columns, chosen, include_defaults=False)  # type: ignore[arg-type]  # a declarative class's __table__ is typed as FromClause
    )
    written = sa.func.count()
    new = written.filter(Delivery.variant_id.is_(None), Delivery.state == DeliveryState.QUEUED)
    counted = sa.select(written, new).where(Delivery.issue_id == issue.id)
    audience_size, strangers = session.execute(counted).one()
    if strangers:
        raise ReadersChanged
    return int(audience_size)


def _groups(
    session: Session, variants: Mapping[tuple[str, frozenset[str] | None], int | None]
) -> sa.Subquery:
    """The groups as one parameter: SQLite joins 500 SELECTs at most, and topics combine freely."""
    rows = [
        [language, "*" if topics is None else " ".join(sorted(topics)), variant_id]
        for (language, topics), variant_id in variants.items()
    ]
    cells: list[sa.ColumnElement[Any]]
    if session.get_bind().dialect.name == "postgresql":
        each = sa.func.json_array_elements(sa.cast(rows, sa.JSON)).table_valued("value")
        cells = [each.c.value.op("->>")(n) for n in range(3)]
    else:
        each = sa.func.json_each(json.dumps(rows)).table_valued("value")
        cells = [sa.func.json_extract(each.c.value, f"$[{n}]") for n in range(3)]
    names = ("language", "topics", "variant_id")
    kinds = (sa.Text, sa.Text, sa.BigInteger)
    return sa.select(
        *(
            sa.cast(cell, kind).label(name)
            for cell, kind, name in zip(cells, kinds, names, strict=True)
        )
    ).subquery("groups")


def enqueue_notice(
    session: Session,
    key_id: str,
    notice: Notice,
    *,
    address: str,
    name: str,
    subscriber_id: int | None,
    subscription_id: int | None,
    now: datetime,
) -> Delivery:
    """The one delivery of a notice, in the transaction that gave rise to it."""
    owed = Owed(notice, address, name, subscriber_id, subscription_id, now)
    (delivery,) = enqueue_notices(session, key_id, [owed])
    return delivery


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice, and whom it is for."""

    notice: Notice
    address: str
    name: str
    subscriber_id: int | None
    subscription_id: int | None
    due_at: datetime


def enqueue_notices(session: Session, key_id: str, owed: Sequence[Owed]) -> list[Delivery]:
    """The one delivery of each of these notices, as `enqueue_notice`."""
    session.add_all(one.notice for one in owed)
    session.flush()
    deliveries = [
        Delivery(
            notice_id=one.notice.id,
            subscriber_id=one.subscriber_id,
            subscription_id=one.subscription_id,
            address=one.address,
            domain=parse(one.address).domain,
            name=one.name,
            key_id=key_id,
            state=DeliveryState.QUEUED,
            due_at=one.due_at,
        )
        for one in owed
    ]
    session.add_all(deliveries)
    session.flush()
    return deliveries
