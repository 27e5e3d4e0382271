"""Senders killed at every named point, counted at the server; `make torture` does it at length."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from subscribers.models import OnUnknown

sys.path.insert(0, str(Path(__file__).parents[1] / "torture"))

from kills import Case, torture
from points import FREEZE_POINTS, RANDOM, SENDER_POINTS

POINTS = tuple((point, 1 + number % 7) for number, point in enumerate((*SENDER_POINTS, RANDOM)))
SHORT = Case(senders=2, readers=400, points=POINTS, kills=len(POINTS))


@pytest.mark.parametrize(
    "case",
    [
        replace(SHORT, kind="sqlite", on_unknown=OnUnknown.RETRY, pipelining=True),
        pytest.param(
            replace(SHORT, kind="postgresql", on_unknown=OnUnknown.HOLD, pipelining=False),
            marks=pytest.mark.long,
        ),
    ],
    ids=lambda case: f"{case.kind}-{case.on_unknown}",
)
def test_killed_at_every_point_nothing_is_lost_or_silently_doubled(
    tmp_path: Path, case: Case
) -> None:
    report = torture(tmp_path, case)
    print(report)
    assert report.kept, report
    assert report.open  # something was under way, so that there was something to lose
    if not report.missed:
        points = {kill.point for kill in report.kills}
        assert points == {*FREEZE_POINTS, *SENDER_POINTS, RANDOM}


@pytest.mark.parametrize(
    ("mutation", "point"), [("no mark", "before record"), ("checkpoint", "before DATA")]
)
def test_a_sender_that_breaks_the_promise_is_found_out(
    tmp_path: Path, mutation: str, point: str
) -> None:
    case = Case(kills=1, readers=60, mutation=mutation, points=((point, 1),), freezes=False)
    broken = torture(tmp_path, case)
    print(broken)
    assert not broken.kept
    if mutation == "no mark":
        assert broken.beyond  # doubled, though nothing was known to be open
    else:
        assert broken.lost  # passed as sent, and never came
