"""Puts an editor's paragraphs into an article's whole text, in the place of those they are for."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import lxml.html

from newsletter.collect.markup import Element, fragment, text_of

Change = Sequence[str]  # what a paragraph said, as its first words were shown; what it says now

_BLANK_LINE = re.compile(r"\n\s*\n")


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a text in which empty lines part them."""
    return [part.strip() for part in _BLANK_LINE.split(text) if part.strip()]


def reworded(markup: str, changes: Sequence[Change]) -> str | None:
    """The text with these changes, one after the other; None where the place of one is not told.

    What was shown may be the first sentences of a longer paragraph: the others stay. Of a sentence
    that was cut ("…") nothing stays.
    """
    tree = fragment(markup)
    for was, now in changes:
        found = [(node, _rest(node, was)) for node in tree.iter("p", "li")]
        places = [(node, rest) for node, rest in found if rest is not None]
        if len(places) != 1:
            return None
        ((node, rest),) = places
        _replace(node, was, paragraphs_of(now), rest)
    loose = html.escape(tree.text or "", quote=False)
    return loose + "".join(lxml.html.tostring(node, encoding="unicode") for node in tree)


def _rest(node: Element, was: str) -> str | None:
    """What a paragraph says after these words; None where it does not begin with them."""
    said = text_of(node)
    if said == was:
        return ""
    if was.endswith("…"):
        return "" if said.startswith(was.rstrip("… ")) else None
    return said[len(was) :].strip() if said.startswith(f"{was} ") else None


def _replace(node: Element, was: str, now: list[str], rest: str) -> None:
    if now and now[0] == was:
        now, rest = now[1:], ""  # only more comes below it: its links stay
    else:
        for child in list(node):
            node.remove(child)
        node.text = " ".join(filter(None, (now[0] if now else "", rest)))
        now = now[1:]
    below = node
    for text in now:
        added = lxml.html.Element(str(node.tag))
        added.text = text
        added.tail, below.tail = below.tail, None
        below.addnext(added)
        below = added
    if not node.text and not len(node):
        node.drop_tree()
