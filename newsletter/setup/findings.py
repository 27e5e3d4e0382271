"""What `doctor` says: one line each, how bad it is, and the remedy."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.StrEnum):
    GOOD = "good"
    UNSURE = "unsure"  # works, or could not be checked; worth a look
    BAD = "bad"  # mail will not go out, or not arrive, until it is mended


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    area: str
    level: Level
    text: str
    remedy: str = ""


def good(area: str, text: str) -> Finding:
    return Finding(area, Level.GOOD, text)


def unsure(area: str, text: str, remedy: str) -> Finding:
    return Finding(area, Level.UNSURE, text, remedy)


def bad(area: str, text: str, remedy: str) -> Finding:
    return Finding(area, Level.BAD, text, remedy)
