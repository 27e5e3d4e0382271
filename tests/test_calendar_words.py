"""Schedules said in words, and the times and spans that people type."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.calendar import Cron, describe, parse_span, parse_when, zone
from newsletter.errors import Refused

PARIS = zone("Europe/Paris")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # a Sunday, 11:00 in Paris


@pytest.mark.parametrize(
    ("expression", "english", "french"),
    [
        ("0 8 * * fri", "every Friday at 08:00", "chaque vendredi à 8_h"),
        ("0 8 * * *", "every day at 08:00", "chaque jour à 8_h"),
        ("@weekly", "every Sunday at 00:00", "chaque dimanche à 0_h"),
        ("*/15 * * * *", "every 15 minutes", "toutes les 15 minutes"),
        ("* * * * *", "every minute", "chaque minute"),
        ("@hourly", "every hour, on the hour", "toutes les heures, à l’heure pile"),
        ("0 */2 * * *", "every 2 hours", "toutes les 2 heures"),
        ("0 */2 * * sat", "every Saturday, every 2 hours", "chaque samedi, toutes les 2 heures"),
        (
            "0 8,18 * * 1-5",
            "from Monday to Friday at 08:00 and 18:00",
            "du lundi au vendredi à 8_h et à 18_h",
        ),
        (
            "30 7 * * sun,mon,wed",
            "every Monday, Wednesday and Sunday at 07:30",
            "chaque lundi, mercredi et dimanche à 7_h_30",
        ),
        (
            "0 9 1,22 * *",
            "on the 1st and 22nd of every month at 09:00",
            "le 1er et le 22 de chaque mois à 9_h",
        ),
        ("0 9 1 1 *", "every year on 1 January at 09:00", "chaque année le 1er janvier à 9_h"),
        (
            "0 9 12 */6 *",
            "on the 12th of January and July at 09:00",
            "le 12 des mois de janvier et juillet à 9_h",
        ),
        (
            "0 9 * 7,8 fri",
            "every Friday in July and August at 09:00",
            "chaque vendredi en juillet et en août à 9_h",
        ),
        (
            "0 9 13 * fri",
            "on the 13th of every month and every Friday at 09:00",
            "le 13 de chaque mois et chaque vendredi à 9_h",
        ),
        ("5 8 * * *", "every day at 08:05", "chaque jour à 8_h_05"),
        ("0 9 1-31 * fri", "every day at 09:00", "chaque jour à 9_h"),
    ],
)
def test_a_schedule_is_said_in_words(expression: str, english: str, french: str) -> None:
    cron = Cron.parse(expression)
    assert describe(cron, "en") == english
    assert describe(cron, "fr") == french.replace("_", "\N{NBSP}")


def test_a_regional_tag_is_its_language_and_an_unknown_one_gets_english() -> None:
    cron = Cron.parse("@daily")
    assert describe(cron, "fr-CA") == describe(cron, "FR_ch") == describe(cron, "fr")
    assert describe(cron, "frr") == describe(cron, "de") == describe(cron, "en")


@pytest.mark.parametrize(
    "expression", ["7 * * * *", "*/7 * * * *", "0 8 */2 * mon", "0 8 1 1 fri", "0,15,30 8,9 * * *"]
)
def test_what_is_no_plain_sentence_is_shown_as_it_was_written(expression: str) -> None:
    assert describe(Cron.parse(expression), "fr") == expression


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-12-01 09:00", "2026-12-01 08:00"),
        ("2026-12-01 9:00", "2026-12-01 08:00"),
        ("2026-12-01 9 h 30", "2026-12-01 08:30"),
        ("2026-12-01T09:00", "2026-12-01 08:00"),
        ("2026-12-01T09:00Z", "2026-12-01 09:00"),
        ("2026-12-01T09:00:00-05:00", "2026-12-01 14:00"),
        ("tomorrow 9:00", "2026-11-23 08:00"),
        ("  Tomorrow   09:00 ", "2026-11-23 08:00"),
        ("demain 9h00", "2026-11-23 08:00"),
        ("today 18:00", "2026-11-22 17:00"),
        ("aujourd’hui 18:00", "2026-11-22 17:00"),
        ("friday 9:00", "2026-11-27 08:00"),
        ("vendredi 9 h 00", "2026-11-27 08:00"),
        ("sunday 11:00", "2026-11-22 10:00"),
        ("sun 10:59", "2026-11-29 09:59"),
        ("18:00", "2026-11-22 17:00"),
        ("9:00", "2026-11-23 08:00"),
        ("+2h", "2026-11-22 12:00"),
        ("+1h30m", "2026-11-22 11:30"),
        ("+1w", "2026-11-29 10:00"),
        ("now", "2026-11-22 10:00"),
        ("2027-03-28 02:30", "2027-03-28 01:00"),  # a skipped time
        ("2027-10-31 02:30", "2027-10-31 00:30"),  # a doubled time
    ],
)
def test_a_time_is_understood_as_people_say_it(said: str, expected: str) -> None:
    assert parse_when(said, PARIS, NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert parse_when(said, PARIS, NOW).utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("2026-12-01", "no time of day"),
        ("2026-02-30 09:00", "expected"),
        ("soon", "expected"),
        ("", "expected"),
        ("25:00", "expected"),
        ("friday", "expected"),
        ("someday 9:00", "expected"),
        ("2h", "expected"),
        ("+5", "a number and a unit"),
        ("today 8:00", "is past"),
        ("2020-01-01 09:00", "is past"),
        ("0001-01-01 00:00", "a year of"),
        ("9999-12-31T23:59-12:00", "a year of"),
    ],
)
def test_a_time_that_is_past_or_not_understood_is_refused(said: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        parse_when(said, PARIS, NOW)


@given(st.text(max_size=20))
def test_any_text_is_understood_or_refused(said: str) -> None:
    with suppress(Refused):
        assert parse_when(said, PARIS, NOW) >= NOW
    with suppress(Refused):
        assert parse_span(said) >= timedelta()


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("2h", 120),
        ("30m", 30),
        ("3d", 4320),
        ("3j", 4320),
        ("1w", 10080),
        ("90s", 1.5),
        ("1h30m", 90),
        (" 1 h 30 m ", 90),
        ("2H", 120),
        ("0m", 0),
    ],
)
def test_a_span_is_a_number_and_a_unit(said: str, minutes: float) -> None:
    assert parse_span(said) == timedelta(minutes=minutes)


@pytest.mark.parametrize("said", ["", "2", "h", "2x", "-2h", "1.5h", "2h!", "999999w", "２h"])
def test_any_other_span_is_refused(said: str) -> None:
    with pytest.raises(Refused, match="30m, 2h"):
        parse_span(said)
