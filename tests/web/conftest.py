"""The town of Valmont, on SQLite or on both databases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import postgres_server
from playwright.sync_api import Browser, sync_playwright
from valmont import Town, config_of, found_town, open_town

from newsletter.database import Database
from newsletter.installation import Installation


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the town's keys and SQLite file, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("valmont")
    found_town(folder, f"sqlite:///{folder / 'newsletter.db'}").close()
    return folder


@pytest.fixture(scope="module")
def browser(needs_tool: Callable[[str], Path]) -> Iterator[Browser]:
    """Chromium; of a module only, since while it is open no other loop can run in this thread."""
    program = needs_tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture
def town(founded: Path, tmp_path: Path) -> Iterator[Town]:
    yield from _sqlite_town(founded, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_town(request: pytest.FixtureRequest, founded: Path, tmp_path: Path) -> Iterator[Town]:
    """The same on both databases."""
    if request.param == "sqlite":
        yield from _sqlite_town(founded, tmp_path)
        return
    url = postgres_server().database().render_as_string(hide_password=False)
    with open_town(found_town(tmp_path, url)) as opened:
        yield opened


def _sqlite_town(founded: Path, folder: Path) -> Iterator[Town]:
    shutil.copytree(founded, folder, dirs_exist_ok=True)
    config = config_of(folder, f"sqlite:///{folder / 'newsletter.db'}")
    with open_town(Installation(config, Database(config.database))) as opened:
        yield opened
