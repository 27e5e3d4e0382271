"""The cron expression: what it means, and how a wrong one is refused."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice

import pytest

from newsletter.calendar import Cron
from newsletter.errors import NewsletterError, Refused


def nominals(expression: str, start: str, count: int = 3) -> list[str]:
    times = Cron.parse(expression).nominals(datetime.fromisoformat(start))
    return [f"{time:%a %Y-%m-%d %H:%M}" for time in islice(times, count)]


@pytest.mark.parametrize("friday", ["fri", "5", "FRI", "Friday"])
def test_a_friday_may_be_written_in_several_ways(friday: str) -> None:
    assert nominals(f"0 8 * * {friday}", "2026-11-22", 2) == [
        "Fri 2026-11-27 08:00",
        "Fri 2026-12-04 08:00",
    ]


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "sunday"])
def test_zero_and_seven_are_both_sunday(sunday: str) -> None:
    assert Cron.parse(f"0 8 * * {sunday}").weekdays == {0}


@pytest.mark.parametrize("weekend", ["5-7", "fri-sun", "fri-sunday", "fri,sat,sun", "0,5-6"])
def test_a_range_of_days_may_end_on_sunday(weekend: str) -> None:
    assert Cron.parse(f"0 8 * * {weekend}").weekdays == {5, 6, 0}


def test_lists_ranges_and_steps_add_up() -> None:
    cron = Cron.parse("*/20,5,50-59/4 8-10,18 1-31/10 jan-mar,dec *")
    assert cron.minutes == {0, 20, 40, 5, 50, 54, 58}
    assert cron.hours == {8, 9, 10, 18}
    assert cron.days == {1, 11, 21, 31}
    assert cron.months == {1, 2, 3, 12}


def test_day_of_month_or_day_of_week_is_enough_when_both_are_restricted() -> None:
    assert nominals("0 8 13 * fri", "2026-02-01", 5) == [
        "Fri 2026-02-06 08:00",
        "Fri 2026-02-13 08:00",
        "Fri 2026-02-20 08:00",
        "Fri 2026-02-27 08:00",
        "Fri 2026-03-06 08:00",
    ]
    assert Cron.parse("0 8 13 * fri").fires_on(date(2026, 4, 13))  # a Monday


def test_both_must_match_when_one_of_them_starts_with_a_star() -> None:
    assert nominals("0 8 */2 * mon", "2026-11-01", 3) == [
        "Mon 2026-11-09 08:00",
        "Mon 2026-11-23 08:00",
        "Mon 2026-12-07 08:00",
    ]


@pytest.mark.parametrize(
    ("shorthand", "first"),
    [
        ("@hourly", "Sun 2026-11-22 13:00"),
        ("@daily", "Mon 2026-11-23 00:00"),
        ("@midnight", "Mon 2026-11-23 00:00"),
        ("@weekly", "Sun 2026-11-29 00:00"),
        ("@monthly", "Tue 2026-12-01 00:00"),
        ("@yearly", "Fri 2027-01-01 00:00"),
        ("@Annually", "Fri 2027-01-01 00:00"),
    ],
)
def test_shorthands_mean_what_cron_means(shorthand: str, first: str) -> None:
    assert nominals(shorthand, "2026-11-22 12:30", 1) == [first]


def test_the_start_itself_counts() -> None:
    assert nominals("0 8 * * *", "2026-11-22 08:00", 1) == ["Sun 2026-11-22 08:00"]
    assert nominals("0 8 * * *", "2026-11-22 08:01", 1) == ["Mon 2026-11-23 08:00"]


def test_a_leap_day_waits_for_its_year() -> None:
    assert nominals("0 8 29 2 *", "2026-11-22", 2) == [
        "Tue 2028-02-29 08:00",
        "Sun 2032-02-29 08:00",
    ]


def test_a_leap_day_on_one_weekday_is_found_across_a_century() -> None:
    # 2100 is no leap year, so forty years pass between these two Sundays (`*/7` is 0 and 7).
    assert nominals("0 0 29 2 */7", "2088-01-01", 2) == [
        "Sun 2088-02-29 00:00",
        "Sun 2128-02-29 00:00",
    ]


def test_the_last_years_of_the_calendar_end_the_list() -> None:
    assert nominals("@yearly", "9998-12-01") == []


@pytest.mark.parametrize(
    ("expression", "field", "expected"),
    [
        ("60 8 * * *", "minute '60'", "0-59"),
        ("0 24 * * *", "hour '24'", "0-23"),
        ("0 8 0 * *", "day of month '0'", "1-31"),
        ("0 8 * 13 *", "month '13'", "1-12 or jan-dec"),
        ("0 8 * * vendredi", "day of week 'vendredi'", "0-7 or sun-sat"),
        ("0 8 * * 8", "day of week '8'", "0-7 or sun-sat"),
        ("1,,2 8 * * *", "minute ''", "0-59"),
        ("-1 8 * * *", "minute '-1'", "0-59"),
        ("+1 8 * * *", "minute '+1'", "0-59"),
        ("１ 8 * * *", "minute '１'", "0-59"),
        ("*-5 8 * * *", "minute '*-5'", "0-59"),
        ("*/0 8 * * *", "minute '*/0'", "a step of 1-60"),
        ("*/x 8 * * *", "minute '*/x'", "a step of 1-60"),
        ("*/90 8 * * *", "minute '*/90'", "a step of 1-60"),
        ("5/15 8 * * *", "minute '5/15'", "'5-59/15'"),
        ("0 18-8 * * *", "hour '18-8'", "'18,8'"),
        ("0 8 * * sat-mon", "day of week 'sat-mon'", "'sat,mon'"),
        ("0 8 * *", "found 4", "5 fields"),
        ("0 0 8 * * *", "found 6", "5 fields"),
        ("", "found 0", "5 fields"),
        ("@reboot", "'@reboot'", "@weekly"),
        ("0 8 30 2 *", "never fires", "another day"),
        ("0 8 31 feb,apr,jun,sep,nov *", "never fires", "another day"),
        ("0 8 31 2 */2", "never fires", "another day"),
    ],
)
def test_a_wrong_expression_is_refused_with_its_field_and_what_was_expected(
    expression: str, field: str, expected: str
) -> None:
    with pytest.raises(Refused) as caught:
        Cron.parse(expression)
    assert isinstance(caught.value, NewsletterError)
    assert field in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_day_that_no_month_has_may_still_fire_by_its_weekday() -> None:
    assert nominals("0 8 30 2 fri", "2026-01-01", 1) == ["Fri 2026-02-06 08:00"]


def test_the_expression_is_kept_as_it_was_written() -> None:
    assert str(Cron.parse("  0   8 * *  Fri ")) == "0 8 * * Fri"
