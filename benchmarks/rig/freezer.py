"""The freeze as a program of its own: `python freezer.py FOLDER` tells what it took in JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from measure import peak_memory

from newsletter.installation import open_installation
from newsletter.jobs import freezing
from newsletter.models import Issue


def main(folder: Path) -> None:
    inst = open_installation(folder / "config.toml")
    with inst.database.read() as session:
        number = session.scalars(sa.select(Issue.id)).one()
    loaded, begun, started = peak_memory(), time.time(), time.perf_counter()
    issue = freezing.freeze(inst, number, now=datetime.now(UTC))
    used = resource.getrusage(resource.RUSAGE_SELF)
    took = {
        "audience": issue.audience,
        "begun": begun,
        "wall": time.perf_counter() - started,
        "processor": used.ru_utime + used.ru_stime,
        "loaded": loaded,
        "memory": peak_memory(),
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
