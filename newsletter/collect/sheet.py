"""A page as every way of reading it sees it; what all of them ask is found out once.

The words of the page are laid out on one string, so that what an element says is a part of it:
however deep the elements are nested, none of it is gathered twice.
"""

from __future__ import annotations

import re
from copy import copy
from datetime import datetime
from functools import cached_property

from newsletter.collect.datelines import date_line, only_date
from newsletter.collect.dates import parse_date
from newsletter.collect.elsewhere import elsewhere_in
from newsletter.collect.markup import BLOCKS, HEADINGS, Element, text_of, tidy

_UNSHOWN = ("script", "style", "template")
_MOST_IN_LINE = 100  # elements; what holds more is no line, however few its words are
_LONGEST_PIECE = 20  # characters, of a date in pieces
_BLANKS = 200  # characters of white space that may stand around the words of a line
_FOLDABLE = re.compile(r"[ \t\r\n]{2,}|[\t\r\n]")


class Sheet:
    """The tree of a page, which nobody changes any more, and where its relative addresses start."""

    def __init__(self, tree: Element, base: str) -> None:
        self.tree = tree
        self.base = base
        self._surely = False
        self._pieces: list[str] = []
        self._length = 0
        # Where the words of an element begin and end, and how many elements stand below it. The
        # keys also hold lxml's elements, which would else be made anew whenever they are met.
        self._spans: dict[Element, tuple[int, int, int]] = {}
        self._lay(tree)
        self._words = "".join(self._pieces)

    def _lay(self, node: Element) -> int:
        """Lays out the words of an element; how many elements it is."""
        name = node.tag
        if not isinstance(name, str) or name in _UNSHOWN:
            return 1
        apart = name in BLOCKS or name == "br"
        start, below = self._length, 0
        self._add(" " if apart else None)
        self._add(node.text)
        for child in node:
            below += self._lay(child)
            self._add(child.tail)
        self._add(" " if apart else None)
        self._spans[node] = start, self._length, below
        return below + 1

    def _add(self, text: str | None) -> None:
        if text:
            folded = _FOLDABLE.sub(" ", text)
            self._pieces.append(folded)
            self._length += len(folded)

    def text(self, node: Element) -> str:
        """The words of one element as a line; block elements and <br> part words."""
        span = self._spans.get(node)
        return tidy(self._words[span[0] : span[1]]) if span else text_of(node)

    def line(self, node: Element, most: int) -> str | None:
        """The same, if they are no more than `most` characters in a few elements; else None."""
        span = self._spans.get(node)
        if span is None:
            return None
        start, end, below = span
        if below > _MOST_IN_LINE or end - start > 2 * most + _BLANKS:
            return None
        text = tidy(self._words[start:end])
        return text if len(text) <= most else None

    def wider(self) -> Sheet:
        """The same page, less of which is taken for something else than its list."""
        other = copy(self)
        for name in ("elsewhere", "dates"):
            other.__dict__.pop(name, None)
        other._surely = True
        return other

    @cached_property
    def elsewhere(self) -> frozenset[Element]:
        """The elements in parts of the page that list no articles."""
        return elsewhere_in(self.tree, surely=self._surely)

    @cached_property
    def dates(self) -> dict[Element, datetime]:
        """The lines outside of those that say nothing but a date, in the page's order; in UTC."""
        found = {}
        for node in self.tree.iter():
            if node not in self._spans or node in self.elsewhere or not _may_be_line(node):
                continue
            moment = self.standing_date(node)
            if moment is not None:
                found[node] = moment
        return found

    def standing_date(self, node: Element) -> datetime | None:
        """When, in UTC, if an element says nothing but that; what it says for machines goes
        first. A heading or a link that names something beside a date is an article's title."""
        text = self.line(node, 200)
        if text is None:
            return None
        timed = next(iter(node.iter("time")), None)
        if timed is not None and self.text(timed) == text:
            exact = parse_date(timed.get("datetime") or "")
            if exact is not None:
                return exact
        moment = only_date(text)
        if moment is None and (moment := date_line(text)) and self._is_title(node, text):
            return None
        return moment or self.boxed_date(node)

    def _is_title(self, node: Element, text: str) -> bool:
        """Whether an element is in a heading or a link, or all of its words are in one."""
        if next(node.iterancestors("a", *HEADINGS), None) is not None:
            return True
        return any(self.text(inner) == text for inner in node.iter("a", *HEADINGS))

    def boxed_date(self, node: Element) -> datetime | None:
        """When, if it is said by two or three elements of their own: 24, janv., 2026."""
        if len(node) not in (2, 3) or (node.text or "").strip():
            return None
        pieces = [self.line(child, _LONGEST_PIECE) for child in node]
        if not all(pieces) or any((child.tail or "").strip() for child in node):
            return None
        texts = [piece for piece in pieces if piece]
        return date_line(("/" if all(t.isdigit() for t in texts) else " ").join(texts))


def _may_be_line(node: Element) -> bool:
    return node.tag not in ("html", "body", "main") and not any(
        child.tag in BLOCKS for child in node
    )
