"""Forgets a person for good (GDPR 17): they ask by a fresh link, an admin does it, or a restored
database is told of it again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery.blanking import blank, blank_these, deliveries_of, notices_of
from newsletter.installation import Installation
from newsletter.models import Delivery, Notice, NoticeKind
from subscribers import erasure, people
from subscribers.addresses import key
from subscribers.bulk import among
from subscribers.models import AddressChange, ConsentEvent, Subscriber, Subscription


def forget(
    inst: Installation, subscriber_id: int, *, source: str, actor: str, now: datetime
) -> bool:
    """Forget a person and remember that, so that no backup brings them back; False: was so before.

    All rows stay and name nobody: the evidence of what was agreed to, and what was sent when.
    """
    with inst.database.write() as session:
        erased = erase(session, inst, subscriber_id, source=source, actor=actor, now=now)
    if erased:
        inst.journal.append("erased", subscriber_id, now)
    return erased


def erase(
    session: Session,
    inst: Installation,
    subscriber_id: int,
    *,
    source: str,
    actor: str,
    now: datetime,
    sealed: bool = True,
) -> bool:
    """The same in the caller's transaction, with nothing written into the journal.

    Without `sealed` they may come back (see `erasure`).
    """
    person = people.hold(session, subscriber_id)
    if person is None:
        return False
    others = _owed_by_moves(session, person)
    if not erasure.erase(
        session, person, inst.tokens.hmac, now=now, source=source, actor=actor, sealed=sealed
    ):
        return False
    blank(session, [subscriber_id], now)
    blank_these(session, others, now)
    return True


def _owed_by_moves(session: Session, person: Subscriber) -> list[int]:
    """The deliveries to the person's addresses, of now and before, that others asked for who wanted
    to move there.
    """
    keys = erasure.keys_of(session, person)
    askers = session.scalars(
        sa.select(AddressChange.subscriber_id)
        .where(among(session, AddressChange.address_key, keys))
        .distinct()
    ).all()
    rows = session.execute(
        sa.select(Delivery.id, Delivery.address)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(
            Delivery.id.in_(notices_of(session, askers)),
            Notice.kind == NoticeKind.MOVE,
            Delivery.address != "",
        )
    )
    return [number for number, address in rows if key(address) in keys]


def let_go(session: Session, people: Collection[int], now: datetime) -> None:
    """Delete people who never answered, with all that was typed of them: no trace, and no seal.

    The caller holds them.
    """
    blank(session, people, now)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(deliveries_of(session, people)))
        .values(subscriber_id=None, subscription_id=None),
        execution_options={"synchronize_session": False},
    )
    for column in (ConsentEvent.subscriber_id, Subscription.subscriber_id, Subscriber.id):
        session.execute(
            sa.delete(column.class_).where(among(session, column, people)),
            execution_options={"synchronize_session": False},
        )
    session.expire_all()
