"""The rows of the table in `decide` that go by guid and by address; and what was withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from newsletter.collect.entry import Entry
from newsletter.database import Database
from newsletter.models import Article, Sighting, Source
from subscribers.models import MailingList
from tests.collect.store_kit import (
    DAY,
    FRONT,
    LONG,
    MONTH,
    NOW,
    TITLES,
    a_source,
    add,
    count,
    entry,
    keep,
    on_sqlite,
    read_again,
    settled,
    the_article,
    told,
    without_links,
)

opened = on_sqlite


def minutes(day: str, *, guid: str | None, published: datetime | None) -> Entry:
    """The minutes of a council, as like as they are everywhere."""
    return Entry(
        guid=guid,
        url=f"https://valmont.example/cr-{day.replace(' ', '-')}",
        title=f"Compte rendu du conseil municipal du {day}",
        summary_html=f"<p>Le compte rendu du conseil municipal du {day} est en ligne.</p>",
        published=published,
    )


def withdraw(database: Database, title: str) -> None:
    with database.write() as session:
        article = session.scalars(sa.select(Article).where(Article.title == title)).one()
        article.withdrawn_at = NOW


# --- By its guid --------------------------------------------------------------------------------


def test_the_guid_of_the_last_minutes_is_given_to_the_next(
    database: Database, courier: Source
) -> None:
    first = minutes("12 mars", guid="dernier", published=NOW - DAY)
    second = minutes("9 avril", guid="dernier", published=NOW + 27 * DAY)
    keep(database, courier, first)
    assert read_again(database, courier, second, hours=MONTH) == [1, 0, 1]
    assert settled(database, courier, second)
    assert "its source gave its guid dernier to another" in told(database, first.title)[-1]


@pytest.mark.parametrize("hours", [24, 23])
def test_a_daily_bulletin_under_one_guid_is_another_every_day(
    database: Database, courier: Source, hours: int
) -> None:
    for day in range(4):
        now = NOW + timedelta(hours=hours * day)
        bulletin = entry(
            1, title=f"Bulletin n° {day}", url=f"https://valmont.example/b{day}", published=now
        )
        assert read_again(database, courier, bulletin, hours=hours * day + 1)[0] == 1


def test_undated_titles_that_differ_in_their_numbers_are_two_articles(
    database: Database, courier: Source
) -> None:
    keep(database, courier, minutes("12 mars", guid="dernier", published=None))
    second = minutes("9 avril", guid="dernier", published=None)
    assert read_again(database, courier, second) == [1, 0, 1]


def test_a_corrected_number_in_title_and_address_is_an_edit(
    database: Database, courier: Source
) -> None:
    keep(database, courier, minutes("12 mars", guid="42", published=NOW))
    assert read_again(database, courier, minutes("13 mars", guid="42", published=NOW)) == [0, 1, 0]


def test_an_agenda_that_stays_where_it_is_has_a_new_article_every_week(
    database: Database, courier: Source
) -> None:
    url = "https://valmont.example/agenda"
    march = entry(1, url=url, title="Agenda du 3 au 9 mars")
    next_week = replace(
        march,
        title="Agenda du 10 au 16 mars",
        summary_html="<p>Loto, marché, piscine.</p>",
        published=NOW + 7 * DAY,
    )
    keep(database, courier, march)
    assert read_again(database, courier, next_week, hours=168) == [1, 0, 1]
    assert settled(database, courier, next_week)
    edited = replace(next_week, title="Agenda du 10 au 16 mars : complet", published=NOW + 9 * DAY)
    assert read_again(database, courier, edited, hours=MONTH) == [0, 1, 0]


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("alike", [True, False])
def test_guids_that_only_count_shift_nothing(
    database: Database, courier: Source, has_links: bool, alike: bool
) -> None:
    words = (*TITLES, *(f"{title}, suite et fin" for title in TITLES))

    def shown(newest: int) -> list[Entry]:
        """Five articles, 1 the newest, as a feed that numbers them anew each time."""
        articles = [
            minutes(f"{day} mars", guid=str(place), published=NOW + (day - 9) * DAY)
            if alike
            else Entry(str(place), f"{FRONT}{day}", words[day], f"<p>{words[-day]}</p>")
            for place, day in enumerate(range(newest, newest - 5, -1), start=1)
        ]
        return [one if has_links else replace(one, url=None) for one in articles]

    keep(database, courier, *shown(5))
    for newest in (6, 7, 8):
        hours = 24 * (newest - 5)
        assert read_again(database, courier, *shown(newest), hours=hours) == [1, 0, 1]
        assert settled(database, courier, *shown(newest), hours=hours + 1)


def test_shifting_guids_do_not_fill_the_ledger(database: Database, courier: Source) -> None:
    for newest in range(1, 13):
        shown = [entry(n, guid=str(place)) for place, n in enumerate(range(newest, newest - 4, -1))]
        read_again(database, courier, *shown, hours=newest)
    with database.read() as session:
        assert count(session, Sighting) <= 4 * count(session, Article) + 4


@pytest.mark.parametrize("url", [f"{FRONT}b", FRONT, None])
def test_an_old_answer_served_again_and_again_makes_nothing_new(
    database: Database, courier: Source, url: str | None
) -> None:
    older = minutes("12 mars", guid="dernier", published=NOW - 30 * DAY)
    newer = entry(2, guid="dernier", published=NOW - DAY)
    older, newer = replace(older, url=url), replace(newer, url=url)
    keep(database, courier, newer)
    got = [read_again(database, courier, (newer, older)[n % 2], hours=n)[:2] for n in range(1, 9)]
    assert got == [[1, 0], *[[0, 0]] * 7]
    assert the_article(database, older.title).summary_html == older.summary_html
    assert the_article(database, newer.title).summary_html == newer.summary_html


def test_what_another_source_tells_otherwise_is_not_new_when_it_is_read_again(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    gazette = a_source("gazette", weekly)
    add(database, gazette)
    keep(database, courier, entry(1))
    otherwise = entry(2, url=entry(1).url, summary_html=f"<p>{LONG}</p>", published=NOW + DAY)
    assert read_again(database, gazette, otherwise) == [0, 0, 0]
    assert settled(database, gazette, otherwise, hours=2)


# --- By its address -----------------------------------------------------------------------------


def test_parts_of_one_page_are_as_many_articles(database: Database, courier: Source) -> None:
    page = "https://valmont.example/actus"
    texts = ("La rue Haute est fermée pour des travaux.", "La piscine est fermée pour des travaux.")
    for part, text in enumerate(texts):
        where = f"{page}#a{part}"
        one = Entry(where, where, f"{text[:15]} : travaux", f"<p>{text}</p>")
        assert read_again(database, courier, one, hours=24 * part)[0] == 1


def test_where_a_reader_came_from_is_no_part_of_a_page(database: Database, courier: Source) -> None:
    url = "https://valmont.example/1"
    keep(database, courier, entry(1, guid=f"{url}#xtor=RSS-1", url=f"{url}#xtor=RSS-1"))
    assert read_again(database, courier, entry(1, guid=url, url=url)) == [0, 0, 0]


def test_another_guid_another_title_and_a_later_date_are_another_article(
    database: Database, courier: Source
) -> None:
    url = "https://valmont.example/agenda"
    keep(database, courier, entry(1, url=url, title="Agenda de mars", published=NOW))
    april = entry(2, url=url, title="Agenda d'avril", published=NOW + 20 * DAY)
    assert read_again(database, courier, april, hours=MONTH) == [1, 0, 1]
    assert settled(database, courier, april)


def test_two_articles_of_which_one_names_the_other_s_address_settle_at_once(
    database: Database, courier: Source
) -> None:
    note = entry(1, guid=None, url=None, canonical=f"{FRONT}2", published=NOW - 2 * DAY)
    other = entry(2, guid=None, title=TITLES[0], summary_html="<p>Rien ce soir.</p>", published=NOW)
    assert keep(database, courier, note, other).new == 2
    assert settled(database, courier, note, other, hours=1)


def test_at_an_address_that_stays_one_title_has_another_menu_every_week(
    database: Database, courier: Source
) -> None:
    first = entry(1, url=f"{FRONT}cantine", title="Le menu de la cantine", published=NOW - 7 * DAY)
    second = replace(first, guid="guid-2", summary_html=f"<p>{LONG}</p>", published=NOW)
    keep(database, courier, first)
    assert read_again(database, courier, second) == [1, 0, 1]
    assert settled(database, courier, second)


# --- Withdrawn ----------------------------------------------------------------------------------


def test_a_withdrawn_article_does_not_come_back_at_a_new_address(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    gazette = a_source("gazette", weekly)
    add(database, gazette)
    keep(database, courier, entry(1))
    withdraw(database, "Nouvelle 1")
    moved = entry(1, url=f"{FRONT}neuf", summary_html=f"<p>{LONG}</p>")
    assert read_again(database, courier, moved) == [0, 0, 0]
    republished = replace(moved, guid="neuf", summary_html="<p>Un autre résumé.</p>")
    assert read_again(database, courier, republished, hours=2) == [0, 0, 0]
    elsewhere = replace(republished, guid="g", url="https://gazette.example/1")
    elsewhere = replace(elsewhere, summary_html=moved.summary_html)
    assert read_again(database, courier, moved, hours=3) == [0, 0, 0]
    assert read_again(database, gazette, elsewhere, hours=4) == [0, 0, 0]
    assert the_article(database).summary_html == entry(1).summary_html


def test_a_withdrawn_article_on_a_page_without_links_does_not_come_back_reworded(
    database: Database, courier: Source
) -> None:
    before = without_links()
    keep(database, courier, *before)
    withdraw(database, TITLES[0])
    after = replace(before[0], summary_html=f"<p>{LONG} Oui.</p>")
    assert read_again(database, courier, after, *before[1:]) == [0, 0, 0]
