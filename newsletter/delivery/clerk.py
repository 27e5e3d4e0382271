"""A worker's book-keeper: the one place where a running sender touches the database.

One thread, one transaction after another. Each carries all that came together in the meantime:
outcomes to record, marks to make or renew, and, when little is left in hand, a claim. So the cost
of a commit is shared by tens of messages, and no transaction is ever held across SMTP.

How many deliveries may be `transmitting`: marks are made only to fill `ready`, which holds `AHEAD`
for each connection, so together with the one in each connection's hands and those just finished
they never exceed AHEAD + 2 a connection: 4, as the promise about delivery says.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TypeVar

from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.database import Database
from newsletter.delivery import books, limits, marking, queue, workers
from newsletter.delivery.marking import Marked, WorkerEnded
from newsletter.delivery.policy import Next
from newsletter.delivery.queue import Claimed
from newsletter.errors import DatabaseError
from newsletter.mail.message import Template

log = logging.getLogger(__name__)

AHEAD = 2  # marked deliveries that wait for each connection
CLAIM_SECONDS = 1.0  # a claim is about as much as leaves in this time
SMALLEST_CLAIM, LARGEST_CLAIM = 20, 2000
GAP_SECONDS = 0.004  # between commits on SQLite, whose other writers poll for their turn
IDLE_SECONDS = 1.0  # how often an idle queue is looked at
UPKEEP_SECONDS = 2.0  # recovery, expiry, issues that are done
GIVE_UP_SECONDS = 120.0  # of a database that takes no commit
TEMPLATES_KEPT = 64

T = TypeVar("T")


@dataclass
class Ready:
    """A delivery whose mark is committed; `marked_at` by the monotonic clock."""

    claimed: Claimed
    mark: Marked
    template: Template
    relay: RelayConfig
    marked_at: float


@dataclass(frozen=True)
class _Claim:
    """What a claim brought; `nothing_due`: a sender that only drains the queue may go home."""

    found: list[tuple[Claimed, RelayConfig]]
    nothing_due: bool


@dataclass
class Tally:
    """What this worker did since it started."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    unknown: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=4000))

    def rate(self) -> float:
        """Messages accepted in the last second."""
        horizon = monotonic() - 1.0
        return float(sum(1 for moment in self.recent if moment > horizon))


