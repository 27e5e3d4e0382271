"""People who leave, pause, are erased or suppressed at the moment at which they are written to.

Every reader of a frozen letter is stopped while it is being sent, each near the place that the
sender has come to, by the ways that people and admins have: by HTTP, or by the job itself. Who was
not marked when the answer came may get nothing; that is counted at the receiving server.
"""

from __future__ import annotations

import itertools
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import httpx
import newsletter_kit as kit
import sqlalchemy as sa
from smtp_script import Pause, ScriptedServer, Talk

from newsletter.installation import Installation
from newsletter.jobs import mailed_leaving, peopling, sending, suppressing
from newsletter.jobs.imprint import links_of
from newsletter.models import Delivery, DeliveryState, Schedule
from newsletter.web.app import create_app
from newsletter.web.server import running
from subscribers import audience
from subscribers.models import Subscription

NOT_BEGUN = {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.CANCELLED,
             DeliveryState.SUPPRESSED, DeliveryState.DEFERRED}  # fmt: skip
LATEST = 1.5  # seconds: an older mark is made anew before the content starts
STOPPERS = 3  # threads, each with a connection of its own
NEAR = 12.0  # how many readers from where the sender is, most are stopped
FIRST = 10.0  # seconds until the first message, at most
PATIENCE = 0.5  # seconds that a stopper waits for a sender that is far behind


@dataclass(frozen=True)
class Reader:
    """One who is about to be stopped."""

    number: int
    address: str
    subscriber: int
    subscription: int
    delivery: int


@dataclass(frozen=True)
class Stop:
    """What was answered, when, and how far the delivery was then."""

    reader: Reader
    way: str
    answered: float  # monotonic
    at: datetime
    state: DeliveryState


@dataclass
class Tally:
    """What came of so many races."""

    kind: str
    races: int = 0
    stopped: int = 0  # in time: nothing was begun
    begun: int = 0  # marked before the answer
    ways: Counter[str] = field(default_factory=Counter)  # how many were stopped in time by each
    late: float = 0.0  # the longest from an answer to the DATA of what was marked before it
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        ways = ", ".join(f"{way} {n}" for way, n in sorted(self.ways.items()))
        faults = "".join(f"\n    BROKEN: {text}" for text in self.faults[:5])
        return (
            f"{self.kind:10} {self.races:6,} races: {self.stopped:6,} in time ({ways}), "
            f"{self.begun:6,} marked before, the latest begun {self.late * 1000:.0f} ms after "
            f"the answer; {self.seconds:.0f} s{faults}"
        )


@contextmanager
def blind() -> Iterator[None]:
    """Senders that do not ask, at the mark, whether somebody may still be written to."""
    asks = audience.refusals
    audience.refusals = lambda *_: {}
    try:
        yield
    finally:
        audience.refusals = asks


def race(folder: Path, kind: str, races: int, *, each: int = 500, seed: int = 1) -> Tally:
    """So many readers stopped while they are written to, `each` of one letter."""
    begun, tally = monotonic(), Tally(kind)
    now = datetime.now(UTC)
    with ScriptedServer() as server:
        inst = kit.install(folder, kind, port=server.port, connections=2)
        web = kit.reopen(folder)  # another process's connections, as far as locks go
        try:
            kit.make_list(inst, now=now)
            kit.change(inst, Schedule, {"cron": "0 8 * * fri"})  # so that it is more than alerts
            with running(web, port=0, app=create_app(web, beat=0.001)) as url:
                for round_ in itertools.count():
                    if tally.races >= races:
                        break
                    size = min(each, races - tally.races)
                    Round(inst, web, server, url, tally, random.Random(seed * 1000 + round_)).run(
                        size, round_
                    )
        finally:
            web.close()
            inst.close()
    tally.seconds = monotonic() - begun
    return tally


