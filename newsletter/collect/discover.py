"""Finds the feeds that a page names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.collect.decode import to_text
from newsletter.collect.markup import Element, absolute, document, elements, tidy

_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/xml",
        "text/xml",
    }
)
_COMMENTS = re.compile(r"\bcomment|\bkommentar|\bcomentarios", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """A feed that a page names in its head."""

    url: str
    title: str
    type: str  # its media type, as the page says


def discover(body: bytes, url: str, *, charset: str | None = None) -> list[Link]:
    """The feeds that a page offers by `<link rel=alternate>`, articles before comments."""
    tree = document(to_text(body, charset=charset))
    return [] if tree is None else feeds_named_in(tree, url)


def feeds_named_in(tree: Element, url: str) -> list[Link]:
    """The same for a page already read."""
    base = base_of(tree, url)
    found: dict[str, Link] = {}
    for node in elements(tree):
        if node.tag not in ("link", "a"):
            continue
        rels = (node.get("rel") or "").lower().split()
        kind = (node.get("type") or "").partition(";")[0].strip().lower()
        target = absolute(base, node.get("href"))
        if "alternate" in rels and kind in _TYPES and target is not None:
            found.setdefault(target, Link(target, tidy(node.get("title") or ""), kind))
    return sorted(found.values(), key=lambda link: bool(_COMMENTS.search(link.title + link.url)))


def base_of(tree: Element, url: str) -> str:
    """What relative addresses of a page are read from: its <base>, else its own address."""
    for node in tree.iter("base"):
        return absolute(url, node.get("href")) or url
    return url
