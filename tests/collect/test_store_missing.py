"""What a source shows no more, what an article's own page says, and how often a source speaks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from newsletter.collect.history import MOST, What, note
from newsletter.collect.store import missing, still_there
from newsletter.collect.twins import same_as, twins
from newsletter.database import Database
from newsletter.models import Article, OfferState, Sighting, Source, SourceKind
from subscribers.models import MailingList
from tests.collect.store_kit import (
    LATER,
    NOW,
    OTHER,
    a_source,
    add,
    entry,
    keep,
    offers,
    read_again,
    the_article,
    told,
)

OTHER_AT_ITS_OWN = replace(OTHER, guid="autre")


# --- Taken away ---------------------------------------------------------------------------------


def test_what_a_feed_takes_away_is_held_back_until_it_is_there_again(
    database: Database, courier: Source
) -> None:
    entries = [entry(n) for n in range(4)]
    keep(database, courier, *entries)
    got = keep(database, courier, *entries[:1], *entries[2:], now=LATER, last_read=NOW)
    assert got.missing == 1
    article = the_article(database)
    assert article.removed_at == LATER
    with database.read() as session:
        assert [found.id for found in missing(session, [courier.id])] == [article.id]
        sighting = session.scalars(
            sa.select(Sighting).where(Sighting.article_id == article.id)
        ).one()
    assert (sighting.missing_at, sighting.last_seen_at) == (LATER, NOW)
    assert read_again(database, courier, *entries, hours=2) == [0, 0, 0]
    assert the_article(database).removed_at is None
    assert told(database) == [
        "taken away from source 'courier': held back",
        "in source 'courier' again",
    ]
    with database.read() as session:
        assert missing(session, [courier.id]) == []


def test_what_grew_too_old_for_a_feed_is_not_held_back(database: Database, courier: Source) -> None:
    keep(database, courier, *(entry(n) for n in range(1, 5)))
    got = keep(database, courier, *(entry(n) for n in range(3)), now=LATER, last_read=NOW)
    assert (got.new, got.missing) == (1, 0)
    with database.read() as session:
        last = session.scalars(sa.select(Sighting.last_seen_at).where(Sighting.guid == "guid-4"))
        assert last.one() == NOW  # the reading before the one that shows it no more


def test_an_empty_or_broken_reading_takes_nothing_away(database: Database, courier: Source) -> None:
    entries = [entry(n) for n in range(4)]
    keep(database, courier, *entries)
    assert keep(database, courier, now=LATER, last_read=NOW).missing == 0
    one_unread = [entries[0], *entries[2:]]
    got = keep(database, courier, *one_unread, now=LATER, last_read=NOW, lost=1)
    assert got.missing == 0
    # It is compared with the last that was whole.
    assert keep(database, courier, *one_unread, now=LATER, last_read=NOW).missing == 1


def test_a_file_that_cannot_be_read_hides_no_other_that_was_removed(
    database: Database, courier: Source
) -> None:
    with database.write() as session:
        session.get_one(Source, courier.id).kind = SourceKind.FOLDER
    entries = [entry(n) for n in range(4)]
    keep(database, courier, *entries)
    # One is there and cannot be read, another is gone.
    got = keep(database, courier, *entries[2:], now=LATER, last_read=NOW, unread=("guid-0",))
    assert got.missing == 1
    assert the_article(database, "Nouvelle 0").removed_at is None
    assert the_article(database).removed_at == LATER
    # Removed too, it is known to have been there.
    assert keep(database, courier, *entries[2:], now=LATER, last_read=LATER).missing == 1
    assert the_article(database, "Nouvelle 0").removed_at == LATER


def test_a_file_of_which_not_even_the_guid_is_known_may_be_the_one_that_is_missing(
    database: Database, courier: Source
) -> None:
    with database.write() as session:
        session.get_one(Source, courier.id).kind = SourceKind.FOLDER
    entries = [entry(n) for n in range(4)]
    keep(database, courier, *entries)
    others = {"now": LATER, "last_read": NOW, "lost": 1}
    assert keep(database, courier, *entries[1:], unread=("p4.md",), **others).missing == 0
    # Known by its path, it is nobody else.
    assert keep(database, courier, *entries[2:], unread=("guid-1",), **others).missing == 1


@pytest.mark.parametrize("kept", ["shown", "unknown", "aged", "off", "gone", "manual"])
def test_what_another_source_still_shows_is_not_held_back(
    database: Database, courier: Source, weekly: MailingList, kept: str
) -> None:
    gazette = a_source("gazette", weekly)
    gazette.kind = SourceKind.MANUAL if kept == "manual" else SourceKind.FEED
    add(database, gazette)
    entries = [entry(n) for n in range(4)]
    keep(database, courier, *entries)
    keep(database, gazette, entry(1, guid="g"))
    with database.write() as session:
        held = session.get_one(Source, gazette.id)
        held.active = kept != "off"
        held.gone_at = NOW if kept == "gone" else None
        if kept in ("unknown", "aged", "manual"):
            held.shown = None if kept == "unknown" else []
    got = keep(database, courier, entries[0], *entries[2:], now=LATER, last_read=NOW)
    assert got.missing == (kept in ("aged", "off", "gone"))


def test_what_an_editor_pinned_is_not_held_back_again_for_the_same_cause(
    database: Database, courier: Source
) -> None:
    entries = [entry(n) for n in range(4)]
    without = [entries[0], *entries[2:]]
    keep(database, courier, *entries)
    read_again(database, courier, *without)
    with database.write() as session:
        session.get_one(Article, the_article(database).id).removed_at = None
    read_again(database, courier, *without, hours=2)
    assert the_article(database).removed_at is None
    read_again(database, courier, *entries, hours=3)
    read_again(database, courier, *without, hours=4)
    assert the_article(database).removed_at == NOW + timedelta(hours=4)


def test_what_is_only_unlisted_is_not_held_back(database: Database, courier: Source) -> None:
    entries = [entry(n) for n in range(4)]
    keep(database, courier, *entries)
    read_again(database, courier, entries[0], *entries[2:])
    with database.write() as session:
        still_there(session.get_one(Article, the_article(database).id), now=LATER)
    assert the_article(database).removed_at is None
    assert told(database)[-1] == (
        "no longer listed by its source, but its own page is there: not held back"
    )


# --- What its own page calls its address --------------------------------------------------------


def test_an_article_is_found_by_the_address_that_its_own_page_gives(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, entry(1, url="https://valmont.example/?p=1"))
    with database.write() as session:
        article = session.scalars(sa.select(Article)).one()
        assert same_as(session, article, "https://valmont.example/fanfare", now=LATER) is None
        assert same_as(session, article, "https://valmont.example/fanfare", now=LATER) is None
    assert told(database) == ["its own page gives its address as https://valmont.example/fanfare"]
    gazette = a_source("gazette", weekly)
    add(database, gazette)
    for guid, url in (
        ("a", "https://valmont.example/fanfare"),
        ("b", "https://valmont.example/?p=1"),
    ):
        by_address = entry(7, guid=guid, url=url)
        assert keep(database, gazette, by_address, now=LATER).new == 0
    read_again(database, courier, entry(1, url="https://valmont.example/?p=1"))
    assert the_article(database).canonical_url == "https://valmont.example/fanfare"


def test_an_article_that_has_an_older_one_s_address_and_words_is_known_to_be_it(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, entry(1, url="https://valmont.example/fanfare"))
    again = entry(1, guid="neuf", url="https://valmont.example/?p=1", title="La fanfare, ce soir")
    assert read_again(database, courier, again) == [1, 0, 1]
    with database.write() as session:
        younger = session.get_one(Article, the_article(database, again.title).id)
        older = same_as(session, younger, "https://valmont.example/fanfare", now=LATER)
        assert older is not None
        assert older.title == "Nouvelle 1"
    with database.read() as session:
        # What an issue takes of the two is decided when it is made.
        assert set(offers(session, weekly).values()) == {OfferState.OFFERED}
        assert (
            twins(session, [younger])
            == twins(session, [older])
            == {
                younger.id: {older.id},
                older.id: {younger.id},
            }
        )
    assert told(database, again.title)[-1] == (
        f"the same as article {older.id}, by the address that its own page gives"
    )


def test_a_canonical_address_that_is_nobody_s_own_is_not_taken(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1), OTHER_AT_ITS_OWN)
    with database.write() as session:
        article = session.get_one(Article, the_article(database).id)
        for url in ("https://valmont.example/", "https://valmont.example/index.php"):
            assert same_as(session, article, url, now=LATER) is None
        # A theme that names one page on all: the words are others.
        assert same_as(session, article, "https://valmont.example/potager", now=LATER) is None
        assert article.canonical_url is None
    assert told(database) == []


def test_of_two_the_younger_is_the_same_whichever_page_is_read_first(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1, url="https://valmont.example/?p=1"))
    copy = entry(1, guid="neuf", url="https://valmont.example/fanfare", title="La fanfare, ce soir")
    read_again(database, courier, copy)
    with database.write() as session:
        older = session.get_one(Article, the_article(database).id)
        younger = same_as(session, older, "https://valmont.example/fanfare", now=LATER)
        assert younger is not None
        assert twins(session, [older])[older.id] == {younger.id}
    assert f"the same as article {older.id}," in told(database, copy.title)[-1]


def test_two_that_one_source_shows_at_addresses_of_their_own_are_two(
    database: Database, courier: Source
) -> None:
    text = {"summary_html": "<p>Le compte rendu de la séance est en ligne.</p>"}
    keep(database, courier, entry(1, **text), entry(2, title="Nouvelle 1 bis", **text))
    with database.write() as session:
        second = session.get_one(Article, the_article(database, "Nouvelle 1 bis").id)
        assert same_as(session, second, "https://valmont.example/1", now=LATER) is None
        assert second.canonical_url is None


def test_the_council_of_another_day_is_another(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    gazette = a_source("gazette", weekly)
    add(database, gazette)
    keep(database, courier, entry(1, title="Conseil du 3 mars"))
    keep(database, gazette, entry(2, title="Conseil du 5 avril"))
    with database.write() as session:
        april = session.get_one(Article, the_article(database, "Conseil du 5 avril").id)
        assert same_as(session, april, "https://valmont.example/1", now=LATER) is None


def test_that_two_are_one_is_not_forgotten(database: Database, courier: Source) -> None:
    text = {"summary_html": "<p>La fanfare joue samedi sur la place, s’il ne pleut pas.</p>"}
    keep(database, courier, entry(1, **text))
    keep(database, courier, entry(2, title="Nouvelle 1, bis", **text))
    with database.write() as session:
        older, younger = session.scalars(sa.select(Article).order_by(Article.id)).all()
        assert same_as(session, younger, older.url or "", now=NOW) is older
        for number in range(MOST + 5):
            note(younger, What.UNREADABLE, NOW, why=str(number))
            note(older, What.UNREADABLE, NOW, why=str(number))
        assert len(younger.history) == MOST
        younger.canonical_key = older.url_key = None  # others have taken their addresses
        both = {older.id: {younger.id}, younger.id: {older.id}}
        assert twins(session, [older]) == twins(session, [younger]) == both


def test_that_only_the_younger_noted_it_is_enough_while_they_have_an_address_in_common(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1), entry(2))
    with database.write() as session:
        older, younger = session.scalars(sa.select(Article).order_by(Article.id)).all()
        younger.canonical_key = older.url_key
        note(younger, What.SAME, NOW, article=older.id)
        session.flush()
        both = {older.id: {younger.id}, younger.id: {older.id}}
        assert twins(session, [older]) == twins(session, [younger]) == both


# --- The rhythm ---------------------------------------------------------------------------------


def test_a_source_s_rhythm_is_learnt_from_its_dates(database: Database, courier: Source) -> None:
    keep(database, courier, *(entry(n, published=NOW - timedelta(days=7 * n)) for n in range(5)))
    with database.read() as session:
        source = session.get_one(Source, courier.id)
    assert source.newest_at == NOW
    assert source.usual_gap_minutes == 7 * 24 * 60


def test_the_rhythm_of_undated_articles_is_learnt_from_when_they_came(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(0, published=None))
    for week in range(1, 6):
        fresh = [entry(10 * week + n, published=None) for n in range(3)]
        keep(database, courier, *fresh, now=NOW + timedelta(weeks=week))
    with database.read() as session:
        source = session.get_one(Source, courier.id)
    assert source.newest_at == NOW + timedelta(weeks=5)
    assert source.usual_gap_minutes == 7 * 24 * 60


def test_a_back_dated_article_is_a_sign_of_life(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1))
    back = entry(2, published=NOW - timedelta(days=300))
    keep(database, courier, back, entry(1), now=NOW + timedelta(days=9))
    with database.read() as session:
        assert session.get_one(Source, courier.id).newest_at == NOW + timedelta(days=9)


# --- Nothing grows with the history -------------------------------------------------------------


def test_every_row_is_found_by_an_index(database: Database, courier: Source) -> None:
    """However many articles there are: EXPLAIN, where reading a whole table costs the most."""
    entries = [entry(n, canonical=f"https://valmont.example/c/{n}") for n in range(6)]
    keep(database, courier, *entries)
    asked: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    keep(database, courier, entry(9), *entries[:2], *entries[3:], now=LATER, last_read=NOW)
    with database.write() as session:
        [gone] = missing(session, [courier.id])
        same_as(session, gone, "https://valmont.example/ailleurs", now=LATER)
        twins(session, [gone])
    sa.event.remove(database.engine, "before_cursor_execute", note)
    assert len(asked) > 10
    with database.engine.begin() as connection:
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in asked:
            rows = connection.exec_driver_sql(explain + statement, values)
            plan = "\n".join(str(row[-1]) for row in rows)
            read_whole = re.findall(r"(?:SCAN|Seq Scan on) (article|sighting|offer)\b", plan)
            assert not read_whole, f"{statement}\n{plan}"
