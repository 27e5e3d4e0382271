"""From nominal local times to instants, over every kind of clock change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.calendar import (
    Cron,
    DueSlots,
    Moment,
    default_grace,
    due,
    moments_between,
    next_moment,
    zone,
)
from newsletter.errors import Refused

MINUTE = timedelta(minutes=1)
PARIS = zone("Europe/Paris")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def between(expression: str, tz: str, start: str, end: str) -> list[tuple[str, str]]:
    found = moments_between(Cron.parse(expression), zone(tz), utc(start), utc(end))
    return [(f"{m.nominal:%d %H:%M}", f"{m.due_at:%d %H:%M}") for m in found]


# The changes of the clock, each with a day and a half on either side of it.
CHANGES = [
    ("Europe/Paris", "2026-03-29 01:00"),
    ("Europe/Paris", "2026-10-25 01:00"),
    ("America/St_Johns", "2026-03-08 05:30"),
    ("America/St_Johns", "2006-10-29 02:31"),  # at one minute past midnight, in those years
    ("America/St_Johns", "2006-04-02 03:31"),
    ("Australia/Lord_Howe", "2026-04-04 15:00"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-03 15:30"),
    ("Pacific/Apia", "2011-12-30 10:00"),  # a whole day that never was
]
REACH = 36 * 60  # minutes


@cache
def strides(name: str, change: str) -> list[tuple[datetime, datetime, datetime]]:
    """Per minute of UTC: the instant, the latest local time shown before, and the one shown now.

    Only the minutes at which the clock shows something later than ever before are kept.
    """
    tz = zone(name)
    middle = utc(change)
    latest = local("1900-01-01 00:00")
    found = []
    for minute in range(-REACH, REACH + 1):
        instant = middle + minute * MINUTE
        shown = instant.astimezone(tz).replace(tzinfo=None, fold=0)
        if shown > latest:
            found.append((instant, latest, shown))
            latest = shown
    return found[1:]  # the first one only says where the walk begins


@dataclass(frozen=True)
class Wanted:
    """A schedule as plain sets, to be matched one minute after the other."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    weekdays: frozenset[int] | None

    def expression(self) -> str:
        return " ".join(
            "*" if values is None else ",".join(str(value) for value in sorted(values))
            for values in (self.minutes, self.hours, self.days, None, self.weekdays)
        )

    def matches(self, at: datetime) -> bool:
        by_date = self.days is not None and at.day in self.days
        by_week = self.weekdays is not None and at.isoweekday() in self.weekdays
        any_day = self.days is None and self.weekdays is None
        return (
            at.minute in self.minutes and at.hour in self.hours and (any_day or by_date or by_week)
        )


def values(low: int, high: int, most: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(low, high), min_size=1, max_size=most)


WANTED = st.builds(
    Wanted,
    minutes=st.one_of(values(0, 59, 4), st.just(frozenset(range(0, 60, 15)))),
    hours=st.one_of(values(0, 4, 5), st.just(frozenset(range(24)))),
    days=st.one_of(st.none(), values(1, 31, 20)),
    weekdays=st.one_of(st.none(), values(1, 7, 5)),
)


def walked(wanted: Wanted, name: str, change: str) -> list[Moment]:
    """What a person watching the clock minute by minute would do: act on what has become late."""
    found = []
    for instant, latest, shown in strides(name, change):
        late = None
        nominal = latest + MINUTE
        while nominal <= shown:
            if wanted.matches(nominal):
                late = nominal
            nominal += MINUTE
        if late is not None:
            found.append(Moment(nominal=late, due_at=instant))
    return found


@settings(max_examples=60, deadline=None)
@given(wanted=WANTED, change=st.sampled_from(CHANGES), skipped=st.integers(0, 2 * REACH))
def test_the_moments_are_those_of_someone_who_watches_the_clock(
    wanted: Wanted, change: tuple[str, str], skipped: int
) -> None:
    name, middle = change
    tz, cron = zone(name), Cron.parse(wanted.expression())
    end = utc(middle) + REACH * MINUTE
    after = utc(middle) - (REACH - skipped) * MINUTE
    found = list(moments_between(cron, tz, after, end))
    expected = [moment for moment in walked(wanted, name, middle) if moment.due_at > after]
    assert found == expected
    if expected:
        assert next_moment(cron, tz, after) == expected[0]


@settings(max_examples=60, deadline=None)
@given(wanted=WANTED, change=st.sampled_from(CHANGES))
def test_instants_and_names_increase_strictly(wanted: Wanted, change: tuple[str, str]) -> None:
    name, middle = change
    tz, cron = zone(name), Cron.parse(wanted.expression())
    after, end = utc(middle) - REACH * MINUTE, utc(middle) + REACH * MINUTE
    step_by_step = []
    while (moment := next_moment(cron, tz, after)).due_at <= end:
        step_by_step.append(moment)
        after = moment.due_at
    for earlier, later in pairwise(step_by_step):
        assert earlier.due_at < later.due_at
        assert earlier.nominal < later.nominal


def test_a_weekly_digest_keeps_its_local_hour_over_the_change() -> None:
    assert between("0 8 * * fri", "Europe/Paris", "2026-03-20 12:00", "2026-04-04 00:00") == [
        ("27 08:00", "27 07:00"),
        ("03 08:00", "03 06:00"),
    ]


