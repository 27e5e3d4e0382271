"""How long a digest of ten articles with pictures takes to render, against premailer alone.

    render.py [--tiny]

First in a process that has just started, then again and again in one; by stage; and as a ratio to
premailer, the library that inlines the styles, on the very same HTML.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from rig.measure import machine, python, seconds, spread


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--cold", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cold:
        print(json.dumps(_cold()))
        return
    print(machine())
    colds = [_cold_elsewhere() for _ in range(1 if options.tiny else 5)]
    times = 1 if options.tiny else 20
    from rig.digest import render

    html = ""
    rounds, bare = [], []
    for number in range(-1 if options.tiny else -20, times):
        stages, html = _by_stage(render)
        alone = seconds(partial(_premailer, html))
        if number >= 0:  # those before only warm up: it takes some before times hold still
            rounds.append(stages)
            bare.append(alone)
    warm = statistics.median(sum(stages.values()) for stages in rounds)
    alone = statistics.median(bare)
    form = "{:.0f}"
    print(f"first, in a new process  {spread([c['first'] * 1e3 for c in colds], form)} ms, "
          f"after {spread([c['imports'] * 1e3 for c in colds], form)} ms of imports")  # fmt: skip
    print(f"warm                     {warm * 1e3:.1f} ms (median of {times})")
    for name in rounds[0]:
        middle = statistics.median(stages[name] for stages in rounds)
        print(f"  {name:<22} {middle * 1e3:5.1f} ms")
    print(f"premailer alone          {alone * 1e3:.1f} ms on the same {len(html) / 1e3:.0f} kB")
    print(f"ratio to premailer alone {warm / alone:.2f}")


def _cold_elsewhere() -> dict[str, float]:
    command = python(Path(__file__), "--cold")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    times: dict[str, float] = json.loads(done.stdout)
    return times


def _cold() -> dict[str, float]:
    """The imports and the first rendering of this process, in seconds."""
    started = perf_counter()
    from rig.digest import render

    imported = perf_counter()
    render()
    return {"imports": imported - started, "first": perf_counter() - imported}


def _by_stage(render: Callable[[], object]) -> tuple[dict[str, float], str]:
    """Seconds of each stage of one rendering, and the HTML that premailer was given."""
    from newsletter.compose import filling as room

    taken: dict[str, float] = defaultdict(float)
    given: list[str] = []
    stages = {"fill": "Jinja, both parts", "inline": "premailer and tidying", "tidy": "plain text"}

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timing(*args: Any, **options: Any) -> Any:
            if name == "inline":
                given.append(args[0])
            started = perf_counter()
            try:
                return work(*args, **options)
            finally:
                taken[stages[name]] += perf_counter() - started

        return timing

    with _replaced(room, {name: timed(name, getattr(room, name)) for name in stages}):
        whole = seconds(render)
    taken["typesetting and the rest"] = whole - sum(taken.values())
    return dict(taken), given[-1]


@contextmanager
def _replaced(module: Any, functions: dict[str, Callable[..., Any]]) -> Iterator[None]:
    originals = {name: getattr(module, name) for name in functions}
    for name, function in functions.items():
        setattr(module, name, function)
    try:
        yield
    finally:
        for name, function in originals.items():
            setattr(module, name, function)


def _premailer(html: str) -> str:
    """What the library itself takes, set as `newsletter.compose.inline` sets it."""
    from premailer import Premailer

    return str(
        Premailer(
            html,
            allow_network=False,
            allow_loading_external_files=False,
            disable_basic_attributes=["height", "width"],
            disable_leftover_css=False,
            disable_validation=True,
            align_floating_images=False,
            strip_important=False,
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
    )


if __name__ == "__main__":
    main()
