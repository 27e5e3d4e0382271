"""One batch of an import on its way through the tables, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, false, update
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.bulk import insert_new
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    FormWording,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from subscribers.suppression import Hmacs
from subscribers.transfer import fast, objecting
from subscribers.transfer.entries import Entry, Says
from subscribers.transfer.restoring import AGREED, Past

People = Callable[[Session, Mapping[str, int]], None]
"""Told who is meant by another system's names: name -> subscriber id."""

_LIFTABLE = (SuppressionReason.ADMIN, SuppressionReason.BOUNCE)
_ACTIVE, _PENDING = SubscriptionState.ACTIVE, SubscriptionState.PENDING
_LEFT = SubscriptionState.UNSUBSCRIBED


@dataclass(slots=True)
class ImportReport:
    """How many rows came to what. Every row read is counted once, in one of the next eleven."""

    read: int = 0
    added: int = 0  # ACTIVE now, by the consent stated
    pending: int = 0  # taken in; they get nothing until they are invited and confirm
    left: int = 0  # taken in as people who have left, as the file says
    ended: int = 0  # were on the list until now, and have left, as the file says
    back: int = 0  # had left, and are ACTIVE again, because that was asked for
    people: int = 0  # on no list, in an export of ours
    unchanged: int = 0  # on the list already, or twice in the file
    kept_unsubscribed: int = 0  # left this list; stay so
    suppressed: int = 0  # must not be written to; stay so
    elsewhere: int = 0  # the row names another list
    rejected: int = 0  # given to `on_reject`
    # And of those that were taken in:
    lifted: int = 0  # were suppressed
    barred: int = 0  # were known, and are suppressed from now on, as the file says
    alerts_off: int = 0  # the row said alerts, which nobody agrees to by a file
    other_cadence: int = 0  # the row named a schedule that the list has not


class _Rows(NamedTuple):
    """What the rows of the tables have in common for all who say the same."""

    person: dict[str, Any]
    subscription: dict[str, Any]
    events: tuple[dict[str, Any], ...]  # that an export brings, of the list
    agreed: dict[str, Any] | None
    left: dict[str, Any] | None


