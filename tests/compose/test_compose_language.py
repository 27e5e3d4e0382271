"""Sentences, dates and directions, in each language."""

from __future__ import annotations

import string
from dataclasses import asdict, fields
from datetime import UTC, date, datetime

import pytest

from newsletter.compose.language import (
    article_date,
    direction,
    full_date,
    local_date,
    long_date,
    moment,
    spoken,
    words,
)
from newsletter.compose.typography import french
from newsletter.compose.words import CATALOGUE, Words
from newsletter.errors import ComposeError

DAY = date(2026, 1, 24)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fr", "24 janvier 2026"),
        ("fr-CA", "24 janvier 2026"),
        ("en", "24 January 2026"),
        ("en-US", "January 24, 2026"),
        (None, "24 January 2026"),
        ("", "24 January 2026"),
        ("zz-invented", "24 January 2026"),
        ("not a tag!", "24 January 2026"),
    ],
)
def test_a_date_is_written_as_its_language_writes_it(language: str | None, written: str) -> None:
    assert long_date(DAY, language) == written


def test_french_reads_the_first_of_a_month_as_premier() -> None:
    assert long_date(date(2026, 3, 1), "fr") == "1er mars 2026"
    assert full_date(date(2026, 3, 1), "fr") == "dimanche 1er mars 2026"
    assert long_date(date(2026, 3, 11), "fr") == "11 mars 2026"
    assert full_date(DAY, "fr") == "samedi 24 janvier 2026"


def test_a_moment_is_told_in_the_lists_own_time_zone() -> None:
    late = datetime(2026, 1, 24, 23, 30, tzinfo=UTC)
    assert moment(late, "fr", "Europe/Paris") == "25 janvier 2026 à 0\u00a0h\u00a030"
    assert moment(late, "en", "Europe/Paris") == "25 January 2026 at 00:30"
    assert moment(datetime(2026, 7, 1, 6, tzinfo=UTC), "fr", "Europe/Paris") == (
        "1er juillet 2026 à 8\u00a0h"
    )
    assert local_date(late, "Europe/Paris") == date(2026, 1, 25)


def test_an_article_of_a_day_alone_is_of_that_day_in_every_zone() -> None:
    for zone in ("America/Guadeloupe", "Europe/Paris", "Pacific/Auckland"):
        assert article_date(datetime(2026, 1, 24, tzinfo=UTC), zone) == DAY
    evening = datetime(2026, 1, 24, 23, 30, tzinfo=UTC)
    assert article_date(evening, "Europe/Paris") == date(2026, 1, 25)
    assert article_date(evening, "America/Guadeloupe") == DAY


def test_an_absurd_date_of_a_feed_does_not_stop_the_mail() -> None:
    assert local_date(datetime.min.replace(tzinfo=UTC), "America/New_York") == date(1, 1, 1)


@pytest.mark.parametrize("zone", ["Europe/Valmont", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_named_with_its_remedy(zone: str) -> None:
    with pytest.raises(ComposeError, match=r"no such time zone.*IANA name"):
        local_date(datetime(2026, 1, 1, tzinfo=UTC), zone)


@pytest.mark.parametrize(
    ("language", "catalogue"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("en-AU", "en"), ("de", "en"), (None, "en")],
)
def test_a_language_falls_back_to_the_nearest_we_speak(
    language: str | None, catalogue: str
) -> None:
    assert spoken(language) == catalogue
    assert words(language) is CATALOGUE[catalogue]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", [field.name for field in fields(Words)])
def test_every_sentence_is_there_in_each_language_with_the_same_placeholders(key: str) -> None:
    sentences = [getattr(each, key) for each in CATALOGUE.values()]
    assert all(sentence.strip() for sentence in sentences)
    assert len({frozenset(placeholders(sentence)) for sentence in sentences}) == 1
    assert len(set(sentences)) == len(sentences) or key == "alert_preheader"


def test_french_sentences_are_set_in_french() -> None:
    for sentence in asdict(CATALOGUE["fr"]).values():
        assert french(sentence) == sentence
    assert CATALOGUE["fr"].read_more == "Lire la suite\u00a0: "


def test_a_language_written_from_the_right_is_known() -> None:
    assert (direction("ar"), direction("he-IL"), direction("fr")) == ("rtl", "rtl", "ltr")
