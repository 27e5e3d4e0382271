"""Senders killed at random moments, and what came of it, counted at the receiving server.

    python -m tests.torture.kills --kills 100 --database postgresql --on-unknown hold

Prints what was lost (0), what came twice, and how many messages were open at the kills: as many may
come twice, byte for byte the same. Ends with status 1 when the promise about delivery is broken.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Self

sys.path.insert(0, str(Path(__file__).parents[1]))

import newsletter_kit as kit
import sqlalchemy as sa
from smtp_script import Pause, ScriptedServer, Talk

from newsletter.jobs import sending, steering
from newsletter.models import Delivery, DeliveryState, Worker
from subscribers.models import MailingList, OnUnknown

if TYPE_CHECKING:
    from newsletter.installation import Installation

LEASE = 1.0  # seconds
CONNECTIONS = 3


@functools.cache
def _nursery() -> subprocess.Popen[str]:
    """See nursery.py. It ends with this process, whose end closes its input."""
    script = Path(__file__).with_name("nursery.py")
    return subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _ask(line: str) -> int:
    process = _nursery()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


class Senders:
    """Real processes that send from one installation."""

    def __init__(self, folder: Path, lease: float = LEASE) -> None:
        self._start = f"start {lease} {folder}"
        self.running: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for pid in list(self.running):
            self.kill(pid)

    def start(self) -> int:
        pid = _ask(self._start)
        self.running.append(pid)
        return pid

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal that ends it, and wait: its exit code, or minus the signal."""
        os.kill(pid, number)
        return self.wait(pid)

    def wait(self, pid: int) -> int:
        self.running.remove(pid)
        return _ask(f"wait {pid}")


@dataclass
class Report:
    """What a run came to. `open` is how many deliveries were transmitting at each kill."""

    audience: int = 0
    open: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: int = 0  # copies beyond the first
    different: list[str] = field(default_factory=list)  # doubled, and not byte for byte
    unknown: int = 0  # listed for the admin, in the end
    balanced: bool = True

    @property
    def kept(self) -> bool:
        """Whether the promise about delivery was."""
        return (
            not self.lost
            and not self.different
            and self.balanced
            and self.doubled <= sum(self.open)
            and max(self.open, default=0) <= 4 * CONNECTIONS
        )

    def __str__(self) -> str:
        return (
            f"{self.audience} messages, {len(self.open)} kills: lost {len(self.lost)}, "
            f"doubled {self.doubled} (open at the kills: {sum(self.open)}, at most "
            f"{max(self.open, default=0)} at one), of them different {len(self.different)}, "
            f"unknown {self.unknown}, {'balanced' if self.balanced else 'NOT BALANCED'}"
        )


def torture(
    folder: Path,
    kind: str,
    *,
    kills: int,
    workers: int = 2,
    readers: int = 500,
    on_unknown: OnUnknown = OnUnknown.RETRY,
    seed: int | None = None,
) -> Report:
    """Send letters to so many readers until so many senders were killed; then let all end."""
    chance = random.Random(seed)
    report = Report()
    # It takes the message, and a little later it says so: the moment that matters.
    slow = random.Random(seed)

    def answer(talk: Talk, verb: str, argument: str) -> Pause | None:
        return Pause(slow.uniform(0, 0.02)) if verb == "." else None

    with ScriptedServer(answer) as server:
        inst = kit.install(folder, kind, port=server.port, lease=LEASE, connections=CONNECTIONS)
        now = datetime.now(UTC)
        kit.make_list(inst, now=now)
        kit.change(inst, MailingList, {"on_unknown": on_unknown})
        kit.add_readers(inst, readers, now=now)
        letters = []
        with Senders(folder) as processes:
            while len(report.open) < kills:
                if kit.states(inst).get("queued", 0) < readers // 2:
                    letters.append(kit.frozen_letter(inst, now=datetime.now(UTC)).id)
                while len(processes.running) < workers:
                    processes.start()
                sleep(chance.uniform(0.05, 0.4))
                _kill(chance.choice(processes.running), processes, inst, report)
                report.balanced &= _sum_of_states(inst) == len(letters) * readers
            for last in list(processes.running):
                _kill(last, processes, inst, report)
        _let_all_end(inst, letters)
        _count(inst, server, letters, report)
        inst.close()
    return report


def _kill(pid: int, processes: Senders, inst: Installation, report: Report) -> None:
    processes.kill(pid)
    sleep(0.02)  # a COMMIT that PostgreSQL has got already still counts
    report.open.append(_transmitting(inst, pid))


def _transmitting(inst: Installation, pid: int) -> int:
    """What a process had marked, and not recorded."""
    mine = sa.select(Worker.id).where(Worker.pid == pid)
    query = sa.select(sa.func.count()).where(
        Delivery.worker_id.in_(mine), Delivery.state == DeliveryState.TRANSMITTING
    )
    with inst.database.read() as session:
        return session.scalar(query) or 0


def _sum_of_states(inst: Installation) -> int:
    return sum(kit.states(inst).values())


def _let_all_end(inst: Installation, letters: list[int]) -> None:
    """By itself, but for the quarter of an hour that what is unknown would wait."""
    deadline = monotonic() + 60
    done = {"sent", "unknown"}
    while monotonic() < deadline:
        sending.deliver(inst)
        if not kit.let_time_pass(inst, DeliveryState.UNKNOWN) and set(kit.states(inst)) <= done:
            return
        sleep(LEASE / 4)
    raise TimeoutError(f"not all ended: {kit.states(inst)} of letters {letters}")


def _count(inst: Installation, server: ScriptedServer, letters: list[int], report: Report) -> None:
    """By Message-ID and at the server; our own tables only say what should have come."""
    came = server.by_message_id
    report.doubled = sum(len(copies) - 1 for copies in came.values())
    report.different = [name for name, copies in came.items() if len(set(copies)) > 1]
    pairs = {(taken.recipient, taken.message_id) for taken in server.taken}
    numbers = {name.strip("<>").partition("@")[0].rpartition(".")[2] for _, name in pairs}
    for delivery in kit.deliveries(inst):
        report.audience += 1
        if delivery.state is DeliveryState.UNKNOWN:
            report.unknown += 1
        elif delivery.state is not DeliveryState.SENT or str(delivery.id) not in numbers:
            report.lost.append(f"{delivery.id} {delivery.address}: {delivery.state}")
    for letter in letters:
        issue = kit.the_issue(inst, letter)
        total = sum(kit.states(inst, letter).values())
        report.balanced &= issue.audience == total
        if report.unknown:
            steering.settle(inst, str(letter), verdict="sent", now=datetime.now(UTC), actor="t")
        report.balanced &= sending.audit_issue(inst, str(letter)).balanced


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", choices=kit.BOTH, default="sqlite")
    parser.add_argument("--on-unknown", choices=[str(one) for one in OnUnknown], default="retry")
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = torture(
            Path(folder), asked.database, kills=asked.kills, workers=asked.workers,
            on_unknown=OnUnknown(asked.on_unknown), seed=asked.seed,
        )  # fmt: skip
    print(report)
    return 0 if report.kept else 1


if __name__ == "__main__":
    sys.exit(main())
