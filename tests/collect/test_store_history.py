"""Every rule of "every new article once", and the line that it leaves in the article's history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from newsletter.collect.entry import Feed, Image
from newsletter.collect.history import MOST, What, noted, tell
from newsletter.collect.store import store
from newsletter.database import Database
from newsletter.models import Article, Offer, Sighting, Source
from subscribers.models import MailingList
from tests.collect.store_kit import (
    LATER,
    NOW,
    OTHER,
    a_source,
    add,
    count,
    entry,
    keep,
    on_sqlite,
    read_again,
    the_article,
    told,
)

opened = on_sqlite


def test_an_article_without_a_story_has_none(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    read_again(database, courier, entry(1))
    assert told(database) == []


def test_an_article_published_again_under_another_guid_is_the_same(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    assert read_again(database, courier, entry(1, guid="neuf")) == [0, 0, 0]
    assert told(database) == [
        "published again by source 'courier' as neuf; known by its address, so not new"
    ]


def test_an_article_published_again_with_another_guid_and_address_is_the_same(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    again = entry(1, guid="neuf", url="https://valmont.example/neuf")
    assert read_again(database, courier, again) == [0, 1, 0]
    assert told(database) == [
        "published again by source 'courier' as neuf; known by its words, so not new",
        "moved from https://valmont.example/1 to https://valmont.example/neuf",
    ]
    assert read_again(database, courier, again, hours=2) == [0, 0, 0]


def test_an_article_that_moved_is_known_by_its_guid(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    moved = entry(1, url="https://valmont.example/2026/un")
    assert read_again(database, courier, moved) == [0, 1, 0]
    assert told(database) == [
        "moved from https://valmont.example/1 to https://valmont.example/2026/un"
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_what_comes_to_the_address_that_an_article_left_is_another(
    database: Database, courier: Source, order: int
) -> None:
    keep(database, courier, entry(1))
    moved = entry(1, url="https://valmont.example/2026/un")
    other = replace(OTHER, guid=None, url="https://valmont.example/1")
    assert read_again(database, courier, *[moved, other][::order]) == [1, 1, 1]
    assert the_article(database).url == moved.url


def test_another_way_to_write_its_address_is_no_edit(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    for hour in range(1, 4):
        url = f"https://www.valmont.example/1/?utm_source=flux&utm_id={hour}"
        assert read_again(database, courier, entry(1, url=url), hours=hour) == [0, 0, 0]
    assert told(database) == []
    assert the_article(database).url == url


def test_an_edit_says_what_changed(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    picture = Image("https://valmont.example/kiosque.jpg")
    edited = entry(1, title="Nouvelle corrigée", image=picture)
    assert read_again(database, courier, edited) == [0, 1, 0]
    assert told(database, "Nouvelle corrigée") == [
        "edited at its source (picture, title); it was called 'Nouvelle 1'"
    ]


def test_a_new_date_is_taken_and_told(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    later = entry(1, published=NOW - timedelta(minutes=5))
    assert read_again(database, courier, later) == [0, 0, 0]
    assert told(database) == ["re-dated by its source, from 03-20 07:00 to 03-20 07:55"]


def test_a_source_that_dates_its_articles_anew_for_ever_is_no_longer_believed(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    for hour in range(1, 10):
        now = NOW + timedelta(hours=hour)
        read_again(database, courier, entry(1, published=now), hours=hour)
    [line] = told(database)
    assert line.endswith("from 03-20 07:00 to 03-20 13:00 (5 times by then)")
    assert the_article(database).published_at == NOW + timedelta(hours=5)


def test_an_undated_article_stays_undated_and_is_offered(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(0))
    assert read_again(database, courier, entry(1, published=None), entry(0)) == [1, 0, 1]
    assert the_article(database).published_at is None


def test_an_article_dated_ahead_waits_for_its_day(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1, published=NOW + timedelta(days=3)))
    assert told(database) == ["dated ahead: held until 03-23 08:00"]
    with database.read() as session:
        assert session.scalars(sa.select(Offer.offered_at)).one() == NOW + timedelta(days=3)


@pytest.mark.parametrize(
    "dated",
    [
        {"published": NOW + timedelta(days=9000)},
        {"published": None, "date_text": "2050-11-09T08:00:00+00:00"},
    ],
)
def test_an_absurd_date_is_told_once_as_the_source_wrote_it(
    database: Database, courier: Source, dated: dict[str, object]
) -> None:
    absurd = entry(1, **dated)
    keep(database, courier, absurd)
    read_again(database, courier, absurd)
    assert told(database) == [
        "its source dates it 2050-11-09T08:00:00+00:00, which cannot be right: taken as undated"
    ]


def test_a_credible_date_is_not_taken_back_for_an_absurd_one(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    read_again(database, courier, entry(1, published=None, date_text="0001-01-01"))
    assert the_article(database).published_at == NOW - timedelta(hours=1)


def test_a_guid_used_for_another_article_is_told_by_both(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    assert read_again(database, courier, OTHER) == [1, 0, 1]
    one, two = the_article(database).id, the_article(database, OTHER.title).id
    assert told(database)[-1] == f"its source gave its guid guid-1 to another, article {two}"
    assert told(database, OTHER.title) == [
        f"source uses the guid guid-1 again: it was article {one} until then"
    ]


def test_two_articles_may_take_one_guid_in_turn(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    for hour in range(1, 7):
        turn = OTHER if hour % 2 else entry(1)
        read_again(database, courier, turn, hours=hour)
    with database.read() as session:
        assert count(session, Article) == 2
        assert count(session, Sighting) == 3


def test_the_same_article_from_another_source_is_one_and_says_so(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    gazette = a_source("gazette", weekly)
    add(database, gazette)
    keep(database, courier, entry(1))
    assert keep(database, gazette, entry(1, guid="g"), now=LATER).new == 0
    assert told(database) == ["brought by source 'gazette' too; known by its address, so not new"]


def test_old_articles_that_are_held_say_so(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    old = [entry(n, published=NOW - timedelta(days=n)) for n in range(100, 125)]
    read_again(database, courier, *old, entry(1))
    assert told(database, "Nouvelle 100") == [
        "held: source 'courier' showed 25 old articles at once"
    ]


def test_a_source_that_makes_up_guids_as_it_goes_does_not_fill_the_ledger(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    for hour in range(1, 20):
        assert read_again(database, courier, entry(1, guid=f"hasard {hour}"), hours=hour) == [
            0,
            0,
            0,
        ]
    with database.read() as session:
        assert count(session, Sighting) == 5
    assert len(told(database)) == 4


def test_a_history_is_bounded_and_counts_what_comes_again() -> None:
    history: list[object] = []
    for number in range(50):
        history = noted(history, What.ALSO, NOW, source=f"source {number}", by="its address")
        history = noted(history, What.RETURNED, NOW, source="courier")
    assert len(history) == MOST
    assert history[-1]["times"] == 50


def test_what_a_later_version_wrote_is_left_out() -> None:
    assert tell({"at": NOW.isoformat(), "what": "beamed up"}, str) is None
    assert tell({"at": NOW.isoformat(), "what": "removed"}, str) is None


def test_a_rehearsal_that_is_taken_back_leaves_no_trace(
    database: Database, courier: Source
) -> None:
    keep(database, courier, *(entry(n) for n in range(4)))
    with database.write() as session:
        held = session.get_one(Source, courier.id)
        trial = session.begin_nested()
        feed = Feed("", None, None, (entry(0), entry(2), entry(3)))
        assert store(session, held, feed, now=LATER, last_read=NOW).missing == 1
        trial.rollback()
    assert told(database) == []
    assert the_article(database).removed_at is None
