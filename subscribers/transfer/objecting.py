"""What a file says against mail to people who are known here: it holds as if it were said here.

A list often moves in two goes, and people leave or bounce at the old system in between. What they
did here since outweighs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.bulk import among, one_of
from subscribers.consent import Act
from subscribers.former import LISTMONK
from subscribers.models import ConsentEvent, ConsentKind, Subscription, SuppressionReason
from subscribers.taking_off import take_off
from subscribers.transfer.entries import Entry

_AGREEING = (
    ConsentKind.REQUESTED,
    ConsentKind.CONFIRMED,
    ConsentKind.GRANTED,
    ConsentKind.REJOINED,
    ConsentKind.UNDONE,
)
_FILES = ("import", LISTMONK)  # sources whose word is the admin's, as this file's is


def who_left(
    session: Session, mlist_id: int, said: Mapping[int, datetime | None]
) -> frozenset[int]:
    """Those of these people whose leaving, said by a file with or without its time, holds.

    It does unless they agreed here after it, or at any time where the file names none. That an
    earlier file had them as subscribed is nobody's agreement here.
    """
    if not said:
        return frozenset()
    rows = session.execute(
        select(ConsentEvent.subscriber_id, func.max(ConsentEvent.at))
        .where(
            among(session, ConsentEvent.subscriber_id, said),
            ConsentEvent.mlist_id == mlist_id,
            one_of(ConsentEvent.kind, *_AGREEING),
            ~one_of(ConsentEvent.source, *_FILES),
        )
        .group_by(ConsentEvent.subscriber_id)
    )
    agreed = {row[0]: row[1] for row in rows}
    return frozenset(
        person
        for person, at in said.items()
        if person not in agreed or (at is not None and at > agreed[person])
    )


def end(
    session: Session,
    mlist_id: int,
    people: frozenset[int],
    *,
    source: str,
    actor: str,
    now: datetime,
) -> list[int]:
    """End what these people have of this list; gives the ids of these subscriptions."""
    if not people:
        return []
    theirs = select(Subscription.id).where(
        among(session, Subscription.subscriber_id, people), Subscription.mlist_id == mlist_id
    )
    ids = list(session.scalars(theirs))
    return take_off(session, ids, act=Act(source, actor=actor), now=now)


def bar(
    session: Session,
    entries: Sequence[Entry],
    *,
    source: str,
    actor: str,
    now: datetime,
    dry_run: bool,
) -> list[SuppressionReason]:
    """Suppress those of these known people against whom nothing stands; gives why, for each."""
    if not entries:
        return []
    by_key = {entry.address.key: entry for entry in entries}
    new = sorted(by_key.keys() - suppression.held_keys(session, by_key))
    reasons = [by_key[key].says.suppression or SuppressionReason.ADMIN for key in new]
    if dry_run:
        return reasons
    for key, reason in zip(new, reasons, strict=True):
        entry = by_key[key]
        suppression.suppress(
            session,
            entry.address.address,
            reason,
            source=entry.says.suppression_source or source,
            note=entry.says.suppression_note,
            actor=actor,
            now=now,
        )
    return reasons
