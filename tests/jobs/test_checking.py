"""What is at a source is told in plain words, and nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs.collecting import (
    add_source,
    check_source,
    collect,
)
from newsletter.models import Article, Base, Source
from tests.jobs.paper_site import NOW, Site, installation, serve


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    opened = installation(tmp_path, "weekly", "alerts")
    yield opened
    opened.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def add(inst: Installation, location: str, *, slug: str = "weekly", **others: object) -> Source:
    return add_source(
        inst, location, slug=slug, allow_private=True, now=NOW, actor="test", **others
    )


def source(inst: Installation, name: str) -> Source:
    with inst.database.read() as session:
        return session.scalars(sa.select(Source).where(Source.name == name)).one()


def count(inst: Installation, table: type[Base], *where: sa.ColumnElement[bool]) -> int:
    with inst.database.read() as session:
        query = sa.select(sa.func.count()).select_from(table).where(*where)
        return session.scalar(query) or 0


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


def test_checking_says_what_would_be_taken_and_changes_nothing(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", *(site.item(n) for n in range(1, 9)))
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert any("offer the newest 5 and count 3 as seen" in line for line in report.lines)
    add(inst, url, name="courier")
    collect(inst, now=NOW)
    site.rss("/feed", site.item(0), site.item(1))
    report = check_source(inst, "courier", now=later(hours=1))
    assert any("1 article new; 1 would be on offer" in line for line in report.lines)
    assert count(inst, Article) == 8
    assert source(inst, "courier").read_at == NOW
    with pytest.raises(NotFound):
        check_source(inst, "nope", now=NOW)
