"""Tells whether two titles are those of one article, as sites write them here and there."""

from __future__ import annotations

import re
import unicodedata

_JOINT = re.compile(r"(?<=\s)[|–—»·•/:-](?=\s)")  # between an article's title and its site's
_WORD = re.compile(r"\w{4,}")
_NUMBER = re.compile(r"\d+")


def alike(one: str, other: str) -> bool:
    """Whether two titles are one: the same words, or most of the shorter one's in the longer.

    A short title counts where it stands by itself before or after the name of the site.
    """
    first, second = folded(one), folded(other)
    if not first or not second:
        return False
    if first in map(folded, _JOINT.split(other)) or second in map(folded, _JOINT.split(one)):
        return True
    if min(len(first), len(second)) > 12 and (first in second or second in first):
        return True
    if not numbers_agree(first, second):
        return False
    words, others = set(_WORD.findall(first)), set(_WORD.findall(second))
    return len(words & others) * 3 >= min(len(words), len(others)) * 2 > 2


def numbers_agree(one: str, other: str) -> bool:
    """Whether one title has all the numbers of the other: a council of 3 March is not that of 5
    April."""
    numbers, others = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    return numbers <= others or others <= numbers


def folded(text: str) -> str:
    """Letters and digits alone, without accents and case, words parted by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))
