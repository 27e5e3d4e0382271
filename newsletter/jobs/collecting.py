"""Reads the sources: all that are due at once, each on its own, so that none spoils another.

Threads ask the network and parse (`collect.crew`); one thread stores, a few readings in each
transaction, each behind a savepoint. A source that fails is asked again after 15 minutes, then
after twice as long each time, up to a day, or when its server said. A person who names a source is
never made to wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsletter.collect.crew import Crew, Outcome
from newsletter.collect.floods import release_held, still_told, told_of_rest
from newsletter.collect.hosts import private_for
from newsletter.collect.identity import Found, found_in
from newsletter.collect.offers import release
from newsletter.collect.reading import Reading, shown
from newsletter.collect.store import Stored, store
from newsletter.errors import CollectError, FetchError, NewsletterError
from newsletter.installation import Installation
from newsletter.jobs.checking import SourceReport, check_source
from newsletter.jobs.places import no_such_source, place_of, ways
from newsletter.jobs.sources import (
    SourceRow,
    add_source,
    edit_source,
    list_sources,
    remove_source,
    show_source,
)
from newsletter.jobs.telling import moment
from newsletter.jobs.visiting import VisitReport, visit
from newsletter.models import Source, SourceKind

__all__ = [
    "Collected",
    "SourceReport",
    "SourceRow",
    "add_source",
    "check_source",
    "collect",
    "edit_source",
    "list_sources",
    "remove_source",
    "show_source",
    "wait",
]

log = logging.getLogger(__name__)

TOGETHER = 100  # readings at most that wait to be stored in one go
MOMENT = 0.05  # seconds that a reading waits for others to be stored with
LONGEST_WRITE = 0.1  # seconds of one transaction, if its readings can be shared out
GAP = 0.005  # seconds between two: SQLite's other writers look for one every millisecond
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)

State = Literal["new", "nothing new", "unchanged", "failed", "waiting"]
READ: frozenset[State] = frozenset({"new", "nothing new", "unchanged"})


@dataclass(frozen=True)
class Collected:
    """How reading one source went.

    "nothing new" was read and held nothing new; "unchanged" is the server's own word (304);
    "waiting" was not asked, since it failed lately or is gone. "failed" is never "nothing new".
    """

    source: str
    state: State
    new: int = 0
    offered: int = 0
    seeded: int = 0
    held: int = 0
    edited: int = 0
    missing: int = 0  # held back, since they were taken away at the source
    oddities: tuple[str, ...] = ()
    problem: str = ""
    visit: VisitReport | None = None  # of its articles' own pages, where some were asked for


@dataclass(frozen=True)
class ToOffer:
    """What an editor wants on offer, beside what is new."""

    backfill: int | None = None  # the newest so many, seen or not
    held: bool = False  # all that were held, since too many old ones had appeared at once

    def __bool__(self) -> bool:
        return bool(self.backfill) or self.held


Progress = Callable[[Collected, int, int], None]
"""(what came of a source, sources done, sources in all): called as each is stored."""


def collect(
    inst: Installation,
    names: Sequence[str] = (),
    *,
    backfill: int | None = None,
    held: bool = False,
    now: datetime,
    force: bool = True,
    progress: Progress | None = None,
) -> list[Collected]:
    """Read the sources of these names, or all active ones, and offer what is new to their lists.

    With `force=False`, as for the ticker and for who names none, sources that failed lately or are
    gone are left alone. With `backfill`, the newest so many articles of each source come on offer,
    whether or not they were counted as seen; with `held`, all that were held before, since too many
    old ones had appeared at once. `progress` is told of each source that was read.
    Raises NotFound for a name that is none; a source that cannot be read is a result, not an error.
    """
    with inst.database.read() as session:
        sources = _wanted(session, names)
    how = ways(inst, now)
    results: dict[int, Collected] = {}
    asked: list[Source] = []
    for source in sources:
        if not force and (source.gone_at or (source.next_at and source.next_at > now)):
            results[source.id] = Collected(
                source.name, "waiting", problem=_why_waiting(inst, source)
            )
        else:
            asked.append(source)
    asked.sort(key=lambda source: source.failures > 0)  # who failed lately may keep us waiting
    keeper = _Keeper(
        inst,
        {source.id: source.name for source in asked},
        now,
        also=ToOffer(backfill, held),
        read_before={source.id: source.read_at for source in asked},
    )
    places = [(source.id, place_of(source)) for source in asked]
    with Crew(places, how, at_once=inst.config.collecting.at_once) as crew:
        for outcomes in _together(crew):
            for number, result in keeper.keep(outcomes):
                results[number] = result
                if progress is not None:
                    progress(result, len(results), len(sources))
    read = [number for number, result in results.items() if result.state in READ]
    for number, report in visit(inst, read, ways=how, now=now).items():
        results[number] = replace(results[number], visit=report)
    return [results[source.id] for source in sources]


def _why_waiting(inst: Installation, source: Source) -> str:
    until = ""
    if source.gone_at is None and source.next_at is not None:
        until = f" until {moment(source.next_at, inst.config.site.timezone)}"
    ask = f"to ask at once: 'newsletter collect {source.name}'"
    return f"not asked{until}: {source.problem or 'its server asked for patience'} ({ask})"


def _together(crew: Crew) -> Iterator[list[Outcome]]:
    """What the crew brings, as many outcomes at a time as come in a moment.

    A transaction costs the disk about as much for one as for fifty.
    """
    waiting: list[Outcome] = []
    due = 0.0
    while crew.is_busy:
        outcome = crew.next(max(due - monotonic(), 0.0) if waiting else None)
        if outcome is not None:
            waiting.append(outcome)
        is_full = len(waiting) >= TOGETHER or (outcome is not None and outcome.is_large)
        if waiting and (is_full or not crew.is_busy or monotonic() >= due):
            yield waiting
            waiting, due = [], monotonic() + MOMENT


class _Keeper:
    """Stores what was read, in transactions short enough for others to write between them."""

    def __init__(
        self,
        inst: Installation,
        names: Mapping[int, str],
        now: datetime,
        *,
        also: ToOffer | None = None,
        read_before: Mapping[int, datetime | None] | None = None,
    ) -> None:
        self.inst = inst
        self.names = names
        self.also = also or ToOffer()
        self.now = now
        self.read_before = read_before or {}  # when each was read last, as we began

    def keep(self, outcomes: list[Outcome]) -> Iterator[tuple[int, Collected]]:
        """The results by the ids of their sources, once they are stored; `outcomes` is emptied."""
        outcomes.reverse()
        found: dict[int, Found] = {}
        for place, outcome in enumerate(outcomes):
            # What needs no database is done before anybody else has to wait for it.
            outcomes[place] = self._recognised(outcome, found)
        while outcomes:
            kept: list[tuple[int, Collected]] = []
            with self.inst.database.write() as session:
                sources = self._locked(session, outcomes)
                until = monotonic() + LONGEST_WRITE
                while outcomes and (not kept or monotonic() < until):
                    outcome = outcomes.pop()
                    found_in_it = found.pop(outcome.key, None)
                    kept.append((outcome.key, self._one(session, sources, outcome, found_in_it)))
                    outcome.let_go()
            yield from kept
            if outcomes:
                sleep(GAP)

    def _recognised(self, outcome: Outcome, found: dict[int, Found]) -> Outcome:
        reading = outcome.reading
        if reading is None or reading.feed is None:
            return outcome
        place = reading.place
        try:
            found[outcome.key] = found_in(reading.feed, place.location, place.site, now=self.now)
        except Exception as error:  # noqa: BLE001  # a bug met in one source spoils no other
            return replace(outcome, reading=None, error=error)
        return outcome

    def _locked(self, session: Session, outcomes: Sequence[Outcome]) -> dict[int, Source]:
        """The sources, locked in one order, so that two collections never stop each other.

        Who stores articles holds the first source of all (`collect.placing`), so that comes first.
        """
        of_all = sa.select(sa.func.min(Source.id)).scalar_subquery()
        ours = Source.id.in_([outcome.key for outcome in outcomes])
        query = (
            sa.select(Source)
            .where(sa.or_(Source.id == of_all, ours))
            .order_by(Source.id)
            .with_for_update()
        )
        return {source.id: source for source in session.scalars(query)}

    def _one(
        self,
        session: Session,
        sources: Mapping[int, Source],
        outcome: Outcome,
        found: Found | None,
    ) -> Collected:
        name = self.names[outcome.key]
        source = sources.get(outcome.key)
        if source is None:
            problem = f"source '{name}' was removed while it was read"
            return Collected(name, "failed", problem=problem)
        if outcome.reading is None:
            assert outcome.error is not None
            return self._failed(source, outcome.error)
        if self._is_late(source):
            return _released(session, source, self.also, self.now)
        if outcome.reading.feed is None and not self.also:
            return _keep(session, source, outcome.reading, None, self.also, self.now)
        try:
            with session.begin_nested():
                return _keep(session, source, outcome.reading, found, self.also, self.now)
        except (NewsletterError, OperationalError):
            raise  # the database is at fault: no source is
        except Exception as error:  # noqa: BLE001  # a bug met in one source spoils no other
            return self._failed(source, error)

    def _is_late(self, source: Source) -> bool:
        """Whether a collection that began after this one has stored the source already: what it
        showed is newer than what we have, and would seem to be gone."""
        read, before = source.read_at, self.read_before.get(source.id, source.read_at)
        return read is not None and read != before and read > self.now

    def _failed(self, source: Source, error: Exception) -> Collected:
        """Write a failure down; a bug keeps its traceback, in the log."""
        if isinstance(error, CollectError):
            problem = str(error)
            log.warning("source '%s': %s", source.name, problem)
        elif isinstance(error, NewsletterError):
            raise error  # no source is at fault
        else:
            problem = f"a fault of ours: {type(error).__name__} (see the log, and report it)"
            log.error("source '%s': %s", source.name, problem, exc_info=error)
        _fail(source, error, problem, self.now)
        return Collected(source.name, "failed", problem=problem)


def _wanted(session: Session, names: Sequence[str]) -> list[Source]:
    query = sa.select(Source).where(Source.kind != SourceKind.MANUAL).order_by(Source.name)
    if not names:
        return list(session.scalars(query.where(Source.active.is_(True))))
    found = {source.name: source for source in session.scalars(query.where(Source.name.in_(names)))}
    for name in names:
        if name not in found:
            raise no_such_source(name)
    return [found[name] for name in dict.fromkeys(names)]


def _released(session: Session, source: Source, also: ToOffer, now: datetime) -> Collected:
    """A source of which nothing is to be stored; but what an editor asks for comes on offer."""
    offered = _release(session, source, also, now)
    return Collected(source.name, "new" if offered else "nothing new", offered=offered)


def _release(session: Session, source: Source, also: ToOffer, now: datetime) -> int:
    offered = release_held(session, source, now=now) if also.held else 0
    return offered + (release(session, source, also.backfill, now=now) if also.backfill else 0)


def _keep(
    session: Session,
    source: Source,
    reading: Reading,
    found: Found | None,
    also: ToOffer,
    now: datetime,
) -> Collected:
    oddities = list(_move(session, source, reading.place.location))
    state: State = "unchanged"
    stored = Stored()
    if reading.feed is not None:
        released = release_held(session, source, now=now) if also.held else 0
        last_read = source.read_at
        stored = store(
            session, source, reading.feed, now=now, last_read=last_read, backfill=also.backfill,
            found=found,
        )  # fmt: skip
        stored = replace(stored, offered=stored.offered + released)
        state = "new" if stored.new or stored.offered else "nothing new"
        source.title = reading.feed.title or source.title
        language = reading.feed.language
        source.language = language if language and len(language) <= 16 else source.language
        oddities += stored.oddities
    elif also:
        stored = Stored(offered=_release(session, source, also, now))
        state = "new" if stored.offered else "unchanged"
    if reading.feed is not None or source.failures or also:
        still = still_told(source.problem, now)
        if also:  # what is held by this very reading says so itself, among its oddities
            still = told_of_rest(session, source, now, besides=stored.held)
        source.problem = "; ".join([*still, *oddities[:5]])
    source.etag, source.last_modified = reading.place.etag, reading.place.last_modified
    source.body_hash = reading.place.body_hash
    source.tried_at = source.read_at = now
    source.failures, source.next_at, source.gone_at = 0, None, None
    return Collected(
        source.name,
        state,
        new=stored.new,
        offered=stored.offered,
        seeded=stored.seeded,
        held=stored.held,
        edited=stored.edited,
        missing=stored.missing,
        oddities=tuple(oddities),
    )


def _move(session: Session, source: Source, location: str) -> list[str]:
    """Follow a permanent redirect, unless another source is there already."""
    if location == source.location:
        return []
    other = session.scalar(sa.select(Source.name).where(Source.location == location))
    if other is not None:
        return [f"moved to {shown(location)}, which source '{other}' reads (remove one of the two)"]
    moved = [f"moved for good from {shown(source.location)} to {shown(location)}"]
    if source.allow_private and not private_for(location, source):
        source.allow_private = False
        moved.append("it is another host, which must be public now")
    source.location = location
    return moved


def _fail(source: Source, error: Exception, problem: str, now: datetime) -> None:
    source.tried_at = now
    source.failures += 1
    source.problem = "; ".join([problem, *still_told(source.problem, now)])
    patience = None
    if isinstance(error, FetchError):
        patience = error.retry_after
        if error.gone:
            source.gone_at = source.gone_at or now
    source.next_at = now + wait(source.failures, patience)


def wait(failures: int, retry_after: float | None = None) -> timedelta:
    """How long to leave a source alone after so many failures in a row, in spite of the ticker.

    `retry_after` is in seconds, from the server (RFC 9110 §10.2.3); it only ever prolongs.
    """
    doubled = FIRST_WAIT * (1 << min(max(failures - 1, 0), 10))
    return max(min(doubled, LONGEST_WAIT), timedelta(seconds=retry_after or 0))
