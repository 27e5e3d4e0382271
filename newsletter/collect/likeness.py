"""Whether two articles say the same, by their words: an edit, a move, or another article."""

from __future__ import annotations

import re
from typing import Protocol

from newsletter.collect.markup import plain_text

ALIKE = 0.5  # share of common words above which a changed article is still the same


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


def same_words(one: Worded, other: Worded) -> bool:
    """Whether two articles say the same: by their titles, or by half of their words."""
    return folded(one.title) == folded(other.title) or likeness(one, other) >= ALIKE


def folded(text: str) -> str:
    """A text without regard to case and white space."""
    return " ".join(text.casefold().split())


def _telling_words(one: Worded) -> set[str]:
    text = plain_text(one.content_html or one.summary_html)
    return set(re.findall(r"\w{4,}", f"{one.title} {text}".casefold()))
