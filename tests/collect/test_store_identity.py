"""Each row of the table in `decide`: what is one article, and what is another."""

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
    NOW,
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

DAY = timedelta(days=1)
MONTH = 28 * 24  # hours
FRONT = "https://valmont.example/"
TITLES = (
    "La fanfare fête ses cent ans",
    "Travaux rue des Tilleuls en mars",
    "La piscine rouvre ses portes lundi",
    "Un nouveau boulanger au bourg",
    "Collecte des encombrants reportée",
    "Le marché de printemps s'installe",
)
LONG = (
    "Le centenaire sera célébré sur la place avec tous les anciens musiciens et leurs familles "
    "venues de loin."
)


def minutes(day: str, *, guid: str | None, published: datetime | None) -> Entry:
    """The minutes of a council, as like as they are everywhere."""
    return Entry(
        guid=guid,
        url=f"https://valmont.example/cr-{day.replace(' ', '-')}",
        title=f"Compte rendu du conseil municipal du {day}",
        summary_html=f"<p>Le compte rendu du conseil municipal du {day} est en ligne.</p>",
        published=published,
    )


def without_links(text: str = LONG) -> list[Entry]:
    return [Entry(None, FRONT, title, f"<p>{text}</p>") for title in TITLES]


def withdraw(database: Database, title: str) -> None:
    with database.write() as session:
        article = session.scalars(sa.select(Article).where(Article.title == title)).one()
        article.withdrawn_at = NOW


def settled(database: Database, source: Source, *entries: Entry, hours: int = MONTH + 1) -> bool:
    """Whether the same reading once more changes nothing."""
    return read_again(database, source, *entries, hours=hours) == [0, 0, 0]


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


# --- By its words -------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1])
def test_two_councils_announced_in_the_same_words_are_two(
    database: Database, courier: Source, order: int
) -> None:
    january = entry(1, title="Conseil municipal", published=NOW - 40 * DAY)
    march = entry(1, guid="mars", url=f"{FRONT}mars", title="Conseil municipal", published=NOW)
    keep(database, courier, january)
    assert read_again(database, courier, *[march, january][::order]) == [1, 0, 1]
    assert settled(database, courier, *[march, january][::order])


@pytest.mark.parametrize("text", [LONG, "Rendez-vous en mairie."])
@pytest.mark.parametrize("has_guid", [True, False])
def test_a_notice_that_comes_every_month_in_the_same_words_is_another_each_time(
    database: Database, courier: Source, text: str, has_guid: bool
) -> None:
    for month in range(4):
        notice = Entry(
            f"avis-{month}" if has_guid else None,
            f"{FRONT}avis-{month}",
            "Collecte des encombrants",
            f"<p>{text}</p>",
            published=NOW + (month - 4) * 28 * DAY,
        )
        others = [entry(n) for n in range(month)]  # the notice before is no longer there
        assert read_again(database, courier, notice, *others, hours=month)[0] == 1 + (month > 0)
        assert settled(database, courier, notice, *others, hours=month)


@pytest.mark.parametrize("days", [0, 3, 5])
def test_what_is_published_again_within_some_days_is_the_same_wherever_it_is(
    database: Database, courier: Source, days: int
) -> None:
    keep(database, courier, entry(1, title=TITLES[4], summary_html=f"<p>{LONG}</p>"))
    again = Entry(
        "neuf", "https://ailleurs.example/neuf", TITLES[4], f"<p>{LONG}</p>",
        published=NOW + days * DAY,
    )  # fmt: skip
    planet = a_source("planete")
    add(database, planet)
    assert keep(database, planet, again, now=NOW + 6 * DAY).new == 0
    assert read_again(database, courier, again, entry(2), hours=144)[0] == 1  # the other one


def test_one_of_two_notices_in_the_same_words_may_be_edited(
    database: Database, courier: Source
) -> None:
    january = entry(1, url=FRONT, published=NOW - 40 * DAY)
    march = entry(1, guid="mars", url=FRONT, published=NOW)
    keep(database, courier, march, january)
    edited = replace(january, title="Nouvelle 1, annulée")
    assert read_again(database, courier, march, edited) == [0, 1, 0]
    assert settled(database, courier, march, edited)


def test_a_site_that_moved_and_dated_all_of_it_anew_sends_nothing_anew(
    database: Database, courier: Source
) -> None:
    def site(base: str, day: datetime) -> list[Entry]:
        old = (entry(n, guid=f"{base}?p={n}", url=f"{base}{n}", published=day) for n in range(1, 5))
        return [entry(9, guid=f"{base}?p=9", url=f"{base}9", title=base, published=day), *old]

    keep(database, courier, *site("https://old.example/", NOW - 300 * DAY))
    moved = site("https://new.example/", NOW)
    assert read_again(database, courier, *moved) == [1, 4, 1]
    assert settled(database, courier, *moved)


@pytest.mark.parametrize("order", [1, -1])
def test_undated_notices_in_the_same_words_are_as_many_as_have_an_address_of_their_own(
    database: Database, courier: Source, order: int
) -> None:
    notices = [
        Entry(guid, f"{FRONT}avis/{n}", TITLES[4], f"<p>{LONG}</p>")
        for n, guid in enumerate(["a", None, "c"])
    ][::order]
    assert keep(database, courier, *notices).new == 3
    assert settled(database, courier, *notices[::-1])


