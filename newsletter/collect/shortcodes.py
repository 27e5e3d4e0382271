"""Takes out of texts the short codes of WordPress whose plug-in or page builder is gone."""

from __future__ import annotations

import re

from newsletter.collect.markup import Element

_WITHIN = r"[^\[\]\n]*+"  # no line, so that what is left of two codes is never a third
_CODES = re.compile(
    rf"\[/?(?:(?:vc|et_pb|fusion|av)_\w+|(?:caption|gallery|embed)\b){_WITHIN}\]"
    # "[Video]" may be a word of the text; with attributes it is a code.
    rf"|\[(?:audio|video|playlist|contact-form-7|wpforms|elementor-template)\s[^\[\]\n=]*+={_WITHIN}\]"
    r"|\[/(?:audio|video|playlist)\]"
)
_CAPTION = re.compile(r"\[caption\b[^\[\]<>\n]*+\]([^\[]{0,3000}+)\[/caption\]")


def with_figures(markup: str) -> str:
    """HTML in which pictures with captions by short code are figures."""
    return _CAPTION.sub(r"<figure>\1</figure>", markup) if "[caption" in markup else markup


def without_codes(text: str) -> str:
    """Text without short codes; a line's end stands for each."""
    return _CODES.sub("\n", text) if "[" in text else text


def drop_codes(tree: Element) -> bool:
    """Takes the short codes out of all texts below an element, but for those shown as code;
    whether there were any."""
    dropped = False
    shown: set[Element] = set()
    for node in tree.iter("pre", "code"):
        if node not in shown:
            shown.update(node.iter())
    for node in tree.iter():
        if node.text and "[" in node.text and node not in shown and isinstance(node.tag, str):
            text, node.text = node.text, without_codes(node.text)
            dropped |= text != node.text
        if node.tail and "[" in node.tail and node.getparent() not in shown:
            text, node.tail = node.tail, without_codes(node.tail)
            dropped |= text != node.tail
    return dropped
