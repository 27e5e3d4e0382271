"""Cuts a feed without end behind its first items, before a parser builds all of them in memory."""

from __future__ import annotations

import re
from xml.parsers import expat

MOST_ELEMENTS = 250_000  # for which feedparser takes some five seconds
_ITEM = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])", re.I)


class _Enough(Exception):
    """The place to cut has been found."""


def first_items(text: str, most: int) -> tuple[str, int]:
    """A feed with no more than so many items, nor elements; and how many items were left out.

    What was well-formed still is: what is open where it is cut is closed there.
    """
    items = sum(1 for _ in _ITEM.finditer(text))
    if items <= most and text.count("<") <= MOST_ELEMENTS:
        return text, 0
    data = text.encode("utf-8")
    walk = _Walk(most)
    try:
        walk.parser.Parse(data, True)
    except _Enough:
        closing = "".join(f"</{name}>" for name in reversed(walk.open))
        return data[: walk.place].decode("utf-8") + closing, max(items - walk.items, 1)
    except expat.ExpatError:
        return _cut_by_eye(text, most, items)
    return text, 0


def _cut_by_eye(text: str, most: int, items: int) -> tuple[str, int]:
    """The same for what no XML parser reads, which is not long (`mending.bounded`)."""
    for number, match in enumerate(_ITEM.finditer(text)):
        if number == most:
            return text[: match.start()], items - most
    return text, 0


class _Walk:
    """Goes through a feed up to the beginning of the first item that is too much."""

    def __init__(self, most: int) -> None:
        self.items = 0  # that stand whole before the place
        self.place = 0  # bytes, of the item that was begun last
        self.open: tuple[str, ...] = ()  # elements at that place
        self._most = most
        self._elements = 0
        self._stack: list[str] = []
        self._begun = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: object) -> None:
        self._elements += 1
        if name.rpartition(":")[2].lower() in ("item", "entry"):
            self.place, self.open = self.parser.CurrentByteIndex, tuple(self._stack)
            self.items, self._begun = self._begun, self._begun + 1
            if self._begun > self._most:
                raise _Enough
        elif self._elements > MOST_ELEMENTS and self._begun:
            raise _Enough
        self._stack.append(name)

    def _end(self, name: str) -> None:
        self._stack.pop()