@dataclass(slots=True)
class Taking:
    """What is the same for all batches of one import."""

    ids: Mapping[str, int]  # of lists, by slug
    words: str  # of the consent, where the row has none
    back: bool  # take those back who left
    lift: bool  # what an admin or a bounce put against an address
    actor: str
    now: datetime
    dry_run: bool
    hmacs: Hmacs
    source: str
    report: ImportReport
    on_people: People | None
    _batches: int = 0
    _last_seal: int = 0  # newest seal of somebody erased that was seen
    _seen: set[int] = field(default_factory=set)  # of a dry run, since the tables do not learn
    _alike: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    _rows: dict[Says, _Rows] = field(default_factory=dict)

    def take(self, session: Session, found: Mapping[str, Sequence[Entry]]) -> None:
        """Take in what was read, list by list."""
        for slug, some in found.items():
            if some:
                self._take(session, self.ids[slug], self._once(some))
        self._alike.clear()
        self._rows.clear()
        self._batches += 1

    def _take(self, session: Session, mlist_id: int, entries: dict[str, Entry]) -> None:
        entries = self._without_suppressed(session, entries)
        known = fast.people_of(session, entries)
        new = {key: entry for key, entry in entries.items() if key not in known}
        if not self.dry_run:
            self._add_people(session, mlist_id, new.values())
        # From here on these people are held: nobody signs up or leaves under our hands.
        people = known if self.dry_run else fast.people_of(session, entries, hold=True)
        standing = fast.states_of(session, people.values(), mlist_id)
        fresh: list[tuple[int, Entry]] = []
        granted: list[tuple[int, Entry]] = []
        gone: dict[int, datetime | None] = {}
        for key, entry in entries.items():
            person = people.get(key, 0)
            state = standing.get(person)
            if entry.says.state is None:
                self._count_person(key, key in new)
            elif state is None:
                self._count_new(key, mlist_id, entry.says)
                fresh.append((person, entry))
            elif state == _PENDING and entry.says.state is _ACTIVE:
                self.report.added += 1
                granted.append((person, entry))
            elif state != _LEFT and entry.says.left:
                gone[person] = entry.says.unsubscribed_at
            elif state != _LEFT:
                self.report.unchanged += 1
            elif self.back and entry.says.state is _ACTIVE:
                self.report.back += 1
                granted.append((person, entry))
            else:
                self.report.kept_unsubscribed += 1
        ended = objecting.who_left(session, mlist_id, gone)
        self.report.ended += len(ended)
        self.report.unchanged += len(gone) - len(ended)
        self._bar(session, [e for key, e in entries.items() if key in known])
        if self.dry_run:
            return
        objecting.end(session, mlist_id, ended, source=self.source, actor=self.actor, now=self.now)
        if granted:
            self._activate(session, mlist_id, granted)
        self._write(session, mlist_id, fresh, granted)
        self._write_persons(session, fresh, [(people[key], entry) for key, entry in new.items()])
        if self.on_people is not None:
            self.on_people(session, {e.former: people[k] for k, e in entries.items() if e.former})

    def _once(self, some: Sequence[Entry]) -> dict[str, Entry]:
        """By address key, the first of each."""
        entries: dict[str, Entry] = {}
        for entry in some:
            if entry.address.key in entries:
                self.report.unchanged += 1
            else:
                entries[entry.address.key] = entry
        return entries

    # --- Suppressions -------------------------------------------------------------------------

    def _without_suppressed(self, session: Session, entries: dict[str, Entry]) -> dict[str, Entry]:
        """Those that may be taken in; with them, rows that say themselves that they are suppressed,
        or that they left: should it be lifted one day, they still have.

        The former come from an export: their person is known, perhaps on several lists, and stays
        suppressed. Whoever was erased is never taken in again.
        """
        seals = self._seals(session, entries)
        domains = {f"@{entry.address.domain}" for entry in entries.values()}
        held = fast.suppressed(session, {*entries, *domains, *seals})
        if not held:
            return entries
        erased = {seals[key] for key in held if key in seals}
        kept = {}
        for key, entry in entries.items():
            if key in erased:
                continue
            against = held.get(key)
            if self.lift and against in _LIFTABLE and entry.says.suppression is None:
                self._lift(session, key)
                against = None
            barred = against or f"@{entry.address.domain}" in held
            if entry.says.suppression or entry.says.left or not barred:
                kept[key] = entry
        self.report.suppressed += len(entries) - len(kept)
        return kept

    def _bar(self, session: Session, known: Iterable[Entry]) -> None:
        """Suppress known people of whom the row says that they are; with the others it comes along.

        Others who are sent to at this moment wait for it.
        """
        self.report.barred += objecting.bar(
            session,
            [entry for entry in known if entry.says.suppression is not None],
            source=self.source,
            actor=self.actor,
            now=self.now,
            dry_run=self.dry_run,
        )

    def _lift(self, session: Session, key: str) -> None:
        self.report.lifted += 1
        if not self.dry_run:
            suppression.lift(session, key, actor=self.actor, now=self.now, source=self.source)

    def _seals(self, session: Session, keys: Iterable[str]) -> dict[str, str]:
        """By every seal that may stand for one of these keys, the key; none while there are none.

        To seal a key costs more than all else that is done with a row.
        """
        newest = fast.sealed_since(session, self._last_seal)
        self._last_seal = max(self._last_seal, newest)
        if not self._last_seal:
            return {}
        return {seal: key for key in keys for seal in self.hmacs(key)}

    # --- Counting -----------------------------------------------------------------------------

    def _count_new(self, key: str, mlist_id: int, says: Says) -> None:
        if self._seen_before((key, mlist_id)):
            self.report.unchanged += 1
            return
        self.report.alerts_off += says.alerts_off
        self.report.other_cadence += bool(says.other_cadence)
        if says.state is _ACTIVE:
            self.report.added += 1
        elif says.state is _PENDING:
            self.report.pending += 1
        else:
            self.report.left += 1

    def _count_person(self, key: str, new: bool) -> None:
        if new and not self._seen_before((key, 0)):
            self.report.people += 1
        else:
            self.report.unchanged += 1

    def _seen_before(self, what: tuple[str, int]) -> bool:
        if not self.dry_run:
            return False
        before = len(self._seen)
        self._seen.add(hash(what))
        return len(self._seen) == before

    # --- Writing ------------------------------------------------------------------------------

    def _add_people(self, session: Session, mlist_id: int, new: Collection[Entry]) -> None:
        names = fast.public_ids(len(new), self.now, self._batches)
        rows = [
            (
                self._of(mlist_id, e.says).person,
                (e.address.key, e.address.address, e.address.domain, e.name, name),
            )
            for e, name in zip(new, names, strict=True)
        ]
        columns = ("address_key", "address", "domain", "name", "public_id")
        fast.insert_alike(session, Subscriber, columns, rows)

    def _write(
        self,
        session: Session,
        mlist_id: int,
        fresh: Sequence[tuple[int, Entry]],
        granted: Sequence[tuple[int, Entry]],
    ) -> None:
        came = [(person, self._of(mlist_id, entry.says)) for person, entry in fresh]
        back = [(person, self._of(mlist_id, entry.says)) for person, entry in granted]
        rows = [(of.subscription, (person,)) for person, of in came]
        fast.insert_alike(session, Subscription, ("subscriber_id",), rows)
        past = [(event, (person,)) for person, of in came for event in of.events]
        agreed = [(of.agreed, (person,)) for person, of in (*came, *back) if of.agreed]
        left = [(of.left, (person,)) for person, of in came if of.left]
        for events in (past, agreed, left):  # in the order in which they happened
            fast.insert_alike(session, ConsentEvent, ("subscriber_id",), events)

    def _write_persons(
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

    def _activate(
        self, session: Session, mlist_id: int, granted: Sequence[tuple[int, Entry]]
    ) -> None:
        table = Subscription.__table__
        back = (_PENDING, _LEFT) if self.back else (_PENDING,)
        who = (table.c.subscriber_id == bindparam("person"), table.c.mlist_id == mlist_id)
        came_back = table.c.state == _LEFT
        statement = (
            update(Subscription)
            .where(*who, table.c.state.in_(back))
            .values(
                state=_ACTIVE,
                confirmed_at=bindparam("at"),
                unsubscribed_at=None,
                digests=case((came_back, bindparam("digests_")), else_=table.c.digests),
                alerts=case((came_back, false()), else_=table.c.alerts),
                changed_at=self.now,
            )
        )
        rows = [
            {"person": p, "at": e.says.confirmed_at or self.now, "digests_": e.says.digests}
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
        other = says.other_cadence if says is not None else ""
        detail = {"cadence": other} if other else {}
        return self._alike.setdefault((*values.values(), other), {**values, "detail": detail})

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
