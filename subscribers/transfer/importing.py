"""People taken in from a file, batch by batch, by statements over the whole batch.

Nobody is written to. People who left or are suppressed stay so, and what is known of a person is
not changed: importing the same file again changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from subscribers.bulk import Turn, among, insert_for, insert_new
from subscribers.errors import InvalidValue, NotPermitted, SubscriberError
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    Visibility,
    public_id,
)
from subscribers.suppression import Hmacs, held_keys, no_hmacs
from subscribers.transfer.entries import Entry, read_entry
from subscribers.transfer.reading import Row

BATCH = 500  # rows; few enough that others who write wait for milliseconds


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken in."""

    line: int
    reason: str
    raw: str


@dataclass(slots=True)
class ImportReport:
    """How many rows came to what. Every row read is counted once, in one of the others."""

    read: int = 0
    added: int = 0  # ACTIVE now, by the consent stated
    pending: int = 0  # taken in; they get nothing until they are invited and confirm
    left: int = 0  # taken in as people who have left, as the file says
    unchanged: int = 0  # on the list already, or twice in the file
    kept_unsubscribed: int = 0  # left this list; stay so
    suppressed: int = 0  # must not be written to; stay so
    elsewhere: int = 0  # the row names another list
    rejected: int = 0  # given to `on_reject`


def import_rows(
    turn: Turn,
    mlist: MailingList,
    rows: Iterable[Row],
    *,
    confirmed: bool,
    consent: str,
    actor: str,
    now: datetime,
    dry_run: bool = False,
    on_batch: Callable[[ImportReport], None] | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    hmacs: Hmacs = no_hmacs,
    source: str = "import",
) -> ImportReport:
    """Take rows in, each batch in a `turn` of its own; `on_batch` is called after each.

    Rows are read and checked between the turns, while nothing is locked. `confirmed` states that
    these people agreed, on the words of `consent` (or of the row's own column); without it they are
    PENDING. A row's own state may only lower that. Alerts are for confirmed rows that name them.
    `dry_run` writes nothing and reports what would happen. Raises InvalidValue for consent without
    words, NotPermitted for a closed list.
    """
    if confirmed and not consent.strip():
        raise InvalidValue(
            "nobody can be imported as confirmed like this: give the words of consent"
        )
    if mlist.visibility is Visibility.CLOSED:
        raise NotPermitted(f"list {mlist.slug!r} is closed: make it public or private first")
    batch = _Import(
        mlist_id=mlist.id,
        slug=mlist.slug,
        topics=frozenset(topic.slug for topic in mlist.topics),
        confirmed=confirmed,
        consent=consent,
        actor=actor,
        now=now,
        dry_run=dry_run,
        hmacs=hmacs,
        source=source,
        report=ImportReport(),
        reject=on_reject or (lambda _: None),
        seen=set(),
    )
    stream = iter(rows)
    while chunk := list(itertools.islice(stream, BATCH)):
        entries = batch.entries(chunk)
        with turn() as session:
            batch.take(session, entries)
        if on_batch is not None:
            on_batch(batch.report)
    return batch.report


