"""A database with one list and one source, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from newsletter.database import Database
from newsletter.models import Base, Source
from subscribers.models import MailingList
from tests.collect.store_kit import a_list, a_source, add, made_at
from tests.databases import empty, postgres_server
from tests.jobs.paper_site import site

__all__ = ["site"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.db'}"
    else:
        url = postgres_server().database().render_as_string(hide_password=False)
    with made_at(url) as database:
        yield database


@pytest.fixture
def database(opened: Database) -> Database:
    empty(opened.engine, Base.metadata.sorted_tables)
    return opened


@pytest.fixture
def weekly(database: Database) -> MailingList:
    mlist = a_list("weekly", "culture")
    add(database, mlist)
    return mlist


@pytest.fixture
def courier(database: Database, weekly: MailingList) -> Source:
    source = a_source("courier", weekly, topic="local")
    add(database, source)
    return source
