"""Messages a second from the queue to a local sink on SQLite, with the whole ledger kept.

    send.py [--tiny] [--readers N] [--crowd N] [--runs N] [--connections N] [--own-sink] [--profile]

Each run sends one frozen digest, 29 KB in two parts and personalised, to N readers, by a sender in
a process of its own, beginning with a copy of the same database. Beside it, in turn, Debian's
smtp-source sends as many messages of the same size to the same sink: the wire without a ledger.
`--crowd` is the second audience, for memory; `--profile` shows where the sender's time goes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from rig.house import furnish, open_house
from rig.measure import machine, python, spread
from rig.sink import HOST, Sink, running_sink, tool

from newsletter.installation import Installation, open_installation
from newsletter.jobs import freezing
from newsletter.models import Delivery, DeliveryState, Variant

MEMORY_GOAL = 90  # MB, of the sender, whatever the audience


@dataclass(frozen=True)
class Run:
    """What one sender did; times in seconds, memory in bytes."""

    sent: int
    wall: float  # from opening the queue to its end, worker registered and gone
    flow: float  # from the first mark to the last answer
    processor: float  # of the whole process while it sent
    loop: float  # … of which the thread that speaks SMTP
    memory: int | None
    memory_before: int | None

    @property
    def rate(self) -> float:
        return self.sent / self.wall

    @property
    def processor_of_1000(self) -> float:
        return self.processor / self.sent * 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="60 readers once: see that it runs")
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--crowd", type=int, default=100_000, help="0: leave that out")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--own-sink", action="store_true", help="even where smtp-sink is at hand")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.tiny:
        options.readers, options.crowd, options.runs = 60, min(options.crowd, 120), 1
    print(machine())
    with (
        tempfile.TemporaryDirectory(prefix="newsletter-bench-") as scratch,
        running_sink(own=options.own_sink) as sink,
    ):
        _measure(Path(scratch), sink, options)


def _measure(scratch: Path, sink: Sink, options: argparse.Namespace) -> None:
    size, freeze = _frozen(scratch / "house", sink, options.readers, options.connections)
    print(f"{sink.name}, {options.connections} connections, {size:,} bytes a message")
    print(f"{f'freeze of {options.readers:,}':<24} {freeze:.2f} s, rendering and all")
    runs, wires = [], []
    for _ in range(options.runs):
        runs.append(_send(scratch, "house", options))
        if wire := _wire(sink, size, options):
            wires.append(wire)
    rates = [run.rate for run in runs]
    flows = [run.sent / run.flow for run in runs]
    print(f"messages/s               {spread(rates)}, from start to end of the sender")
    print(f"  while it flowed        {spread(flows)}, from the first mark to the last answer")
    print(f"CPU s of 1,000           {spread([r.processor_of_1000 for r in runs], '{:.3f}')}")
    loop = statistics.median(run.loop / run.processor for run in runs)
    busy = statistics.median(run.processor / run.wall for run in runs)
    print(f"  of it the SMTP thread  {loop:.0%}; the process had {busy:.0%} of a core")
    _tell_memory(options.readers, runs)
    if wires:
        print(f"smtp-source              {spread([rate for rate, _ in wires])} messages/s, "
              f"CPU s of 1,000 {spread([cpu for _, cpu in wires], '{:.3f}')}")  # fmt: skip
        wire = statistics.median(rate for rate, _ in wires)
        print(f"ratio to smtp-source     {statistics.median(rates) / wire:.2f}")
    else:
        print("ratio to smtp-source     not measured: it is missing (Debian: apt install postfix)")
    if options.crowd:
        _, freeze = _frozen(scratch / "crowd", sink, options.crowd, options.connections)
        print(f"{f'freeze of {options.crowd:,}':<24} {freeze:.2f} s, rendering and all")
        crowd = _send(scratch, "crowd", options)
        print(f"{f'messages/s of {options.crowd:,}':<24} {crowd.rate:,.0f}")
        _tell_memory(options.crowd, [crowd])


def _tell_memory(readers: int, runs: list[Run]) -> None:
    known = [run.memory / 1e6 for run in runs if run.memory is not None]
    before = [run.memory_before / 1e6 for run in runs if run.memory_before is not None]
    if known:
        verdict = "kept" if max(known) <= MEMORY_GOAL else "MISSED"
        print(
            f"{f'peak memory, {readers:,}':<24} {spread(known)} MB (loaded: {spread(before)}); "
            f"goal {MEMORY_GOAL}: {verdict}"
        )


def _frozen(folder: Path, sink: Sink, readers: int, connections: int) -> tuple[int, float]:
    """An installation whose issue is frozen; a message's size in bytes, and the freeze's time."""
    folder.mkdir()
    inst = open_house(folder, sink.port, connections)
    issue = furnish(inst, readers)
    started = perf_counter()
    issue = freezing.freeze(inst, issue.id, now=datetime.now(UTC))
    taken = perf_counter() - started
    if issue.audience != readers:
        sys.exit(f"the freeze wrote {issue.audience} deliveries for {readers} readers")
    with inst.database.read() as session:
        template = session.scalars(sa.select(Variant.template).filter_by(issue_id=issue.id)).one()
    inst.database.checkpoint(force=True)
    inst.close()
    return sum(map(len, json.loads(template)[::2])) + 600, taken  # 600: a reader's own values


def _send(scratch: Path, name: str, options: argparse.Namespace) -> Run:
    """One run on a copy of the frozen installation, whose config names no paths."""
    folder = scratch / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(scratch / name, folder)
    command = python(Path(__file__).parent / "rig" / "sender.py", folder)
    if options.profile:
        command.append("--profile")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    *profile, took = done.stdout.splitlines()
    print(*profile, sep="\n", end="\n" if profile else "")
    sent, flow = _books(open_installation(folder / "config.toml"))
    return Run(sent=sent, flow=flow, **json.loads(took))


def _books(inst: Installation) -> tuple[int, float]:
    """How many were sent, and for how long; anything else than sent is an error."""
    with inst.database.read() as session:
        left = session.scalar(
            sa.select(sa.func.count()).where(Delivery.state != DeliveryState.SENT)
        )
        first, last, sent = session.execute(
            sa.select(
                sa.func.min(Delivery.first_marked_at),
                sa.func.max(Delivery.ended_at),
                sa.func.count(),
            )
        ).one()
    if left:
        sys.exit(f"{left} of {sent} messages were not sent")
    return sent, max((last - first).total_seconds(), 1e-3)


def _wire(sink: Sink, size: int, options: argparse.Namespace) -> tuple[float, float] | None:
    """smtp-source's messages a second and CPU seconds of 1,000, or None where it is missing."""
    program = tool("smtp-source")
    if program is None:
        return None
    command = [
        program, "-d", "-s", str(options.connections), "-m", str(options.readers),
        "-l", str(size), "-f", "courrier@valmont.example", "-t", "lecteur@valmont.example",
        f"{HOST}:{sink.port}",
    ]  # fmt: skip
    started = perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    taken = perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"smtp-source ended with {process.returncode}")
    return (
        options.readers / taken,
        (used.ru_utime + used.ru_stime) / options.readers * 1000,
    )


if __name__ == "__main__":
    main()
