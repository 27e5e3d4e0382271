"""Takes the tree of an article apart into a row of blocks: paragraphs, headings, lists, tables.

Loose words become paragraphs, wrappers are taken off, pictures get a width, addresses become
absolute. What comes in holds only elements that are named here: `fulltext` cleans before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import lxml.etree
import lxml.html

from newsletter.compose.addresses import absolute, is_seen, web_address
from newsletter.compose.text import clean

__all__ = [
    *("BLOCKS", "HEADINGS", "INLINE", "RENAMED", "TABLE", "WRAPPERS"),
    *("Element", "flat", "holding", "parse", "settle"),
]

Element = Any  # lxml ships no types of its own

INLINE = frozenset({"a", "br", "code", "del", "em", "img", "s", "strong", "sub", "sup", "u"})
RENAMED = {"b": "strong", "i": "em", "ins": "u", "kbd": "code", "samp": "code"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
WRAPPERS = frozenset(
    {"div", "section", "article", "header", "footer", "main", "aside", "address", "center"}
    | {"figure", "figcaption", "dl", "dt", "dd", "details", "summary"}
)
TABLE = frozenset({"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"})
BLOCKS = frozenset({"p", "ul", "ol", "li", "blockquote", "pre", "hr", *HEADINGS})
_NO_LINK = "no-link"  # what is no link any more, until it is taken off
_SPY = 3  # pixels; a picture no wider or higher only counts readers

_WHITE = re.compile(r"[ \t\r\n\f\u2028\u2029]+")


def parse(markup: str) -> Element:
    """The tree of clean HTML, under one <div>."""
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)
    return lxml.html.fragment_fromstring(
        f"<div>{markup}</div>".encode(), create_parent=False, parser=parser
    )


def settle(tree: Element, base: str | None, widest: int) -> None:
    """Give every element its name and its attributes, in place; no picture is over `widest`."""
    for node in list(tree.iter()):
        if node.getparent() is None:
            continue
        tag = node.tag = RENAMED.get(node.tag, node.tag)
        if tag == "img":
            _settle_picture(node, base, widest)
        elif tag == "a":
            href = absolute(base, node.get("href"))
            if href is None:
                node.tag = _NO_LINK
            else:
                node.set("href", href)
    # Together: drop_tag counts the nodes before each, and writes the text before it anew.
    lxml.etree.strip_tags(tree, _NO_LINK)
    for link in list(tree.iter("a")):
        pictures = list(link.iter("img"))
        if any(child.tag not in INLINE for child in link.iter()):
            link.tag = _NO_LINK  # it is around blocks, which no text can show
        elif not "".join(link.itertext()).strip() and not any(p.get("alt") for p in pictures):
            link.tag = _NO_LINK  # it says nothing
    lxml.etree.strip_tags(tree, _NO_LINK)
    for cell in tree.iter("td", "th", "caption"):
        _one_paragraph(cell)


def _settle_picture(node: Element, base: str | None, widest: int) -> None:
    source = web_address(absolute(base, node.get("src")))
    sides = [int(side) for name in ("width", "height") if (side := node.get(name, "")).isdigit()]
    alt = clean(node.get("alt") or "")
    if source is None or any(side <= _SPY for side in sides):
        node.drop_tree()
        return
    if not is_seen(source):
        _instead(node, source, alt)
        return
    known = node.get("width", "").isdigit()
    width = int(node.get("width")) if known else widest
    node.attrib.clear()
    if not known:
        node.set("class", "loose")
    node.set("src", source)
    node.set("alt", alt)
    node.set("width", str(min(width, widest)))


def _instead(node: Element, source: str, alt: str) -> None:
    """A link to a picture that not all programs show, if anything says what it is."""
    within = any(parent.tag == "a" for parent in node.iterancestors())
    if not alt:
        node.drop_tree()
        return
    node.attrib.clear()
    node.tag = "em" if within else "a"
    if not within:
        node.set("href", source)
    node.text = alt


def _one_paragraph(cell: Element) -> None:
    """Blocks within become lines."""
    for node in list(cell.iter()):
        if node is cell or node.tag in INLINE:
            continue
        first = node.getparent() is cell and node.getprevious() is None and not cell.text
        if not first and node.tag != "hr":
            node.addprevious(lxml.html.Element("br"))
        node.drop_tag()


def flat(holder: Element, *, caption: bool = False) -> Iterator[Element]:
    """What `holder` holds as a row of blocks: loose words in paragraphs, wrappers taken off."""
    line = _Line(caption)
    line.add_text(holder.text)
    for child in list(holder):
        tail, child.tail = child.tail, None
        if child.tag == "br" and line.ends_in_break():
            yield from line.end()  # two in a row are a paragraph in disguise
        elif child.tag in INLINE and not any(n.tag not in INLINE for n in child.iter()):
            line.add(child)
        else:
            yield from line.end()
            yield from _blocks_of(child, caption)
        line.add_text(tail)
    yield from line.end()


def _blocks_of(node: Element, caption: bool) -> Iterator[Element]:
    match node.tag:
        case "pre":
            yield _code(node)
        case "hr":
            yield node
        case "ul" | "ol":
            yield _items(node)
        case "blockquote":
            inner = list(flat(node))
            if inner:
                yield holding("blockquote", inner)
        case "figure":
            inner = list(flat(node))
            for shown, below in pairwise(inner):
                if below.get("class") == "caption" and not "".join(shown.itertext()).strip():
                    shown.set("class", "shot")
            yield from inner
        case "table" if _holds_data(node):
            yield node
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            for block in flat(node):
                if block.tag == "p" and "".join(block.itertext()).strip():
                    block.tag = node.tag
                    block.attrib.clear()
                yield block
        case "dt":
            for block in flat(node):
                strong = holding("strong", list(block))
                strong.text, block.text = block.text, None
                block.append(strong)
                yield block
        case _:
            yield from flat(node, caption=caption or node.tag == "figcaption")


class _Line:
    """Words and inline elements on their way to become a paragraph."""

    def __init__(self, caption: bool) -> None:
        self._caption = caption
        self._begin()

    def _begin(self) -> None:
        self._node = lxml.html.Element("p")
        self._last: Element | None = None  # lxml counts children one by one
        if self._caption:
            self._node.set("class", "caption")

    def add_text(self, text: str | None) -> None:
        said = _WHITE.sub(" ", text or "")
        if self._last is not None:
            self._last.tail = (self._last.tail or "") + said
        else:
            self._node.text = (self._node.text or "") + said

    def add(self, child: Element) -> None:
        self._node.append(child)
        self._last = child

    def ends_in_break(self) -> bool:
        last = self._last
        return last is not None and last.tag == "br" and not (last.tail or "").strip()

    def end(self) -> Iterator[Element]:
        """The paragraph, if there is anything in it; the next one begins."""
        node = self._node
        if self.ends_in_break():
            node.remove(self._last)
            self._last = node[-1] if len(node) else None
        if len(node) and node[0].tag == "br" and not (node.text or "").strip():
            node[0].drop_tag()
        node.text = (node.text or "").lstrip(" ")
        if len(node):
            node[-1].tail = (node[-1].tail or "").rstrip(" ")
        else:
            node.text = node.text.rstrip(" ")
        if "".join(node.itertext()).strip() or node.find(".//img") is not None:
            yield node
        self._begin()


def holding(tag: str, inner: Sequence[Element]) -> Element:
    holder = lxml.html.Element(tag)
    holder.extend(inner)
    return holder


def _items(node: Element) -> Element:
    """A list whose items hold paragraphs, or one line of words without one around it."""
    items = []
    for child in list(node):
        inner = list(flat(child)) if child.tag == "li" else list(_blocks_of(child, False))
        if not inner:
            continue
        item = holding("li", inner)
        if inner[0].tag == "p" and sum(block.tag == "p" for block in inner) == 1:
            inner[0].drop_tag()
        items.append(item)
    held = holding(node.tag, items)
    if node.tag == "ol" and node.get("start", "").isdigit():
        held.set("start", node.get("start"))
    return held


def _code(node: Element) -> Element:
    code = lxml.html.Element("pre")
    for line_break in list(node.iter("br")):
        line_break.text = "\n"
    code.text = "".join(node.itertext()).strip("\n")
    return code


def _holds_data(table: Element) -> bool:
    """Whether there are rows and columns to be read, and no table within."""
    widths = [sum(cell.tag in ("td", "th") for cell in row) for row in table.iter("tr")]
    return len(widths) > 1 and max(widths) > 1 and table.find(".//table") is None
