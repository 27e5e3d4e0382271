"""In charge of the times and spans that people type: `tomorrow 9:00`, `+2h`, `30m`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.calendar.moments import instant
from newsletter.errors import Refused

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "j": timedelta(days=1),  # jour
    "w": timedelta(weeks=1),
}
_PART = re.compile(r"([0-9]{1,6}) ?([smhdjw])")
_LONGEST = timedelta(days=3660)  # ten years: beyond that it is a typing mistake

_DAYS_AHEAD = {"today": 0, "tomorrow": 1, "aujourd'hui": 0, "demain": 1}
_WEEKDAYS = {
    name: number
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "mon tue wed thu fri sat sun",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    )
    for number, name in enumerate(names.split())
}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]) ?(?::|h) ?([0-5][0-9])")
_FIRST_YEAR, _LAST_YEAR = 1970, 9990  # what time zones can carry without overflowing
_EXPECTED = "expected '2026-12-01 09:00', 'tomorrow 9:00', 'friday 9:00', '+2h' or 'now'"


def parse_span(text: str) -> timedelta:
    """A span of elapsed time: `90s`, `30m`, `2h`, `3d`, `1w`, or some of them as in `1h30m`.

    A day is 24 hours. Raises Refused for anything else, and for more than ten years.
    """
    rest, total = text.strip().lower(), timedelta()
    while match := _PART.match(rest):
        total += int(match[1]) * _UNITS[match[2]]
        rest = rest[match.end() :].lstrip()
        if not rest and total <= _LONGEST:
            return total
    raise Refused(f"span {text.strip()!r}: expected a number and a unit, such as 30m, 2h, 3d or 1w")


def parse_when(text: str, tz: ZoneInfo, now: datetime) -> datetime:
    """The UTC instant that a person means by `text`, now or later.

    Understood are a date and time (local to `tz` unless it carries an offset), a day's name or
    `today`/`tomorrow` with a time (French too), a time alone (its next occurrence), `+SPAN` from
    `now` (aware), and `now`. A local time that the clock shows twice means the first; one that it
    skips means the first instant after the gap. Raises Refused for what it does not understand and
    for what is past.
    """
    said = " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower().split())
    if said in {"now", "maintenant"}:
        return now.astimezone(UTC)
    if said.startswith("+"):
        return now.astimezone(UTC) + parse_span(said[1:])
    when = _relative(said, tz, now) or _absolute(said, text, tz)
    if when < now:
        shown = when.astimezone(tz).strftime("%Y-%m-%d %H:%M")
        raise Refused(f"time {text.strip()!r}: {shown} is past; give a later one, or 'now'")
    return when


def _relative(said: str, tz: ZoneInfo, now: datetime) -> datetime | None:
    """A day's name and a time, or a time alone, which mean the next such time."""
    day_text, _, clock_text = said.partition(" ")
    if _CLOCK.fullmatch(said):
        day_text, clock_text = "", said
    clock = _CLOCK.fullmatch(clock_text)
    if clock is None:
        return None
    at = time(int(clock[1]), int(clock[2]))
    today = now.astimezone(tz).date()
    if day_text in _DAYS_AHEAD:
        return _local(today + timedelta(days=_DAYS_AHEAD[day_text]), at, tz)
    if day_text == "":
        first, repeats = today, timedelta(days=1)
    elif day_text in _WEEKDAYS:
        ahead = (_WEEKDAYS[day_text] - today.weekday()) % 7
        first, repeats = today + timedelta(days=ahead), timedelta(weeks=1)
    else:
        return None
    when = _local(first, at, tz)
    return when if when >= now else _local(first + repeats, at, tz)


def _absolute(said: str, text: str, tz: ZoneInfo) -> datetime:
    """An ISO date and time, where the hour may also have one digit or be written `9 h 30`."""
    day_text, _, clock_text = said.partition(" ")
    if clock := _CLOCK.fullmatch(clock_text):
        said = f"{day_text} {int(clock[1]):02}:{clock[2]}"
    try:
        read = datetime.fromisoformat(said.upper())
    except ValueError as error:
        raise Refused(f"time {text.strip()!r}: {_EXPECTED}") from error
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise Refused(f"time {text.strip()!r}: expected a year of {_FIRST_YEAR}-{_LAST_YEAR}")
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    if _is_date_alone(said):
        raise Refused(f"time {text.strip()!r}: has no time of day; add one, as in '{said} 09:00'")
    return instant(read, tz)


def _is_date_alone(said: str) -> bool:
    try:
        date.fromisoformat(said.upper())
    except ValueError:
        return False
    return True


def _local(day: date, at: time, tz: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, at), tz)
