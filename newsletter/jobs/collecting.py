"""Reads the sources: all that are due at once, each on its own, so that none spoils another.

Addresses are fetched in threads; what a source gave is stored in one short transaction. A source
that fails is asked again after 15 minutes, then after twice as long each time, up to a day, or when
its server said. A person who names a source is never made to wait.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.offers import release
from newsletter.collect.reading import Reading, Ways, read, shown
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

AT_ONCE = 8  # fetches
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
TOLD_FOR = timedelta(days=14)  # how long a source says that it held articles back
_HELD = re.compile(r"(\d{4}-\d\d-\d\d): \d+ old articles ")

State = Literal["new", "nothing new", "unchanged", "failed", "waiting"]


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
    oddities: tuple[str, ...] = ()
    problem: str = ""


def collect(
    inst: Installation,
    names: Sequence[str] = (),
    *,
    backfill: int | None = None,
    now: datetime,
    force: bool = True,
) -> list[Collected]:
    """Read the sources of these names, or all active ones, and offer what is new to their lists.

    With `force=False`, as the ticker calls it, sources that failed lately or are gone are left
    alone. With `backfill`, the newest so many articles of each source come on offer, whether or not
    they were counted as seen. Raises NotFound for a name that is none; a source that cannot be read
    is a result, not an error.
    """
    with inst.database.read() as session:
        sources = _wanted(session, names)
    how = ways(inst, now)
    storing = threading.Lock()  # SQLite has one writer: wait here, without holding a connection
    results: dict[int, Collected] = {}
    running: dict[Future[Collected], Source] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="collect") as pool:
        try:
            for source in sources:
                if not force and (source.gone_at or (source.next_at and source.next_at > now)):
                    results[source.id] = Collected(source.name, "waiting", problem=source.problem)
                    continue
                running[pool.submit(_one, inst, source, how, backfill, storing)] = source
            for future in as_completed(running):
                source = running[future]
                results[source.id] = _result(inst, source, future, now)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [results[source.id] for source in sources]


def _wanted(session: Session, names: Sequence[str]) -> list[Source]:
    query = sa.select(Source).where(Source.kind != SourceKind.MANUAL).order_by(Source.name)
    if not names:
        return list(session.scalars(query.where(Source.active.is_(True))))
    found = {source.name: source for source in session.scalars(query.where(Source.name.in_(names)))}
    for name in names:
        if name not in found:
            raise no_such_source(name)
    return [found[name] for name in dict.fromkeys(names)]


def _one(
    inst: Installation, source: Source, how: Ways, backfill: int | None, storing: threading.Lock
) -> Collected:
    reading = read(place_of(source), how)
    with storing, inst.database.write() as session:
        held = session.get(Source, source.id)
        if held is None:
            raise CollectError(f"source '{source.name}' was removed while it was read")
        return _keep(session, held, reading, backfill=backfill, now=how.now)


def _keep(
    session: Session, source: Source, reading: Reading, *, backfill: int | None, now: datetime
) -> Collected:
    oddities = list(_move(session, source, reading.place.location))
    state: State = "unchanged"
    stored = Stored()
    if reading.feed is not None:
        last_read = source.read_at
        stored = store(
            session, source, reading.feed, now=now, last_read=last_read, backfill=backfill
        )
        state = "new" if stored.new or stored.offered else "nothing new"
        source.title = reading.feed.title or source.title
        language = reading.feed.language
        source.language = language if language and len(language) <= 16 else source.language
        oddities += stored.oddities
    elif backfill:
        stored = Stored(offered=release(session, source, backfill, now=now))
        state = "new" if stored.offered else "unchanged"
    if reading.feed is not None or source.failures or backfill:
        source.problem = "; ".join(
            [*_still_held(source.problem, now, released=bool(backfill)), *oddities[:5]]
        )
    source.etag, source.last_modified = reading.place.etag, reading.place.last_modified
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
        oddities=tuple(oddities),
    )


def _still_held(problem: str, now: datetime, *, released: bool) -> list[str]:
    """What was said of articles held back, for two weeks or until they are put on offer."""
    if released:
        return []
    kept = []
    for part in problem.split("; "):
        match = _HELD.match(part)
        if match and now - datetime.fromisoformat(match[1]).replace(tzinfo=UTC) < TOLD_FOR:
            kept.append(part)
    return kept


def _move(session: Session, source: Source, location: str) -> list[str]:
    """Follow a permanent redirect, unless another source is there already."""
    if location == source.location:
        return []
    other = session.scalar(sa.select(Source.name).where(Source.location == location))
    if other is not None:
        return [f"moved to {shown(location)}, which source '{other}' reads (remove one of the two)"]
    moved = [f"moved for good from {shown(source.location)} to {shown(location)}"]
    source.location = location
    return moved


def _result(
    inst: Installation, source: Source, future: Future[Collected], now: datetime
) -> Collected:
    """What the thread returned; a failure is written down, and a bug keeps its traceback."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, CollectError):
        problem = str(error)
        log.warning("source '%s': %s", source.name, problem)
    elif isinstance(error, NewsletterError) or not isinstance(error, Exception):
        raise error  # the database is at fault, or we are being stopped: no source is
    else:
        problem = f"a fault of ours: {type(error).__name__} (see the log, and report it)"
        log.error("source '%s': %s", source.name, problem, exc_info=error)
    with inst.database.write() as session:
        held = session.get(Source, source.id)
        if held is not None:
            _fail(held, error, problem, now)
    return Collected(source.name, "failed", problem=problem)


def _fail(source: Source, error: Exception, problem: str, now: datetime) -> None:
    source.tried_at = now
    source.failures += 1
    source.problem = "; ".join([problem, *_still_held(source.problem, now, released=False)])
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
