"""One batch of an import on its way through the tables, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.gone import gone
from subscribers.models import SubscriptionState, SuppressionReason
from subscribers.suppression import Hmacs
from subscribers.transfer import fast, filling, objecting
from subscribers.transfer.entries import Entry, Says
from subscribers.transfer.writing import Writing

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
    against: dict[str, int] = field(default_factory=dict)  # all who are from now on, by reason
    alerts_off: int = 0  # the row said alerts, which nobody agrees to by a file
    filled: int = 0  # were known, and more is known of them now, where nothing was
    other_cadence: int = 0  # the row named a schedule that the list has not
    other_language: int = 0  # the row named a language that nobody knows: they have none
    other_topics: int = 0  # the row, of our own export, named topics that the list has not


@dataclass(slots=True)
class Taking:
    """What is the same for all batches of one import."""

    ids: Mapping[str, int]  # of lists, by slug
    back: bool  # take those back who left
    lift: bool  # what an admin or a bounce put against an address
    writing: Writing
    dry_run: bool
    hmacs: Hmacs
    report: ImportReport
    on_people: People | None
    own: bool = False  # the file is an export of ours
    ended: list[int] = field(default_factory=list)  # subscriptions, since that was last looked at
    _last_seal: int = 0  # newest seal of somebody erased that was seen
    _seen: set[int] = field(default_factory=set)  # of a dry run, since the tables do not learn

    def take(self, session: Session, found: Mapping[str, Sequence[Entry]]) -> None:
        """Take in what was read, list by list."""
        batch: dict[int, dict[str, Entry]] = {}
        everybody: dict[str, tuple[int, Entry]] = {}
        lifting: set[str] = set()
        for slug, some in found.items():
            if some:
                entries = self._without_suppressed(session, self._once(some), lifting)
                batch[self.ids[slug]] = entries
                for key, entry in entries.items():
                    everybody.setdefault(key, (self.ids[slug], entry))
        known = people = fast.people_of(session, everybody)
        if not self.dry_run:
            new = [each for key, each in everybody.items() if key not in known]
            self.writing.people(session, new)
            # From here on these people are held: nobody signs up or leaves under our hands. All
            # lists' at once, in one order, so that two imports never wait in a ring.
            people = fast.people_of(session, everybody, hold=True)
        for key in sorted(lifting):
            self._lift(session, key)
        for mlist_id, entries in batch.items():
            self._take(session, mlist_id, entries, people, known)
            if not self.dry_run:
                known |= {key: people[key] for key in entries}
        self.writing.end_batch()

    def _take(
        self,
        session: Session,
        mlist_id: int,
        entries: dict[str, Entry],
        people: Mapping[str, int],
        known: Mapping[str, int],
    ) -> None:
        new = {key: entry for key, entry in entries.items() if key not in known}
        here = {key: people[key] for key in entries if key in people}
        standing = self._standing(session, mlist_id, here)
        fresh: list[tuple[int, Entry]] = []
        granted: list[tuple[int, Entry]] = []
        leaving: dict[int, datetime | None] = {}
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
                leaving[person] = entry.says.unsubscribed_at
            elif state != _LEFT:
                self.report.unchanged += 1
            elif self.back and entry.says.state is _ACTIVE:
                self.report.back += 1
                granted.append((person, entry))
            else:
                self.report.kept_unsubscribed += 1
        ended = objecting.who_left(session, mlist_id, leaving)
        self.report.ended += len(ended)
        self.report.unchanged += len(leaving) - len(ended)
        self._count_barred(session, new)
        self._bar(session, [e for key, e in entries.items() if key in known])
        by = self.writing
        self.report.filled += filling.fill(
            session,
            {
                known[key]: entry
                for key, entry in entries.items()
                if key in known and standing.get(known[key]) != _LEFT
            },
            now=by.now,
            dry_run=self.dry_run,
        )
        if self.dry_run:
            return
        self.ended += objecting.end(
            session, mlist_id, ended, source=by.source, actor=by.actor, now=by.now
        )
        by.activate(session, mlist_id, granted, back=self.back)
        by.subscriptions(session, mlist_id, fresh, granted)
        by.of_persons(session, fresh, [(people[key], entry) for key, entry in new.items()])
        if self.on_people is not None:
            self.on_people(session, {e.former: people[k] for k, e in entries.items() if e.former})

    def _standing(
        self, session: Session, mlist_id: int, people: Mapping[str, int]
    ) -> dict[int, str]:
        """Who is on the list, and how. Who left has left, whatever was typed into a form since."""
        standing = fast.states_of(session, people.values(), mlist_id)
        if waiting := [person for person, state in standing.items() if state == _PENDING]:
            standing |= dict.fromkeys(gone(session, mlist_id, waiting), _LEFT)
        return standing

    def _once(self, some: Sequence[Entry]) -> dict[str, Entry]:
        """By address key, the first of each, with what any of its doubles says against mail."""
        entries: dict[str, Entry] = {}
        for entry in some:
            first = entries.get(entry.address.key)
            if first is None:
                entries[entry.address.key] = entry
            else:
                self.report.unchanged += 1
                entries[entry.address.key] = first.outweighed_by(entry)
        return entries

    # --- Suppressions -------------------------------------------------------------------------

    def _without_suppressed(
        self, session: Session, entries: dict[str, Entry], lifting: set[str]
    ) -> dict[str, Entry]:
        """Those that may be taken in; with them, rows that say themselves that they are suppressed,
        or that they left: should it be lifted one day, they still have.

        The former come from an export: their person is known, perhaps on several lists, and stays
        suppressed. In one, whoever stands under a suppressed domain is taken in as well: the domain
        stops mail to them. Whoever was erased is never taken in again. `lifting` is told against
        whom nothing is to stand any more, which is said by rows of people who want mail.
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
            against, under = held.get(key), f"@{entry.address.domain}" in held
            wanted = entry.says.state is _ACTIVE and entry.says.suppression is None
            if self.lift and wanted and against in _LIFTABLE and not under:
                lifting.add(key)
                against = None
            barred = against or (under and not self.own)
            if entry.says.suppression or entry.says.left or not barred:
                kept[key] = entry
        self.report.suppressed += len(entries) - len(kept)
        return kept

    def _bar(self, session: Session, known: Iterable[Entry]) -> None:
        """Suppress known people of whom the row says that they are; with the others it comes along.

        Others who are sent to at this moment wait for it.
        """
        reasons = objecting.bar(
            session,
            [entry for entry in known if entry.says.suppression is not None],
            source=self.writing.source,
            actor=self.writing.actor,
            now=self.writing.now,
            dry_run=self.dry_run,
        )
        self.report.barred += len(reasons)
        for reason in reasons:
            self._count_against(reason)

    def _lift(self, session: Session, key: str) -> None:
        self.report.lifted += 1
        if not self.dry_run:
            by = self.writing
            suppression.lift(session, key, actor=by.actor, now=by.now, source=by.source)

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
        self.report.other_language += says.other_language
        self.report.other_topics += says.other_topics
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

    def _count_barred(self, session: Session, new: Mapping[str, Entry]) -> None:
        """Those of these new people who come in suppressed, and were not so before."""
        reasons = {key: e.says.suppression for key, e in new.items() if e.says.suppression}
        if reasons:
            for key in reasons.keys() - suppression.held_keys(session, reasons):
                if not self._seen_before((key, -1)):
                    self._count_against(reasons[key])

    def _count_against(self, reason: SuppressionReason) -> None:
        self.report.against[reason] = self.report.against.get(reason, 0) + 1

    def _seen_before(self, what: tuple[str, int]) -> bool:
        if not self.dry_run:
            return False
        before = len(self._seen)
        self._seen.add(hash(what))
        return len(self._seen) == before
