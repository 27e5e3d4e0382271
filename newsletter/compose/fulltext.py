"""Sets the whole text of an article for a mail: block by block, as HTML and as plain text.

What comes in is somebody else's HTML. nh3 reduces it to what mail programs show, the tree is then
set anew (headings below the article's own, pictures as wide as the sheet at most, no class, id or
style of the site's), and nh3 writes the last word on each block. Nothing here goes through Jinja.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lxml.html
import nh3
from markupsafe import Markup

from newsletter.compose.addresses import PICTURE_WIDTH, picture_name
from newsletter.compose.blocks import (
    BLOCKS,
    HEADINGS,
    INLINE,
    RENAMED,
    TABLE,
    WRAPPERS,
    Element,
    flat,
    holding,
    parse,
    settle,
)
from newsletter.compose.language import is_french
from newsletter.compose.twin import Twin
from newsletter.compose.typography import marked, spaced_after

__all__ = ["Block", "Body", "Text", "levels", "set_blocks", "shortened"]

PICTURE_WORDS = 25  # as much room as a picture is worth where a text is shortened
_MOST = 100_000  # characters of HTML; a mail has room for less
_LONGEST = 20_000  # characters of one block: no paragraph that anybody would read
_STEP = 0.88  # from one try to the next
_FEWEST = 60  # words; with fewer of a text, its excerpt says more
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_EMPTIED = """
    script style svg math form iframe object embed applet noscript template textarea select button
    audio video canvas frameset noframes title head map dialog
"""
_SCHEMES = {"http", "https", "mailto", "tel"}
_COMING_IN = nh3.Cleaner(
    tags={*INLINE, *RENAMED, *WRAPPERS, *TABLE, *BLOCKS},
    attributes={**_ATTRIBUTES, "img": {"src", "alt", "width", "height"}},
    clean_content_tags=set(_EMPTIED.split()),
    url_schemes=_SCHEMES,  # relative addresses pass: they are read from the article's own
    link_rel=None,
)
_GOING_OUT = nh3.Cleaner(
    tags={*INLINE, *TABLE, "p", "ul", "ol", "li", "blockquote", "pre", "hr", "h3", "h4", "div"},
    attributes={**_ATTRIBUTES, "table": {"cellpadding", "cellspacing", "border"}},
    allowed_classes={"p": {"caption", "shot"}, "div": {"grid"}, "img": {"loose"}},
    clean_content_tags=set(_EMPTIED.split()),
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel=None,
)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True)
class Block:
    """One paragraph, heading, list, table, picture …, ready to be printed."""

    html: str
    text: str
    """Its plain-text twin, wrapped, with its links below it."""
    words: int
    """What it costs where a text is shortened; a picture counts as some words."""
    leads: bool = False
    """It only makes sense before another: a heading, a line, "as follows:"."""
    pictures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Text:
    """An article's text, as far as any mail could have room for it."""

    blocks: tuple[Block, ...] = ()
    whole: bool = True
    """Nothing was left out."""


@dataclass(frozen=True)
class Body:
    """As much of an article's text as its mail has room for."""

    html: Markup
    text: str
    whole: bool
    """Nothing was left out."""
    pictures: frozenset[str] = frozenset()
    """What `picture_name` says of each."""


