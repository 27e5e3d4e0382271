"""The tables of people on both databases, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from databases import empty, postgres_engine, sqlite_engine
from sqlalchemy import Engine, Table
from sqlalchemy.orm import Session

from subscribers import models
from subscribers.lists import create_list
from subscribers.models import Base, MailingList

NAMES = {
    mapper.class_.__table__.name
    for mapper in Base.registry.mappers
    if mapper.class_.__module__.startswith(models.__name__)
}
TABLES: list[Table] = [table for table in Base.metadata.sorted_tables if table.name in NAMES]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def clean_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_engine(tmp_path_factory.mktemp("sqlite"))
    else:
        engine = postgres_engine()
    Base.metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(clean_engine: Engine) -> Iterator[Engine]:
    yield clean_engine
    empty(clean_engine, TABLES)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 24, 7, 0, tzinfo=UTC)


@pytest.fixture
def weekly(session: Session, now: datetime) -> MailingList:
    """«Le Courrier de Valmont», weekly, with three topics, double opt-in."""
    mlist = create_list(
        session,
        "courrier",
        domain="valmont.example",
        now=now,
        title="Le Courrier de Valmont",
        language="fr",
        timezone="Europe/Paris",
        from_name="Le Courrier de Valmont",
        from_address="redaction@valmont.example",
        topics=[("marche", "Le marché"), ("pont", "Le pont"), ("fanfare", "La fanfare")],
    )
    session.commit()
    return mlist


@pytest.fixture
def english(session: Session, now: datetime) -> MailingList:
    """“The Valmont Courier”, in English, without double opt-in."""
    mlist = create_list(
        session,
        "courier",
        domain="valmont.example",
        now=now,
        title="The Valmont Courier",
        language="en",
        timezone="Europe/Paris",
        from_name="The Valmont Courier",
        from_address="desk@valmont.example",
        double_opt_in=False,
        topics=[("library", "Library")],
    )
    session.commit()
    return mlist
