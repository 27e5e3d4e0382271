"""In charge of the cron expression: five fields in, nominal local times out.

It has cron's meaning, as crontab(5) of Debian gives it: Sunday is 0 and 7; when day of month and
day of week are both restricted (neither starts with `*`) either is enough, otherwise both must
match. Two things are friendlier than cron: full English names, and a range that ends on Sunday
(`fri-sun`). Time zones are not known here; `moments` maps these local times to instants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from newsletter.errors import Refused

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

_SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_LAST_YEAR = 9999  # where `date` overflows
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class _Field:
    """One of the five: its name for people, its bounds, and the words it understands."""

    name: str
    low: int
    high: int
    words: Mapping[str, int]

    @property
    def expected(self) -> str:
        names = f" or {next(iter(self.words))}-{list(self.words)[-1]}" if self.words else ""
        return f"{self.low}-{self.high}{names}"


def _named(names: Sequence[str], first: int) -> dict[str, int]:
    return {name[:3]: number for number, name in enumerate(names, first)}


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, _named(_MONTHS, 1)),
    _Field("day of week", 0, 7, _named(_WEEKDAYS, 0)),
)
_SHORT = {name: name[:3] for name in (*_MONTHS, *_WEEKDAYS)}


@dataclass(frozen=True)
class Cron:
    """A parsed expression. Two are equal when they are written the same and mean the same."""

    expression: str  # as it was written, with single spaces
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]  # of the month, 1-31
    months: frozenset[int]  # 1-12
    weekdays: frozenset[int]  # 0-6, Sunday is 0
    any_day: bool  # the day of month starts with `*`
    any_weekday: bool  # the day of week starts with `*`

    @classmethod
    def parse(cls, text: str) -> Cron:
        """The expression, read. Raises Refused, which names the field and what was expected."""
        expression = " ".join(text.split())
        written = expression.lower()
        if written.startswith("@"):
            if written not in _SHORTHANDS:
                raise Refused(
                    f"schedule {expression!r}: no such shorthand, expected one of "
                    f"{', '.join(_SHORTHANDS)}"
                )
            written = _SHORTHANDS[written]
        parts = written.split()
        if len(parts) != len(_FIELDS):
            raise Refused(
                f"schedule {expression!r}: expected 5 fields, found {len(parts)}: minute, hour, "
                "day of month, month, day of week (as in '0 8 * * fri')"
            )
        minutes, hours, days, months, weekdays = (
            _values(field, part, expression) for field, part in zip(_FIELDS, parts, strict=True)
        )
        cron = cls(
            expression=expression,
            minutes=minutes,
            hours=hours,
            days=days,
            months=months,
            weekdays=frozenset(day % 7 for day in weekdays),
            any_day=parts[2].startswith("*"),
            any_weekday=parts[4].startswith("*"),
        )
        if cron._never_fires():
            raise Refused(
                f"schedule {expression!r}: never fires, since no chosen month has such a day of "
                "month; choose another day"
            )
        return cron

    def __str__(self) -> str:
        return self.expression

    def fires_on(self, day: date) -> bool:
        """Whether any of its times falls on this local day."""
        if day.month not in self.months:
            return False
        by_date = day.day in self.days
        by_week = day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_date and by_week
        return by_date or by_week

    def nominals(self, start: datetime) -> Iterator[datetime]:
        """The naive local times from `start` on (included), strictly increasing.

        It ends only with Python's calendar, before the year 9999.
        """
        times = [
            time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)
        ]
        day = start.date()
        while day.year < _LAST_YEAR:
            if self.fires_on(day):
                for at in times:
                    nominal = datetime.combine(day, at)
                    if nominal >= start:
                        yield nominal
            day = day + timedelta(days=1) if day.month in self.months else _next_month(day)

    def _never_fires(self) -> bool:
        if not (self.any_day or self.any_weekday):
            return False  # either is enough, and every month has every day of the week
        # Each weekday falls on 29 February some time within the 400 years of the calendar's cycle.
        return all(min(self.days) > _LONGEST_MONTH[month - 1] for month in self.months)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _values(field: _Field, text: str, expression: str) -> frozenset[int]:
    """The numbers a field stands for: a list of `*`, values and ranges, the last two with steps."""
    found: set[int] = set()
    for item in text.split(","):
        found.update(_item(field, item, expression))
    return frozenset(found)


def _item(field: _Field, item: str, expression: str) -> range:
    span, slash, step_text = item.partition("/")
    first_text, dash, last_text = span.partition("-")

    def refuse(reason: str) -> Refused:
        return Refused(f"schedule {expression!r}: {field.name} {item!r}, {reason}")

    if span == "*":
        first, last = field.low, field.high
    else:
        first = _number(field, first_text, refuse)
        last = _number(field, last_text, refuse) if dash else first
    if dash and last == 0 and _SHORT.get(last_text, last_text) == "sun":
        last = 7  # cron itself refuses `fri-sun`, yet everyone understands it
    if first > last:
        raise refuse(f"runs backwards: expected a list such as '{first_text},{last_text}'")
    if not slash:
        return range(first, last + 1)
    if span != "*" and not dash:
        # Some schedulers read `5/15` as "from 5 on"; cron does not, so nobody is left guessing.
        raise refuse(f"a step needs a range: expected '{first_text}-{field.high}/{step_text}'")
    longest = field.high - field.low + 1
    if not _is_number(step_text) or not 1 <= int(step_text) <= longest:
        raise refuse(f"expected a step of 1-{longest} after the '/'")
    return range(first, last + 1, int(step_text))


def _number(field: _Field, text: str, refuse: Callable[[str], Refused]) -> int:
    name = _SHORT.get(text, text)
    if name in field.words:
        return field.words[name]
    if not _is_number(text) or not field.low <= int(text) <= field.high:
        raise refuse(f"expected {field.expected}")
    return int(text)


def _is_number(text: str) -> bool:
    """Up to four plain digits; `int` alone would take `+1`, `1_0` and digits of every script."""
    return text.isascii() and text.isdigit() and len(text) <= 4
