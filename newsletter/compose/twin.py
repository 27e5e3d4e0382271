"""The plain-text twin of a block of HTML, in the form that an editor's Markdown has as well.

Links are numbered, and their addresses stand below their block, each unbroken on its own line.
"""

from __future__ import annotations

from typing import Any

import lxml.html
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from newsletter.compose.text import WIDTH, clean, prose, underlined

__all__ = ["Twin"]

Element = Any  # lxml ships no types of its own

_COLUMNS = ParserConfig(css=CSS_PROFILES["strict"].copy(), table_cell_separator="  ")


class Twin:
    """Writes the blocks of one text, numbering its links from 1."""

    def __init__(self) -> None:
        self._links: list[str] = []
        self._count = 0

    def of(self, node: Element) -> str:
        """One block, wrapped, and its addresses."""
        text = self._block(node, "", "")
        links, self._links = self._links, []
        return "\n".join([text, *links])

    def _block(self, node: Element, first: str, rest: str) -> str:
        """A block and all it holds; `first` begins its first line, `rest` the others."""
        match node.tag:
            case "h3" | "h4":
                return underlined(self._inline(node))
            case "hr":
                return f"{first}* * *"
            case "pre":
                lines = (node.text or "").expandtabs(4).split("\n")
                return "\n".join(f"{rest}    {line}" for line in lines)
            case "blockquote":
                inner = (self._block(child, f"{rest}> ", f"{rest}> ") for child in node)
                return f"\n{rest}>\n".join(inner)
            case "ul" | "ol":
                return self._list(node, rest)
            case "table":
                return self._table(node, rest)
            case _:
                return prose(self._inline(node), first, rest)

    def _list(self, node: Element, rest: str) -> str:
        number = int(node.get("start") or 1)
        items = []
        for item in node:
            mark = f"{number}. " if node.tag == "ol" else "- "
            number += 1
            below = rest + " " * len(mark)
            lines = []
            said = self._inline(item)
            if said:
                lines.append(prose(said, rest + mark, below))
            for child in item:
                if child.tag in ("p", "ul", "ol", "blockquote", "pre", "table", "hr", "h3", "h4"):
                    lines.append(self._block(child, below if lines else rest + mark, below))
            items.append("\n".join(lines))
        return "\n".join(items)

    def _table(self, node: Element, rest: str) -> str:
        """Columns side by side where they fit, else a row to a paragraph."""
        rows = [
            [self._inline(cell) for cell in row if cell.tag in ("td", "th")]
            for row in node.iter("tr")
        ]
        lines = [prose(self._inline(caption), rest) for caption in node.iter("caption")]
        plain = lxml.html.Element("table")
        for row in rows:
            line = lxml.html.Element("tr")
            for said in row:
                cell = lxml.html.Element("td")
                cell.text = said.replace("\n", " ")
                line.append(cell)
            plain.append(line)
        set_ = get_text(lxml.html.tostring(plain, encoding="unicode"), _COLUMNS)
        columns = [rest + line.rstrip(" ") for line in set_.strip("\n").split("\n")]
        if max(map(len, columns)) <= WIDTH:
            return "\n".join([*lines, *columns])
        joined = (" | ".join(said.replace("\n", " ") for said in row) for row in rows)
        return "\n".join([*lines, *(prose(row, rest, rest + "  ") for row in joined)])

    def _inline(self, node: Element) -> str:
        """The words of a paragraph, on lines where it breaks them; blocks within are left out."""
        said = [node.text or ""]
        for child in node:
            match child.tag:
                case "br":
                    said.append("\n")
                case "img":
                    alt = clean(child.get("alt") or "")
                    said.append(f"[{alt}]" if alt else "")
                case "em":
                    said.append(_around("_", self._inline(child)))
                case "strong":
                    said.append(_around("*", self._inline(child)))
                case "a":
                    said.append(self._link(child))
                case "code" | "del" | "s" | "sub" | "sup" | "u":
                    said.append(self._inline(child))
            said.append(child.tail or "")
        lines = "".join(said).split("\n")
        return "\n".join(clean(line) for line in lines).strip("\n")

    def _link(self, node: Element) -> str:
        inside = self._inline(node)
        href = node.get("href") or ""
        if not "".join(node.itertext()).strip() or href in (f"mailto:{inside}", f"tel:{inside}"):
            return inside  # a picture that leads to a larger one, or an address that says itself
        self._count += 1
        self._links.append(f"[{self._count}] {href}")
        return f"[{self._count}]" if inside == href else f"{inside} [{self._count}]"


def _around(mark: str, said: str) -> str:
    return f"{mark}{said}{mark}" if said else ""