class Clerk:
    """See the module. `drain`: `run` ends when nothing is due, and never waits for what will be."""

    def __init__(
        self,
        database: Database,
        relays: tuple[RelayConfig, ...],
        *,
        lease: timedelta,
        connections: int,
        drain: bool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database = database
        self.relays = relays
        self.lease = lease
        self.drain = drain
        self.now = now
        self.tally = Tally()
        self.ready: asyncio.Queue[Ready | None] = asyncio.Queue(connections * AHEAD)
        self.problem = ""  # of the relays, when none is usable
        self._thread = ThreadPoolExecutor(1, "clerk")
        self._claimed: deque[tuple[Claimed, RelayConfig]] = deque()
        self._templates: dict[int, Template] = {}
        self._steps: dict[int, Next] = {}
        self._renewals: dict[int, asyncio.Future[bool]] = {}
        self._returned: list[int] = []
        self._faults: list[tuple[str, str, bool]] = []
        self._recovered: set[str] = set()
        self._out = 0  # handed to connections and not recorded yet
        self._wake = asyncio.Event()
        self._stopping = False
        self._next_beat = 0.0
        self._next_upkeep = 0.0
        self._next_claim = 0.0
        self._worker_id = 0

    # --- What connections call ---------------------------------------------------------------

    def record(self, claimed: Claimed, step: Next) -> None:
        """Have an outcome written with the next commit."""
        self._steps[claimed.id] = step
        self._wake.set()

    async def renew(self, claimed: Claimed) -> bool:
        """Make an old mark anew; False: the delivery was refused and is no longer ours."""
        future = asyncio.get_running_loop().create_future()
        self._renewals[claimed.id] = future
        self._wake.set()
        return bool(await future)

    def relay_failed(self, name: str, problem: str, *, for_admin: bool) -> None:
        """Let a relay rest, and give back what was claimed for it."""
        self._faults.append((name, problem, for_admin))
        self._wake.set()

    def relay_worked(self, name: str) -> None:
        """A relay took a message: if it was being probed, it is open again."""
        self._recovered.add(name)

    def refused(self) -> None:
        """A renewed mark was refused: that delivery is out of our hands."""
        self._out -= 1

    @property
    def stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Begin nothing more; `run` ends once what is under way is recorded."""
        self._stopping = True
        self._wake.set()

    # --- The loop ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep `ready` filled and the books written until stopped, or drained.

        Raises WorkerEnded when the heartbeat was found expired, DatabaseError when the database
        took no commit for two minutes. Ends by putting a None for each connection.
        """
        self._worker_id = await self._transact(lambda s: workers.register(s, self._moment(s)))
        try:
            while not await self._turn():
                pass
            await self._transact(self._leave)
        finally:
            for future in self._renewals.values():
                if not future.done():
                    future.set_result(False)
            self._thread.shutdown(wait=False)

    async def _turn(self) -> bool:
        """One transaction; True when there is nothing left to do here."""
        if monotonic() >= self._next_upkeep:
            await self._transact(self._upkeep)
            self._next_upkeep = monotonic() + UPKEEP_SECONDS
        self._wake.clear()
        steps, self._steps = self._steps, {}
        renewals, self._renewals = self._renewals, {}
        faults, self._faults = self._faults, []
        recovered, self._recovered = self._recovered, set()
        if faults or self._stopping:
            self._return_claimed()
        returned, self._returned = self._returned, []
        room = 0 if self._stopping else self.ready.maxsize - self.ready.qsize()
        chosen = [self._claimed.popleft() for _ in range(min(room, len(self._claimed)))]
        started = monotonic()
        idle = not (steps or renewals or faults or returned or chosen)
        want_claim = (
            self._wanted() if not faults and (not idle or started >= self._next_claim) else 0
        )

        def work(session: Session) -> tuple[dict[int, Marked], _Claim]:
            now = self._moment(session)
            self._keep_alive(session, now, started)
            # First, since it locks issues before deliveries, as whoever stops an issue does.
            ids = [*renewals, *(claimed.id for claimed, _ in chosen)]
            marks = marking.mark(session, self._worker_id, ids, now=now, lease=self.lease)
            queue.record(session, self._worker_id, steps, now)
            queue.give_back(session, self._worker_id, returned, now)
            for name, problem, for_admin in faults:
                limits.failed(session, name, problem, for_admin=for_admin, now=now)
            for name in recovered:
                limits.worked(session, name, now)
            claim = self._claim(session, want_claim, now) if want_claim else _Claim([], False)
            for item, _ in [*chosen, *claim.found]:
                self._load(session, item)
            return marks, claim

        busy = not idle or want_claim or started >= self._next_beat
        if busy:
            marks, claim = await self._transact(work)
            self._out -= len(steps)
            for delivery_id, future in renewals.items():
                if not future.done():
                    future.set_result(delivery_id in marks)
            for item, relay in chosen:
                if item.id in marks:
                    self._out += 1
                    template = self._template(item)
                    mark = marks[item.id]
                    self.ready.put_nowait(Ready(item, mark, template, relay, monotonic()))
            self._claimed.extend(claim.found)
            if want_claim and not claim.found:
                self._next_claim = monotonic() + IDLE_SECONDS
                done = claim.nothing_due and not self._claimed and self._out == 0
                if self.drain and done and not self._pending():
                    return True
        if self._stopping and self._out == 0 and not self._pending() and not self._claimed:
            return True
        await self._pause(started)
        return False

    async def _pause(self, started: float) -> None:
        """Leave the gap that other writers need, and sleep while there is nothing to do."""
        if self.database.is_sqlite:
            await asyncio.sleep(GAP_SECONDS)
        has_room = self.ready.qsize() < self.ready.maxsize
        if self._pending() or (self._claimed and has_room and not self._stopping):
            return
        until = min(self._next_beat, self._next_upkeep, self._next_claim) - monotonic()
        if self._claimed:  # everything is marked: wait for a connection to take one
            until = max(until, 0.25)
        try:
            async with asyncio.timeout(max(until, 0.001)):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _pending(self) -> bool:
        return bool(self._steps or self._renewals or self._faults or self._returned)

    def _wanted(self) -> int:
        """How much to claim: a second's worth, when less than half of that is left."""
        if self._stopping:
            return 0
        aim = int(self.tally.rate() * CLAIM_SECONDS)
        aim = max(min(aim, LARGEST_CLAIM), SMALLEST_CLAIM, self.ready.maxsize)
        return aim - len(self._claimed) if len(self._claimed) * 2 < aim else 0

    def _claim(self, session: Session, wanted: int, now: datetime) -> _Claim:
        relay = limits.usable(session, self.relays, now)
        if relay is None:
            self.problem = limits.why_none(session, self.relays)
            return _Claim([], nothing_due=not limits.recovers_soon(session, self.relays))
        self.problem = ""
        granted = limits.take(session, relay, wanted, now)
        if granted == 0:
            return _Claim([], nothing_due=False)
        found = queue.claim(session, self._worker_id, relay.name, granted, now)
        limits.give_back(session, relay, granted - len(found))
        return _Claim([(claimed, relay) for claimed in found], nothing_due=not found)

    def _keep_alive(self, session: Session, now: datetime, at: float) -> None:
        """Begin every transaction with our own row locked.

        So recovery skips a worker that has one open: otherwise it would wait for one that was
        frozen, or cut off, in the middle of it, and all the other senders with it.
        """
        beats = at >= self._next_beat
        renew = workers.beat if beats else workers.holds
        if not renew(session, self._worker_id, now, self.lease):
            raise WorkerEnded(self._worker_id)
        if beats:
            self._next_beat = at + self.lease.total_seconds() / 5

    def _upkeep(self, session: Session) -> None:
        """What any sender does for all: a transaction of its own, which holds no issue."""
        now = self._moment(session)
        if not workers.holds(session, self._worker_id, now, self.lease):
            raise WorkerEnded(self._worker_id)
        workers.recover(session, now, self.lease)
        books.expire(session, now)
        books.cancel(session, now)
        books.finish(session, now)

    def _leave(self, session: Session) -> None:
        now = self._moment(session)
        workers.end(session, self._worker_id, now)
        books.cancel(session, now)
        books.finish(session, now)

    def _return_claimed(self) -> None:
        self._returned += [claimed.id for claimed, _ in self._claimed]
        self._claimed.clear()

    def _moment(self, session: Session) -> datetime:
        return self.now() if self.database.is_sqlite else self.database.clock(session)

    # --- Templates ---------------------------------------------------------------------------

    def _load(self, session: Session, claimed: Claimed) -> None:
        key = self._key(claimed)
        if key not in self._templates:
            while len(self._templates) >= TEMPLATES_KEPT + self.ready.maxsize:
                self._templates.pop(next(iter(self._templates)))
            self._templates[key] = Template.from_json(queue.load_template(session, claimed))

    def _template(self, claimed: Claimed) -> Template:
        return self._templates[self._key(claimed)]

    @staticmethod
    def _key(claimed: Claimed) -> int:
        """Variants and notices are numbered apart; notices get the negative numbers."""
        if claimed.variant_id is not None:
            return claimed.variant_id
        return -(claimed.consignment.notice_id or 0)

    # --- The database ------------------------------------------------------------------------

    async def _transact(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction on the clerk's thread, again while the database fails.

        All that is written here may be written twice: a COMMIT whose answer was lost is repeated,
        and finds its rows as it left them.
        """
        loop = asyncio.get_running_loop()
        deadline = monotonic() + GIVE_UP_SECONDS
        wait = 0.2

        def once() -> T:
            with self.database.write() as session:
                return work(session)

        while True:
            try:
                return await loop.run_in_executor(self._thread, once)
            except DatabaseError as error:
                if monotonic() > deadline:
                    raise
                log.warning("%s; trying again", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