def test_one_article_under_two_addresses_at_one_time_is_one(
    database: Database, courier: Source
) -> None:
    twice = [entry(1), entry(1, guid="sport", url=f"{FRONT}sport/1")]
    assert keep(database, courier, *twice).new == 1
    for hours in (1, 2):
        assert settled(database, courier, *twice, hours=hours)


def test_a_short_article_whose_address_is_found_later_is_the_same(
    database: Database, courier: Source
) -> None:
    short = without_links("Rendez-vous en mairie.")
    keep(database, courier, *short)
    linked = [replace(one, url=f"{FRONT}a{n}") for n, one in enumerate(short)]
    assert read_again(database, courier, *linked) == [0, 6, 0]
    assert settled(database, courier, *linked)


# --- By its title -------------------------------------------------------------------------------


def test_a_corrected_excerpt_on_a_page_without_links_is_an_edit(
    database: Database, courier: Source
) -> None:
    before = without_links()
    keep(database, courier, *before)
    after = [replace(before[0], summary_html=f"<p>{LONG} Oui.</p>"), *before[1:]]
    assert read_again(database, courier, *after) == [0, 1, 0]
    assert settled(database, courier, *after)
    assert told(database, TITLES[0]) == ["edited at its source (text)"]


def test_on_a_page_without_links_a_title_that_stays_is_another_article_each_time(
    database: Database, courier: Source
) -> None:
    def council(day: int) -> Entry:
        return Entry(None, FRONT, "Conseil municipal", f"<p>La séance du {day} est publique.</p>")

    keep(database, courier, council(3))
    assert read_again(database, courier, council(5)) == [1, 0, 1]
    assert read_again(database, courier, council(7), council(5), hours=2) == [1, 0, 1]


def test_numbers_that_change_all_over_a_page_without_links_make_nothing_new(
    database: Database, courier: Source
) -> None:
    def page(day: int) -> list[Entry]:
        return [
            Entry(None, FRONT, title, f"<p>{words}, vu {day * 7 + len(title)} fois.</p>")
            for title, words in zip(("Loto", "Piscine", "Marché", "Météo"), TITLES, strict=False)
        ]

    keep(database, courier, *page(1))
    for day in range(2, 5):
        assert read_again(database, courier, *page(day), hours=24 * day) == [0, 4, 0]
        assert settled(database, courier, *page(day), hours=24 * day + 1)


def test_a_site_that_moved_sends_nothing_anew(database: Database, courier: Source) -> None:
    def site(base: str, text: str) -> list[Entry]:
        return [
            Entry(f"{base}?p={n}", f"{base}a/{n}", title, f"<p>{text}</p>", published=NOW - n * DAY)
            for n, title in enumerate(TITLES)
        ]

    keep(database, courier, *site("https://old.example/", LONG))
    moved = site("https://new.example/", LONG[:40] + " […]")
    assert read_again(database, courier, *moved) == [0, 6, 0]
    assert settled(database, courier, *moved)
    assert "known by its title, so not new" in told(database, TITLES[0])[0]


def test_two_warnings_of_one_day_under_one_title_are_two(
    database: Database, courier: Source
) -> None:
    day = NOW.replace(hour=0, minute=0)  # all that the source gives of a date

    def warning(name: str, text: str) -> Entry:
        url = f"https://valmont.example/{name}"
        return Entry(name, url, "Avis de la mairie aux habitants", f"<p>{text}</p>", published=day)

    keep(database, courier, warning("a", "Restriction des usages de l’eau."))
    again = read_again(
        database, courier, warning("b", "Vigilance orange aux orages cette nuit."), hours=3
    )
    assert again == [1, 0, 1]


def test_what_stands_there_still_is_not_what_came_beside_it_under_the_same_title(
    database: Database, courier: Source
) -> None:
    one = entry(1, title=TITLES[0])
    keep(database, courier, one)
    other = entry(2, title=TITLES[0], published=one.published)
    assert read_again(database, courier, other, one) == [1, 0, 1]


def test_the_title_of_another_source_s_article_tells_nothing(
    database: Database, courier: Source, weekly: MailingList
) -> None:
    gazette = a_source("gazette", weekly)
    add(database, gazette)
    keep(database, gazette, entry(0))
    keep(database, courier, entry(1, title=TITLES[0]))
    other = entry(2, title=TITLES[0], published=entry(1).published)
    assert read_again(database, gazette, other, entry(0)) == [1, 0, 1]


# --- Withdrawn, and dates -----------------------------------------------------------------------


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


def test_seconds_are_no_new_date(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1, published=NOW))
    read_again(database, courier, entry(1, published=NOW + timedelta(seconds=31)))
    assert told(database) == []
    assert the_article(database).published_at == NOW


def test_shifting_guids_do_not_fill_the_ledger(database: Database, courier: Source) -> None:
    for newest in range(1, 13):
        shown = [entry(n, guid=str(place)) for place, n in enumerate(range(newest, newest - 4, -1))]
        read_again(database, courier, *shown, hours=newest)
    with database.read() as session:
        assert count(session, Sighting) <= 4 * count(session, Article) + 4
