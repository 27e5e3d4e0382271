"""Articles of a page without boxes: its lines, read as those of a page saved as plain text are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from newsletter.collect.blocks import holds_lines, is_for_ears
from newsletter.collect.listing import Teaser
from newsletter.collect.markup import BLOCKS, HEADINGS, Element, absolute, tidy
from newsletter.collect.readmore import is_more, title_on_more
from newsletter.collect.saved import Line, articles_in
from newsletter.collect.sheet import Sheet

_STRONG = ("strong", "b")


def found_in_lines(sheet: Sheet) -> list[Teaser]:
    """By the lines that end in "<title> Lire la suite", with a link there or without."""
    body = next(iter(sheet.tree.iter("body")), sheet.tree)
    return articles_in(_Lines(sheet).of(body))


class _Lines:
    """The lines of a page, with what is a heading and where each leads."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._found: list[Line] = []
        self._boxes: list[tuple[int, int]] = []  # of lines, from and up to; outer ones first
        self._pieces: list[str] = []
        self._plain = False  # the line has words that are not in bold
        self._strong = False
        self._url: str | None = None

    def of(self, body: Element) -> list[Line]:
        self._below(body, heading=False, strong=False)
        self._end(heading=False)
        return _with_boxes(self._found, self._boxes)

    def _end(self, *, heading: bool) -> None:
        text = tidy("".join(self._pieces))
        if text:
            heading = heading or (self._strong and not self._plain)
            self._found.append(Line(text, self._url, heading))
        self._pieces, self._plain, self._strong, self._url = [], False, False, None

    def _below(self, node: Element, *, heading: bool, strong: bool) -> None:
        name = node.tag
        if (
            not isinstance(name, str)
            or name in ("script", "style", "template")
            or node in self._sheet.elsewhere
        ):
            return
        if name == "br":
            self._end(heading=heading)
            return
        words = self._sheet.line(node, 400) if _may_lead(node) else None
        if words and is_more(words):
            self._end(heading=heading)
            self._found.append(Line(words, self._target(node)))
            return
        if name == "a" and node.get("href") and not is_for_ears(node):
            self._url = self._url or self._target(node)
        apart = name in BLOCKS
        box = len(self._boxes)
        if apart:
            self._end(heading=heading)
            self._boxes.append((len(self._found), 0))
        heading = heading or name in HEADINGS
        strong = strong or name in _STRONG
        self._add(node.text, strong=strong)
        in_lines = holds_lines(self._sheet, node)
        for child in node:
            self._below(child, heading=heading, strong=strong)
            self._add(child.tail, strong=strong)
            if in_lines:
                self._end(heading=heading)
        if apart:
            self._end(heading=heading)
            self._boxes[box] = self._boxes[box][0], len(self._found)

    def _add(self, text: str | None, *, strong: bool) -> None:
        if not text:
            return
        self._pieces.append(text)
        if text.strip():
            self._strong = self._strong or strong
            self._plain = self._plain or not strong

    def _target(self, node: Element) -> str | None:
        href = (node.get("href") or "").strip()
        return None if href.startswith("#") else absolute(self._sheet.base, href)


def _with_boxes(lines: Sequence[Line], boxes: Sequence[tuple[int, int]]) -> list[Line]:
    """The lines, each with the number of the largest box around it that holds one article only."""
    ends = (title_on_more(line.text) is not None for line in lines)
    articles = list(accumulate(ends, initial=0))
    boxed = list(lines)
    position = 0
    for number, (start, end) in enumerate(boxes):
        if start < position or articles[end] - articles[start] != 1:
            continue
        boxed[start:end] = [replace(line, box=number) for line in lines[start:end]]
        position = end
    return boxed


def _may_lead(node: Element) -> bool:
    """Whether an element may stand for a link to the rest; a short one, in a browser's copy."""
    return node.tag in ("a", "button") or (node.tag == "span" and len(node) == 0)
