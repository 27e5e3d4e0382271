"""Which language a mail speaks: its sentences, its dates, its direction and its typography."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from newsletter.compose.typography import french
from newsletter.compose.words import CATALOGUE, Words
from newsletter.errors import ComposeError

__all__ = [
    "article_date",
    "direction",
    "french",
    "full_date",
    "is_french",
    "language_name",
    "local_date",
    "long_date",
    "moment",
    "quoted",
    "same_language",
    "spoken",
    "typeset",
    "words",
]

FALLBACK = "en"


def _primary(language: str | None) -> str:
    """The primary subtag, lower case: `fr` of `fr-CA` and of `fr_FR` (BCP 47)."""
    return re.split(r"[-_]", language or "", maxsplit=1)[0].strip().lower()


def spoken(language: str | None) -> str:
    """The language of our catalogue nearest to `language`: fr-CA speaks fr, all others en."""
    primary = _primary(language)
    return primary if primary in CATALOGUE else FALLBACK


def words(language: str | None) -> Words:
    """The sentences to use for `language`."""
    return CATALOGUE[spoken(language)]


def is_french(language: str | None) -> bool:
    """True for fr and all its regions."""
    return _primary(language) == "fr"


def same_language(one: str | None, other: str | None) -> bool:
    """True where both have the same primary subtag, or either is not known."""
    return not one or not other or _primary(one) == _primary(other)


def typeset(text: str, language: str | None) -> str:
    """`text` with the marks and spaces its language wants; only French asks for any."""
    return french(text) if is_french(language) else text


@lru_cache(maxsize=64)
def _locale(language: str | None) -> Locale:
    tag = (language or FALLBACK).replace("_", "-")
    if tag.lower() == "en":
        tag = "en-GB"  # plain English gets "24 January 2026"; en-US keeps "January 24, 2026"
    for attempt in (tag, _primary(language), "en-GB"):
        try:
            return Locale.parse(attempt, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue  # an article may carry any tag its feed invented
    raise AssertionError("Babel always knows en-GB")


def direction(language: str | None) -> str:
    """`ltr` or `rtl`, for the `dir` attribute."""
    return "rtl" if _locale(language).character_order == "right-to-left" else "ltr"


def _date(day: date, language: str | None, style: str) -> str:
    written = format_date(day, format=style, locale=_locale(language))
    if is_french(language):
        # CLDR writes "1 mars"; French reads and writes "1er mars".
        written = re.sub(r"(?<!\d)1 (?=[^\W\d])", "1er ", written)
    return written


def long_date(day: date, language: str | None) -> str:
    """A day in words: `24 janvier 2026`, `24 January 2026`."""
    return _date(day, language, "long")


def language_name(language: str, wanted: str) -> str:
    """What a language is called in another: `anglais`, for `en` in French."""
    name = _locale(wanted).languages.get(_primary(language))
    return name or language


def full_date(day: date, language: str | None) -> str:
    """A day in words with its weekday: `samedi 24 janvier 2026`, `Saturday 24 January 2026`."""
    return _date(day, language, "full")


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ComposeError(
            f"no such time zone: {timezone!r}; use an IANA name such as 'Europe/Paris'"
        ) from error


def local_date(when: datetime, timezone: str) -> date:
    """The calendar day of an aware moment in `timezone`; raises ComposeError for an unknown one."""
    zone = _zone(timezone)
    try:
        return when.astimezone(zone).date()
    except OverflowError:  # feeds do say year 0001
        return when.date()


def is_day(published: datetime) -> bool:
    """Whether an article's date is a day alone, which is stored as its midnight in UTC."""
    return published.astimezone(UTC).time() == time()


def article_date(published: datetime, timezone: str) -> date:
    """The calendar day of an article's date in `timezone`; a day alone is that day everywhere."""
    return local_date(published, "UTC" if is_day(published) else timezone)


def moment(when: datetime, language: str | None, timezone: str) -> str:
    """Date and time of an aware moment in `timezone`: `24 janvier 2026 à 10 h 30`, `… à 8 h`."""
    local = when.astimezone(_zone(timezone))
    style = (
        ("H\u00a0'h'\u00a0mm" if local.minute else "H\u00a0'h'") if is_french(language) else "short"
    )
    clock = format_time(local, format=style, locale=_locale(language))
    written = words(language).moment.format(date=long_date(local.date(), language), time=clock)
    return typeset(written, language)


def quoted(titles: Sequence[str], language: str | None) -> str:
    """Titles within a sentence: «\u00a0A\u00a0», «\u00a0B\u00a0» et «\u00a0C\u00a0»."""
    marks = "« {} »" if is_french(language) else "“{}”"
    named = [typeset(marks.format(title), language) for title in titles]
    if len(named) < 2:
        return "".join(named)
    last = " et " if is_french(language) else " and "
    return ", ".join(named[:-1]) + last + named[-1]
