"""Finds the articles that a site's front page links to, by the words of its links. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.collect.clutter import is_clutter
from newsletter.collect.decode import to_text
from newsletter.collect.discover import base_of
from newsletter.collect.entry import url_key
from newsletter.collect.identity import is_front_page
from newsletter.collect.lookup import Known
from newsletter.collect.markup import Element, absolute, document, text_of
from newsletter.collect.pages import parse_page
from newsletter.collect.readmore import without_more
from newsletter.errors import ParseError


def linked_on(body: bytes, url: str, *, charset: str | None = None) -> list[Known]:
    """The articles that the page at `url` lists, then all else that it links to with a title.

    Menus, footers and their like are left out, and links of one word: what they lead to is a part
    of the site, whatever article is called the same.
    """
    found = [*_listed(body, url, charset), *_linked(body, url, charset)]
    return [known for known in found if not _is_itself(known.url, url)]


def _listed(body: bytes, url: str, charset: str | None) -> Iterator[Known]:
    try:
        feed = parse_page(body, url=url, charset=charset)
    except ParseError:
        return
    for entry in feed.entries:
        if entry.url:
            yield Known(entry.title, entry.url)


def _linked(body: bytes, url: str, charset: str | None) -> Iterator[Known]:
    tree = document(to_text(body, charset=charset))
    if tree is None:
        return
    base = base_of(tree, url)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node.tag, str) or is_clutter(node, small=False):
            continue
        if node.tag != "a":
            waiting += reversed(list(node))
            continue
        title, target = _title(node), absolute(base, node.get("href"))
        if target is not None and " " in title:
            yield Known(title, target)


def _title(link: Element) -> str:
    return without_more(text_of(link))


def _is_itself(address: str, url: str) -> bool:
    return url_key(address) == url_key(url) or is_front_page(address)
