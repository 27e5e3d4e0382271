"""Reads the dates that feeds and pages write, in their languages, and refuses the absurd."""

from __future__ import annotations

import re
import unicodedata
from calendar import timegm
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from time import struct_time

FLOATING = timezone(timedelta(0), "floating")
"""Of a time written without a zone: read as UTC until `settled` says where it was meant."""
EARLIEST = 1990  # no feed is older; 1970 and 0001 are an empty field of some database
LATEST = 9990  # so that sums with it stay within what datetime can hold

_MONTH_NAMES = """
    jan january janv janvier januar jänner januari enero ene gennaio gen janeiro gener
    feb february fév févr février februar februari febrero febbraio fevereiro fev febrer
    mar march mars märz mrz maart marzo março març
    apr april avr avril abril abr aprile
    may mai mei mayo maggio mag maio maig
    jun june juin juni junio giugno giu junho juny
    jul july juil juillet juli julio luglio lug julho juliol
    aug august août aoû augustus agosto ago agost
    sep sept september septembre septiembre settembre set setembro setembre
    oct october octobre okt oktober octubre ottobre ott outubro out
    nov november novembre noviembre novembro
    dec december déc décembre dez dezember dic diciembre dicembre dezembro desembre
"""


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_MONTHS = {
    _plain(name): number
    for number, line in enumerate(_MONTH_NAMES.strip().splitlines(), 1)
    for name in line.split()
}
# Zones that servers of our readers write, and mail's rules do not know (RFC 5322 §4.3).
_ZONES = {
    "AEST": "+1000", "BST": "+0100", "CDT": "-0500", "CEST": "+0200", "CET": "+0100",
    "CST": "-0600", "EDT": "-0400", "EEST": "+0300", "EET": "+0200", "EST": "-0500",
    "JST": "+0900", "MDT": "-0600", "MESZ": "+0200", "MEZ": "+0100", "MST": "-0700",
    "PDT": "-0700", "PST": "-0800", "UTC": "+0000", "WEST": "+0100", "WET": "+0000",
}  # fmt: skip
_OFFSET = rf"UTC|GMT|Z|[+-]\d{{2}}:?\d{{2}}|(?:{'|'.join(_ZONES)})\b"
_TIME = (
    r"(?:\D{1,6}?(?P<hour>\d{1,2})\s*[:hH]\s*(?P<minute>\d{2})?(?::(?P<second>\d{2}))?"
    rf"(?:\s*(?P<half>[ap])\.?m\b\.?)?\s*(?P<zone>{_OFFSET})?)?"
)
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:er|st|nd|rd|th|º|\.)?\s+(?:de\s+|d[’'])?([^\W\d_]{{3,10}})\.?,?\s+(?:de\s+)?(\d{{4}})(?!\d){_TIME}",
    re.I,
)
_MONTH_FIRST = re.compile(
    rf"\b([^\W\d_]{{3,10}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d){_TIME}", re.I
)
_SLASHED = re.compile(
    rf"(?<![\d/.-])(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}})(?![\d/-]){_TIME}", re.I
)
_YEAR_FIRST = re.compile(
    rf"(?<![\d/.-])(\d{{4}})([/.-])(\d{{1,2}})\2(\d{{1,2}})(?![\d/-]){_TIME}", re.I
)
_HALF = re.compile(r"\d\s*[ap]\.?m\b", re.I)
_UNKNOWN_ZONE = re.compile(r"(?<=:\d\d )-0000$")  # is UTC (RFC 5322 §3.3)
_ZONE_AT_END = re.compile(r"(?<=:\d\d) ?[+-]\d{4}$")
_COLON_IN_ZONE = re.compile(r"([+-]\d{2}):(\d{2})$")
_SINCE_1970 = re.compile(r"(\d{10})(\d{3})?")  # seconds, perhaps thousandths


# A year 0001 is .NET's empty date; mail's rules would read it as 2001. Zones (+0100) are no years.
_YEAR_NOUGHT = re.compile(r"(?<![\d+:.-])-?0\d{3}(?=$|[\s-])")


def from_struct(parsed: struct_time | None) -> datetime | None:
    """feedparser's reading of a date, which is UTC; None if there is none or it is absurd."""
    if parsed is None or not EARLIEST <= parsed[0] <= LATEST:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def credible(moment: datetime | None) -> datetime | None:
    """The moment in whole seconds, in UTC or FLOATING, or None if its year cannot be true.

    A day alone is its midnight in UTC, wherever it was meant; a time that falls there is a second
    later, so that it is none.
    """
    if moment is None or not EARLIEST <= moment.year <= LATEST:
        return None
    moment = moment.replace(microsecond=0)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC if moment.time() == time() else FLOATING)
    return moment if moment.tzinfo is FLOATING else _in_utc(moment)


