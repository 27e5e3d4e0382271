"""An editor's Markdown as HTML and as plain text, both set in the language's typography.

HTML in Markdown is shown as the text it is, never passed through; what markdown-it makes is cleaned
by nh3 all the same, so that the two would have to fail together. Nothing here goes through Jinja.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from newsletter.compose.language import is_french
from newsletter.compose.text import follow, prose, underlined
from newsletter.compose.typography import marked, spaced_after

__all__ = ["to_html", "to_line", "to_text", "without_title"]

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "em", "strong", "s", "a", "img", "ul", "ol", "li"),
    *("blockquote", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title", "width"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_PICTURE_WIDTH = 536  # CSS pixels: the sheet's 600 less its margins
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# What stands for the other parts of a paragraph where only its text is set: code keeps to itself,
# breaks are white space, emphasis is nothing at all.
_STAND_INS = {
    **{"code_inline": "`x`", "image": "`x`"},
    **{"softbreak": "\n", "hardbreak": "\n"},
}


def _parse(source: str, language: str | None, base_url: str) -> list[Token]:
    source = _FORBIDDEN.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    tokens = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parsed = tokens.parse(source)
    # The mail has its own h1, so the highest rank that the editor uses becomes h2, whichever it is.
    ranks = sorted({token.tag for token in parsed if token.type == "heading_open"})
    for token in parsed:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(ranks.index(token.tag) + 2, 4)}"
        _prepare(token.children or [], language, base_url)
    return parsed


def _prepare(inline: list[Token], language: str | None, base_url: str) -> None:
    """Set the text of one block and make its addresses absolute, in place."""
    before = ""
    if is_french(language):
        shown = marked([_STAND_INS.get(token.type, token.content) for token in inline])
        for token, content in zip(inline, shown, strict=True):
            if token.type == "text":
                token.content = content
    for token in inline:
        if token.type == "text":
            if is_french(language):
                token.content = spaced_after(before, token.content)
            before = token.content or before
        elif token.type == "code_inline":
            before = token.content
        elif token.type in ("softbreak", "hardbreak"):
            before = "\n"
        elif token.type == "image":
            token.attrSet("src", urljoin(base_url, str(token.attrGet("src") or "")))
            token.attrSet("width", str(_PICTURE_WIDTH))
            _prepare(token.children or [], language, base_url)
        elif token.type == "link_open":
            token.attrSet("href", urljoin(base_url, str(token.attrGet("href") or "")))


def to_html(source: str, *, language: str | None, base_url: str = "") -> Markup:
    """`source` as clean HTML; headings begin at h2, relative addresses are under `base_url`."""
    parser = MarkdownIt("commonmark", {"html": False})
    html = parser.renderer.render(_parse(source, language, base_url), parser.options, {})
    return Markup(
        nh3.clean(
            html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener"
        ).strip()
    )


def to_text(source: str, *, language: str | None, base_url: str = "") -> str:
    """`source` as wrapped plain text; addresses stand on their own lines below their block."""
    blocks = _Blocks()
    blocks.write(SyntaxTreeNode(_parse(source, language, base_url)), "", "")
    return "\n\n".join(block for block in blocks.done if block.strip())


def to_line(source: str, *, language: str | None) -> str:
    """The bare words of `source` on one line, for a preheader."""
    line = ""
    for token in _parse(source, language, ""):
        words = [
            child.content if child.type in ("text", "code_inline") else " "
            for child in token.children or []
            if child.type in ("text", "code_inline", "softbreak", "hardbreak")
        ]
        line = follow(line, "".join(words).strip())
    return line


def without_title(source: str, title: str) -> str:
    """`source` without a first heading that only says `title` again, as the mail shows it."""
    first, _, rest = source.lstrip("\n").partition("\n")
    heading = re.fullmatch(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*\r?", first)
    if heading is None or _bare(heading[1]) != _bare(title) or not rest.strip():
        return source
    return rest


def _bare(text: str) -> str:
    """The words alone, to compare: spaces, case and marks of typing do not count."""
    return re.sub(r"[\W_]", "", to_line(text, language=None)).casefold()


class _Blocks:
    """Collects the blocks of one text, numbering its links from 1."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._links: list[str] = []
        self._count = 0

    def write(self, node: SyntaxTreeNode, first: str, rest: str) -> None:
        """Write a block and all it holds; `first` begins its first line, `rest` the others."""
        if node.type == "heading":
            self._put(underlined(self._inline(node)), rest)
        elif node.type == "paragraph":
            self._put(prose(self._inline(node), first, rest), rest)
        elif node.type in ("fence", "code_block"):
            code = node.content.rstrip("\n").split("\n")
            self._put("\n".join(f"{rest}    {line}" for line in code), rest)
        elif node.type == "hr":
            self._put(f"{rest}* * *", rest)
        elif node.type == "blockquote":
            for child in node.children:
                self.write(child, f"{rest}> ", f"{rest}> ")
        elif node.type in ("bullet_list", "ordered_list"):
            self._list(node, rest)
        elif node.type == "tr":
            self._put(prose(" | ".join(map(self._inline, node.children)), first, rest), rest)
        else:  # root, thead, tbody: nothing but what they hold
            for child in node.children:
                self.write(child, first, rest)

    def _list(self, node: SyntaxTreeNode, rest: str) -> None:
        number = int(node.attrs.get("start", 1))
        begun = len(self.done)
        for item in node.children:
            mark = f"{number}. " if node.type == "ordered_list" else "- "
            number += 1
            first, below = rest + mark, rest + " " * len(mark)
            for index, child in enumerate(item.children):
                self.write(child, first if index == 0 else below, below)
        items = self.done[begun:]
        if all("\n\n" not in item for item in items):
            self.done[begun:] = ["\n".join(items)]  # a list reads as one block

    def _put(self, block: str, rest: str) -> None:
        links, self._links = self._links, []
        self.done.append("\n".join([block, *(rest + link for link in links)]))

    def _inline(self, node: SyntaxTreeNode) -> str:
        return "".join(self._span(child) for child in node.children)

    def _span(self, node: SyntaxTreeNode) -> str:
        if node.type in ("text", "code_inline"):
            return node.content
        if node.type == "softbreak":
            return " "
        if node.type == "hardbreak":
            return "\n"
        inside = self._inline(node)
        if node.type == "image":
            return f"[{inside or node.content}]" if inside or node.content else ""
        if node.type == "em":
            return f"_{inside}_"
        if node.type == "strong":
            return f"*{inside}*"
        if node.type == "link":
            href = str(node.attrs.get("href", ""))
            if urlsplit(href).scheme not in _SCHEMES:
                return inside
            if href == f"mailto:{inside}":
                return inside
            self._count += 1
            self._links.append(f"[{self._count}] {href}")
            return f"[{self._count}]" if inside == href else f"{inside} [{self._count}]"
        return inside  # inline, s