class Round:
    """One letter, and all who are to get it."""

    def __init__(
        self,
        inst: Installation,
        web: Installation,
        server: ScriptedServer,
        url: str,
        tally: Tally,
        chance: random.Random,
    ) -> None:
        self.inst, self.web, self.server, self.url = inst, web, server, url
        self.tally, self.chance = tally, chance
        self.stops: list[Stop] = []
        self.failed: list[str] = []
        self.reached = 0  # the number of the reader whose message was begun last

    def run(self, size: int, round_: int) -> None:
        readers = self._frozen(size, round_)
        self.server.taken.clear()
        self.server.answer = self._answer
        queue = iter(sorted(readers, key=lambda r: r.number + self.chance.gauss(0, NEAR)))
        lock = threading.Lock()
        stoppers = [
            threading.Thread(target=self._stop_some, args=(queue, lock)) for _ in range(STOPPERS)
        ]
        for thread in stoppers:
            thread.start()
        sending.deliver(self.inst)
        for thread in stoppers:
            thread.join()
        sending.deliver(self.inst)
        self._judge(readers)

    def _frozen(self, size: int, round_: int) -> list[Reader]:
        now = datetime.now(UTC)
        addresses = kit.add_readers(self.inst, size, name=f"r{round_}x", now=now)
        issue = kit.frozen_letter(self.inst, subject=f"Lettre {round_}", now=now)
        query = (
            sa.select(Delivery.id, Delivery.address, Subscription.subscriber_id, Subscription.id)
            .join(Subscription, Subscription.id == Delivery.subscription_id)
            .where(Delivery.issue_id == issue.id)
            .order_by(Delivery.id)
        )
        with self.inst.database.read() as session:
            rows = session.execute(query).all()
        found = [
            Reader(number, address, person, subscription, delivery)
            for number, (delivery, address, person, subscription) in enumerate(rows)
        ]
        if sorted(r.address for r in found) != sorted(addresses):
            self.tally.faults.append(
                f"round {round_}: somebody who was stopped is written to again"
            )
        self.places = {reader.address: reader.number for reader in found}
        return found

    def _answer(self, talk: Talk, verb: str, argument: str) -> Pause | None:
        """The server keeps pace with those who stop: a race is only one when both are near."""
        if verb == "RCPT" and (found := re.search(r"<([^>]*)>", argument)):
            self.reached = max(self.reached, self.places.get(found[1], 0))
        if verb != ".":
            return None
        ahead = self.reached - len(self.stops) + NEAR / 2
        return Pause(min(0.03 * ahead, 1.0) if ahead > 0 else 0.001)

    # --- Stopping ----------------------------------------------------------------------------

    def _wait_for_the_first(self) -> None:
        until = monotonic() + FIRST
        while not self.reached and monotonic() < until:
            sleep(0.001)

    def _stop_some(self, queue: Iterator[Reader], lock: threading.Lock) -> None:
        with httpx.Client(base_url=self.url) as client:
            ways = list(self._ways(client).items())
            self._wait_for_the_first()
            while True:
                with lock:
                    reader = next(queue, None)
                if reader is None:
                    return
                until = monotonic() + PATIENCE
                while self.reached < len(self.stops) - 2 * NEAR and monotonic() < until:
                    sleep(0.0005)
                way, stop = ways[reader.number % len(ways)]
                try:
                    stop(reader)
                    answered, at = monotonic(), datetime.now(UTC)
                    self.stops.append(Stop(reader, way, answered, at, self._state(reader)))
                except Exception as error:  # noqa: BLE001  # told in the end
                    self.failed.append(f"{way}: {error!r}")

    def _state(self, reader: Reader) -> DeliveryState:
        with self.web.database.read() as session:
            return session.scalars(
                sa.select(Delivery.state).where(Delivery.id == reader.delivery)
            ).one()

    def _ways(self, client: httpx.Client) -> dict[str, Callable[[Reader], None]]:
        links, prefix = links_of(self.web), self.web.config.base_url

        def post(url: str, **data: str) -> None:
            answer = client.post(url.removeprefix(prefix), data=data)
            if answer.status_code != 200:
                raise AssertionError(f"{answer.status_code} for {data}")

        def leave(reader: Reader, **data: str) -> None:
            post(links.unsubscribe(reader.subscription), **data)

        def choose(reader: Reader, **data: str) -> None:
            named = {key.format(n=reader.subscription): value for key, value in data.items()}
            post(
                links.preferences(reader.subscription),
                subscription=str(reader.subscription),
                **named,
            )

        def pause(reader: Reader) -> None:
            until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
            choose(reader, pause=until, **{"digests-{n}": "yes"})

        def erase(reader: Reader) -> None:
            url = links.settings(reader.subscriber, datetime.now(UTC))
            post(url, do="erase", sure="yes")

        def off(reader: Reader) -> None:
            peopling.unsubscribe(
                self.web, reader.address, None, now=datetime.now(UTC), actor="race"
            )

        def suppress(reader: Reader) -> None:
            suppressing.suppress(
                self.web, reader.address, note="", now=datetime.now(UTC), actor="race"
            )

        def write(reader: Reader) -> None:
            token = links.unsubscribe(reader.subscription).rpartition("/")[2]
            mailed_leaving.leave_by_mail(self.web, f"Re: {token}", now=datetime.now(UTC))

        return {
            "mail": write,
            "one-click": partial(leave, **{"List-Unsubscribe": "One-Click"}),
            "page": partial(leave, do="leave"),
            "all": partial(leave, do="leave-all"),
            "only alerts": partial(choose, **{"alerts-{n}": "yes"}),
            "pause": pause,
            "erase": erase,
            "admin": off,
            "suppress": suppress,
        }

    # --- Judging -----------------------------------------------------------------------------

    def _judge(self, readers: list[Reader]) -> None:
        tally, begun = self.tally, Counter[str]()
        at: dict[str, float] = {}
        for taken in self.server.taken:
            begun[taken.recipient] += 1
            at.setdefault(taken.recipient, taken.data_at)
        with self.inst.database.read() as session:
            rows = session.execute(
                sa.select(Delivery.id, Delivery.state, Delivery.first_marked_at).where(
                    Delivery.id.in_([reader.delivery for reader in readers])
                )
            )
            ended = {number: (state, marked) for number, state, marked in rows}
        faults = list(self.failed)
        for stop in self.stops:
            tally.races += 1
            address = stop.reader.address
            state, marked = ended[stop.reader.delivery]
            if address not in begun:
                tally.stopped += 1
                tally.ways[stop.way] += 1
                if state in (DeliveryState.SENT, DeliveryState.TRANSMITTING):
                    faults.append(f"{address} is {state.value}, and nothing came")
                continue
            tally.begun += 1
            late = at[address] - stop.answered
            tally.late = max(tally.late, late)
            said = f"{stop.way}: {address} was begun {late * 1000:.0f} ms after the answer"
            if stop.state in NOT_BEGUN:
                faults.append(f"{said}, and was {stop.state.value} then")
            elif marked is not None and marked > stop.at:
                faults.append(f"{said}, and marked after it")
            elif late > LATEST:
                faults.append(said)
            if begun[address] > 1 or state is not DeliveryState.SENT:
                faults.append(f"{address} got {begun[address]}, and is {state.value}")
        if len(self.stops) + len(self.failed) != len(readers):
            faults.append(f"{len(readers) - len(self.stops)} were not stopped")
        strangers = set(begun) - {reader.address for reader in readers}
        faults += [f"{address} was no reader any more" for address in strangers]
        tally.faults += faults
        tally.races += len(self.failed)
