"""Takes off the end of a whole text what its site hung on to it."""

from __future__ import annotations

import html

import lxml.html

from newsletter.collect.debris import is_tail
from newsletter.collect.markup import Element, fragment, text_of


def without_tails(markup: str) -> str:
    """Clean HTML without the paragraphs at its end that belong to its site, not to the text.

    "The post … appeared first on …", buttons for sharing, "Read more"; and those with nothing.
    """
    tree = fragment(markup)
    for node in reversed(list(tree)):
        if (node.tail or "").strip() or _shows(node):
            break
        tree.remove(node)
    loose = html.escape(tree.text or "", quote=False)
    return loose + "".join(lxml.html.tostring(node, encoding="unicode") for node in tree)


def _shows(node: Element) -> bool:
    if node.tag == "img" or node.find(".//img") is not None:
        return True
    text = text_of(node)
    return bool(text) and not is_tail(text)
