"""Whether two articles say the same, by their words: an edit, a move, or another article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
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


def same_text(one: Worded, other: Worded) -> bool:
    """Whether two articles have the very same text, whatever their titles are."""
    return folded(text_of(one)) == folded(text_of(other))


def is_corrected(before: str, after: str) -> bool:
    """Whether a title is another in one place only, by words that were added, or taken away, or by
    a word that is spelled otherwise: `joueuses` for `joueurs`, and neither `mardi` for `lundi` nor
    `2026` for `2025`. Half of its words stay.
    """
    mine, theirs = word_list(before), word_list(after)
    first, last = _in_common(mine, theirs)
    length = max(len(mine), len(theirs))
    was, now = (words[first : len(words) - last] for words in (mine, theirs))
    if 2 * (first + last) < length or other_numbers(before, after):
        return False
    if not (was and now):
        return was != now
    if not len(was) == len(now) == 1:
        return False
    # Tuesday and Thursday have five letters of eight in common.
    return 3 * sum(_in_common(was[0], now[0])) > 2 * max(len(was[0]), len(now[0]))


def _in_common(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How much both begin with, and how much of the rest both end with."""
    first = sum(1 for _ in takewhile(_are_equal, zip(one, other, strict=False)))
    ends = zip(reversed(one[first:]), reversed(other[first:]), strict=False)
    return first, sum(1 for _ in takewhile(_are_equal, ends))


def _are_equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


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
