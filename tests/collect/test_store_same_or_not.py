"""What the same words in other clothes are, and other words in the same: as French sites write."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from newsletter.collect.entry import Entry
from newsletter.database import Database
from newsletter.models import Sighting, Source
from tests.collect.store_kit import (
    DAY,
    FRONT,
    NOW,
    a_source,
    add,
    entry,
    keep,
    on_sqlite,
    read_again,
)

opened = on_sqlite

BUDGET = (
    "Le conseil municipal a voté le budget de la commune pour cette année, avec une part plus "
    "grande pour les travaux de la voirie et pour l'école du village, où deux classes seront "
    "refaites pendant les vacances d'été par les entreprises de la vallée."
)
CHATAIGNE = (
    "La fête de la châtaigne revient dans les rues du village avec les producteurs de la vallée, "
    "une fanfare et des jeux pour les enfants de l'école ; les associations de la commune "
    "tiendront des stands toute la journée, et le repas sera servi sous la halle."
)
STUB = "Cet article est réservé à nos abonnés, qui le lisent en entier sur notre site chaque matin."


def typed(text: str) -> str:
    """As another program sets it."""
    return text.replace("'", "’").replace('"', "»").replace(" ;", "\u00a0;")


def tell(number: int, guid: str | None, url: str | None) -> Entry:
    text = (
        f"L'école du {number} s'agrandit ; les \"grands\" y seront à l'aise dès l'été, dit-on là."
    )
    return Entry(
        guid, url, f"L'école n° {number} s'agrandit d'une salle", f"<p>{text}</p>",
        published=NOW - number * DAY,
    )  # fmt: skip


def set_anew(one: Entry, **changes: str | None) -> Entry:
    return replace(one, title=typed(one.title), summary_html=typed(one.summary_html), **changes)


def test_a_site_that_moves_and_types_its_quotes_otherwise_sends_nothing_anew(
    database: Database, courier: Source
) -> None:
    before = [tell(n, f"spip{n}", f"{FRONT}{n}") for n in range(1, 7)]
    keep(database, courier, *before)
    after = [
        set_anew(one, guid=f"wp{n}", url=f"https://neu.example/a{n}")
        for n, one in enumerate(before)
    ]
    assert read_again(database, courier, *after)[0] == 0


def test_another_source_may_type_it_otherwise(database: Database, courier: Source) -> None:
    keep(database, courier, tell(1, "a", f"{FRONT}1"))
    planet = a_source("planete")
    add(database, planet)
    other = set_anew(tell(1, None, None), guid="b", url="https://planete.example/1")
    assert keep(database, planet, other).new == 0


def test_a_page_without_links_may_be_typed_anew(database: Database, courier: Source) -> None:
    page = [replace(tell(n, None, None), published=None) for n in range(1, 5)]
    keep(database, courier, *page)
    assert read_again(database, courier, *map(set_anew, page))[0] == 0


@pytest.mark.parametrize("guid", ["edito", None])
def test_the_next_editorial_at_one_address_is_another_though_it_is_of_the_same_village(
    database: Database, courier: Source, guid: str | None
) -> None:
    first = Entry(guid, f"{FRONT}edito", "Le budget est voté", f"<p>{BUDGET}</p>", published=NOW)
    keep(database, courier, first)
    second = replace(
        first, title="La châtaigne en fête", summary_html=f"<p>{CHATAIGNE}</p>",
        published=NOW + 30 * DAY,
    )  # fmt: skip
    assert read_again(database, courier, second, hours=30 * 24)[0] == 1


def test_a_column_that_comes_every_day_in_the_same_words_is_as_many_as_there_are(
    database: Database, courier: Source
) -> None:
    def column(day: int) -> Entry:
        return Entry(
            f"z{day}", f"{FRONT}z{day}", "L'éditorial", f"<p>{STUB}</p>",
            published=NOW + (day - 9) * DAY,
        )  # fmt: skip

    assert keep(database, courier, *map(column, range(3))).new == 3
    assert read_again(database, courier, *map(column, range(1, 5)))[0] == 2


def test_a_guid_that_is_the_address_with_the_number_of_a_version_tells_of_an_edit(
    database: Database, courier: Source
) -> None:
    url = f"{FRONT}orages"
    for version in range(3):
        told = Entry(
            f"{url}#{version}", url, f"Orages : le point à {version} h",
            f"<p>{(BUDGET, CHATAIGNE, STUB)[version]}</p>", published=NOW + version * DAY / 12,
        )  # fmt: skip
        assert read_again(database, courier, told, entry(5), hours=version)[0] == 2 * (not version)


@pytest.mark.parametrize(
    "change", [{"active": False}, {"gone_at": NOW}, {"missing_at": NOW}, {"removed": True}]
)
def test_where_the_first_source_is_read_no_more_the_next_one_edits(
    database: Database, courier: Source, change: dict[str, object]
) -> None:
    keep(database, courier, entry(1))
    gazette = a_source("gazette")
    add(database, gazette)
    keep(database, gazette, entry(1))
    edited = entry(1, title="Nouvelle 1, corrigée")
    assert keep(database, gazette, edited).edited == 0
    with database.write() as session:
        first = session.get_one(Source, courier.id)
        if "removed" in change:
            session.delete(first)
        elif "missing_at" in change:
            session.execute(
                sa.update(Sighting).where(Sighting.source_id == courier.id).values(**change)
            )
        else:
            for name, value in change.items():
                setattr(first, name, value)
    assert keep(database, gazette, edited).edited == 1


def test_what_comes_up_from_below_as_one_above_is_deleted_is_no_news(
    database: Database, courier: Source
) -> None:
    site = [entry(n, published=NOW - 9 * n * DAY) for n in range(1, 16)]
    keep(database, courier, *site[:10])
    assert read_again(database, courier, *site[1:11]) == [1, 0, 0]
    late = entry(20, published=NOW - 40 * DAY)  # dated back, but where new articles stand
    assert read_again(database, courier, late, *site[1:10], hours=2) == [1, 0, 1]
    assert read_again(database, courier, late, *site[1:], hours=3) == [4, 0, 0]
