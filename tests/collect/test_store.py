"""Each article once, each offer once, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import event

from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.offers import introduce, release
from newsletter.collect.store import store
from newsletter.collect.topics import known_topics
from newsletter.database import Database
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceList
from subscribers.models import MailingList
from tests.collect.store_kit import (
    LATER,
    NOW,
    a_list,
    a_source,
    add,
    count,
    entry,
    keep,
    offers,
)


def test_a_first_reading_offers_the_newest_five_and_seeds_the_rest(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    got = keep(database, courier, *(entry(n) for n in range(8, 0, -1)))
    assert (got.new, got.offered, got.seeded) == (8, 5, 3)
    with database.read() as session:
        states = offers(session, weekly)
    assert {t for t, s in states.items() if s is OfferState.OFFERED} == {
        f"Nouvelle {n}" for n in range(1, 6)
    }


def test_a_second_reading_of_the_same_changes_nothing(database: Database, courier: Source) -> None:
    entries = [entry(n) for n in range(3)]
    keep(database, courier, *entries)
    again = keep(database, courier, *entries, now=LATER, last_read=NOW)
    assert (again.new, again.edited, again.offered, again.seeded) == (0, 0, 0, 0)
    with database.read() as session:
        assert [count(session, t) for t in (Article, Sighting, Offer)] == [3, 3, 3]


def test_a_reading_with_nothing_new_writes_nothing(database: Database, courier: Source) -> None:
    entries = [entry(n) for n in range(3)]
    keep(database, courier, *entries)
    written: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        written.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with database.write() as session:
        held = session.get_one(Source, courier.id)
        store(session, held, Feed("", "fr", None, tuple(entries)), now=LATER, last_read=NOW)
        session.flush()
        assert not [s for s in written if s.startswith(("UPDATE", "INSERT", "DELETE"))]
    event.remove(database.engine, "before_cursor_execute", note)


def test_what_comes_later_is_offered_however_old_its_date(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, entry(1))
    late = entry(2, published=NOW - timedelta(days=90))
    got = keep(database, courier, late, entry(1), now=LATER, last_read=NOW)
    assert (got.new, got.offered) == (1, 1)


def test_fifty_old_articles_at_once_are_held_and_told(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, entry(1))
    old = [entry(n, published=NOW - timedelta(days=n)) for n in range(100, 150)]
    got = keep(database, courier, *old, entry(2), now=LATER, last_read=NOW)
    assert (got.new, got.offered, got.held) == (51, 1, 50)
    assert "50 old articles appeared at once" in got.oddities[0]
    assert "collect courier --held" in got.oddities[0]


def test_backfill_puts_what_was_held_on_offer(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, *(entry(n) for n in range(1, 9)))
    got = keep(database, courier, entry(1), now=LATER, last_read=NOW, backfill=7)
    assert got.offered == 2
    with database.read() as session:
        assert offers(session, weekly)["Nouvelle 7"] is OfferState.OFFERED
        assert offers(session, weekly)["Nouvelle 8"] is OfferState.SEEDED


def test_an_edit_refreshes_the_article_and_offers_nothing_anew(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    image = Image("https://valmont.example/kiosque.jpg", "Le kiosque", 640, 480)
    edited = entry(1, title="Nouvelle corrigée", image=image)
    got = keep(database, courier, edited, now=LATER, last_read=NOW)
    assert (got.new, got.edited, got.offered) == (0, 1, 0)
    with database.read() as session:
        article = session.scalars(sa.select(Article)).one()
    assert article.title == "Nouvelle corrigée"
    assert article.image is not None
    assert article.image["width"] == 640
    assert (article.first_seen_at, article.changed_at) == (NOW, LATER)


def test_a_guid_reused_for_another_article_makes_a_second_and_stays_so(
    database: Database, courier: Source
) -> None:
    keep(database, courier, entry(1))
    other = Entry(
        guid="guid-1",
        url="https://valmont.example/potager",
        title="Le potager de l'école",
        summary_html="<p>Les élèves récoltent leurs premiers radis.</p>",
    )
    assert keep(database, courier, other, now=LATER, last_read=NOW).new == 1
    assert keep(database, courier, other, now=LATER, last_read=LATER).new == 0
    with database.read() as session:
        assert count(session, Article) == 2
        guids = set(session.scalars(sa.select(Sighting.guid)))
    assert "guid-1" in guids
    assert any("was article" in guid for guid in guids)


def test_the_same_article_from_two_sources_is_one_with_two_sightings(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    daily = a_list("daily")
    second = a_source("gazette", weekly, daily, topic="culture")
    add(database, daily, second)
    keep(database, courier, entry(1))
    got = keep(database, second, entry(1, guid="other", title="Dit autrement"), now=LATER)
    assert (got.new, got.edited) == (0, 0)  # only the first source rewrites it
    with database.read() as session:
        assert [count(session, t) for t in (Article, Sighting)] == [1, 2]
        assert offers(session, daily) == {"Nouvelle 1": OfferState.OFFERED}
        topics = session.scalar(sa.select(Offer.topics).where(Offer.mlist_id == weekly.id))
    assert topics == {"local", "culture"}


def test_one_article_twice_in_one_reading_is_stored_once(
    database: Database, courier: Source
) -> None:
    got = keep(database, courier, entry(1), entry(1, guid="again", title="Version ancienne"))
    assert got.new == 1
    again = keep(
        database,
        courier,
        entry(1),
        entry(1, guid="again", title="Version ancienne"),
        now=LATER,
        last_read=NOW,
    )
    assert (again.new, again.edited) == (0, 0)
    with database.read() as session:
        assert session.scalar(sa.select(Article.title)) == "Nouvelle 1"


def test_six_articles_that_link_to_the_front_page_stay_six(
    database: Database, courier: Source
) -> None:
    entries = [entry(n, guid=None, url="https://valmont.example/") for n in range(6)]
    assert keep(database, courier, *entries).new == 6
    assert keep(database, courier, *entries, now=LATER, last_read=NOW).new == 0


def test_topics_come_from_the_source_and_from_categories_that_the_list_knows(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, entry(1, topics=("Culture", "Inconnu")))
    with database.read() as session:
        [(topics, article)] = session.execute(sa.select(Offer.topics, Article).join(Article))
        assert topics == {"local"}
        mlist = session.get_one(MailingList, weekly.id)
        assert known_topics(mlist).of(article.topics, article.url) == {"culture"}


def test_a_list_added_later_gets_the_newest_five_and_the_rest_as_seen(
    database: Database, courier: Source
) -> None:
    keep(database, courier, *(entry(n) for n in range(8)))
    daily = a_list("daily")
    add(database, daily)
    with database.write() as session:
        source = session.get_one(Source, courier.id)
        added = SourceList(mlist=session.merge(daily))
        source.feeds.append(added)
        session.flush()
        assert introduce(session, source, added, now=LATER) == 5
        assert introduce(session, source, added, now=LATER) == 0
    with database.read() as session:
        states = list(offers(session, daily).values())
    assert states.count(OfferState.SEEDED) == 3


def test_what_an_editor_skipped_is_not_released(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    keep(database, courier, entry(1))
    with database.write() as session:
        session.scalars(sa.select(Offer)).one().state = OfferState.SKIPPED
        assert release(session, session.get_one(Source, courier.id), 9, now=LATER) == 0


def test_the_number_of_queries_grows_neither_with_the_feed_nor_with_the_history(
    database: Database, courier: Source
) -> None:
    def statements(*entries: Entry) -> int:
        seen: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "UPDATE")):
                seen.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        keep(database, courier, *entries, now=LATER, last_read=NOW)
        event.remove(database.engine, "before_cursor_execute", note)
        return len(seen)

    keep(database, courier, entry(0))
    few = statements(*(entry(n) for n in range(3)))
    many = statements(*(entry(n) for n in range(100)))
    assert many <= few + 1


def test_very_long_keys_can_be_stored(database: Database, courier: Source) -> None:
    long = entry(1, guid="g" * 9000, url="https://valmont.example/" + "p" * 9000)
    assert keep(database, courier, long).new == 1
    assert keep(database, courier, long, now=LATER, last_read=NOW).new == 0


def test_two_sources_that_bring_an_article_at_the_same_moment_store_it_once(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    other = a_source("gazette", weekly)
    add(database, other)
    entries = [entry(n) for n in range(30)]
    start = threading.Barrier(2)

    def bring(source: Source, *brought: Entry) -> None:
        start.wait(10)
        keep(database, source, *brought)

    with ThreadPoolExecutor(2) as pool:
        brings = [
            pool.submit(bring, courier, *entries),
            pool.submit(bring, other, *reversed(entries)),
        ]
    for future in brings:
        future.result()
    with database.read() as session:
        assert [count(session, t) for t in (Article, Sighting)] == [30, 60]