def test_a_doubled_hour_fires_once_the_first_time() -> None:
    assert between("30 2 * * *", "Europe/Paris", "2026-10-24 12:00", "2026-10-26 00:00") == [
        ("25 02:30", "25 00:30"),
    ]


def test_between_the_two_showings_of_an_hour_its_slot_is_past() -> None:
    after = utc("2026-10-25 00:30")
    assert next_moment(Cron.parse("30 2 * * *"), PARIS, after).nominal == local("2026-10-26 02:30")


def test_a_skipped_time_fires_at_the_first_instant_after_the_gap() -> None:
    assert between("30 2 * * *", "Europe/Paris", "2026-03-28 12:00", "2026-03-30 00:00") == [
        ("29 02:30", "29 01:00"),
    ]


def test_all_that_one_gap_skips_is_one_moment() -> None:
    assert between("*/20 2 * * *", "Europe/Paris", "2026-03-28 12:00", "2026-03-29 12:00") == [
        ("29 02:40", "29 01:00"),
    ]
    assert between("0 2,3 * * *", "Europe/Paris", "2026-03-28 12:00", "2026-03-29 12:00") == [
        ("29 03:00", "29 01:00"),
    ]


def test_a_day_that_never_was_fires_when_the_next_one_begins() -> None:
    assert between("0 8 * * *", "Pacific/Apia", "2011-12-29 17:00", "2011-12-31 17:00") == [
        ("29 08:00", "29 18:00"),
        ("30 08:00", "30 10:00"),
        ("31 08:00", "30 18:00"),
    ]


def test_an_offset_with_seconds_is_exact() -> None:
    # Monrovia was 44 min 30 s behind UTC until its clocks went from midnight to 00:44:30.
    moments = moments_between(
        Cron.parse("0 0 * * *"),
        zone("Africa/Monrovia"),
        utc("1972-01-06 00:00"),
        utc("1972-01-09 00:00"),
    )
    assert [moment.due_at for moment in moments] == [
        utc("1972-01-06 00:44:30"),
        utc("1972-01-07 00:44:30"),
        utc("1972-01-08 00:00"),
        utc("1972-01-09 00:00"),
    ]


def test_moments_between_excludes_its_start_and_includes_its_end() -> None:
    start, end = "2026-11-22 07:00", "2026-11-23 07:00"
    assert between("0 8 * * *", "Europe/Paris", start, end) == [("23 08:00", "23 07:00")]
    assert between("0 8 * * *", "Europe/Paris", end, start) == []


def test_a_naive_time_is_a_bug_and_says_so() -> None:
    cron = Cron.parse("@daily")
    naive = utc("2026-11-22 07:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        next_moment(cron, PARIS, naive)


def test_the_end_of_the_calendar_is_refused() -> None:
    with pytest.raises(Refused, match="no moment is left"):
        next_moment(Cron.parse("@yearly"), PARIS, utc("9998-12-01 00:00"))


WEEKLY = Cron.parse("0 8 * * fri")
FRIDAYS = [
    Moment(local(f"2026-11-{day:02} 08:00"), utc(f"2026-11-{day:02} 07:00")) for day in (6, 13, 20)
]
GRACE = timedelta(hours=12)


def due_at(now: str, since: str = "2026-11-01 00:00") -> DueSlots:
    return due(WEEKLY, PARIS, utc(since), utc(now), GRACE)


def test_before_its_time_nothing_is_due() -> None:
    assert due_at("2026-11-06 06:59") == DueSlots(publish=None, missed=())


def test_a_slot_is_due_from_its_instant_to_the_end_of_its_grace() -> None:
    assert due_at("2026-11-06 07:00") == DueSlots(publish=FRIDAYS[0], missed=())
    assert due_at("2026-11-06 19:00") == DueSlots(publish=FRIDAYS[0], missed=())


def test_later_than_its_grace_a_slot_is_missed() -> None:
    assert due_at("2026-11-06 19:01") == DueSlots(publish=None, missed=(FRIDAYS[0],))


def test_after_a_long_downtime_only_the_latest_slot_is_published() -> None:
    assert due_at("2026-11-20 08:00") == DueSlots(FRIDAYS[2], missed=tuple(FRIDAYS[:2]))
    assert due_at("2026-11-21 08:00") == DueSlots(None, missed=tuple(FRIDAYS))


def test_a_slot_that_was_handled_is_not_due_again() -> None:
    assert due_at("2026-11-06 08:00", since="2026-11-06 07:00") == DueSlots(None, ())


def test_a_clock_set_back_makes_nothing_due() -> None:
    assert due_at("2026-11-06 08:00", since="2026-11-20 07:00") == DueSlots(None, ())


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("0 8 * * fri", 12),
        ("0 8 1 * *", 12),
        ("0 8 1,31 * *", 12),
        ("0 8 29 2 *", 12),
        ("0 8 * * mon,wed,fri", 12),
        ("0 8 * * mon-fri", 3),
        ("0 8 * * *", 3),
        ("0 8,18 * * *", 3),
        ("@hourly", 3),
        ("* * * * *", 3),
        ("*/10 * * * fri", 3),
    ],
)
def test_the_grace_follows_how_often_a_schedule_fires(expression: str, hours: int) -> None:
    assert default_grace(Cron.parse(expression)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "name", ["Europe/Valmont", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b"]
)
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="no such time zone"):
        zone(name)
