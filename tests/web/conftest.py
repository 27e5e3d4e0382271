"""The town of Valmont, on SQLite or on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import postgres_server
from valmont import Town, open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_town(tmp_path, f"sqlite:///{tmp_path / 'newsletter.db'}") as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def either_town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The same on both databases."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'newsletter.db'}"
    else:
        url = postgres_server().database().render_as_string(hide_password=False)
    with open_town(tmp_path, url) as opened:
        yield opened