def settled(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """The moment in UTC, where a FLOATING one is the local time of this zone."""
    if moment is None or moment.tzinfo is not FLOATING:
        return moment
    return _in_utc(moment.replace(tzinfo=zone))


def _in_utc(moment: datetime) -> datetime:
    found = moment.astimezone(UTC)
    no_day = moment.time() != time() and found.time() == time()
    return found + timedelta(seconds=1) if no_day else found


def parse_date(text: str) -> datetime | None:
    """A date as people and programs write it; None for what cannot be read or believed.

    Reads ISO 8601, RFC 5322 and days with a month's name in English, French, German, Spanish,
    Italian, Portuguese, Dutch or Catalan, whatever the name of the weekday; also 24/01/2026, day
    first, 2026/01/24, and seconds since 1970. In UTC, or FLOATING for a time without a zone.
    """
    line = _UNKNOWN_ZONE.sub("+0000", " ".join(text.split())[:200])
    if _YEAR_NOUGHT.search(_ZONE_AT_END.sub("", line)):
        return None
    for reader in (_since_1970, _iso, _mail, _named):
        try:
            moment = credible(reader(line))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment is not None:
            return moment
    return None


def _since_1970(text: str) -> datetime | None:
    match = _SINCE_1970.fullmatch(text)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _iso(text: str) -> datetime | None:
    return datetime.fromisoformat(text)


def _mail(text: str) -> datetime | None:
    if _HALF.search(text):
        return None  # mail knows no "pm", and would take it for nothing
    with_offset = _COLON_IN_ZONE.sub(r"\1\2", text)
    name = with_offset.rsplit(" ", 1)[-1]
    if name in _ZONES:
        with_offset = f"{with_offset[: -len(name)]}{_ZONES[name]}"
    return parsedate_to_datetime(with_offset)


def _named(text: str) -> datetime | None:
    match = _DAY_FIRST.search(text)
    if match and _plain(match[2]) in _MONTHS:
        return _moment(match[3], _MONTHS[_plain(match[2])], match[1], match)
    match = _MONTH_FIRST.search(text)
    if match and _plain(match[1]) in _MONTHS:
        return _moment(match[3], _MONTHS[_plain(match[1])], match[2], match)
    match = _SLASHED.search(text)
    if match:
        return _moment(match[4], int(match[3]), match[1], match)
    match = _YEAR_FIRST.search(text)
    if match:
        return _moment(match[1], int(match[3]), match[4], match)
    return None


def _at_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(year: str, month: int, day: str, match: re.Match[str]) -> datetime:
    midnight = _at_midnight(date(int(year), month, int(day)))
    if match["hour"] is None:
        return midnight
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    if hour > 23 or minute > 59:
        return midnight
    clock = timedelta(hours=hour, minutes=minute, seconds=int(match["second"] or 0))
    zone = match["zone"] or ""
    zone = _ZONES.get(zone.upper(), zone)
    if zone[:1] in ("+", "-"):
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        return (midnight + clock).replace(tzinfo=timezone(offset if zone[0] == "+" else -offset))
    return midnight + clock if zone else (midnight + clock).replace(tzinfo=None)
