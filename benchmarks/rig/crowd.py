"""A million readers: the freeze beside a sender that waits, the first message, and memory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.installation import open_installation
from newsletter.jobs import sending
from newsletter.models import Delivery
from newsletter.supervisor import command
from rig.house import Relay, make_house
from rig.measure import peak_memory, python
from rig.race import HERE

FREEZE_GOAL, FIRST_GOAL, MEMORY_GOAL = 5.0, 7.0, 90  # seconds, seconds, MB


def measure(scratch: Path, relay: Relay, readers: int, seconds: float) -> None:
    """Freeze for that many readers with a sender running, and let it send for `seconds`."""
    folder = scratch / "crowd-run"
    make_house(scratch / "crowd", readers).copy(folder, relay)
    shutil.rmtree(scratch / "crowd")
    sender = subprocess.Popen(
        command("--config", str(folder / "config.toml"), "--quiet", "worker"),
        stdout=subprocess.DEVNULL,
    )
    inst = open_installation(folder / "config.toml")
    try:
        while not sending.sender_alive(inst, now=datetime.now(UTC)):
            time.sleep(0.05)
        freezer = python(HERE / "freezer.py", folder)
        frozen = json.loads(subprocess.run(freezer, stdout=subprocess.PIPE, check=True).stdout)
        begun = _processor(sender.pid), _sent(inst.database), time.monotonic()
        while time.monotonic() < begun[2] + seconds and _sent(inst.database) < readers:
            time.sleep(0.2)
        ended = _processor(sender.pid), _sent(inst.database), time.monotonic()
        memory = peak_memory(sender.pid)
    finally:
        sender.send_signal(signal.SIGTERM)
        sender.wait(60)
    with inst.database.read() as session:
        first = session.scalar(sa.select(sa.func.min(Delivery.ended_at)))
    inst.close()
    _judge(f"freeze of {frozen['audience']:,}", frozen["wall"], FREEZE_GOAL, "s")
    print(f"  CPU, starting included      {frozen['processor']:.1f} s")
    print(f"  peak memory of the process  {frozen['memory'] / 1e6:.0f} MB "
          f"(loaded: {frozen['loaded'] / 1e6:.0f})")  # fmt: skip
    _judge("first message sent after", first.timestamp() - frozen["begun"], FIRST_GOAL, "s")
    sent, taken = ended[1] - begun[1], ended[2] - begun[2]
    print(f"then, in {taken:.0f} s               {sent:,} messages, {sent / taken:,.0f}/s, "
          f"CPU s of 1,000 {(ended[0] - begun[0]) / max(sent, 1) * 1000:.3f}")  # fmt: skip
    if memory is not None:
        _judge("peak memory of the sender", memory / 1e6, MEMORY_GOAL, "MB")


def _judge(what: str, value: float, goal: float, unit: str) -> None:
    print(f"{what:<30}{value:.1f} {unit}; goal {goal:g}: {'kept' if value <= goal else 'MISSED'}")


def _sent(database: Database) -> int:
    with database.read() as session:
        done = sa.select(sa.func.count()).where(Delivery.state == "sent", Delivery.issue_id == 1)
        return session.scalar(done) or 0


def _processor(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
