"""Senders killed at random moments and at every named point, and what came of it.

What was lost and what came twice is counted at the receiving server; our own tables only say what
should have come, and how many messages were open at each kill: as many may come twice, each copy
byte for byte the same.
"""

from __future__ import annotations

import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

sys.path.insert(0, str(Path(__file__).parents[1]))

import newsletter_kit as kit
import sqlalchemy as sa
from points import FREEZE_POINTS, RANDOM, SENDER_POINTS
from senders import Senders, nursery
from sink import SinkProcess, Takings

from newsletter.delivery.policy import UNKNOWN_TRIES
from newsletter.installation import Installation
from newsletter.jobs import auditing, drafting, freezing, sending, steering
from newsletter.models import Delivery, DeliveryState, IssueState, RelayShare, Worker
from subscribers.models import MailingList, OnUnknown

__all__ = ["Case", "Kill", "Report", "Senders", "torture"]

LEASE = 30.0  # seconds; nobody waits for its end, since the harness makes the dead look old
CONNECTIONS = 8  # of the relay; all senders share them
AHEAD = 4  # messages of a connection that may be under way
PATIENCE = 10.0  # seconds until a sender that does not come to its point is killed where it is
NEARLY_SENT = 100  # messages that wait: then the next issue is frozen
RANDOM_SECONDS = (0.05, 0.4)  # how long a sender lives that is killed at random
RANDOM_SHARE = 4  # of them for once through the points


@dataclass(frozen=True)
class Case:
    """How a run is made. `readers`: messages of an issue; `kills`: of senders, at the least."""

    kind: str = "sqlite"
    on_unknown: OnUnknown = OnUnknown.RETRY
    senders: int = 1
    pipelining: bool = True
    kills: int = 30
    readers: int = 2000
    seed: int = 1
    mutation: str = ""
    points: tuple[tuple[str, int], ...] = ()  # and passages, in turn; else all by chance
    freezes: bool = True  # whether those are killed as well


@dataclass(frozen=True)
class Kill:
    """Where it happened; which deliveries were transmitting; how many connections it might use."""

    point: str
    open: frozenset[int] = frozenset()
    connections: int = CONNECTIONS


@dataclass
class Report:
    """What a run came to."""

    case: Case
    issues: int = 0
    audience: int = 0
    kills: list[Kill] = field(default_factory=list)
    missed: int = 0  # points that were not reached: killed all the same, as at random
    lost: list[str] = field(default_factory=list)
    doubled: int = 0  # copies beyond the first
    twice: set[int] = field(default_factory=set)  # the deliveries that came more than once
    beyond: int = 0  # … of a message that was not open at as many kills
    different: int = 0  # messages whose copies are not byte for byte the same
    unknown: int = 0  # in the end, for the admin to settle
    unlisted: int = 0  # … and not listed by the audit
    faults: list[str] = field(default_factory=list)  # anything else that may not be
    balanced: bool = True
    seconds: float = 0.0

    @property
    def open(self) -> int:
        return sum(len(kill.open) for kill in self.kills)

    @property
    def most_open(self) -> int:
        return max((len(kill.open) for kill in self.kills), default=0)

    @property
    def most_each(self) -> float:
        """The most that were open at a kill for each connection of the one killed."""
        return max((len(k.open) / max(k.connections, 1) for k in self.kills), default=0.0)

    @property
    def broken(self) -> list[str]:
        """What of the promise about delivery was not kept; nothing, when all is well."""
        hold = self.case.on_unknown is OnUnknown.HOLD
        found = {
            f"{len(self.lost)} lost ({'; '.join(self.lost[:3])})": self.lost,
            f"{self.doubled} doubled, though unknown ones are held": hold and self.doubled,
            f"{self.beyond} doubled that were not open at a kill": self.beyond,
            f"{self.different} doubled with other bytes": self.different,
            f"{self.most_each:g} open for a connection": self.most_each > AHEAD,
            f"{self.unlisted} unknown ones not listed": self.unlisted,
            "the books do not balance": not self.balanced,
            **dict.fromkeys(self.faults, True),
        }
        return [text for text, happened in found.items() if happened]

    @property
    def kept(self) -> bool:
        """Whether the promise about delivery was."""
        return not self.broken

    def __str__(self) -> str:
        return (
            f"{self.audience} messages, {len(self.kills)} kills: lost {len(self.lost)}, "
            f"doubled {self.doubled} (open at the kills: {self.open}, at most "
            f"{self.most_open} at one), of them different {self.different}, "
            f"unknown {self.unknown}, {'balanced' if self.balanced else 'NOT BALANCED'}"
            f"{''.join(f'; BROKEN: {text}' for text in self.broken)}"
        )


