"""Reads the mark-up of a text as lines, without the marks and texts of its notes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.collect.debris import READ_MORE
from newsletter.collect.markup import BLOCKS, Element, text_of, tidy

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SKIPPED = frozenset(
    {"script", "style", "template", "figure", "figcaption", "pre", "table", "nav", "form", "iframe"}
    | {"svg", "video", "audio", "select", "button", "noscript", "textarea", "hr", "head", "title"}
)
_SUPERSCRIPT = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
_NOTE = re.compile(r"[\[(]?\s*(?:\d{1,3}|[*†‡]{1,3}|note\s*\d{1,3})\s*[\])]?", re.I)
# The mark of a list, typed by hand. A dash is none: in French it begins what somebody says.
_BULLET = re.compile(r"^[*•·▪►‣∙]+[ \u00a0]+(?=\S)")
# Where the next point of such a list begins, on a line of its own.
_POINT = re.compile(r"\n[ \t]*(?=[*•·▪►‣∙-][ \u00a0]+\S)")
_MORE_LINK = re.compile(rf"[\[(<«…. ]*(?:{READ_MORE})(?!\w)(?!.*[^.]\.$)", re.I)
# A raised number that is a power: after "10", a unit, or a letter for a quantity.
_RAISES = re.compile(r"(?:\d|(?<![^\W\d_])[^\W\d_]{1,3})$")
_UNIT = re.compile(r"(?<![^\W\d_])[cdhkm]?m[ \u00a0\u202f]+$")
_EMPTY_BRACKETS = re.compile(r"[ \u00a0\u202f]*\[[ \u00a0\u202f]*\]")


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    linked: str  # those words of it that are a link's; "" for a point of a list typed by hand
    is_link: bool  # all of its words are


def lines_of(tree: Element) -> list[Line]:
    """The paragraphs of a tree as lines; headings only if there is nothing else."""
    collector = Collector()
    collector.visit(tree)
    collector.flush()
    return collector.lines or collector.headings


class Collector:
    """Walks through a tree and keeps what it says, line by line."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.headings: list[Line] = []
        self._line: list[str] = []
        self._in_heading = False
        self._in_link = False
        self._linked: list[str] = []
        self._said = {True: False, False: False}  # words in links, and beside them

    def flush(self) -> None:
        is_link = self._said[True] and not self._said[False]
        whole, linked = "".join(self._line), "".join(self._linked)
        points = _POINT.split(whole)
        if len(points) > 2:
            linked = ""
        else:
            points = [whole]  # one may be a dash in a sentence
        for point in points:
            text = tidy(_EMPTY_BRACKETS.sub("", tidy(point)))
            text = _BULLET.sub("", text)
            if text:
                line = Line(text, linked, is_link)
                (self.headings if self._in_heading else self.lines).append(line)
        self._line, self._linked = [], []
        self._said = {True: False, False: False}

    def _say(self, text: str | None) -> None:
        if text:
            self._line.append(text)
            if self._in_link:
                self._linked.append(text)
            self._said[self._in_link] |= any(c.isalnum() for c in text)

    def visit(self, node: Element) -> None:
        name = node.tag
        if not isinstance(name, str) or name in _SKIPPED:
            return
        if _is_note(node) or (name in BLOCKS and _is_footnote(node)):
            return
        if name == "a" and _is_read_more(node):
            self._line.append(" […]")
            return
        if name in ("sup", "sub"):
            text = "".join(node.itertext())
            if name == "sup" and text.strip().isdigit():
                text = self._raised(text.strip())
            self._say(text)
            return
        if name == "br":
            following = node.getnext()
            # Two in a row are a paragraph in disguise.
            if following is not None and following.tag == "br" and not (node.tail or "").strip():
                self.flush()
            self._line.append("\n")
            return
        block = name in BLOCKS
        if block:
            self.flush()
        outer = self._in_heading, self._in_link
        self._in_heading = self._in_heading or name in _HEADINGS
        self._in_link = self._in_link or name == "a"
        self._say(node.text)
        for child in node:
            self.visit(child)
            self._say(child.tail)
        if block:
            self.flush()
        self._in_heading, self._in_link = outer

    def _raised(self, digits: str) -> str:
        """A power as it is written; "" for the mark of a note, after a word or a full stop."""
        before = "".join(self._line[-3:])
        unit = _UNIT.search(before)
        if unit:
            # Only its end is touched: a line may hold thousands of them.
            while not (last := self._line[-1].rstrip(" \u00a0\u202f")):
                self._line.pop()
            self._line[-1] = last
        power = unit or not before.strip() or _RAISES.search(before)
        return digits.translate(_SUPERSCRIPT) if power else ""


def _is_note(node: Element) -> bool:
    """Whether an element is the mark of a footnote: a small number that leads within the page."""
    if node.tag == "a":
        return "#" in (node.get("href") or "") and bool(
            _NOTE.fullmatch(tidy("".join(node.itertext())))
        )
    if node.tag == "sup":
        text = tidy("".join(node.itertext()))
        linked = any(a.tag == "a" for a in node.iter())
        return not text or (bool(_NOTE.fullmatch(text)) and (linked or not text.isdigit()))
    return "spip_note_ref" in (node.get("class") or "")


def _is_footnote(node: Element) -> bool:
    """Whether a block is the footnote itself: it begins with the link back to its mark."""
    first = next(iter(node), None)
    if first is None or (node.text or "").strip(" \u00a0\n[("):
        return False
    link = first if first.tag == "a" else next(iter(first), None)
    marks = first.tag in ("a", "sup", "span") and link is not None and link.tag == "a"
    return marks and _is_note(link) and bool(tidy(text_of(node)).strip("[]() 0123456789*"))


def _is_read_more(node: Element) -> bool:
    """Whether a link is the last of its paragraph and leads to the rest of the article."""
    follows = tidy(node.tail or "").strip("]…→»›) .")
    return not follows and node.getnext() is None and bool(_MORE_LINK.match(tidy(text_of(node))))
