"""Everybody written out, with all that is known of them: how long, and with how much memory.

    exporting.py [--tiny] [--rows N] [--no-postgres]

The export is the command, in a process of its own, beside a bare SELECT of the same people that the
csv module writes: address, name and state, without choices, dates, evidence and suppressions.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from rig.house import House, Relay, make_house
from rig.measure import machine, peak_memory, python
from rig.postgres import running_postgres

from newsletter.installation import open_installation
from subscribers.models import ConsentEvent, ConsentKind, Subscriber, Subscription

MEMORY = 200e6
ROWS = 10_000  # of one insert
WORDS = "Oui, je veux recevoir Le Courrier de Valmont chaque vendredi."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the list")
    parser.add_argument("--no-postgres", action="store_true")
    options = parser.parse_args()
    rows = 300 if options.tiny else options.rows
    print(machine())
    server = nullcontext() if options.no_postgres else running_postgres()
    with tempfile.TemporaryDirectory() as name, server as postgres:
        scratch = Path(name)
        _measure("SQLite", make_house(scratch / "house", rows), scratch, rows)
        if postgres is not None:
            where = f"PostgreSQL {postgres.version.split()[0]}"
            _measure(where, make_house(scratch / "pg_house", rows, postgres), scratch, rows)


def _measure(where: str, house: House, scratch: Path, rows: int) -> None:
    folder, file = scratch / "run", scratch / "all.csv"
    house.copy(folder, Relay(0, 1))
    _agree(folder, rows)
    plain = _bare(folder, scratch / "bare.csv")
    started = perf_counter()
    command = python("-m", "newsletter", "--config", folder / "config.toml", "subscriber", "export",
                     "-o", file)  # fmt: skip
    exporting = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = 0
    while exporting.poll() is None:
        memory = max(memory, peak_memory(exporting.pid) or 0)
        time.sleep(0.02)
    took = perf_counter() - started
    _, said = exporting.communicate()
    if exporting.returncode:
        sys.exit(f"the export ended with {exporting.returncode}:\n{said.decode()}")
    size = file.stat().st_size / 1e6
    verdict = "kept" if memory < MEMORY else "MISSED"
    print(f"{where}, {rows:,} subscriptions")
    print(f"  bare SELECT and csv   {plain:.1f} s: {rows / plain:,.0f} rows/s")
    print(f"  the export            {took:.1f} s: {rows / took:,.0f} rows/s, {size:,.0f} MB, "
          f"ratio {took / plain:.2f}")  # fmt: skip
    print(f"  peak memory           {memory / 1e6:.0f} MB; goal {MEMORY / 1e6:.0f}: {verdict}")


def _agree(folder: Path, rows: int) -> None:
    """Evidence for everybody, as a form leaves it: asked, and confirmed."""
    inst, now = open_installation(folder / "config.toml"), datetime.now(UTC)
    with inst.database.read() as session:
        people = list(session.scalars(sa.select(Subscriber.id).order_by(Subscriber.id)))
        mlist = session.scalars(sa.select(Subscription.mlist_id).limit(1)).one()
    for start in range(0, rows, ROWS):
        events = [
            {"subscriber_id": person, "mlist_id": mlist, "kind": kind, "at": now,
             "source": "form", "words": WORDS,
             "ip": "192.0.2.7", "detail": {}}
            for person in people[start : start + ROWS]
            for kind in (ConsentKind.REQUESTED, ConsentKind.CONFIRMED)
        ]  # fmt: skip
        with inst.database.write() as session:
            session.execute(sa.insert(ConsentEvent), events)
    inst.database.checkpoint(force=True)
    inst.close()


def _bare(folder: Path, file: Path) -> float:
    inst = open_installation(folder / "config.toml")
    query = sa.select(Subscriber.address, Subscriber.name, Subscription.state).join(
        Subscription, Subscription.subscriber_id == Subscriber.id
    )
    started = perf_counter()
    with inst.database.read() as session, file.open("w", encoding="utf-8", newline="") as stream:
        rows = session.connection().execution_options(yield_per=1000).execute(query)
        csv.writer(stream).writerows(rows)
    taken = perf_counter() - started
    inst.close()
    return taken


if __name__ == "__main__":
    main()
