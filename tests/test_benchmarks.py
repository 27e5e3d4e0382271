"""The benchmarks still run: each on a handful of messages, and with the sink of either kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LONG = pytest.mark.long  # beside all others, by 'make test-long'
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
        "collecting.py",
        "exporting.py",
        "importing.py",
        "join.py",
        "parsing.py",
        "render.py",
        "send.py",
        "signing.py",
        "signup.py",
        "start.py",
    }


def test_rendering_is_measured_by_stage_and_against_premailer() -> None:
    told = run("render.py")
    for word in ("first", "warm", "Jinja", "premailer", "ratio to premailer alone"):
        assert word in told


@LONG
def test_sending_is_raced_against_what_others_would_write() -> None:
    told = run("send.py", "--only", "wire", "--no-postgres", "--no-dkim", "--own-sink")
    assert "our own sink" in told
    for name in ("ours, SQLite", "smtplib", "aiosmtplib sendmail", "EmailMessage"):
        assert name in told


@LONG
def test_a_crowd_is_frozen_beside_a_sender_that_waits() -> None:
    told = run("send.py", "--only", "crowd", "--no-postgres")
    for words in ("freeze of 120", "first message sent after", "peak memory of the sender"):
        assert words in told


def test_the_start_is_measured_against_a_bare_python() -> None:
    told = run("start.py")
    assert "ratio" in told or "nothing is measured" in told


@LONG
def test_an_import_is_measured_against_executemany_and_beside_who_leaves() -> None:
    told = run("importing.py", "--no-postgres")
    for words in ("bare executemany", "ratio", "peak memory", "write-ahead log", "people coming in",
                  "goal: p99 under 0.25 s, none fails"):  # fmt: skip
        assert words in told


@LONG
def test_an_export_is_measured_with_the_evidence_of_everybody() -> None:
    told = run("exporting.py", "--no-postgres")
    for words in ("bare SELECT", "300 subscriptions", "ratio", "peak memory"):
        assert words in told


def test_joining_a_message_is_measured_from_ids_to_bytes() -> None:
    told = run("join.py")
    for words in ("links", "values", "Template.join", "ratio to EmailMessage + as_bytes"):
        assert words in told


def test_signing_is_measured_against_dkimpy() -> None:
    told = run("signing.py")
    for words in ("RSA itself", "ours, RSA-2048", "Ed25519 beside it", "ratio to dkimpy"):
        assert words in told


@LONG
def test_a_sign_up_is_measured_for_those_who_are_known_and_those_who_are_not() -> None:
    told = run("signup.py", "--no-postgres")
    for words in ("known", "suppressed", "asked today", "ratio to one row", "at an even pace"):
        assert words in told


@LONG
def test_collecting_is_measured_against_bare_requests_and_beside_a_long_history() -> None:
    told = run("collecting.py")
    for words in (
        "httpx, threads",
        "httpx, asyncio",
        "http.client, threads",
        "ratio",
        "nothing new (304)",
        "12 new, 240 articles",
        "12 new, 12 articles",
        "252 articles stored",
    ):
        assert words in told


def test_parsing_is_measured_against_feedparser_alone() -> None:
    told = run("parsing.py", "--rounds", "1")
    for words in ("as it comes", "RSS, whole texts", "not well-formed", "JSON Feed"):
        assert words in told