def set_blocks(
    markup: str,
    *,
    base: str | None,
    language: str | None,
    title: str = "",
    widest: int = PICTURE_WIDTH,
) -> Text:
    """The blocks of an article's HTML, set in its language; relative addresses are under `base`.

    A heading at its top that only repeats `title` is left out, and pictures are `widest` CSS pixels
    wide at most. No blocks for what holds nothing.
    """
    if not markup.strip():
        return Text()
    # After cleaning, since what cannot be in a tree may also have been written as "&#1;".
    tree = parse(_FORBIDDEN.sub("", _COMING_IN.clean(markup)))
    settle(tree, base, widest)
    nodes = list(flat(tree))
    known = _bare(title) or None
    while nodes and (nodes[0].tag == "hr" or _bare(_said(nodes[0])) == known):
        nodes.pop(0)
    # The article's own title is h2, so the highest rank within it becomes h3.
    ranks = sorted({node.tag for node in nodes if node.tag in HEADINGS})
    found: list[Block] = []
    room = _MOST
    twin = Twin()
    for node in nodes:
        said = _said(node)
        if room <= 0 or len(said) > _LONGEST:
            return Text(_trimmed(found), whole=False)
        if node.tag in ranks:
            node.tag = f"h{min(ranks.index(node.tag) + 3, 4)}"
        for inner in node.iter(*HEADINGS):
            if inner is not node:
                inner.tag = "p"  # in a list or a quotation, where it would be taken off
        if is_french(language):
            _typeset(node)
        pictures = [picture.get("src") for picture in node.iter("img")]
        html = _GOING_OUT.clean(lxml.html.tostring(_framed(node), encoding="unicode"))
        room -= len(html)
        found.append(
            Block(
                html=html.strip(),
                text=twin.of(node),
                words=len(said.split()) + PICTURE_WORDS * len(pictures),
                leads=node.tag in ("h3", "h4", "hr") or said.endswith(":"),
                pictures=frozenset(map(picture_name, pictures)),
            )
        )
    return Text(_trimmed(found))


def shortened(text: Text, words: int | None) -> Body | None:
    """The first `words` words of a text in whole blocks; None where not one of them fits.

    With None for `words`, all of it.
    """
    kept = text.blocks if words is None else _kept(text.blocks, words)
    if not kept:
        return None
    return Body(
        Markup("\n".join(block.html for block in kept)),
        "\n\n".join(block.text for block in kept),
        whole=text.whole and len(kept) == len(text.blocks),
        pictures=frozenset[str]().union(*(block.pictures for block in kept)),
    )


def _kept(blocks: Sequence[Block], words: int) -> Sequence[Block]:
    used = 0
    for index, block in enumerate(blocks):
        used += block.words
        if used > words:
            return _trimmed(blocks[:index])
    return blocks


def levels(texts: Sequence[Text], room: int) -> tuple[int | None, ...]:
    """How many words each text may keep, most first: falling steps from about `room` characters.

    None stands for all of it. Long texts are shortened first, since short ones are below the step.
    """
    longest = max((sum(block.words for block in text.blocks) for text in texts), default=0)
    found: list[int | None] = []
    if sum(len(block.html) for text in texts for block in text.blocks) <= room:
        found.append(None)
    level = int(longest * _STEP)
    while level >= _FEWEST:
        kept = (block for text in texts for block in _kept(text.blocks, level))
        if found or sum(len(block.html) for block in kept) <= room:
            found.append(level)
        level = int(level * _STEP)
    return tuple(found)


def _trimmed(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Without what leads to nothing at the end."""
    kept = list(blocks)
    while kept and kept[-1].leads:
        kept.pop()
    return tuple(kept)


def _framed(node: Element) -> Element:
    """A table that is wider than the screen is pushed aside by itself, not the whole mail."""
    if node.tag != "table":
        return node
    for name in ("cellpadding", "cellspacing", "border"):
        node.set(name, "0")
    frame = holding("div", [node])
    frame.set("class", "grid")
    return frame


def _said(node: Element) -> str:
    return " ".join(" ".join(node.itertext()).split())


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _typeset(block: Element) -> None:
    """Set all text of one block in French, each paragraph by itself; code keeps to itself."""
    for part in block.iter("p", "h3", "h4", "li", "td", "th", "caption"):
        spots = list(_spots(part))
        shown = marked(["`x`" if name is None else getattr(n, name) or "" for n, name in spots])
        before = ""
        for (node, name), text in zip(spots, shown, strict=True):
            if name is not None:
                text = spaced_after(before, text)
                setattr(node, name, text)
            before = text or before


def _spots(node: Element) -> Iterator[tuple[Element, str | None]]:
    """Where one paragraph keeps its words, in order; None for words that stay as they are."""
    yield node, "text"
    for child in node:
        if child.tag == "code":
            yield child, None
        elif child.tag == "br":
            child.text = None
        elif child.tag in INLINE:
            yield from _spots(child)
        yield child, "tail"
