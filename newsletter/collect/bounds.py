"""Keeps foreign mark-up to what is read in moments: all that people make, and no bomb.

`markup` builds no tree of more than the beginning: a few KB on the wire unpack to millions of
elements, which take fifty times their own size in memory.

What stands behind the bounds is not read, and this is told: it may be where the new articles are.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

LONGEST = 4_000_000  # characters
MOST_ELEMENTS = 30_000  # a front page has 1,000 to 8,000
MOST_ARTICLES = 2_000  # that are read of a page, as many as items of a feed
MOST_FOUND = 2 * MOST_ARTICLES  # that are looked at, since some stand there twice
_MOST_SIGNS = 4 * MOST_ELEMENTS  # "<" of elements, their ends, and scripts; so that memory is small
TOLD = (
    f"is longer than {MOST_ELEMENTS:,} elements or {LONGEST:,} characters: only its beginning is "
    "read (if new articles stand further down, give a page that lists fewer)"
)


def beginning(text: str) -> str:
    """As much of a page, or of a piece of one, as is looked at."""
    text = text[:LONGEST]
    if text.count("<") > _MOST_SIGNS:
        text = text[: next(islice(re.finditer("<", text), _MOST_SIGNS, None)).start()]
    return text


def shortened(tree: Any) -> bool:
    """Whether a tree had more than MOST_ELEMENTS nodes; those behind them are gone."""
    first = node = next(islice(tree.iter(), MOST_ELEMENTS, None), None)
    if node is None:
        return False
    while (parent := node.getparent()) is not None:
        # What stands after an ancestor goes; it stays itself.
        del parent[parent.index(node) + (node is not first) :]
        node = parent
    return True
