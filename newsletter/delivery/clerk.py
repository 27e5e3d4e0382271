"""A worker's book-keeper: the one place where a running sender touches the database.

One thread, one transaction after another. Each carries all that came together in the meantime:
outcomes to record, marks to make or renew, and, when little is left in hand, a claim. So the cost
of a commit is shared by tens of messages, and no transaction is ever held across SMTP.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.database import Database
from newsletter.delivery import books, domains, limits, marking, queue, workers
from newsletter.delivery.desk import SMALLEST_CLAIM, Desk, Parcel
from newsletter.delivery.domains import Rules
from newsletter.delivery.marking import WorkerEnded
from newsletter.delivery.meter import Meter
from newsletter.delivery.policy import Next
from newsletter.delivery.queue import Claimed
from newsletter.delivery.templates import Templates
from newsletter.delivery.transactions import Transactions
from newsletter.delivery.turns import Batch, Done
from newsletter.delivery.weights import Grant
from newsletter.models import DeliveryState

log = logging.getLogger(__name__)

GAP_SECONDS = 0.004  # between commits: SQLite's other writers look for one every millisecond
IDLE_SECONDS = 1.0  # how often an idle queue is looked at
URGENT_SECONDS = 0.25  # how often one that has enough in hand looks for notices and alerts
UPKEEP_SECONDS = 2.0  # recovery, expiry, issues that are done
SHARE_SECONDS = 0.5  # how often it asks for more connections
WORTH_WAITING = timedelta(minutes=1)  # for a quota or a slow domain, by who only drains


class Clerk:
    """See the module. `drain`: `run` ends when nothing is due, and never waits for what will be."""

    def __init__(
        self,
        database: Database,
        relays: Sequence[RelayConfig],
        *,
        lease: timedelta,
        drain: bool,
        rules: Rules,
        staff: Callable[[Desk], None],
        meter: Meter | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`staff` is called with a desk that may need connections, after each transaction."""
        self.database = database
        self.relays = tuple(relays)
        self.desks = {relay.name: Desk(relay) for relay in relays}
        self.lease = lease
        self.drain = drain
        self.rules = rules
        self.staff = staff
        self.now = now
        self.meter = meter
        self.problem = ""  # of the relays, when none is usable
        self._transactions = Transactions(database)
        self._templates = Templates()
        self._batch = self._written = Batch()  # the next one, and the last that was begun
        self._took: set[str] = set()  # domains that accepted a message of late
        self._crowded = self._has_shares = False
        self._wake = asyncio.Event()
        self._stopping = False
        self._next_beat = self._next_upkeep = self._next_share = 0.0
        self._next_claim = self._next_busy_claim = self._next_urgent = 0.0
        self._worker_id = 0

    # --- What connections call ---------------------------------------------------------------

    def record(self, desk: Desk, parcel: Parcel, step: Next) -> None:
        """Have an outcome written with the next commit."""
        self._batch.steps[parcel.claimed.id] = step
        self._batch.ended.append((desk, parcel, step))
        desk.ending += 1
        self._wake.set()

    def give_back(self, desk: Desk, why: str) -> None:
        """Have what is marked for connections that are gone, and not begun, queued again."""
        most = 0 if self._stopping else desk.most
        while desk.ready and desk.marked - desk.ending > most:
            step = Next(DeliveryState.QUEUED, self.now(), None, why, charged=False)
            self.record(desk, desk.ready.pop(), step)

    async def renew(self, desk: Desk, parcel: Parcel) -> bool:
        """Make an old mark anew; False: the delivery was refused and is no longer ours."""
        future = asyncio.get_running_loop().create_future()
        self._batch.renewals[parcel.claimed.id] = future
        self._wake.set()
        kept = bool(await future)
        parcel.marked_at = monotonic()
        if not kept:
            desk.marked -= 1
        return kept

    def relay_failed(self, name: str, problem: str, *, for_admin: bool) -> None:
        """Let a relay rest, and give back what was claimed for it."""
        self._batch.faults.append((name, problem, for_admin))
        self._wake.set()

    def domain_refused(self, domain: str, reason: str) -> None:
        """A domain refused a message for now: if that goes on, it is given less."""
        self._batch.slow.setdefault(domain, reason)

    def domain_took(self, domain: str) -> None:
        """A domain accepted a message: if it was slowed, that is over."""
        self._took.add(domain)

    def relay_worked(self, name: str) -> None:
        """A relay took a message: if it was being probed, it is open again."""
        self._batch.recovered.add(name)

    def wake(self) -> None:
        """There may be more to mark: a connection was opened."""
        self._wake.set()

    @property
    def stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Begin nothing more; `run` ends once what is under way is recorded."""
        self._stopping = True
        for desk in self.desks.values():
            self.give_back(desk, "the sender was stopped")
        self._wake.set()

    async def record_last(self) -> None:
        """Write what is known, after `run` failed and all connections are closed.

        What another sender has recovered meanwhile is not ours any more, and stays as it is.
        """
        steps = self._written.steps | self._batch.steps
        await self._transactions.last(
            lambda s: queue.record(s, self._worker_id, steps, self._moment(s))
        )

    # --- The loop ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the desks filled and the books written until stopped, or drained.

        Raises WorkerEnded when the heartbeat was found expired, DatabaseError when the database
        took no commit for two minutes.
        """
        self._worker_id = await self._transactions.run(
            lambda s: workers.register(s, self._moment(s))
        )
        try:
            while not await self._turn():
                pass
            await self._transactions.run(self._leave)
        finally:
            for future in self._batch.renewals.values():
                if not future.done():
                    future.set_result(False)
            self._transactions.close()

    async def _turn(self) -> bool:
        """One transaction; True when there is nothing left to do here."""
        started = monotonic()
        if started >= self._next_upkeep:
            await self._transactions.run(self._upkeep)
            self._next_upkeep = monotonic() + UPKEEP_SECONDS
            self._next_share = 0.0
        self._wake.clear()
        batch = self._written = self._batch
        self._batch = Batch()
        for name, _, _ in batch.faults:
            self._return(self.desks[name], batch)
        if self._stopping:
            for desk in self.desks.values():
                self._return(desk, batch)
        chosen = {desk.name: desk.pick(desk.room()) for desk in self.desks.values() if desk.waiting}
        marking_any = any(chosen.values())
        wanted, urgent_only = self._wanted(started, busy=bool(batch) or marking_any)
        shares, in_use = self._wanted_shares(started)
        done = Done()
        if batch or marking_any or wanted or shares or started >= self._next_beat:
            work = functools.partial(
                self._work, batch, chosen, wanted, urgent_only, shares, in_use, started
            )
            done = await self._transactions.run(work)
            self._transactions.in_doubt = False
            self._apply(batch, chosen, done, monotonic() - started)
            asked = wanted and not urgent_only
            for name in self.desks.keys() - done.claimed.keys() if asked else ():
                self.desks[name].shut_until = started + IDLE_SECONDS  # it may be given nothing
            if asked and not any(done.claimed.values()):
                self._next_claim = monotonic() + IDLE_SECONDS
                self._next_busy_claim = started + URGENT_SECONDS
                if self.drain and done.nothing_due and not self._busy():
                    return True
        if self._stopping and not self._busy():
            return True
        await self._pause()
        return False

    def _work(
        self,
        batch: Batch,
        chosen: Mapping[str, list[Claimed]],
        wanted: int,
        urgent_only: bool,
        shares: Mapping[str, int],
        in_use: Mapping[str, int],
        started: float,
        session: Session,
    ) -> Done:
        now = self._moment(session)
        picked = [claimed for each in chosen.values() for claimed in each]
        self._keep_alive(session, now, started, marks=bool(picked or batch.renewals))
        # First, since it locks issues before deliveries, as whoever stops an issue does.
        crowded = self._crowds(session, picked, now)
        ids = [*batch.renewals, *(c.id for c in picked if c.id not in crowded)]
        if picked and not ids:  # no mark after all, which would have looked
            self._keep_alive(session, now, started, marks=False)
        marks = marking.mark(session, self._worker_id, ids, now=now, lease=self.lease)
        queue.record(session, self._worker_id, batch.steps, now)
        # Domains before relays: a domain's new row may have to wait for another sender's.
        if batch.slow:
            domains.slowed(session, self.rules, batch.slow, now)
        for name, returned in batch.returned.items():
            queue.give_back(session, self._worker_id, returned, now)
            limits.give_back(session, self.desks[name].relay, len(returned), now)
        for name, problem, for_admin in batch.faults:
            limits.failed(session, name, problem, for_admin=for_admin, now=now)
        for name in batch.recovered:
            limits.worked(session, name, now)
        allowed = {}
        if shares:
            me, relays = self._worker_id, self.relays
            allowed = limits.shares(session, me, relays, shares, now, in_use=in_use)
        if self._transactions.in_doubt:
            self._disown(session, picked, now)
        done = Done(marks, crowded, {}, allowed)
        if wanted and (not urgent_only or queue.urgent_waits(session, now)):
            self._claim(session, wanted, urgent_only, now, done)
        for found in (picked, *done.claimed.values()):
            self._templates.load(session, found)
        return done

    def _crowds(self, session: Session, picked: Sequence[Claimed], now: datetime) -> set[int]:
        """Those for a domain that has as many messages under way as it may."""
        asked = Counter(claimed.domain for claimed in picked)
        places = domains.crowded(session, self.rules, asked, now)
        crowded = set()
        for claimed in picked if places else ():
            left = places.get(claimed.domain)
            if left is not None:
                places[claimed.domain] = left - 1
                if left <= 0:
                    crowded.add(claimed.id)
        return crowded

    def _apply(
        self, batch: Batch, chosen: Mapping[str, list[Claimed]], done: Done, took: float
    ) -> None:
        """Take up what was committed."""
        self._crowded = bool(done.crowded)
        at = monotonic()
        for desk, _, _ in batch.ended:
            desk.marked -= 1
            desk.ending -= 1
            desk.ended.append(at)
        if self.meter is not None:
            self._measure(self.meter, batch, done, took)
        for delivery_id, future in batch.renewals.items():
            if not future.done():
                future.set_result(delivery_id in done.marks)
        for name, desk in self.desks.items():
            for claimed in chosen.get(name, ()):
                mark = done.marks.get(claimed.id)
                if mark is not None:
                    desk.marked += 1
                    desk.ready.append(Parcel(claimed, mark, self._templates.of(claimed), at))
            desk.put(c for c in chosen.get(name, ()) if c.id in done.crowded)
            desk.put(done.claimed.get(name, ()))
            desk.probing |= name in done.probing
            desk.allowed = done.allowed.get(name, desk.allowed)
            self.give_back(desk, "the connection was closed")
            desk.offer()
            self.staff(desk)
        if done.claimed:
            self._templates.forget(c for desk in self.desks.values() for c in desk.in_hand)

    def _measure(self, meter: Meter, batch: Batch, done: Done, took: float) -> None:
        at = monotonic()
        for desk, parcel, step in batch.ended:
            meter.recorded(desk.name, step.state.value, at - parcel.marked_at)
        if count := sum(map(len, done.claimed.values())):
            meter.claimed(count, took)

    async def _pause(self) -> None:
        """Leave the gap that other writers need, and sleep while there is nothing to do."""
        await asyncio.sleep(GAP_SECONDS)
        waiting = any(desk.waiting for desk in self.desks.values())
        could_mark = any(desk.waiting and desk.room() for desk in self.desks.values())
        if self._batch or (could_mark and not self._crowded):
            return
        next_claim = self._next_urgent
        if not waiting:
            opens = min(desk.shut_until for desk in self.desks.values())
            next_claim = max(self._next_claim, opens)
        moments = [self._next_beat, self._next_upkeep, next_claim]
        try:
            async with asyncio.timeout(max(min(moments) - monotonic(), 0.001)):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _busy(self) -> bool:
        return bool(self._batch) or any(desk.busy for desk in self.desks.values())

    def _wanted(self, at: float, *, busy: bool) -> tuple[int, bool]:
        """How much to claim, and whether urgent mail alone.

        What each relay needs; and a little, now and then, of what goes ahead of all in hand.
        """
        if self._stopping:
            return 0, False
        desks = self.desks.values()
        needed = sum(desk.need(at) for desk in desks if at >= desk.shut_until)
        last = busy and not any(desk.waiting or desk.marked > desk.ending for desk in desks)
        if needed and (last or at >= (self._next_busy_claim if busy else self._next_claim)):
            return needed, False
        if at >= self._next_urgent and any(desk.waiting for desk in self.desks.values()):
            self._next_urgent = at + URGENT_SECONDS
            return SMALLEST_CLAIM, True
        return 0, False

    def _wanted_shares(self, at: float) -> tuple[dict[str, int], dict[str, int]]:
        """The connections to ask for, and those in use, by relay; empty: nothing to tell."""
        desks = self.desks.values()
        asks = any(d.wanted or d.in_use or d.allowed for d in desks)
        if at < self._next_share or not (asks or self._has_shares):
            return {}, {}
        self._has_shares = asks  # and once more when they are gone: else they are kept for us
        self._next_share = at + SHARE_SECONDS
        wanted = {desk.name: 0 if self._stopping else desk.wanted for desk in desks}
        return wanted, {desk.name: desk.in_use for desk in desks}

    def _claim(
        self, session: Session, wanted: int, urgent_only: bool, now: datetime, done: Done
    ) -> None:
        grants = limits.grants(session, self.relays, wanted, now)
        if not grants:
            self.problem = limits.why_none(session, self.relays)
            done.nothing_due = not limits.recovers_soon(session, self.relays)
            return
        self.problem = ""
        at = monotonic()
        grants = [self.desks[grant.relay.name].within_need(grant, at) for grant in grants]
        done.claimed.update({grant.relay.name: [] for grant in grants})
        split = {} if urgent_only else limits.apportion(wanted, grants)
        left = wanted
        admit = functools.partial(domains.admit, session, self.rules, now=now)
        for grant in grants:
            name = grant.relay.name
            limit = min(grant.urgent, left)
            if limit <= 0:
                continue
            ordinary = min(split.get(name, 0), grant.ordinary)
            found = queue.claim(
                session, self._worker_id, name, limit, now, ordinary=ordinary, admit=admit
            )
            limits.spend(session, grant.relay, len(found), now)
            done.claimed[name] = found
            if grant.probing and found:
                done.probing.add(name)
            left -= len(found)
        if left == wanted and self.drain and not urgent_only:
            done.nothing_due = self._is_over(session, grants, now)

    def _is_over(self, session: Session, grants: Sequence[Grant], now: datetime) -> bool:
        """Whether one who only drains may go home: nothing is due, now or in a moment."""
        soon = now + WORTH_WAITING
        if any(grant.ordinary for grant in grants):
            return not queue.waits_until(session, soon)
        spent = limits.spent_until(session, self.relays, now)
        return spent is not None and spent[0] > soon

    def _keep_alive(self, session: Session, now: datetime, at: float, *, marks: bool) -> None:
        """Begin every transaction with our own row locked, which a mark does by itself.

        So recovery skips a worker that has one open: otherwise it would wait for one that was
        frozen, or cut off, in the middle of it, and all the other senders with it.
        """
        beats = at >= self._next_beat
        if beats or not marks:
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
        took, self._took = self._took, set()
        domains.relieved(session, self.rules, took, now)
        books.expire(session, now)
        books.cancel(session, now)
        books.finish(session, now)

    def _register(self, session: Session) -> int:
        return workers.register(session, self._moment(session))

    def _leave(self, session: Session) -> None:
        now = self._moment(session)
        workers.end(session, self._worker_id, now)
        books.cancel(session, now)
        books.finish(session, now)

    def _disown(self, session: Session, picked: Sequence[Claimed], now: datetime) -> None:
        """Give back what a claim brought whose COMMIT was made, and had no answer."""
        known = {claimed.id for claimed in picked}
        known.update(claimed.id for desk in self.desks.values() for claimed in desk.in_hand)
        for name, count in Counter(queue.disown(session, self._worker_id, known, now)).items():
            limits.give_back(session, self.desks[name].relay, count, now)

    def _return(self, desk: Desk, batch: Batch) -> None:
        """Give back what this relay has, and has not begun."""
        ids = [claimed.id for claimed in desk.clear()]
        if ids:
            batch.returned[desk.name] = batch.returned.get(desk.name, []) + ids

    def _moment(self, session: Session) -> datetime:
        return self.now() if self.database.is_sqlite else self.database.clock(session)
