"""The rows of the table in `decide` that go by an article's words, title and date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsletter.collect.entry import Entry
from newsletter.database import Database
from newsletter.models import Source
from subscribers.models import MailingList
from tests.collect.store_kit import (
    DAY,
    FRONT,
    LONG,
    NOW,
    TITLES,
    a_source,
    add,
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


@pytest.mark.parametrize("published", [NOW, None])
@pytest.mark.parametrize(
    "title",
    [
        "Le club de basket cherche des joueuses",
        "Le club de basket cherche des joueurs pour la rentrée",
        "Valmont : le club de basket cherche des joueurs",
    ],
)
def test_a_corrected_title_on_a_page_without_links_is_an_edit(
    database: Database, courier: Source, title: str, published: datetime | None
) -> None:
    club = Entry(
        None, FRONT, "Le club de basket cherche des joueurs", f"<p>{LONG}</p>", published=published
    )
    others = without_links("Rendez-vous devant la mairie à dix heures, avec vos outils.")
    keep(database, courier, club, *others)
    after = [replace(club, title=title), *others]
    assert read_again(database, courier, *after) == [0, 1, 0]
    assert settled(database, courier, *after)
    assert read_again(database, courier, club, *others, hours=2) == [0, 1, 0]  # an old answer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Réunion du quartier nord", "Réunion du quartier sud"),
        ("Le menu de la cantine pour lundi", "Le menu de la cantine pour mardi"),
        ("Bulletin 2025 de la commune", "Bulletin 2026 de la commune"),
        ("Loto", "Loto des pompiers de Valmont"),
    ],
)
def test_on_a_page_without_links_the_same_words_under_another_title_are_another_article(
    database: Database, courier: Source, before: str, after: str
) -> None:
    keep(database, courier, Entry(None, FRONT, before, f"<p>{LONG}</p>"), entry(1))
    now = Entry(None, FRONT, after, f"<p>{LONG}</p>")
    assert read_again(database, courier, now, entry(1)) == [1, 0, 1]


def test_without_links_what_stands_beside_another_or_shares_its_text_or_is_short_is_no_edit(
    database: Database, courier: Source
) -> None:
    title = "Réunion publique sur la place du marché"
    first = Entry(None, FRONT, title, f"<p>{LONG}</p>")
    again = replace(first, title=f"{title} : suite")
    short = Entry(None, FRONT, "Travaux dans la rue du moulin", "<p>En mars.</p>")
    keep(database, courier, first, short)
    assert read_again(database, courier, again, first, short) == [1, 0, 1]
    two = [replace(first, title=f"{title} : {word}") for word in ("annulée", "reportée")]
    assert read_again(database, courier, *two, short, hours=2) == [2, 0, 2]
    closed = replace(short, title="Travaux dans la rue des moulins")
    assert read_again(database, courier, *two, closed, hours=3) == [1, 0, 1]


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


# --- By its date --------------------------------------------------------------------------------


def test_seconds_are_no_new_date(database: Database, courier: Source) -> None:
    keep(database, courier, entry(1, published=NOW))
    read_again(database, courier, entry(1, published=NOW + timedelta(seconds=31)))
    assert told(database) == []
    assert the_article(database).published_at == NOW
