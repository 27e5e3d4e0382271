"""The machine, medians, and what a process used."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter


def machine() -> str:
    """One line on what the numbers below it were measured on."""
    processor = platform.processor() or platform.machine()
    for line in _lines(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores of {processor}, load {load}, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def spread(values: Sequence[float], form: str = "{:,.0f}") -> str:
    """The median, and between which values all of them lie."""
    middle = form.format(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({form.format(min(values))}-{form.format(max(values))})"


def peak_memory(process: int | str = "self") -> int | None:
    """The most memory that a program had at once, in bytes; None where Linux does not say.

    Not `ru_maxrss`: Linux hands that down from the process that started this one.
    """
    for line in _lines(Path(f"/proc/{process}/status")):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None


def python(*arguments: str | Path) -> list[str]:
    """The command that runs this very Python with these arguments."""
    return [sys.executable, *map(str, arguments)]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
