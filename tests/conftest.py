"""What every room's tests may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

# A busy machine is no mistake of ours: no single example has a time limit.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")

# The Debian package of each outside program that a test may ask for.
PACKAGES = {
    "chromium": "chromium",
    "ip": "iproute2",
    "perl": "libmail-dkim-perl",
    "Mail::DKIM": "libmail-dkim-perl",
    "postfix": "postfix",
    "postmap": "postfix",
    "smtp-sink": "postfix",
}


# What stands above the two rooms that know their database, by heart: `make test` runs it on SQLite.
ABOVE = {"jobs", "web", "setup", "collect"}
# Whole senders, started, stopped and killed: on PostgreSQL they take their time.
SENDERS = {"test_delivery_worker", "test_delivery_kills"}
# What tries very many things, or builds and installs: left out by `make test` as a whole.
LATER = {"test_articlepage", "test_articlepage_barriers", "test_articlepage_hostile"}
LATER |= {"test_collect_lines", "test_cli_passwords", "test_wheel"}
LATER |= {"test_web_crawler", "test_web_metrics", "test_web_fuzz", "test_long_pages"}
LATER |= {"test_delivery_processes", "test_delivery_process_signals"}
LATER |= {"test_delivery_process_database", "test_setup_dkim", "test_cli_from_listmonk"}
LATER |= {"test_cli_books", "test_web_moving", "test_web_step"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL the rooms above, and whole senders, are tried by `make test-long`, which CI
    runs too; so is what takes its time on any database."""
    for item in items:
        above = ABOVE.intersection(item.path.parts) or item.path.stem in SENDERS
        if item.path.stem in LATER or (above and "postgresql" in item.name.partition("[")[2]):
            item.add_marker(pytest.mark.long)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def do_without(missing: str) -> NoReturn:
    """Skip a test for want of something of this machine; with CI set, fail it."""
    if in_ci():
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def find_tool(name: str) -> Path:
    """The program's path. Without it, the test is skipped; with CI set, it fails.

    So a laptop without a browser still runs the tests, and CI cannot pass by leaving some out.
    """
    places = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is not None:
        return Path(found)
    missing = f"{name} is missing (Debian: sudo apt install {PACKAGES[name]})"
    do_without(missing)


@pytest.fixture(scope="session")
def needs_tool() -> Callable[[str], Path]:
    """`needs_tool("chromium")` gives the program's path, or skips, or in CI fails, the test."""
    return find_tool


@pytest.fixture(scope="session")
def cannot() -> Callable[[str], NoReturn]:
    """`cannot("…")` skips the test, or in CI fails it, where this machine does not let it run."""
    return do_without
