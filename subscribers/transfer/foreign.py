"""What the files of other systems have in common: their times, their flags, and the words that mean
something else there than here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from subscribers.errors import InvalidValue
from subscribers.transfer.columns import ATTRIBUTE

_GO = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))? ([+-]\d{4})(?: [A-Z+-]\S*)?")
"""A time as Go's `Time.String` writes it: `2026-01-24 08:00:00.123 +0100 CET`."""

_WORDS = (
    *("address", "adresse", "list", "state", "cadence", "digests", "alerts", "attributes"),
    *("source", "consent", "suppression", "topic", "topics", "interests", "locale"),
)
OTHERS_OWN = {word: f"{ATTRIBUTE}{word}" for word in _WORDS}
"""Fields for a system whose admins name columns as they like.

A `State` there is a part of a country, an `Address` has a street in it, and `Interests` are no
topics of ours: they are kept as attributes.
"""


def moment(text: str) -> str:
    """A time as the systems write it, in ISO 8601 with its zone; raises InvalidValue.

    Without a zone it is UTC, which is what those mean that leave it out.
    """
    if found := _GO.fullmatch(text):
        whole, fraction, zone = found.groups()
        text = f"{whole}.{(fraction or '0')[:6].ljust(6, '0')}{zone[:3]}:{zone[3:]}"
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter in the years 1 and 9999
        raise InvalidValue(
            f"time {text[:40]!r} cannot be read: export the file again, and do not save it from a "
            "spreadsheet"
        ) from None
    return at.isoformat()


def moments(values: dict[str, str], *fields: str) -> None:
    """`moment` for those of these fields that the row has."""
    for field in fields:
        if field in values:
            values[field] = moment(values[field])


def flag(text: str, what: str) -> bool:
    """What `true` and `false` say, however they are spelled; raises InvalidValue."""
    word = text.casefold()
    if word not in ("true", "false", "1", "0", "yes", "no"):
        raise InvalidValue(f"{what} {text[:40]!r} is neither: it should be true or false")
    return word in ("true", "1", "yes")
