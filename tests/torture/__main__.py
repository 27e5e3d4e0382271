"""Kill senders 1,000 times, and prove at the receiving server that the promise was kept.

    python -m tests.torture                      the whole: every database, choice and size
    python -m tests.torture --database sqlite --on-unknown hold --senders 4 --kills 100
    python -m tests.torture --seed 7             the same points and moments as another time
    python -m tests.torture --races              10,000 readers of each database leave, pause, are
                                                 erased or suppressed while they are written to

One line for each way to send, and one for each point. Ends with status 1 when something is lost,
doubled beyond what was open at a kill, or not listed; or when a sender broken on purpose is not
found out. docs/torture.md says what the columns mean.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kills import Case, Report, torture
from newsletter_kit import BOTH
from points import FREEZE_POINTS, MUTATIONS, RANDOM, SENDER_POINTS
from races import blind, race

from subscribers.models import OnUnknown

HEAD = (
    "database   unknown senders pipelined | runs messages kills |  lost doubled   open most each"
    " | differ unknown unlisted balanced |     s"
)
LEAST_KILLS = 10  # of a run; fewer say little


def line(report: Report) -> str:
    case = report.case
    return (
        f"{case.kind:10} {case.on_unknown:7} {case.senders:7} {_yes(case.pipelining):9} | "
        f"{report.issues:4} {report.audience:8,} {len(report.kills):5} | "
        f"{len(report.lost):5} {report.doubled:7} {report.open:6,} {report.most_open:4} "
        f"{report.most_each:4.2g} | {report.different:6} {report.unknown:7} {report.unlisted:8} "
        f"{_yes(report.balanced):8} | {report.seconds:5.1f}"
    )


def total(reports: Sequence[Report]) -> str:
    def add(values: Iterable[int]) -> int:
        return sum(values)

    return (
        f"{'all':38} | {add(r.issues for r in reports):4} {add(r.audience for r in reports):8,} "
        f"{add(len(r.kills) for r in reports):5} | {add(len(r.lost) for r in reports):5} "
        f"{add(r.doubled for r in reports):7} {add(r.open for r in reports):6,} "
        f"{max(r.most_open for r in reports):4} {max(r.most_each for r in reports):4.2g} | "
        f"{add(r.different for r in reports):6} {add(r.unknown for r in reports):7} "
        f"{add(r.unlisted for r in reports):8} "
        f"{_yes(all(r.balanced for r in reports)):8} | {sum(r.seconds for r in reports):5.0f}"
    )


def by_point(reports: Sequence[Report]) -> Iterable[str]:
    """How often each point was killed at, how much was open there, and how much of that doubled.

    What was doubled is told of lists that retry only: those that hold do not send twice.
    """
    yield "point          | kills   open  most | kills with retry   open  doubled"
    for point in (*FREEZE_POINTS, *SENDER_POINTS, RANDOM):
        found = [(r, kill) for r in reports for kill in r.kills if kill.point == point]
        again = [(r, kill) for r, kill in found if r.case.on_unknown is OnUnknown.RETRY]
        yield (
            f"{point:14} | {len(found):5} {sum(len(k.open) for _, k in found):6,} "
            f"{max((len(k.open) for _, k in found), default=0):5} | {len(again):16} "
            f"{sum(len(k.open) for _, k in again):6,} "
            f"{sum(len(k.open & r.twice) for r, k in again):8,}"
        )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def run(case: Case) -> Report:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        return torture(Path(folder), case)


def test_the_harness(kinds: Sequence[str], seed: int) -> bool:
    """Whether senders that are broken on purpose are found out."""
    found = True
    for kind, mutation in itertools.product(kinds, MUTATIONS):
        report = run(Case(kind, senders=2, kills=12, readers=500, seed=seed, mutation=mutation))
        found &= not report.kept
        verdict = "red, as it must be" if not report.kept else "NOT FOUND OUT"
        print(
            f"{kind}, {mutation}: lost {len(report.lost)} and doubled {report.doubled} of "
            f"{report.audience:,} ({report.open} open at {len(report.kills)} kills): {verdict}",
            flush=True,
        )
    return found


def run_races(kinds: Sequence[str], number: int, seed: int, *, self_test: bool) -> int:
    """Whether nobody was written to after they were told that they are not; 0: so it was."""
    kept = True
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="races-") as folder:
            tally = race(Path(folder), kind, number, seed=seed)
        print(tally, flush=True)
        kept &= tally.kept
        if tally.stopped < number / 20:
            print(f"{kind}: too few were in time for that to show anything", flush=True)
            kept = False
        if not self_test:
            continue
        with tempfile.TemporaryDirectory(prefix="races-") as folder, blind():
            broken = race(Path(folder), kind, 200, seed=seed)
        kept &= not broken.kept
        verdict = "NOT FOUND OUT" if broken.kept else "red, as it must be"
        print(f"{kind}, with senders that do not ask again: {verdict}", flush=True)
    print("\nThe promise was kept." if kept else "\nThe promise was BROKEN.")
    return int(not kept)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=1000, help="in all (1000)")
    parser.add_argument("--messages", type=int, default=2000, help="of each run (2000)")
    parser.add_argument("--database", choices=BOTH, help="this one alone")
    parser.add_argument("--on-unknown", choices=[str(one) for one in OnUnknown])
    parser.add_argument("--senders", type=int, help="so many processes alone (1 and 4)")
    parser.add_argument("--pipelining", choices=("yes", "no"), help="whether the server offers it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--races",
        type=int,
        nargs="?",
        const=10_000,
        help="people who leave at that moment, in place of kills (10,000 of each database)",
    )
    parser.add_argument("--no-self-test", action="store_true", help="do not test the harness")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # what is killed leaves its connections open, of course

    kinds = [asked.database] if asked.database else list(BOTH)
    if asked.races:
        return run_races(kinds, asked.races, asked.seed, self_test=not asked.no_self_test)
    sound = asked.no_self_test or test_the_harness(kinds, asked.seed)
    cases = [
        Case(kind, on_unknown, senders, pipelining, readers=asked.messages)
        for kind, on_unknown, senders, pipelining in itertools.product(
            kinds,
            [OnUnknown(asked.on_unknown)] if asked.on_unknown else list(OnUnknown),
            [asked.senders] if asked.senders else [1, 4],
            [asked.pipelining == "yes"] if asked.pipelining else [True, False],
        )
    ]
    kills = max(-(-asked.kills // len(cases)), LEAST_KILLS)
    reports = []
    print(f"\n{HEAD}", flush=True)
    for number, case in enumerate(cases):
        report = run(replace(case, kills=kills, seed=1000 * asked.seed + number))
        reports.append(report)
        print(line(report), flush=True)
        for text in report.broken:
            print(f"    BROKEN: {text}", flush=True)
    print(total(reports))
    print("", *by_point(reports), sep="\n")
    broken = not sound or not all(report.kept for report in reports)
    print("\nThe promise was BROKEN." if broken else "\nThe promise was kept.")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
