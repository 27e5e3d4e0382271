"""How long an unsubscribe waits while a file of people is imported, on SQLite.

    importing.py [--tiny] [--rows N]

The import is the command, in a process of its own; here one reader after the other leaves, as the
page does it, first with nobody else writing and then until the import ends. Beside the waiting: the
longest that the write-ahead log grew, and what the import took.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter

from rig.house import make_house
from rig.measure import machine, python, seconds

from newsletter.installation import Installation, open_installation
from newsletter.jobs import leaving
from subscribers.tokens import Purpose

GOAL = 0.25  # seconds that an unsubscribe may take, 99 of 100 times
BETWEEN = 0.03  # seconds from one reader who leaves to the next


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--rows", type=int, default=50_000, help="of the file")
    options = parser.parse_args()
    rows = 600 if options.tiny else options.rows
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "house"
        make_house(folder, 200 if options.tiny else 10_000)
        inst = open_installation(folder / "config.toml")
        file = _people(folder / "people.csv", rows)
        ids = count(1)
        alone = _leave_while(inst, ids, _for(0.2 if options.tiny else 5.0))
        waits, took, log = _while_importing(inst, ids, folder, file)
    print(f"unsubscribe, nobody else writes   {_told(alone)}")
    print(f"unsubscribe, {rows:,} rows coming in {_told(waits)}")
    print(f"ratio of the medians              {_middle(waits) / _middle(alone):.1f}")
    print(f"the import took                   {took:.1f} s: {rows / took:,.0f} rows/s")
    print(f"the write-ahead log at most       {log / 1e6:.0f} MB")
    verdict = "kept" if _late(waits) < GOAL else "MISSED"
    print(f"goal: p99 under {GOAL} s          {verdict}")


def _people(file: Path, rows: int) -> Path:
    lines = (f"venue{number}@valmont.example,Léa n°{number}\n" for number in range(rows))
    file.write_text("email,name\n" + "".join(lines), encoding="utf-8")
    return file


def _while_importing(
    inst: Installation, ids: count[int], folder: Path, file: Path
) -> tuple[list[float], float, int]:
    """The waits of those who left meanwhile, how long the import took, and its log in bytes."""
    log = folder / "newsletter.db-wal"
    longest = 0
    command = python("-m", "newsletter", "--config", folder / "config.toml", "subscriber", "import",
                     file, "--list", "hebdo", "--confirmed", "--consent", "Measured")  # fmt: skip
    started = perf_counter()
    importing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def runs() -> bool:
        nonlocal longest
        longest = max(longest, log.stat().st_size if log.exists() else 0)
        return importing.poll() is None

    waits = _leave_while(inst, ids, runs)
    took = perf_counter() - started
    _, said = importing.communicate()
    if importing.returncode:
        sys.exit(f"the import ended with {importing.returncode}:\n{said.decode()}")
    return waits, took, longest


def _leave_while(inst: Installation, ids: count[int], goes_on: Callable[[], bool]) -> list[float]:
    """One reader after the other leaves; how long each of them waited."""
    waits = []
    while goes_on():
        token = inst.tokens.sign(Purpose.UNSUBSCRIBE, next(ids))
        waits.append(seconds(partial(_leave, inst, token)))
        time.sleep(BETWEEN)
    return waits


def _leave(inst: Installation, token: str) -> None:
    leaving.leave(inst, token, source="one-click", ip=None, now=datetime.now(UTC))


def _for(span: float) -> Callable[[], bool]:
    end = perf_counter() + span
    return lambda: perf_counter() < end


def _middle(waits: Sequence[float]) -> float:
    return statistics.median(waits)


def _late(waits: Sequence[float]) -> float:
    """What 99 of 100 waits stay under."""
    return sorted(waits)[len(waits) * 99 // 100]


def _told(waits: Sequence[float]) -> str:
    return (f"p50 {_middle(waits):.3f}  p99 {_late(waits):.3f}  "
            f"max {max(waits):.3f} s  of {len(waits)}")  # fmt: skip


if __name__ == "__main__":
    main()
