"""What an import writes: people, subscriptions, and the evidence of how they came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, false, update
from sqlalchemy.orm import Session

from subscribers.bulk import insert_new
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    FormWording,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from subscribers.transfer import fast
from subscribers.transfer.entries import Entry, Says
from subscribers.transfer.restoring import AGREED, Past

_ACTIVE, _PENDING = SubscriptionState.ACTIVE, SubscriptionState.PENDING
_LEFT = SubscriptionState.UNSUBSCRIBED


class _Rows(NamedTuple):
    """What the rows of the tables have in common for all who say the same."""

    person: dict[str, Any]
    subscription: dict[str, Any]
    events: tuple[dict[str, Any], ...]  # that an export brings, of the list
    agreed: dict[str, Any] | None
    left: dict[str, Any] | None


@dataclass(slots=True)
class Writing:
    """Who writes, when and on which words; pairs are a subscriber's id and what the row says."""

    words: str  # of the consent, where the row has none
    actor: str
    now: datetime
    source: str
    _batches: int = 0
    _alike: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    _rows: dict[Says, _Rows] = field(default_factory=dict)

    def end_batch(self) -> None:
        """Forget what the rows of this batch had in common."""
        self._alike.clear()
        self._rows.clear()
        self._batches += 1

    def people(self, session: Session, new: Collection[tuple[int, Entry]]) -> None:
        """Those who were not known, each with the id of a list that their row is of."""
        names = fast.public_ids(len(new), self.now, self._batches)
        rows = [
            (
                self._of(mlist_id, e.says).person,
                (e.address.key, e.address.address, e.address.domain, e.name, name),
            )
            for (mlist_id, e), name in zip(new, names, strict=True)
        ]
        columns = ("address_key", "address", "domain", "name", "public_id")
        fast.insert_alike(session, Subscriber, columns, rows)

    def subscriptions(
        self,
        session: Session,
        mlist_id: int,
        fresh: Sequence[tuple[int, Entry]],
        granted: Sequence[tuple[int, Entry]],
    ) -> None:
        """Of people who have none of this list; and the evidence of these and of `granted`."""
        came = [(person, self._of(mlist_id, entry.says)) for person, entry in fresh]
        back = [(person, self._of(mlist_id, entry.says)) for person, entry in granted]
        rows = [(of.subscription, (person,)) for person, of in came]
        fast.insert_alike(session, Subscription, ("subscriber_id",), rows)
        past = [(event, (person,)) for person, of in came for event in of.events]
        agreed = [(of.agreed, (person,)) for person, of in (*came, *back) if of.agreed]
        left = [(of.left, (person,)) for person, of in came if of.left]
        for events in (past, agreed, left):  # in the order in which they happened
            fast.insert_alike(session, ConsentEvent, ("subscriber_id",), events)

    def of_persons(
        self,
        session: Session,
        fresh: Sequence[tuple[int, Entry]],
        new: Sequence[tuple[int, Entry]],
    ) -> None:
        """What rows say of the person alone, whatever the list."""
        past = [
            (self._past(one, None), (person,))
            for person, e in new
            for one in e.says.past
            if not one.of_list
        ]
        fast.insert_alike(session, ConsentEvent, ("subscriber_id",), past)
        lonely = [(person, e) for person, e in new if e.says.state is None]
        notices = {
            one.form: {
                "hash": one.form,
                "language": one.notice_language,
                "text": one.notice,
                "first_shown_at": one.at,
            }
            for _, e in (*fresh, *new)
            for one in e.says.past
            if one.notice
        }
        insert_new(session, FormWording, list(notices.values()))
        against = [e for _, e in (*fresh, *lonely) if e.says.suppression is not None]
        insert_new(session, Suppression, [self._suppression(e) for e in against])

    def activate(
        self,
        session: Session,
        mlist_id: int,
        granted: Sequence[tuple[int, Entry]],
        *,
        back: bool,
    ) -> None:
        """Those who were pending, or with `back` had left, are so no more.

        Who comes back takes no alerts, and whoever waited only those that an export of ours has:
        nobody agrees to them by a file, and what a form said was never confirmed.
        """
        if not granted:
            return
        table = Subscription.__table__
        before = (_PENDING, _LEFT) if back else (_PENDING,)
        who = (table.c.subscriber_id == bindparam("person"), table.c.mlist_id == mlist_id)
        came_back = table.c.state == _LEFT
        statement = (
            update(Subscription)
            .where(*who, table.c.state.in_(before))
            .values(
                state=_ACTIVE,
                confirmed_at=bindparam("at"),
                unsubscribed_at=None,
                digests=case(
                    (came_back | ~table.c.digests, bindparam("digests_")), else_=table.c.digests
                ),
                alerts=case((came_back, false()), else_=bindparam("alerts_")),
                changed_at=self.now,
            )
        )
        rows = [
            {
                "person": p,
                "at": e.says.confirmed_at or self.now,
                "digests_": e.says.digests,
                "alerts_": e.says.alerts,
            }
            for p, e in granted
        ]
        session.connection().execute(statement, rows)

    # --- Rows ---------------------------------------------------------------------------------

    def _of(self, mlist_id: int, says: Says) -> _Rows:
        found = self._rows.get(says)
        if found is None:
            past = [one for one in says.past if one.of_list]
            left = says.left and not past
            found = self._rows[says] = _Rows(
                self._person(says),
                self._subscription(mlist_id, says),
                tuple(self._past(one, mlist_id) for one in past),
                self._agreed(mlist_id, says),
                self._event(mlist_id, ConsentKind.UNSUBSCRIBED, "") if left else None,
            )
        return found

    def _person(self, says: Says) -> dict[str, Any]:
        return {
            "language": says.language,
            "attributes": says.attributes,
            "tags": says.tags,
            "paused_until": says.paused_until,
            "created_at": says.created_at or self.now,
            "changed_at": self.now,
        }

    def _subscription(self, mlist_id: int, says: Says) -> dict[str, Any]:
        confirmed_at, unsubscribed_at = says.confirmed_at, says.unsubscribed_at
        if says.state is _ACTIVE:
            confirmed_at = confirmed_at or self.now
        elif not says.left:
            confirmed_at = None  # it would be taken for a proof; the evidence says it
        if says.left:
            unsubscribed_at = unsubscribed_at or self.now
        return self._one(
            mlist_id=mlist_id,
            state=says.state,
            cadence=says.cadence,
            topics=says.topics,
            digests=says.digests,
            alerts=says.alerts,
            source=says.source or self.source,
            requested_at=says.requested_at or self.now,
            confirmed_at=confirmed_at,
            unsubscribed_at=unsubscribed_at,
            invited_at=says.invited_at,
            changed_at=self.now,
        )

    def _agreed(self, mlist_id: int, says: Says) -> dict[str, Any] | None:
        """The evidence of consent, where the row brings none of its own.

        Words that others agreed to are not put into anybody's mouth.
        """
        past = [one for one in says.past if one.of_list]
        if says.state is _ACTIVE:
            if any(one.kind in AGREED for one in past):
                return None
            return self._event(mlist_id, ConsentKind.GRANTED, says.words or self.words, says)
        if past or (says.left and not says.words):
            return None
        return self._event(mlist_id, ConsentKind.REQUESTED, says.words, says)

    def _event(
        self, mlist_id: int, kind: ConsentKind, words: str, says: Says | None = None
    ) -> dict[str, Any]:
        values = {
            "mlist_id": mlist_id,
            "kind": kind,
            "at": self.now,
            "source": self.source,
            "words": words,
            "form": None,
            "ip": None,
            "actor": self.actor,
        }
        detail: dict[str, Any] = {}
        if says is not None and says.other_cadence:
            detail["cadence"] = says.other_cadence
        if says is not None and says.state is _PENDING and says.confirmed_at is not None:
            detail["confirmed_at"] = says.confirmed_at.isoformat()
        return self._alike.setdefault(
            (*values.values(), *detail.items()), {**values, "detail": detail}
        )

    def _past(self, one: Past, mlist_id: int | None) -> dict[str, Any]:
        values = one._asdict()
        for name in ("of_list", "notice", "notice_language"):
            del values[name]
        return {"mlist_id": mlist_id, **values}

    def _one(self, **values: Any) -> dict[str, Any]:
        """The same mapping for the same values, by which they are known to be alike."""
        return self._alike.setdefault(tuple(values.values()), values)

    def _suppression(self, entry: Entry) -> dict[str, Any]:
        says = entry.says
        return {
            "key": entry.address.key,
            "reason": says.suppression,
            "source": says.suppression_source or self.source,
            "note": says.suppression_note,
            "created_at": says.suppressed_at or self.now,
        }
