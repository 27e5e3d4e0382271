"""Reads the numbers by which people name things, as far as the database has any of that size."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1  # of a BIGINT
LARGEST_NUMBER = 2**31 - 1  # of an INTEGER, as an issue's number in its list is


def number(text: str, largest: int = LARGEST_ID) -> int | None:
    """The number that the ASCII digits of `text` say; None for other text, or beyond `largest`."""
    if not is_number(text) or len(text) > 19:
        return None
    found = int(text)
    return found if found <= largest else None


def is_number(text: str) -> bool:
    """Whether `text` is of ASCII digits only: to `str.isdigit`, "²" is one too."""
    return text.isascii() and text.isdigit()