@dataclass(frozen=True, slots=True)
class _Import:
    """What is the same for all batches of one import, and one batch's way through the tables."""

    mlist_id: int
    slug: str
    topics: frozenset[str]
    confirmed: bool
    consent: str
    actor: str
    now: datetime
    dry_run: bool
    hmacs: Hmacs
    source: str
    report: ImportReport
    reject: Callable[[Rejected], None]
    seen: set[int]  # of a dry run only: hashes of keys, since the tables do not learn them

    def entries(self, rows: Sequence[Row]) -> dict[str, Entry]:
        """The good rows by address key, the first of each; the others are counted and rejected."""
        entries: dict[str, Entry] = {}
        for row in rows:
            self.report.read += 1
            if (row.values.get("list") or self.slug) != self.slug:
                self.report.elsewhere += 1
                continue
            try:
                if row.fault:
                    raise InvalidValue(row.fault)
                entry = read_entry(row.values, topics=self.topics, confirmed=self.confirmed)
            except SubscriberError as error:
                self.report.rejected += 1
                self.reject(Rejected(row.line, str(error), row.raw))
                continue
            if entry.address.key in entries:
                self.report.unchanged += 1
            else:
                entries[entry.address.key] = entry
        return entries

    def take(self, session: Session, entries: Mapping[str, Entry]) -> None:
        entries = self._without_suppressed(session, entries)
        if not self.dry_run:
            known = self._people(session, entries)
            # In the order of keys, so that two imports of the same people do not wait in a ring.
            new = [self._person(entries[key]) for key in sorted(entries) if key not in known]
            insert_new(session, Subscriber, new)
        # From here on these people are held: nobody signs up or leaves under our hands.
        people = self._people(session, entries, hold=not self.dry_run)
        standing = self._standing(session, people.values())
        fresh: list[tuple[int, Entry]] = []
        granted: list[tuple[int, Entry]] = []
        for key, entry in entries.items():
            person = people.get(key, 0)
            state = standing.get(person)
            if state is None:
                self._count_new(key, entry)
                fresh.append((person, entry))
            elif state is SubscriptionState.UNSUBSCRIBED:
                self.report.kept_unsubscribed += 1
            elif state is SubscriptionState.PENDING and entry.state is SubscriptionState.ACTIVE:
                self.report.added += 1
                granted.append((person, entry))
            else:
                self.report.unchanged += 1
        if not self.dry_run:
            self._write(session, fresh, granted)

    def _without_suppressed(
        self, session: Session, entries: Mapping[str, Entry]
    ) -> Mapping[str, Entry]:
        """Those that may be taken in; with them, rows that say themselves that they are suppressed.

        Such a row comes from an export: its person is known, perhaps on several lists, and stays
        suppressed. Whoever was erased is never taken in again.
        """
        seals = {seal: key for key in entries for seal in self.hmacs(key)}
        domains = {f"@{entry.address.domain}" for entry in entries.values()}
        held = held_keys(session, [*entries, *domains, *seals])
        if not held:
            return entries
        erased = {seals[key] for key in held if key in seals}
        kept = {
            key: entry
            for key, entry in entries.items()
            if key not in erased
            and (entry.suppression or not {key, f"@{entry.address.domain}"} & held)
        }
        self.report.suppressed += len(entries) - len(kept)
        return kept

    def _people(
        self, session: Session, keys: Iterable[str], *, hold: bool = False
    ) -> dict[str, int]:
        query = select(Subscriber.address_key, Subscriber.id).where(
            among(session, Subscriber.address_key, keys)
        )
        if hold:
            query = query.order_by(Subscriber.id).with_for_update(key_share=True)
        return {row[0]: row[1] for row in session.execute(query) if row[0] is not None}

    def _standing(self, session: Session, people: Iterable[int]) -> dict[int, SubscriptionState]:
        # The list is compared here: asked for in SQL, PostgreSQL reads the whole list's index for
        # each batch as long as the tables were never analysed, which is when people import.
        rows = session.execute(
            select(Subscription.subscriber_id, Subscription.mlist_id, Subscription.state).where(
                among(session, Subscription.subscriber_id, people)
            )
        )
        return {row[0]: row[2] for row in rows if row[1] == self.mlist_id}

    def _count_new(self, key: str, entry: Entry) -> None:
        if self.dry_run:
            if hash(key) in self.seen:
                self.report.unchanged += 1
                return
            self.seen.add(hash(key))
        if entry.state is SubscriptionState.ACTIVE:
            self.report.added += 1
        elif entry.state is SubscriptionState.PENDING:
            self.report.pending += 1
        else:
            self.report.left += 1

    def _write(
        self,
        session: Session,
        fresh: Sequence[tuple[int, Entry]],
        granted: Sequence[tuple[int, Entry]],
    ) -> None:
        if granted:
            self._activate(session, granted)
        if fresh:
            rows = [(person, self._subscription(entry)) for person, entry in fresh]
            insert_for(session, Subscription, rows)
        taken = (*fresh, *granted)
        agreed = [(person, event) for person, e in taken if (event := self._agreed(e))]
        insert_for(session, ConsentEvent, agreed)
        left = [
            (person, self._event(ConsentKind.UNSUBSCRIBED, "")) for person, e in taken if e.left
        ]
        insert_for(session, ConsentEvent, left)
        against = [entry for _, entry in fresh if entry.suppression is not None]
        insert_new(session, Suppression, [self._suppression(entry) for entry in against])

    def _activate(self, session: Session, granted: Sequence[tuple[int, Entry]]) -> None:
        table = Subscription.__table__
        statement = (
            update(Subscription)
            .where(
                table.c.subscriber_id == bindparam("person"),
                table.c.mlist_id == self.mlist_id,
                table.c.state == SubscriptionState.PENDING,
            )
            .values(
                state=SubscriptionState.ACTIVE, confirmed_at=bindparam("at"), changed_at=self.now
            )
        )
        rows = [{"person": p, "at": entry.confirmed_at or self.now} for p, entry in granted]
        session.connection().execute(statement, rows)

    def _person(self, entry: Entry) -> dict[str, Any]:
        return {
            "public_id": public_id(),
            "address": entry.address.address,
            "address_key": entry.address.key,
            "domain": entry.address.domain,
            "name": entry.name,
            "language": entry.language,
            "attributes": entry.attributes,
            "paused_until": entry.paused_until,
            "created_at": self.now,
            "changed_at": self.now,
        }

    def _subscription(self, entry: Entry) -> dict[str, Any]:
        confirmed_at, unsubscribed_at = entry.confirmed_at, entry.unsubscribed_at
        if entry.state is SubscriptionState.ACTIVE:
            confirmed_at = confirmed_at or self.now
        if entry.state is SubscriptionState.UNSUBSCRIBED:
            unsubscribed_at = unsubscribed_at or self.now
        return {
            "mlist_id": self.mlist_id,
            "state": entry.state,
            "cadence": entry.cadence,
            "topics": entry.topics,
            "digests": entry.digests,
            "alerts": entry.alerts,
            "source": entry.source or self.source,
            "requested_at": entry.requested_at or self.now,
            "confirmed_at": confirmed_at,
            "unsubscribed_at": unsubscribed_at,
            "changed_at": self.now,
        }

    def _agreed(self, entry: Entry) -> dict[str, Any] | None:
        """The evidence of consent. Words that others agreed to are not put into anybody's mouth."""
        if entry.state is SubscriptionState.ACTIVE:
            return self._event(ConsentKind.GRANTED, entry.words or self.consent)
        if entry.left and not entry.words:
            return None
        return self._event(ConsentKind.REQUESTED, entry.words)

    def _event(self, kind: ConsentKind, words: str) -> dict[str, Any]:
        return {
            "mlist_id": self.mlist_id,
            "kind": kind,
            "at": self.now,
            "source": self.source,
            "words": words,
            "actor": self.actor,
        }

    def _suppression(self, entry: Entry) -> dict[str, Any]:
        return {
            "key": entry.address.key,
            "reason": entry.suppression,
            "source": self.source,
            "note": "",
            "created_at": self.now,
        }
