"""Reads the dates that feeds and pages write, in their languages, and refuses the absurd."""

from __future__ import annotations

import re
import unicodedata
from calendar import timegm
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import struct_time

EARLIEST = 1990  # no feed is older; 1970 and 0001 are an empty field of some database
LATEST = 9990  # so that sums with it stay within what datetime can hold

_MONTH_NAMES = """
    jan january janv janvier januar jänner enero ene gennaio janeiro
    feb february fév févr février februar febrero febbraio fevereiro
    mar march mars märz mrz marzo março
    apr april avr avril abril abr aprile
    may mai mayo maggio maio
    jun june juin juni junio giugno junho
    jul july juil juillet juli julio luglio julho
    aug august août agosto ago
    sep sept september septembre septiembre settembre setembro
    oct october octobre okt oktober octubre ottobre outubro
    nov november novembre noviembre novembro
    dec december déc décembre dez dezember dic diciembre dicembre dezembro
"""


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_MONTHS = {
    _plain(name): number
    for number, line in enumerate(_MONTH_NAMES.strip().splitlines(), 1)
    for name in line.split()
}
_TIME = r"(?:\D{1,6}?(\d{1,2})\s*[:hH]\s*(\d{2})?(?::(\d{2}))?\s*(UTC|GMT|Z|[+-]\d{2}:?\d{2})?)?"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:er|st|nd|rd|th|º|\.)?\s+(?:de\s+)?([^\W\d_]{{3,10}})\.?,?\s+(?:de\s+)?(\d{{4}})(?!\d){_TIME}"
)
_MONTH_FIRST = re.compile(
    rf"\b([^\W\d_]{{3,10}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d){_TIME}"
)
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?![\d/])")


# A year 0001 is .NET's empty date; mail's rules would read it as 2001. Zones (+0100) are no years.
_YEAR_NOUGHT = re.compile(r"(?<![\d+:.-])0\d{3}(?=$|[\s-])")


def from_struct(parsed: struct_time | None) -> datetime | None:
    """feedparser's reading of a date, which is UTC; None if there is none or it is absurd."""
    if parsed is None or not EARLIEST <= parsed[0] <= LATEST:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def credible(moment: datetime | None) -> datetime | None:
    """The moment in UTC, or None if its year cannot be true."""
    if moment is None or not EARLIEST <= moment.year <= LATEST:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def parse_date(text: str) -> datetime | None:
    """A date as people and programs write it, in UTC; None for what cannot be read or believed.

    Reads ISO 8601, RFC 5322 and days with a month's name in English, French, German, Spanish,
    Italian or Portuguese, whatever the name of the weekday; also 24/01/2026, day first. A time
    without a zone is taken as UTC.
    """
    line = " ".join(text.split())[:200]
    if _YEAR_NOUGHT.search(line):
        return None
    for reader in (_iso, _mail, _named):
        try:
            moment = credible(reader(line))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment is not None:
            return moment
    return None


def _iso(text: str) -> datetime | None:
    return datetime.fromisoformat(text)


def _mail(text: str) -> datetime | None:
    return parsedate_to_datetime(text)


def _named(text: str) -> datetime | None:
    match = _DAY_FIRST.search(text)
    if match and _plain(match[2]) in _MONTHS:
        return _moment(match[3], _MONTHS[_plain(match[2])], match[1], match)
    match = _MONTH_FIRST.search(text)
    if match and _plain(match[1]) in _MONTHS:
        return _moment(match[3], _MONTHS[_plain(match[1])], match[2], match)
    match = _SLASHED.search(text)
    if match:
        return _at_midnight(date(int(match[3]), int(match[2]), int(match[1])))
    return None


def _at_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(year: str, month: int, day: str, match: re.Match[str]) -> datetime:
    midnight = _at_midnight(date(int(year), month, int(day)))
    if match[4] is None or int(match[4]) > 23 or int(match[5] or 0) > 59:
        return midnight
    clock = timedelta(hours=int(match[4]), minutes=int(match[5] or 0), seconds=int(match[6] or 0))
    zone = match[7] or ""
    if zone[:1] in ("+", "-"):
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        clock += offset if zone[0] == "-" else -offset
    return midnight + clock
