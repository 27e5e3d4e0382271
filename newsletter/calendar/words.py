"""In charge of saying a schedule in words for people, in French and in English.

What cannot be said in one plain sentence is shown as its cron expression: a wrong sentence would be
worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from newsletter.calendar.cron import Cron

_MOST_TIMES = 4  # more than four times of day no longer read as a sentence
_WORKDAYS = [1, 2, 3, 4, 5]


class _English:
    months = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    weekdays = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

    every_day = "every day"
    workdays = "from Monday to Friday"
    every_minute = "every minute"
    every_hour = "every hour, on the hour"

    def joined(self, words: Sequence[str]) -> str:
        return _joined(words, "and")

    def every_minutes(self, count: int) -> str:
        return f"every {count} minutes"

    def every_hours(self, count: int) -> str:
        return f"every {count} hours"

    def at(self, times: Iterable[tuple[int, int]]) -> str:
        return f"at {self.joined([f'{hour:02}:{minute:02}' for hour, minute in times])}"

    def on_weekdays(self, days: Sequence[int]) -> str:
        return f"every {self.joined([self.weekdays[day] for day in days])}"

    def on_days(self, days: Sequence[int]) -> str:
        return f"on the {self.joined([_ordinal(day) for day in days])} of every month"

    def on_date(self, days: Sequence[int], month: int) -> str:
        return f"every year on {self.joined([str(day) for day in days])} {self.months[month - 1]}"

    def on_days_in(self, days: Sequence[int], months: Sequence[int]) -> str:
        return f"on the {self.joined([_ordinal(day) for day in days])} of {self._names(months)}"

    def within(self, months: Sequence[int]) -> str:
        return f"in {self._names(months)}"

    def _names(self, months: Sequence[int]) -> str:
        return self.joined([self.months[month - 1] for month in months])


class _French:
    months = (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    )
    weekdays = ("dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")

    every_day = "chaque jour"
    workdays = "du lundi au vendredi"
    every_minute = "chaque minute"
    every_hour = "toutes les heures, à l’heure pile"

    def joined(self, words: Sequence[str]) -> str:
        return _joined(words, "et")

    def every_minutes(self, count: int) -> str:
        return f"toutes les {count} minutes"

    def every_hours(self, count: int) -> str:
        return f"toutes les {count} heures"

    def at(self, times: Iterable[tuple[int, int]]) -> str:
        return self.joined([f"à {self._clock(hour, minute)}" for hour, minute in times])

    def _clock(self, hour: int, minute: int) -> str:
        # The no-break spaces keep a time on one line.
        return f"{hour}\N{NBSP}h\N{NBSP}{minute:02}" if minute else f"{hour}\N{NBSP}h"

    def on_weekdays(self, days: Sequence[int]) -> str:
        return f"chaque {self.joined([self.weekdays[day] for day in days])}"

    def on_days(self, days: Sequence[int]) -> str:
        return f"{self._dates(days)} de chaque mois"

    def on_date(self, days: Sequence[int], month: int) -> str:
        return f"chaque année {self._dates(days)} {self.months[month - 1]}"

    def on_days_in(self, days: Sequence[int], months: Sequence[int]) -> str:
        names = self.joined([self.months[month - 1] for month in months])
        return f"{self._dates(days)} des mois de {names}"

    def within(self, months: Sequence[int]) -> str:
        return self.joined([f"en {self.months[month - 1]}" for month in months])

    def _dates(self, days: Sequence[int]) -> str:
        return self.joined(["le 1er" if day == 1 else f"le {day}" for day in days])


def describe(cron: Cron, language: str) -> str:
    """The schedule in words, such as `every Friday at 08:00` or `chaque vendredi à 8 h`.

    `language` is a tag such as `fr` or `fr-CA`; every other than French gets English.
    """
    said = _French() if language.lower().split("-")[0].split("_")[0] == "fr" else _English()
    days = _days(cron, said)
    if days is None:
        return cron.expression
    rhythm = _rhythm(cron, said)
    if rhythm is not None:
        return rhythm if days == said.every_day else f"{days}, {rhythm}"
    times = [(hour, minute) for hour in sorted(cron.hours) for minute in sorted(cron.minutes)]
    if len(times) > _MOST_TIMES:
        return cron.expression
    return f"{days} {said.at(times)}"


def _rhythm(cron: Cron, said: _English | _French) -> str | None:
    """`every 15 minutes`, when the times of day are evenly spread all around the clock."""
    minutes, hours = sorted(cron.minutes), sorted(cron.hours)
    if len(hours) == 24:
        if len(minutes) == 60:
            return said.every_minute
        if minutes == [0]:
            return said.every_hour
        step = 60 // len(minutes)
        if len(minutes) > 1 and minutes == list(range(0, 60, step)):
            return said.every_minutes(step)
    elif minutes == [0] and len(hours) > _MOST_TIMES:
        step = 24 // len(hours)
        if step > 1 and hours == list(range(0, 24, step)):
            return said.every_hours(step)
    return None


def _days(cron: Cron, said: _English | _French) -> str | None:
    """The days in words; None when day of month and day of week are bound together."""
    days, months = sorted(cron.days), sorted(cron.months)
    weekdays = sorted(cron.weekdays, key=lambda day: day or 7)  # the week is read from Monday on
    every_date, every_weekday = len(days) == 31, len(weekdays) == 7
    every_month = len(months) == 12
    if cron.any_day or cron.any_weekday:
        if not (every_date or every_weekday):
            return None
    elif every_date or every_weekday:  # one of them is always true, and either is enough
        every_date = every_weekday = True
    elif every_month:
        return said.joined([said.on_days(days), said.on_weekdays(weekdays)])
    else:
        return None
    if not every_date:
        if every_month:
            return said.on_days(days)
        if len(months) == 1:
            return said.on_date(days, months[0])
        return said.on_days_in(days, months)
    if every_weekday:
        said_days = said.every_day
    elif weekdays == _WORKDAYS:
        said_days = said.workdays
    else:
        said_days = said.on_weekdays(weekdays)
    return said_days if every_month else f"{said_days} {said.within(months)}"


def _joined(words: Sequence[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
