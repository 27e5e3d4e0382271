"""Articles of a page without boxes: its lines, read as those of a page saved as plain text are."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.collect.blocks import HEADINGS, holds_lines, is_for_ears
from newsletter.collect.elsewhere import elsewhere_in
from newsletter.collect.listing import Found
from newsletter.collect.markup import BLOCKS, Element, absolute, text_of, tidy
from newsletter.collect.readmore import is_more
from newsletter.collect.saved import Line, articles_in

_STRONG = ("strong", "b")


def found_in_lines(tree: Element, base: str) -> list[Found]:
    """By the lines that end in "<title> Lire la suite", with a link there or without."""
    body = next(iter(tree.iter("body")), tree)
    return articles_in(list(_Lines(base, elsewhere_in(tree)).of(body)))


class _Lines:
    """The lines of a page, with what is a heading and where each leads."""

    def __init__(self, base: str, elsewhere: frozenset[Element]) -> None:
        self._base = base
        self._elsewhere = elsewhere
        self._pieces: list[str] = []
        self._plain = False  # the line has words that are not in bold
        self._strong = False
        self._url: str | None = None

    def of(self, body: Element) -> Iterator[Line]:
        yield from self._below(body, heading=False, strong=False)
        yield from self._ended(heading=False)

    def _ended(self, *, heading: bool) -> Iterator[Line]:
        text = tidy("".join(self._pieces))
        if text:
            yield Line(text, self._url, heading or (self._strong and not self._plain))
        self._pieces, self._plain, self._strong, self._url = [], False, False, None

    def _below(self, node: Element, *, heading: bool, strong: bool) -> Iterator[Line]:
        name = node.tag
        if (
            not isinstance(name, str)
            or name in ("script", "style", "template")
            or node in self._elsewhere
        ):
            return
        if name == "br":
            yield from self._ended(heading=heading)
            return
        if _may_lead(node) and is_more(text_of(node)):
            yield from self._ended(heading=heading)
            self._url = self._target(node)
            yield Line(text_of(node), self._url)
            self._url = None
            return
        if name == "a" and node.get("href") and not is_for_ears(node):
            self._url = self._url or self._target(node)
        apart = name in BLOCKS
        if apart:
            yield from self._ended(heading=heading)
        heading = heading or name in HEADINGS
        strong = strong or name in _STRONG
        self._add(node.text, strong=strong)
        in_lines = holds_lines(node)
        for child in node:
            yield from self._below(child, heading=heading, strong=strong)
            self._add(child.tail, strong=strong)
            if in_lines:
                yield from self._ended(heading=heading)
        if apart:
            yield from self._ended(heading=heading)

    def _add(self, text: str | None, *, strong: bool) -> None:
        if not text:
            return
        self._pieces.append(text)
        if text.strip():
            self._strong = self._strong or strong
            self._plain = self._plain or not strong

    def _target(self, node: Element) -> str | None:
        href = (node.get("href") or "").strip()
        return None if href.startswith("#") else absolute(self._base, href)


def _may_lead(node: Element) -> bool:
    """Whether an element may stand for a link to the rest; a short one, in a browser's copy."""
    return node.tag in ("a", "button") or (node.tag == "span" and len(node) == 0)
