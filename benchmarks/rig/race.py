"""One run of a program that sends: ours, somebody else's, or Postfix's smtp-source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa

from newsletter.installation import open_installation
from newsletter.models import Delivery, DeliveryState
from rig.house import House, Relay
from rig.measure import peak_memory, python
from rig.sink import HOST, tool

HERE = Path(__file__).parent
PEERS = HERE.parent / "peers"


@dataclass(frozen=True)
class Took:
    """What a run took; times in seconds, memory in bytes, of the largest of its processes."""

    sent: int
    wall: float
    processor: float
    memory: int | None = None
    told: list[str] = field(default_factory=list)  # what it printed besides

    @property
    def rate(self) -> float:
        return self.sent / self.wall

    @property
    def processor_of_1000(self) -> float:
        return self.processor / self.sent * 1000


def ours(
    house: House, folder: Path, relay: Relay, *, senders: int = 1, profile: bool = False
) -> Took:
    """Send the frozen issue of a copy of `house`, with the whole ledger; all of it must be sent."""
    house.copy(folder, relay)
    command = python(HERE / "sender.py", folder)
    took = _together([command + ["--profile"] * profile] * senders)
    return Took(_all_sent(folder), took.wall, took.processor, took.memory, took.told)


def peer(name: str, port: int, messages: int, connections: int, sample: Path) -> Took:
    """One of `peers/`, which keeps no books: it is believed."""
    program = python(PEERS / f"{name}.py", str(port), str(messages), str(connections), sample)
    took = _together([program])
    return Took(messages, took.wall, took.processor, took.memory)


def smtp_source(port: int, messages: int, connections: int, size: int) -> Took | None:
    """The wire without a ledger: one fixed message, in C. None where it is missing."""
    program = tool("smtp-source")
    if program is None:
        return None
    command = [
        program, "-d", "-s", str(connections), "-m", str(messages), "-l", str(size),
        "-f", "courrier@valmont.example", "-t", "lecteur@valmont.example", f"{HOST}:{port}",
    ]  # fmt: skip
    started = perf_counter()
    process = subprocess.Popen(command)
    memory = None
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        memory = peak_memory(process.pid) or memory
        time.sleep(0.01)
    taken = perf_counter() - started
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"smtp-source ended with {process.returncode}")
    return Took(messages, taken, used.ru_utime + used.ru_stime, memory)


def _together(commands: Sequence[Sequence[str]]) -> Took:
    """Programs that say `ready` and wait for a line, all started by it at the same moment."""
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    for process in running:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            sys.exit(f"{process.args!r} did not start")
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told: list[str] = []
    took = []
    for process in running:
        out, _ = process.communicate()
        if process.returncode:
            sys.exit(f"{process.args!r} ended with {process.returncode}")
        *more, last = out.splitlines()
        told += more
        took.append(json.loads(last))
    return Took(
        0,
        max(one["wall"] for one in took),
        sum(one["processor"] for one in took),
        max((one["memory"] or 0 for one in took), default=0) or None,
        told,
    )


def _all_sent(folder: Path) -> int:
    """How many deliveries there are; one that was not sent is an error."""
    inst = open_installation(folder / "config.toml")
    with inst.database.read() as session:
        states = dict(
            session.execute(sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state))
            .tuples()
            .all()
        )
    inst.close()
    sent = states.pop(DeliveryState.SENT, 0)
    if states:
        sys.exit(f"not all was sent: {states}")
    return sent
