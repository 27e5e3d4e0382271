"""How long `newsletter --help` takes, against a Python that does nothing.

start.py [--tiny]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from rig.measure import machine, python, spread

LIMIT = 0.25  # seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tiny", action="store_true", help="only see that it runs")
    tiny = options.parse_args().tiny
    if find_spec("newsletter.cli") is None:
        print("start: there is no newsletter.cli yet, so nothing is measured")
        return
    script = Path(sys.executable).with_name("newsletter")
    command = [str(script)] if script.exists() else python("-m", "newsletter")
    print(machine())
    ours, bare = [], []
    for _ in range(2 if tiny else 15):  # in turn, so that both meet the same machine
        ours.append(_seconds([*command, "--help"]))
        bare.append(_seconds(python("-c", "pass")))
    middle = statistics.median(ours)
    print(f"newsletter --help   {spread(ours, '{:.3f}')} s")
    print(f"python -c pass      {spread(bare, '{:.3f}')} s")
    print(f"ratio               {middle / statistics.median(bare):.1f}")
    verdict = "kept" if middle < LIMIT else "MISSED"
    print(f"goal                under {LIMIT} s: {verdict}")


def _seconds(command: list[str]) -> float:
    started = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return taken


if __name__ == "__main__":
    main()
