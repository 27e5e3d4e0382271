"""An installation on each database, and an SMTP server that answers by script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import ScriptedServer

from newsletter.installation import Installation


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture(params=kit.BOTH)
def install(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[Install]:
    """Makes an installation with the list "hebdo"; its relay is the scripted server, or nobody."""
    made: list[Installation] = []

    def make(readers: int = 0, *, kind: str = request.param, **options: Any) -> Installation:
        inst = kit.install(tmp_path, kind, **options)
        made.append(inst)
        kit.make_list(inst, now=now)
        if readers:
            kit.add_readers(inst, readers, now=now)
        return inst

    yield make
    for inst in made:
        inst.close()


@pytest.fixture
def inst(install: Install) -> Installation:
    """With the list "hebdo" and nobody on it."""
    return install()
