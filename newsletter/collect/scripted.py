"""Knows a page that is empty until its scripts have run, which is done in browsers and not here."""

from __future__ import annotations

from itertools import islice

from newsletter.collect.bounds import shortened
from newsletter.collect.decode import to_text
from newsletter.collect.markup import document, text_of

_LOADING = 3  # words, as in "Chargement en cours…"
_MENU = 60  # words around the place where a script puts the articles


def needs_script(body: bytes, *, charset: str | None = None) -> bool:
    """Whether a page has scripts and hardly a word; a few more, where it says that it needs them.

    A page that is being repaired has a sentence and, often, a script that counts its visitors.
    """
    tree = document(to_text(body, charset=charset))
    if tree is None:
        return False
    shortened(tree)
    if all("json" in (script.get("type") or "") for script in tree.iter("script")):
        return False
    without = list(islice(tree.iter("noscript"), 10))
    titles = tree.iter("title")
    words = len(text_of(tree, skip=frozenset((*without, *titles))).split())
    says_so = any("javascript" in text_of(node).lower() for node in without)
    return words <= (_MENU if says_so else _LOADING)