def torture(folder: Path, case: Case) -> Report:
    """Send issues while senders are killed, until enough were; then let all end, and count."""
    started = monotonic()
    nursery()
    with SinkProcess(seed=case.seed, pipelining=case.pipelining) as sink:
        inst = kit.install(folder, case.kind, port=sink.port, lease=LEASE, connections=CONNECTIONS)
        try:
            run = Run(inst, case)
            run.send()
            run.end()
            run.count(sink.count())
        finally:
            inst.close()
    run.report.seconds = monotonic() - started
    return run.report


def plans(chance: random.Random) -> Iterator[tuple[str, int]]:
    """A point and a passage for each sender: again and again through all points, and some random.

    The commit counts from the first, which says that the worker is there.
    """
    last = {"claim": 2, "mark": 8, "record": 8, "commit": 12}
    while True:
        points = [*SENDER_POINTS, *[RANDOM] * RANDOM_SHARE]
        chance.shuffle(points)
        for point in points:
            yield point, chance.randint(1, last.get(point.partition(" ")[2], 40))


class Run:
    """One installation under torture; the verdict is in `report`."""

    def __init__(self, inst: Installation, case: Case) -> None:
        self.inst = inst
        self.case = case
        self.report = Report(case)
        self.chance = random.Random(case.seed)
        self.plans = itertools.cycle(case.points) if case.points else plans(self.chance)
        self.issues: list[int] = []
        now = datetime.now(UTC)
        kit.make_list(inst, now=now)
        kit.change(inst, MailingList, {"on_unknown": case.on_unknown})
        kit.add_readers(inst, case.readers, now=now)

    def send(self) -> None:
        """Until enough were killed, and none is left."""
        deaths: dict[int, tuple[str, float]] = {}  # of each sender: the point, or the moment
        with Senders(self.inst.config.folder, LEASE) as senders:
            buried = 0
            while buried < self.case.kills:
                if self._waiting() < NEARLY_SENT:
                    self.freeze(senders)
                while len(senders.running) < min(self.case.senders, self.case.kills - buried):
                    point, passage = next(self.plans)
                    order = {"point": point, "passage": passage, "mutation": self.case.mutation}
                    lives = self.chance.uniform(*RANDOM_SECONDS) if point == RANDOM else PATIENCE
                    deaths[senders.start(**order)] = (point, monotonic() + lives)
                first = min(deaths[pid][1] for pid in senders.running)
                ended = senders.ended(first - monotonic())
                for pid in ended:
                    point, _ = deaths.pop(pid)
                    self._died(pid, point, senders.wait(pid))
                buried += len(ended) or 1
                if not ended:
                    pid = min(senders.running, key=lambda pid: deaths[pid][1])
                    point, _ = deaths.pop(pid)
                    self.report.missed += point != RANDOM
                    self._died(pid, RANDOM, senders.kill(pid))
                self._look()

    def freeze(self, senders: Senders) -> None:
        """One more issue, whose freeze is killed before it comes through."""
        now = datetime.now(UTC)
        letter = drafting.draft_letter(
            self.inst, "hebdo", subject="La fanfare",
            body="La fanfare joue samedi sur la place du marché.", now=now, actor="torture",
        )  # fmt: skip
        steering.approve(
            self.inst, str(letter.id), at=now + timedelta(days=1), now=now, actor="torture"
        )
        for point in self._freeze_points():
            pid = senders.start(what="freeze", issue=letter.id, point=point, passage=1)
            code = senders.wait(pid)
            if code != -9:
                self.report.faults.append(f"the freeze did not come to '{point}' ({code})")
            self.report.kills.append(Kill(point))
            frozen = point == "after freeze"
            state = kit.the_issue(self.inst, letter.id).state
            written = sum(kit.states(self.inst, letter.id).values())
            if (state is not IssueState.DRAFT) is not frozen:
                self.report.faults.append(f"killed {point}, the issue is {state}")
            if written != (self.case.readers if frozen else 0):
                self.report.faults.append(f"killed {point}, it has {written} deliveries")
        freezing.freeze(self.inst, letter.id, now=datetime.now(UTC))
        kit.change(self.inst, Delivery, {"due_at": now}, issue_id=letter.id, state="queued")
        self.issues.append(letter.id)

    def _freeze_points(self) -> Sequence[str]:
        """All of them for the first issue, and one for each that follows."""
        if not self.case.freezes:
            return []
        return [self.chance.choice(FREEZE_POINTS)] if self.issues else FREEZE_POINTS

    def _died(self, pid: int, point: str, code: int) -> None:
        if code != -9:
            self.report.faults.append(f"a sender ended by itself, with status {code}")
        self._wait_for_commits(pid)
        self.report.kills.append(self._bury(pid, point))

    def _wait_for_commits(self, pid: int) -> None:
        """A COMMIT that PostgreSQL has got already still counts."""
        if self.inst.database.is_sqlite:
            return
        query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
        deadline = monotonic() + 5
        with self.inst.database.read() as session:
            while session.scalar(query, {"name": f"torture-{pid}"}) and monotonic() < deadline:
                session.rollback()
                sleep(0.002)

    def _bury(self, pid: int, point: str) -> Kill:
        """What a process had marked and not recorded. From now on its heartbeat is an old one."""
        with self.inst.database.write() as session:
            worker = session.scalars(
                sa.select(Worker).where(Worker.pid == pid, Worker.ended_at.is_(None))
            ).one_or_none()
            if worker is None:
                return Kill(point)
            found = session.scalars(
                sa.select(Delivery.id).where(
                    Delivery.worker_id == worker.id, Delivery.state == DeliveryState.TRANSMITTING
                )
            )
            shares = session.scalars(
                sa.select(RelayShare.connections).where(RelayShare.worker_id == worker.id)
            ).all()
            worker.heartbeat_at -= timedelta(days=1)
            return Kill(point, frozenset(found), sum(shares) if shares else CONNECTIONS)

    def _waiting(self) -> int:
        return kit.states(self.inst).get("queued", 0)

    def _look(self) -> None:
        """After each kill: nobody is missing. Now and then, time passes for the unknown."""
        self.report.balanced &= (
            sum(kit.states(self.inst).values()) == len(self.issues) * self.case.readers
        )
        if self.chance.random() < 0.2:
            kit.let_time_pass(self.inst, DeliveryState.UNKNOWN)

    def end(self) -> None:
        """Send what is left, with nobody killed any more."""
        deadline = monotonic() + 60
        done = {"sent", "unknown"}
        while monotonic() < deadline:
            sending.deliver(self.inst)
            due = kit.let_time_pass(self.inst, DeliveryState.UNKNOWN)
            if not due and set(kit.states(self.inst)) <= done:
                return
        self.report.faults.append(f"not all ended: {kit.states(self.inst)}")

    # --- The verdict -----------------------------------------------------------------------

    def count(self, takings: Takings) -> None:
        """By Message-ID and at the server."""
        report = self.report
        report.issues = len(self.issues)
        report.faults += sorted({f"a client {text}" for text in takings.broken})
        came = _by_delivery(takings)
        opened = Counter(number for kill in report.kills for number in kill.open)
        report.doubled = sum(len(copies) - 1 for copies in came.values())
        report.twice = {number for number, copies in came.items() if len(copies) > 1}
        report.beyond = sum(
            max(len(copies) - 1 - opened[number], 0) for number, copies in came.items()
        )
        report.different = sum(len(set(copies)) > 1 for copies in came.values())
        enough = 1 if self.case.on_unknown is OnUnknown.HOLD else UNKNOWN_TRIES  # kills
        for delivery in kit.deliveries(self.inst):
            report.audience += 1
            copies = came.pop(delivery.id, [])
            if any(recipient != delivery.address for _, recipient, _ in copies):
                report.faults.append(f"delivery {delivery.id} went to somebody else")
            if delivery.state is DeliveryState.UNKNOWN:
                report.unknown += 1
                if opened[delivery.id] < enough:
                    report.faults.append(f"delivery {delivery.id} is unknown without a reason")
            elif delivery.state is not DeliveryState.SENT or not copies:
                report.lost.append(f"{delivery.id} {delivery.address}: {delivery.state}")
        report.faults += [f"a message of nobody came: {number}" for number in came]
        for issue in self.issues:
            self._settle(issue)

    def _settle(self, issue_id: int) -> None:
        """The unknown ones are listed; once they are settled the books balance."""
        ref, report = str(issue_id), self.report
        listed = {owed.id for owed in auditing.audit_issue(self.inst, ref).unknown}
        unknown = kit.deliveries(self.inst, issue_id=issue_id, state=DeliveryState.UNKNOWN)
        report.unlisted += len({one.id for one in unknown} - listed)
        if unknown:
            steering.settle(self.inst, ref, verdict="sent", now=datetime.now(UTC), actor="torture")
        books = auditing.audit_issue(self.inst, ref)
        report.balanced &= books.balanced and books.audience == self.case.readers


def _by_delivery(takings: Takings) -> dict[int, list[tuple[str, str, str]]]:
    """For each delivery its copies: Message-ID, recipient and hash. The id is in the Message-ID."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    for name, copies in takings.taken.items():
        number = int(name.partition("@")[0].rpartition(".")[2])
        found.setdefault(number, []).extend((name, *copy) for copy in copies)
    return found
