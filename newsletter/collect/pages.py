"""Reads a page that lists articles, for sites that have no feed.

Four ways are tried: what the page says for machines (JSON-LD, h-entry), <article> elements, and
last the shape itself, a heading with a link, a few paragraphs, perhaps "Lire la suite". The first
way that finds at least two articles leads; the others only fill what it left open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from newsletter.collect.decode import to_text
from newsletter.collect.discover import Link, base_of, discover, feeds_named_in
from newsletter.collect.entry import Entry, Feed, url_key
from newsletter.collect.items import BadItem, language_tag, make_entry
from newsletter.collect.jsonld import found_in_json_ld
from newsletter.collect.listing import Found, found_in_articles, found_in_blocks, found_in_h_entries
from newsletter.collect.markup import Element, document, text_of
from newsletter.errors import ParseError

__all__ = ["Link", "discover", "parse_page"]

_LONGEST = 4_000_000  # characters; what comes later on such a page is no longer new
_WAYS: tuple[Callable[[Element, str], list[Found]], ...] = (
    found_in_json_ld,
    found_in_h_entries,
    found_in_articles,
    found_in_blocks,
)


def parse_page(
    body: bytes, *, url: str, content_type: str = "", charset: str | None = None
) -> Feed:
    """The articles that the page at `url` lists, in its order.

    Raises ParseError when there is no list to be found, with the page's feed if it names one.
    """
    text = to_text(body, charset=charset)[:_LONGEST]
    tree = document(text)
    if tree is None or not text_of(tree):
        raise ParseError(f"{url} is empty: check the address, or try again later")
    if text.lstrip()[:1] in ("{", "[") or text.lstrip()[:5] == "%PDF-":
        kind = f" ({content_type})" if content_type else ""
        raise ParseError(f"{url} is no web page{kind}: give the address of one that lists articles")
    base = base_of(tree, url)
    home = url_key(url)
    ways = [_once(way(tree, base), home) for way in _WAYS]
    leading = next((w for w in ways if len(w) > 1), None) or max(ways, key=len)
    feeds = feeds_named_in(tree, url)
    if not leading:
        remedy = (
            f"it names a feed, give that address: {feeds[0].url}"
            if feeds
            else "give a page that lists articles with headings and links, or a feed"
        )
        raise ParseError(f"no list of articles found on {url}: {remedy}")
    language = language_tag(tree.get("lang") or tree.get("xml:lang"))
    oddities: list[str] = []
    entries: list[Entry] = []
    for key, found in leading.items():
        whole = _completed(found, (w[key] for w in ways if key in w))
        try:
            entry, trouble = _entry(whole, base, language)
        except BadItem as error:
            oddities.append(f"{found.url}: {error}")
            continue
        entries.append(entry)
        oddities += [f"{found.url}: {line}" for line in trouble]
    if feeds:
        oddities.append(f"the page names a feed, which tells more: {feeds[0].url}")
    title = next((text_of(node) for node in tree.iter("title")), "")
    return Feed(title, language, url, tuple(entries), tuple(oddities))


def _once(found: Iterable[Found], home: str) -> dict[str, Found]:
    """Each article once, by the key of its address; never the page itself."""
    by_key: dict[str, Found] = {}
    for item in found:
        key = url_key(item.url)
        if key != home and item.title:
            by_key[key] = _completed(by_key[key], [item]) if key in by_key else item
    return by_key


def _completed(found: Found, others: Iterable[Found]) -> Found:
    for other in others:
        found = replace(
            found,
            summary=found.summary or other.summary,
            published=found.published or other.published,
            image=found.image or other.image,
            author=found.author or other.author,
            topics=found.topics or other.topics,
        )
    return found


def _entry(found: Found, base: str, language: str | None) -> tuple[Entry, list[str]]:
    return make_entry(
        guid=None,
        url=found.url,
        title=found.title,
        summary=found.summary,
        content="",
        base=base,
        author=found.author,
        published=found.published,
        language=found.language or language,
        topics=found.topics,
        image=found.image,
    )
