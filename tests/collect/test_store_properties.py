"""Whatever a source shows, in whatever order: each article once, and offered once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.collect.entry import Entry, Feed
from newsletter.collect.history import MOST, story
from newsletter.collect.store import store
from newsletter.database import Database
from newsletter.models import Article, Base, Offer, Sighting
from tests.collect.store_kit import NOW, a_list, a_source

TEXTS = (
    "",
    "Rien ce soir.",
    "La fanfare de Valmont joue devant la bibliothèque, sur la place et au bord de la rivière, "
    "dès que la pluie cesse et que les chaises sont sèches.",
    "Les étals du marché s'installent pour le printemps sous la halle neuve, derrière la gare, "
    "pendant que la place est refaite par les jardiniers.",
)
ENTRIES = st.builds(
    Entry,
    guid=st.sampled_from([None, "1", "2", "3"]),
    url=st.sampled_from(
        [None, *(f"https://valmont.example/{path}" for path in ("", "un", "deux", "trois?amp=1"))]
    ),
    title=st.sampled_from(["Agenda", "La fanfare joue ce samedi", "Le marché change de place"]),
    summary_html=st.sampled_from(TEXTS),
    published=st.sampled_from(
        [None, NOW, NOW - timedelta(days=2), NOW + timedelta(days=3), NOW + timedelta(days=900)]
    ),
    canonical=st.sampled_from([None, None, "https://valmont.example/un"]),
)
READINGS = st.lists(st.lists(ENTRIES, max_size=5), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.db'}")
    with database.write() as session:
        Base.metadata.create_all(session.connection())
    yield database
    database.engine.dispose()


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(READINGS)
def test_what_was_read_is_not_new_and_not_edited_when_it_is_read_again(
    opened: Database, readings: list[list[Entry]]
) -> None:
    with opened.write() as session:
        weekly = a_list("weekly")
        source = a_source("courier", weekly)
        session.add_all([weekly, source])
        session.flush()
        now = NOW
        for entries in readings:
            for again in (False, True):
                now += timedelta(hours=1)
                feed = Feed("", "fr", None, tuple(entries))
                got = store(session, source, feed, now=now, last_read=now - timedelta(hours=1))
                if again:
                    assert (got.new, got.edited, got.offered, got.missing) == (0, 0, 0, 0)
        articles = session.scalars(sa.select(Article)).all()
        ids = {article.id for article in articles}
        assert set(session.scalars(sa.select(Offer.article_id))) == ids
        assert set(session.scalars(sa.select(Sighting.article_id))) == ids
        for article in articles:
            assert len(article.history) <= MOST
            assert len(story(article, str)) == len(article.history)
        session.rollback()  # nothing is kept for the next example
