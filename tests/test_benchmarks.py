"""The benchmarks still run: each on a handful of messages, and with the sink of either kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


def run(name: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, FOLDER / name, "--tiny", *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_benchmark_is_run_here() -> None:
    assert {file.name for file in FOLDER.glob("*.py")} == {
        "importing.py",
        "render.py",
        "send.py",
        "start.py",
    }


def test_rendering_is_measured_by_stage_and_against_premailer() -> None:
    told = run("render.py")
    for word in ("first", "warm", "Jinja", "premailer", "ratio to premailer alone"):
        assert word in told


@pytest.mark.parametrize("options", [(), ("--own-sink", "--profile", "--crowd", "0")])
def test_sending_is_measured_to_the_last_message(options: tuple[str, ...]) -> None:
    told = run("send.py", *options)
    for word in ("freeze of 60", "messages/s", "CPU s of 1,000", "ratio to smtp-source"):
        assert word in told
    assert ("our own sink" in told) >= ("--own-sink" in options)
    assert ("function calls" in told) == ("--profile" in options)


def test_the_start_is_measured_against_a_bare_python() -> None:
    told = run("start.py")
    assert "ratio" in told or "nothing is measured" in told


def test_an_unsubscribe_is_measured_while_people_are_imported() -> None:
    told = run("importing.py")
    for word in ("p50", "p99", "600 rows coming in", "write-ahead log", "goal: p99 under 0.25 s"):
        assert word in told
