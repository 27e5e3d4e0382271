"""The sender as a program of its own: `python sender.py FOLDER [--profile]`.

It loads what a sender loads and nothing else, says `ready`, waits for a line, sends what is in the
queue of the installation in FOLDER, and tells what that took in JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter, thread_time

from measure import peak_memory

from newsletter.installation import Installation, open_installation
from newsletter.jobs import sending


def main(folder: Path, *, profiled: bool) -> None:
    inst = open_installation(folder / "config.toml")
    loaded = peak_memory()
    print("ready", flush=True)
    sys.stdin.readline()
    processor, loop, started = _processor(), thread_time(), perf_counter()
    if profiled:
        _profiled(inst)
    else:
        sending.deliver(inst)
    took = {
        "wall": perf_counter() - started,
        "processor": _processor() - processor,
        "loop": thread_time() - loop,
        "memory": peak_memory(),
        "loaded": loaded,
    }
    print(json.dumps(took))


def _profiled(inst: Installation) -> None:
    """The same under cProfile, which sees the thread that speaks SMTP and slows it down."""
    import cProfile
    import pstats

    with cProfile.Profile() as profile:
        sending.deliver(inst)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(Path(sys.argv[1]), profiled="--profile" in sys.argv)
