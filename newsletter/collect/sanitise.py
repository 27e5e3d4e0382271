"""Reduces foreign HTML to what mail clients show, with absolute URLs and without spies.

The tree is tidied with lxml first (addresses, pictures, blocks); what goes out was then written
by nh3, whose word is the last on what is safe.
"""

from __future__ import annotations

import re

import lxml.etree
import lxml.html
import nh3

from newsletter.collect.addons import is_added, places_of, seems_added
from newsletter.collect.bounds import beginning, shortened
from newsletter.collect.images import absolute_source, is_spy
from newsletter.collect.markup import BLOCKS, Element, absolute, elements, fragment, text_of
from newsletter.collect.shortcodes import drop_codes, with_figures, without_codes

_ALLOWED = """
    p br a strong em ul ol li blockquote h2 h3 h4 img code pre figure figcaption hr sup sub
    table caption thead tbody tfoot tr th td
"""
TAGS = frozenset(_ALLOWED.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_TABLE_PARTS = ("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td")
_NOT_IN_DATA = frozenset({"table", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "blockquote"})
LONGEST = 150_000  # characters of one article, 25,000 words; nh3's time grows by the square
_ROUNDS = 10  # of taking out what seems added; labels within labels can be made without end
_LONGEST_CELL = 400  # characters; what holds more was set in a table for its looks
_RENAMED = {
    "b": "strong",
    "i": "em",
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    "tt": "code",
    "kbd": "code",
}
# Gone with all they hold: none of it is text, or none of it works in mail.
_EMPTIED = """
    script style svg math form iframe object embed applet noscript template textarea select button
    input audio video canvas frameset noframes title meta link base head map dialog
"""
_GONE = frozenset(_EMPTIED.split())
_ADDED = "added"  # stands for the tag of what goes
# What WordPress, SPIP and Blogger put around a picture and its caption, and around the caption.
_CAPTIONED = re.compile(r"(?:^|\s)(?:wp-caption|spip_documents|tr-caption-container)(?:\s|$)")
_CAPTION = re.compile(
    r"(?:^|\s)(?:wp-caption-text|spip_doc_(?:titre|descriptif)|tr-caption)(?:\s|$)"
)
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes=_ATTRIBUTES,
    clean_content_tags=set(_GONE) - TAGS,
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    strip_comments=True,
    link_rel=None,
)
_BLANK = re.compile(
    r"<(p|strong|em|li|ul|ol|blockquote|h[234]|figure|figcaption)>(?:\s|\u00a0|&nbsp;)*</\1>"
)
# What makes more than words of a text: marks of HTML, and all that is neither letter nor blank.
_NO_MERE_WORDS = re.compile(
    r"[<>&\u00a0\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SHELVES = re.compile(r"\b(?:directory|tag|category)\b")  # links to a section or a topic
_EMPTY_LINK = re.compile(r"<a(?: [^<>]*)?>\s*</a>")
_SHOWN = re.compile(r"<img\b|(?:\A|>)[^<>]*[^\s<>*_.…/|·•,;:=~+–—-]")  # more than a dash or a rule
_LINES = re.compile(r"(?<!\s)\s*\n\s*")  # from its first space on, or long runs take for ever


def sanitise(markup: str, *, base: str | None = None) -> str:
    """`markup` with only the tags of TAGS, safe attributes and absolute URLs.

    Relative addresses are read from `base`; without one they are dropped. Idempotent; "" for
    what holds neither words nor pictures. What stands behind 150,000 characters, or 30,000
    elements, is left out.
    """
    if not _NO_MERE_WORDS.search(markup):
        words = _LINES.sub("\n", without_codes(_first(markup))).strip()
        return words if _SHOWN.search(words) else ""
    tree = fragment(with_figures(beginning(markup)))
    shortened(tree)
    drop_codes(tree)
    places = places_of(tree)
    _prepare(tree, base)
    clean = _written(tree)
    # Judged by its words is what is left: what goes may have stood between a label and its list.
    for _ in range(_ROUNDS):
        tree = fragment(clean)
        coded = drop_codes(tree)  # a tag that is gone may have parted one
        if not _without_what_seems_added(tree, base, places) and not coded:
            break
        clean = _written(tree)
    return clean


def _written(tree: Element) -> str:
    inner = lxml.html.tostring(tree, encoding="unicode", method="html")
    return _without_blanks(_CLEANER.clean(_first(inner)))


def _first(markup: str) -> str:
    """As much as one article is given room for, cut between words or tags."""
    if len(markup) <= LONGEST:
        return markup
    end = max(markup.rfind(sign, LONGEST - 100, LONGEST) for sign in "< ;")
    return markup[: end if end > 0 else LONGEST]


def _prepare(tree: Element, base: str | None) -> None:
    kept = {
        part
        for table in tree.iter("table")
        if _holds_data(table)
        for part in table.iter(*_TABLE_PARTS)
    }
    # Not one by one: drop_tree writes all the text before a node anew.
    lxml.etree.strip_elements(tree, *_GONE, with_tail=False)
    for node in list(elements(tree)):
        if node is tree or node.getparent() is None:
            continue
        if is_added(node):
            node.tag = _ADDED
            continue
        name = node.tag
        if name == "img":
            _prepare_image(node, base)
        elif name == "a":
            _prepare_link(node, base)
        elif name in _RENAMED:
            node.tag = _RENAMED[name]
        elif name in ("div", "dl", "table") and _is_captioned(node):
            node.tag = "figure"
        elif name in ("p", "dt", "dd", "div", "td") and _CAPTION.search(node.get("class") or ""):
            node.tag = "figcaption"
        elif name in BLOCKS and node not in kept and (name not in TAGS or name in _TABLE_PARTS):
            _prepare_block(node)
    lxml.etree.strip_elements(tree, _ADDED, with_tail=False)
    for node in list(tree.iter(*_TABLE_PARTS)):
        if node not in kept:
            node.tag = "div"  # which nh3 takes away, leaving what it holds


def _without_what_seems_added(tree: Element, base: str | None, places: frozenset[str]) -> bool:
    """Take out what its words alone call an addition, if more is left; whether there was any."""
    seeming = {part for node in elements(tree) for part in seems_added(node, base, places)}
    if not seeming or not _says_more(tree, seeming):
        return False
    for node in seeming:
        node.tag = _ADDED
    lxml.etree.strip_elements(tree, _ADDED, with_tail=False)
    return True


def _says_more(tree: Element, seeming: set[Element]) -> bool:
    """Whether a text says something in its paragraphs without what seems added."""
    beside = seeming.union(tree.iter("h2", "h3", "h4", "ul", "ol", "figure", "figcaption", _ADDED))
    return any(c.isalnum() for c in text_of(tree, skip=frozenset(beside)))


def _is_captioned(node: Element) -> bool:
    """Whether a box is there for a picture and its caption."""
    return bool(_CAPTIONED.search(node.get("class") or "")) and node.find(".//figure") is None


def _holds_data(table: Element) -> bool:
    """Whether a table has rows and columns to be read, and is not there to place things."""
    rows = [sum(cell.tag in ("td", "th") for cell in row) for row in table.iter("tr")]
    if len(rows) < 2 or max(rows) < 2 or (table.get("role") or "").strip() == "presentation":
        return False
    for cell in table.iter("td", "th"):
        if any(node.tag in _NOT_IN_DATA for node in cell.iter() if node is not cell):
            return False
        if len(text_of(cell)) > _LONGEST_CELL:
            return False
    return True


def _prepare_image(node: Element, base: str | None) -> None:
    source = absolute_source(node, base)
    if source is None or is_spy(node, source):
        # An emoji drawn as a picture is a word: its alt text stays.
        alt = node.get("alt") or ""
        node.tail = (alt if len(alt) <= 4 else "") + (node.tail or "")
        node.drop_tree()
        return
    node.set("src", source)
    for side in ("width", "height"):
        if not (node.get(side) or "").strip().isdigit():
            node.attrib.pop(side, None)
    node.set("alt", node.get("alt") or "")


def _prepare_link(node: Element, base: str | None) -> None:
    if _SHELVES.search(node.get("rel") or "") and _stands_apart(node):
        node.drop_tree()
        return
    href = (node.get("href") or "").strip()
    if href[:7].lower() == "mailto:" or href[:4].lower() == "tel:":
        return
    target = absolute(base, href)
    if target is None:
        node.attrib.clear()
        node.tag = "span"  # which nh3 takes away; drop_tag() counts all of its siblings for each
    else:
        node.set("href", target)


def _stands_apart(node: Element) -> bool:
    """Whether no word stands beside a link: it is part of no sentence, nor a hashtag."""
    before = node.getprevious()
    text = before.tail if before is not None else node.getparent().text
    beside = (text or "") + (node.tail or "")
    return not any(c.isalnum() for c in beside) and not text_of(node).startswith("#")


def _prepare_block(node: Element) -> None:
    """Keeps apart what a block kept apart, once its tag is gone."""
    holds_blocks = any(child.tag in BLOCKS for child in elements(node) if child is not node)
    within = node.getparent().tag
    if holds_blocks or within in ("li", "p", "td", "figure", "blockquote", "tr"):
        node.text = "\n" + (node.text or "")
        node.tail = "\n" + (node.tail or "")
    elif text_of(node) or node.find(".//img") is not None:
        node.tag = "p"
        node.attrib.clear()
    if node.tag in ("td", "th"):
        node.tail = " " + (node.tail or "")


def _without_blanks(clean: str) -> str:
    while True:
        fewer = _BLANK.sub("", _EMPTY_LINK.sub("", clean))
        if fewer == clean:
            break
        clean = fewer
    if "<pre" not in clean:
        clean = _LINES.sub("\n", clean)
    return clean.strip() if _SHOWN.search(clean) else ""
