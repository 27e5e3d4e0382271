"""Pure slot arithmetic: cron, time zones, what is due, what was missed, and how people say it.

`cron` knows nominal local times, `moments` maps them to instants, `words` says a schedule aloud,
and `when` reads the times and spans that people type.
"""

from newsletter.calendar.cron import Cron
from newsletter.calendar.moments import (
    DueSlots,
    Moment,
    default_grace,
    due,
    instant,
    moments_between,
    next_moment,
    zone,
)
from newsletter.calendar.when import parse_span, parse_when
from newsletter.calendar.words import describe

__all__ = [
    "Cron",
    "DueSlots",
    "Moment",
    "default_grace",
    "describe",
    "due",
    "instant",
    "moments_between",
    "next_moment",
    "parse_span",
    "parse_when",
    "zone",
]
