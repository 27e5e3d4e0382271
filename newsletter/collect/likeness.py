"""Whether two articles say the same, by their words: an edit, a move, or another article."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Protocol

from newsletter.collect.entry import word_list
from newsletter.collect.markup import plain_text

ALIKE = 0.5  # share of common words above which a changed article is still the same
_WORD = re.compile(r"\w{4,}")
_NUMBER = re.compile(r"\d+")
SAME_MOMENT = timedelta(minutes=1)  # between two dates that people would write alike


class Worded(Protocol):
    """What an article says: an Entry, or a stored Article."""

    @property
    def title(self) -> str: ...

    @property
    def summary_html(self) -> str: ...

    @property
    def content_html(self) -> str: ...


def likeness(one: Worded, other: Worded) -> float:
    """The share of the shorter one's words (of four letters and more) that the other has too."""
    mine, theirs = _telling_words(one), _telling_words(other)
    return len(mine & theirs) / max(min(len(mine), len(theirs)), 1)


def text_likeness(one: Worded, other: Worded) -> float | None:
    """The same of their texts alone, without the titles; None where either has none."""
    mine, theirs = _words(text_of(one)), _words(text_of(other))
    return len(mine & theirs) / min(len(mine), len(theirs)) if mine and theirs else None


def other_numbers(one: str, other: str) -> bool:
    """Whether each names a number that the other does not: bulletin 12 is not bulletin 13."""
    mine, theirs = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    return not (mine <= theirs or theirs <= mine)


def same_words(one: Worded, other: Worded) -> bool:
    """Whether two articles say the same: by their titles, or by half of their words."""
    return folded(one.title) == folded(other.title) or likeness(one, other) >= ALIKE


def folded(text: str) -> str:
    """A text without regard to case, white space and punctuation: sites set a title anew."""
    return " ".join(word_list(text)) or " ".join(text.casefold().split())


def date_gap(before: datetime | None, after: datetime | None) -> timedelta | None:
    """How much later the second date is; None where either is missing."""
    return None if before is None or after is None else after - before


def text_of(one: Worded) -> str:
    """All that it says, but for its title, as plain text."""
    return plain_text(one.content_html or one.summary_html)


def _telling_words(one: Worded) -> set[str]:
    return _words(f"{one.title} {text_of(one)}")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
