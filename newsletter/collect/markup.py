"""HTML as a tree and as words: the few things every reader of mark-up needs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.etree
import lxml.html

from newsletter.collect.attributes import with_few_attributes
from newsletter.collect.bounds import beginning

Element = Any  # lxml ships no types of its own

LONGEST_HOST = 253  # characters of a host's name (RFC 1035 §2.3.4)
_BLOCK_NAMES = """
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td
    tfoot th thead tr ul
"""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(_BLOCK_NAMES.split())
# White space that may be folded. No-break spaces are typography and stay.
_FOLDABLE = re.compile(r"[ \t\r\n\f\v\u2028\u2029]{2,}|[\t\r\n\f\v\u2028\u2029]")
_BEFORE_NO_BREAK = re.compile(r" +(?=[\u00a0\u202f])")
_AFTER_NO_BREAK = re.compile(r"(?<=[\u00a0\u202f])[ \u00a0\u202f]+")
# Characters that show nothing but break a comparison or, worse, a message.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff"
    r"\u202a-\u202e\u2066-\u2069]"  # these turn the direction of what follows, in our own text too
)
_C1 = re.compile("[\x80-\x9f]")
_WITH_COMMENTS = lxml.etree.XPath("descendant-or-self::*[@*[contains(., '<!--')]]")
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,6})|0*([0-9]{1,7}));?")


def windows_1252(text: str) -> str:
    """U+0080 to U+009F as the letters that were meant, as browsers read them (HTML §13.2.5.80)."""
    return _C1.sub(lambda match: match[0].encode("latin-1").decode("cp1252", "ignore"), text)


def _referred(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    if 0x80 <= number < 0xA0:
        return windows_1252(chr(number)) or " "
    # lxml takes no text that XML could not hold, though HTML may refer to it.
    bad = number < 0x20 and number not in (9, 10, 13)
    return " " if bad or number in (0xFFFE, 0xFFFF) else match[0]


def _prepared(markup: str) -> str:
    # Form feed and vertical tab are white space that XML, and so lxml, does not know.
    text = _INVISIBLE.sub("", beginning(markup)).replace("\f", " ").replace("\v", " ")
    text = with_few_attributes(text)
    return _REFERENCE.sub(_referred, text) if "&#" in text else text


def fragment(markup: str) -> Element:
    """The tree of a piece of HTML, under one <div>; never fails, empty for nothing. Of one that is
    too long, its beginning.

    libxml2 stops at a depth of 255 elements, which also keeps us from deep recursion.
    """
    text = _prepared(markup)
    root = None
    if text.strip():
        parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        try:
            root = lxml.html.document_fromstring(
                f"<html><body>{text}</body></html>".encode(), parser=parser
            )
        except lxml.etree.LxmlError:
            root = None
    holder = lxml.html.Element("div")
    if root is None:
        return holder
    _harmless(root)
    for body in root.iter("body"):
        holder.text = (holder.text or "") + (body.text or "")
        for child in list(body):
            holder.append(child)
        break
    return holder


def document(text: str) -> Element | None:
    """The tree of a whole page, or of its beginning, or None where there is none to be had."""
    clean = re.sub(r"^\s*<\?xml[^>]*\?>", "", _prepared(text))
    if not clean.strip():
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        tree = lxml.html.document_fromstring(clean.encode(), parser=parser)
    except lxml.etree.LxmlError:
        return None
    _harmless(tree)
    return tree


def _harmless(tree: Element) -> None:
    """Takes comments out of attributes: libxml2 looks for the end of each when it writes them."""
    for node in _WITH_COMMENTS(tree):
        given = node.items()
        node.attrib.clear()
        for name, value in given:
            if "{" not in name:  # which lxml reads as a namespace, and takes back from nobody
                node.set(name, value.replace("<!--", " "))


def elements(tree: Element) -> Iterator[Element]:
    """Every true element below `tree`, itself included; no comments, no instructions."""
    for node in tree.iter():
        if isinstance(node.tag, str):
            yield node


def tidy(text: str) -> str:
    """One line of text: foldable white space folded, no-break spaces kept, nothing invisible."""
    folded = _FOLDABLE.sub(" ", _INVISIBLE.sub("", text))
    if "\u00a0" in folded or "\u202f" in folded:
        folded = _AFTER_NO_BREAK.sub("", _BEFORE_NO_BREAK.sub("", folded))
    return folded.strip(" \u00a0\u202f")


def text_of(node: Element, *, skip: frozenset[Element] = frozenset()) -> str:
    """The words of one element as a line; block elements and <br> part words."""
    pieces: list[str] = []
    _gather(node, pieces, skip)
    return tidy("".join(pieces))


def _gather(node: Element, pieces: list[str], skip: frozenset[Element]) -> None:
    if not isinstance(node.tag, str) or node.tag in ("script", "style", "template") or node in skip:
        return
    apart = node.tag in BLOCKS or node.tag == "br"
    pieces.append(" " if apart else "")
    pieces.append(node.text or "")
    for child in node:
        _gather(child, pieces, skip)
        pieces.append(child.tail or "")
    pieces.append(" " if apart else "")


def plain_text(markup: str) -> str:
    """The words of a piece of HTML, as one line."""
    return text_of(fragment(markup)) if "<" in markup else tidy(html.unescape(markup))


def absolute(base: str | None, url: str | None) -> str | None:
    """`url` as an absolute http(s) address seen from `base`, or None if it is no such thing."""
    # Lines and tabs within are nothing, blanks are meant (WHATWG URL §4.4).
    wanted = _INVISIBLE.sub("", re.sub(r"[\t\r\n]", "", url or "")).strip().replace(" ", "%20")
    if not wanted or re.fullmatch(r"[a-zA-Z]+:/*", wanted):
        return None
    try:
        joined = urljoin(base or "", wanted)
        parts = urlsplit(joined)
        host = parts.hostname or ""
        usable = parts.scheme in ("http", "https") and 0 < len(host) <= LONGEST_HOST
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return None
    return re.sub(r"[\x00-\x20\x7f]", "", joined) if usable else None
