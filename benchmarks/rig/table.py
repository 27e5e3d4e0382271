"""A race in rounds: everybody once a round, so that what disturbs the machine disturbs all."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rig.measure import spread
from rig.race import Took

HEAD = f"{'':<42}{'messages/s':>24}{'CPU s of 1,000':>22}{'peak MB':>9}{'ratio':>19}"


@dataclass(frozen=True)
class Entrant:
    """Somebody who sends; `run` gives None where it cannot be measured here."""

    name: str
    run: Callable[[], Took | None]


def race(entrants: list[Entrant], rounds: int, *, against: str) -> Mapping[str, list[Took]]:
    """Run all of them `rounds` times in turn and print a table; ratios are to `against`, of the
    same round, and their median is not the ratio of the medians.
    """
    took: dict[str, list[Took]] = {}
    for number in range(rounds):
        for entrant in entrants:
            if (run := entrant.run()) is not None:
                took.setdefault(entrant.name, []).append(run)
                told = f"round {number + 1}: {entrant.name}: {run.rate:,.0f}/s"
                print(f"{told}, {run.processor_of_1000:.3f} CPU s of 1,000", file=sys.stderr)
    print(HEAD)
    for entrant in entrants:
        runs = took.get(entrant.name)
        if runs is None:
            print(f"{entrant.name:<42}not measured here: it is missing")
            continue
        known = [run.memory for run in runs if run.memory is not None]
        memory = f"{max(known) / 1e6:.0f}" if known else "?"
        ratios = [
            one.rate / other.rate for one, other in zip(runs, took.get(against, ()), strict=False)
        ]
        ratio = spread(ratios, "{:.2f}") if ratios else ""
        print(
            f"{entrant.name:<42}{spread([run.rate for run in runs]):>24}"
            f"{spread([run.processor_of_1000 for run in runs], '{:.3f}'):>22}{memory:>9}{ratio:>19}"
        )
    return took


def median_rate(runs: list[Took]) -> float:
    return statistics.median(run.rate for run in runs)
