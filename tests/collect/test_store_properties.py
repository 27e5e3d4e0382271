"""Whatever a source shows, in whatever order: each article once, and offered once.

The entries are drawn from so few guids, addresses, titles, texts and dates that nothing is clear:
nobody could say which of them are one. What must hold all the same: a reading that comes again
changes nothing; two readings in turn come to rest; and the order of the entries does not matter for
how many are new. What is new where it can be said, is asked in `test_store_sites`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from newsletter.collect.entry import Entry
from newsletter.collect.history import MOST, story
from newsletter.database import Database
from newsletter.models import Article, Offer, Sighting
from tests.collect.store_kit import NOW, Reader, on_sqlite

opened = on_sqlite

TEXTS = (
    "",
    "Rien ce soir.",
    "La séance du 3 est publique.",
    "La séance du 5 est publique.",
    "La fanfare de Valmont joue devant la bibliothèque, sur la place et au bord de la rivière, "
    "dès que la pluie cesse et que les chaises sont sèches.",
    "La fanfare de Valmont joue devant la bibliothèque, sur la place et au bord de la rivière, "
    "dès que la neige cesse et que les bancs sont secs.",
    "Les étals du marché s'installent pour le printemps sous la halle neuve, derrière la gare, "
    "pendant que la place est refaite par les jardiniers.",
)
TITLES = (
    "Agenda",
    "Conseil municipal",
    "Bulletin municipal n° 12",
    "Bulletin municipal n° 13",
    "La fanfare joue ce samedi",
    "La fanfare joue ce dimanche",
)
ENTRIES = st.builds(
    Entry,
    guid=st.sampled_from([None, "1", "2", "3"]),
    url=st.sampled_from(
        [None, *(f"https://valmont.example/{path}" for path in ("", "un", "deux", "trois?amp=1"))]
    ),
    title=st.sampled_from(TITLES),
    summary_html=st.sampled_from(TEXTS),
    published=st.sampled_from(
        [
            None,
            NOW,
            NOW - timedelta(minutes=5),
            NOW - timedelta(days=1),
            NOW - timedelta(days=30),
            NOW + timedelta(days=3),
            NOW + timedelta(days=900),
        ]
    ),
    canonical=st.sampled_from([None, None, "https://valmont.example/un"]),
)
READING = st.lists(ENTRIES, max_size=5)
READINGS = st.lists(READING, min_size=1, max_size=4)


def _all_that_is_kept(session: Session) -> list[tuple[Any, ...]]:
    session.flush()
    columns = [c for c in Article.__table__.columns if c.name not in ("history", "changed_at")]
    articles = session.execute(sa.select(*columns).order_by(Article.id))
    sightings = sa.select(Sighting.guid, Sighting.article_id, Sighting.missing_at)
    return [*map(tuple, articles), *map(tuple, session.execute(sightings))]


def _every_order(entries: list[Entry]) -> list[list[Entry]]:
    return [entries[::-1], entries[1:] + entries[:1], sorted(entries, key=repr)]


def _what_was_read_stays(opened: Database, readings: list[list[Entry]]) -> None:
    with opened.write() as session:
        reader = Reader(session)
        for entries in readings:
            orders = {reader.would_be_new(order) for order in _every_order(entries)}
            assert orders == {reader.read(entries).new}
            kept = _all_that_is_kept(session)
            got = reader.read(entries)
            assert (got.new, got.edited, got.offered, got.missing) == (0, 0, 0, 0)
            assert _all_that_is_kept(session) == kept
        articles = session.scalars(sa.select(Article)).all()
        ids = {article.id for article in articles}
        assert set(session.scalars(sa.select(Offer.article_id))) == ids
        assert set(session.scalars(sa.select(Sighting.article_id))) == ids
        for article in articles:
            assert len(article.history) <= MOST
            assert len(story(article, str)) == len(article.history)
        session.rollback()  # nothing is kept for the next example


def _two_in_turn_come_to_rest(opened: Database, one: list[Entry], other: list[Entry]) -> None:
    with opened.write() as session:
        reader = Reader(session)
        new = [reader.read(entries).new for entries in [one, other] * 6]
        assert sum(new[8:]) == 0  # by then, what is dated anew each time is no longer believed
        session.rollback()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(READINGS)
def test_what_was_read_stays_as_it_is_when_it_is_read_again(
    opened: Database, readings: list[list[Entry]]
) -> None:
    _what_was_read_stays(opened, readings)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(READING, READING)
def test_two_readings_in_turn_come_to_rest(
    opened: Database, one: list[Entry], other: list[Entry]
) -> None:
    _two_in_turn_come_to_rest(opened, one, other)


@pytest.mark.long
@settings(max_examples=250, deadline=None, derandomize=True)
@given(READINGS)
def test_what_was_read_stays_as_it_is_hundreds_of_times(
    opened: Database, readings: list[list[Entry]]
) -> None:
    _what_was_read_stays(opened, readings)


@pytest.mark.long
@settings(max_examples=250, deadline=None, derandomize=True)
@given(READING, READING)
def test_two_readings_in_turn_come_to_rest_hundreds_of_times(
    opened: Database, one: list[Entry], other: list[Entry]
) -> None:
    _two_in_turn_come_to_rest(opened, one, other)
