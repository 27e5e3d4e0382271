"""A file of people taken in: how long, with how much memory, and who waits meanwhile.

    importing.py [--tiny] [--rows N] [--mixed] [--no-postgres]

First, on each database, a bare executemany of the same rows, and then the import, which is the
command in a process of its own. Then, on SQLite, the import once more, while one reader after the
other leaves by the pages. `--mixed` gives the addresses no order, as real ones have none.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter

from rig import bare
from rig.clicks import Clicks, click_while, free_port, served
from rig.house import House, Relay, make_house
from rig.measure import machine, peak_memory, python
from rig.postgres import Postgres, running_postgres

SECONDS, MEMORY, RATIO, LATE = 60.0, 200e6, 4.0, 0.25  # goals for a million rows
READERS = 10_000  # who are there before


@dataclass(frozen=True)
class Took:
    """What an import took: seconds, and the most that it had at once of memory and of log."""

    seconds: float
    memory: int
    log: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the file")
    parser.add_argument("--mixed", action="store_true", help="addresses in no order")
    parser.add_argument("--no-postgres", action="store_true")
    options = parser.parse_args()
    rows = 600 if options.tiny else options.rows
    print(machine())
    server = nullcontext() if options.no_postgres else running_postgres()
    with tempfile.TemporaryDirectory() as name, server as postgres:
        scratch = Path(name)
        file = _write(scratch / "people.csv", _people(rows, options.mixed))
        house = make_house(scratch / "house", 200 if options.tiny else READERS)
        _race(scratch, house, file, rows, options.mixed)
        if postgres is not None:
            _race_on_postgres(scratch, postgres, file, rows, options.mixed)
        _beside_readers(scratch, house, file, 0.2 if options.tiny else 5.0)


def _people(rows: int, mixed: bool) -> Iterator[tuple[str, str]]:
    for number in range(rows):
        local = hashlib.md5(str(number).encode()).hexdigest()[:10] if mixed else f"venue{number}"
        yield f"{local}@valmont.example", f"Léa n°{number}"


def _write(file: Path, people: Iterator[tuple[str, str]]) -> Path:
    with file.open("w", encoding="utf-8") as stream:
        stream.write("email,name\n")
        stream.writelines(f"{address},{name}\n" for address, name in people)
    return file


def _race(scratch: Path, house: House, file: Path, rows: int, mixed: bool) -> None:
    folder = scratch / "run"
    house.copy(folder, Relay(0, 1))
    plain = bare.into_sqlite(folder / "newsletter.db", _people(rows, mixed))
    house.copy(folder, Relay(0, 1))
    took = _import(folder, file)
    _told("SQLite", rows, plain, took)
    print(f"  the write-ahead log at most {took.log / 1e6:.0f} MB")
    _judge(f"{rows:,} rows", took.seconds, SECONDS, "s")
    _judge("peak memory", took.memory / 1e6, MEMORY / 1e6, "MB")
    _judge("ratio to the bare executemany", took.seconds / plain, RATIO, "times")


def _race_on_postgres(
    scratch: Path, postgres: Postgres, file: Path, rows: int, mixed: bool
) -> None:
    house, folder = make_house(scratch / "pg_house", 0, postgres), scratch / "pg-run"
    house.copy(folder, Relay(0, 1))
    plain = bare.into_postgres(postgres.copy(house.database, "run"), _people(rows, mixed))
    house.copy(folder, Relay(0, 1))
    took = _import(folder, file)
    _told(f"PostgreSQL {postgres.version.split()[0]}", rows, plain, took)


def _told(where: str, rows: int, plain: float, took: Took) -> None:
    print(f"{where}")
    print(f"  bare executemany            {plain:.1f} s: {rows / plain:,.0f} rows/s")
    print(f"  the import                  {took.seconds:.1f} s: {rows / took.seconds:,.0f} rows/s, "
          f"ratio {took.seconds / plain:.2f}, {took.memory / 1e6:.0f} MB")  # fmt: skip


def _judge(what: str, value: float, goal: float, unit: str) -> None:
    verdict = "kept" if value <= goal else "MISSED"
    print(f"  {what}: {value:.1f} {unit}; goal {goal:g}: {verdict}")


def _begin(folder: Path, file: Path) -> subprocess.Popen[bytes]:
    command = python("-m", "newsletter", "--config", folder / "config.toml", "subscriber", "import",
                     file, "--list", "hebdo", "--confirmed", "--consent", "Measured")  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _import(folder: Path, file: Path) -> Took:
    log = folder / "newsletter.db-wal"
    memory = longest = 0
    started = perf_counter()
    importing = _begin(folder, file)
    while importing.poll() is None:
        memory = max(memory, peak_memory(importing.pid) or 0)
        longest = max(longest, log.stat().st_size if log.exists() else 0)
        time.sleep(0.02)
    took = perf_counter() - started
    _check(importing)
    return Took(took, memory, longest)


def _check(importing: subprocess.Popen[bytes]) -> None:
    _, said = importing.communicate()
    if importing.returncode:
        sys.exit(f"the import ended with {importing.returncode}:\n{said.decode()}")


def _beside_readers(scratch: Path, house: House, file: Path, alone: float) -> None:
    folder, port, ids = scratch / "run", free_port(), count(1)
    house.copy(folder, Relay(0, 1, web=port))
    with served(folder, port):
        end = perf_counter() + alone
        before = click_while(folder, port, ids, lambda: perf_counter() < end)
        importing = _begin(folder, file)
        meanwhile = click_while(folder, port, ids, lambda: importing.poll() is None)
    _check(importing)
    print("unsubscribe by one click")
    print(f"  nobody else writes  {_waits(before)}")
    print(f"  people coming in    {_waits(meanwhile)}")
    verdict = "kept" if meanwhile.late() < LATE and not meanwhile.failed else "MISSED"
    print(f"  goal: p99 under {LATE} s, none fails: {verdict}")


def _waits(seen: Clicks) -> str:
    waits = seen.seconds
    return (f"p50 {statistics.median(waits):.3f}  p99 {seen.late():.3f}  max {max(waits):.3f} s  "
            f"of {len(waits)}; {seen.failed} failed")  # fmt: skip


if __name__ == "__main__":
    main()
