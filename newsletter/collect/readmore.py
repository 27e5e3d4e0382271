"""Knows the words that lead to the rest of an article, and the title that stands beside them."""

from __future__ import annotations

import re

from newsletter.collect.debris import READ_MORE
from newsletter.collect.markup import tidy

_MORE = re.compile(rf"[\[(«…>→\s]*(?:{READ_MORE})(?!\w)", re.I)
_LONGEST = 400  # characters of a line that may be one
_ALONE = re.compile(rf"\W*(?:{READ_MORE}|(?:la\s+)?suite|more|mehr|plus)\W*", re.I)
_AFTER_TITLE = re.compile(
    rf"^(?P<title>.{{3,300}}?)[\s:–—|…-]*[\[(«]?"
    # Words that only screen readers see may stand right at it: "OUTILSLire la suite".
    rf"(?:\b|(?<=\w)(?=(?-i:[A-ZÀ-Ý])))(?:{READ_MORE})\W*$",
    re.I | re.S,
)
_BEFORE_TITLE = re.compile(
    rf"^\W*(?:{READ_MORE})\s*(?:(?:de|von|van|di|del|sur|over|about|of|on|zu)\b|d[’']|:|about\b)?\W*",
    re.I,
)
_BULLET = re.compile(r"^(?:[*•·▪►‣]|[-–—](?=[ \u00a0]))[ \u00a0]*")
_QUOTES = '«»“”„"→›>…. \u00a0'


def is_more(text: str) -> bool:
    """Whether a link of this text leads to the rest of an article."""
    return len(text) <= _LONGEST and bool(_MORE.match(text) or _AFTER_TITLE.match(text))


def is_only_more(text: str) -> bool:
    """Whether nothing else is said, no title either."""
    return len(text) <= _LONGEST and bool(_ALONE.fullmatch(text))


def title_on_more(text: str) -> str | None:
    """The title that stands with the words: "" for the words alone, None where there are none.

    It may stand before them ("La fanfare Lire la suite") or behind ("Lire la suite de La fanfare").
    """
    if len(text) > _LONGEST:
        return None
    if is_only_more(text):
        return ""
    before = _AFTER_TITLE.match(text)
    if before:
        return without_bullet(tidy(before["title"]))
    if not _MORE.match(text):
        return None
    return without_bullet(tidy(_BEFORE_TITLE.sub("", text).strip(_QUOTES)))


def without_more(text: str) -> str:
    """A title without the words before or behind it."""
    title = title_on_more(text)
    return text if title is None else title


def without_bullet(text: str) -> str:
    """A line without the mark of a list before it, which came from another mark-up."""
    return _BULLET.sub("", text)
