"""Reads a page that lists articles, for sites that have no feed.

Six ways are tried: what the page says for machines (JSON-LD, h-entry), <article> elements, the
shape itself, a heading with a link and a few paragraphs, lists of dated links, and last the lines
that end in "Lire la suite". The first way that finds at least two articles leads; the others only
fill what it left open. Where an editor gave selectors, these lead. A page saved as plain text is
read by its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from newsletter.collect.bounds import MOST_ARTICLES, TOLD, beginning, shortened
from newsletter.collect.decode import to_text
from newsletter.collect.discover import Link, base_of, discover, feeds_named_in
from newsletter.collect.entry import Entry, Feed, url_key
from newsletter.collect.flat import found_in_lines
from newsletter.collect.items import BadItem, language_tag, make_entry
from newsletter.collect.jsonld import found_in_json_ld
from newsletter.collect.listing import (
    Teaser,
    found_in_articles,
    found_in_blocks,
    found_in_dated_links,
    found_in_h_entries,
)
from newsletter.collect.markup import document, text_of
from newsletter.collect.saved import articles_in_text, letters_of
from newsletter.collect.selectors import chosen
from newsletter.collect.sheet import Sheet
from newsletter.collect.tongues import believed
from newsletter.errors import ParseError

__all__ = ["Link", "Page", "discover", "parse_page", "read_page"]

_Way = Callable[[Sheet], list[Teaser]]
_WAYS: tuple[_Way, ...] = (
    lambda sheet: found_in_json_ld(sheet.tree, sheet.base),
    found_in_h_entries,
    found_in_articles,
    found_in_blocks,
    found_in_dated_links,
    found_in_lines,
)


_SURE = 4  # of these ways, that know an article by more than a date or a few words


@dataclass(frozen=True, slots=True)
class Page:
    """What a page gave, and how many elements each selector found, where some were given."""

    feed: Feed
    matched: Mapping[str, int]


def parse_page(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    charset: str | None = None,
    selectors: Mapping[str, str] | None = None,
    site: str | None = None,
) -> Feed:
    """The articles that the page at `url` lists, in its order.

    `site` is the site that it was saved from: relative addresses are read from there, and articles
    without a link are taken too, with no url. Raises ParseError when there is no list to be found,
    with the page's feed if it names one.
    """
    return read_page(
        body,
        url=url,
        content_type=content_type,
        charset=charset,
        selectors=selectors,
        site=site,
    ).feed


def read_page(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    charset: str | None = None,
    selectors: Mapping[str, str] | None = None,
    site: str | None = None,
) -> Page:
    """The same, with what the selectors found."""
    whole = to_text(body, charset=charset)
    text = beginning(whole)
    too_long = len(text) < len(whole)
    if is_plain_text(text, url=url, content_type=content_type):
        return Page(_of_plain_text(text, url, site, too_long), {})
    tree = document(text)
    too_long = (tree is not None and shortened(tree)) or too_long
    if tree is None or not text_of(tree):
        what = f"no words found on {url}{_but(too_long)}" if too_long else f"{url} is empty"
        raise ParseError(f"{what}: check the address, or try again later")
    if text.lstrip()[:1] in ("{", "[") or text.lstrip()[:5] == "%PDF-":
        kind = f" ({content_type})" if content_type else ""
        raise ParseError(f"{url} is no web page{kind}: give the address of one that lists articles")
    base = base_of(tree, site or url)
    home = url_key(url)
    feeds = feeds_named_in(tree, site or url)
    oddities = [f"the page {TOLD}"] if too_long else []
    matched: dict[str, int] = {}
    sheet = Sheet(tree, base)
    ways = _ways(sheet, home, site is not None)
    if selectors:
        selected, matched, trouble = chosen(sheet, selectors)
        oddities += trouble
        leading = _once(selected, home, True, None)
        if not leading:
            raise ParseError(
                f"no article found on {url} by its selectors ({'; '.join(oddities)}): "
                "try others with 'newsletter source check --selectors'"
            )
    else:
        if not any(ways):  # it may be a page of "archives", or an agenda
            ways = _ways(sheet.wider(), home, site is not None)
        leading, trouble = _leading(ways)
        oddities += trouble
    if not leading:
        remedy = (
            f"it names a feed, give that address: {feeds[0].url}"
            if feeds
            else "give a page that lists articles with headings and links, or a feed, "
            "or say where they stand with --selectors"
        )
        raise ParseError(f"no list of articles found on {url}{_but(too_long)}: {remedy}")
    language = language_tag(tree.get("lang") or tree.get("xml:lang"))
    articles = [
        _completed(found, (w[key] for w in ways if key in w)) for key, found in leading.items()
    ]
    said = (f"{item.title} {item.summary}" for item in articles)
    entries, trouble = _entries(articles, base, believed(language, said))
    oddities += trouble
    if feeds:
        oddities.append(f"the page names a feed, which tells more: {feeds[0].url}")
    title = next((text_of(node) for node in tree.iter("title")), "")
    return Page(_feed(title, language, site or url, entries, oddities, articles), matched)


def _ways(sheet: Sheet, home: str, unlinked: bool) -> list[dict[str, Teaser]]:
    return [_once(way(sheet), home, unlinked, way) for way in _WAYS]


def is_plain_text(text: str, *, url: str, content_type: str) -> bool:
    """Whether a page is plain text, whatever it is called: mark-up is often served as such."""
    if text.lstrip()[:1] == "<":
        return False
    return content_type == "text/plain" or (
        content_type in ("", "application/octet-stream")
        and urlsplit(url).path.lower().endswith((".txt", ".text", ".md"))
    )


def _but(too_long: bool) -> str:
    """What an error adds where the rest of a page was not looked at."""
    return f", which {TOLD}" if too_long else ""


def _of_plain_text(text: str, url: str, site: str | None, too_long: bool) -> Feed:
    found, title = articles_in_text(text, base=site or url)
    if not found:
        raise ParseError(
            f"no list of articles found on {url}{_but(too_long)}: expected titles, paragraphs, and "
            "a line '<title> Lire la suite' (or 'Read more') after each article"
        )
    entries, oddities = _entries(found, site or url, None)
    if too_long:
        oddities.insert(0, f"the page {TOLD}")
    return _feed(title, None, site or url, entries, oddities, found)


def _feed(
    title: str,
    language: str | None,
    home: str,
    entries: list[Entry],
    oddities: list[str],
    found: list[Teaser],
) -> Feed:
    return Feed(
        title, language, home, tuple(entries), tuple(oddities), lost=len(found) - len(entries)
    )


def _leading(ways: list[dict[str, Teaser]]) -> tuple[dict[str, Teaser], list[str]]:
    """The first way that found two articles or more; or a later one, by mark-up or by headings,
    that found the same and others. Else what found most. And what may have been left out."""
    leading = next((w for w in ways if len(w) > 1), None) or max(ways, key=len)
    for way in ways[:_SURE]:
        if way.keys() > leading.keys():
            leading = {key: leading.get(key, found) for key, found in way.items()}
    besides = max((w.keys() - leading.keys() for w in ways[:_SURE]), key=len)
    if len(besides) <= len(leading):
        return leading, []
    return leading, [
        f"{len(besides)} headings with links were not taken for articles: the page marks up "
        f"{len(leading)} others as such (if they are articles, say where they stand: --selectors)"
    ]


def _once(
    found: Iterable[Teaser], home: str, unlinked: bool, way: _Way | None
) -> dict[str, Teaser]:
    """Each article once, by the key of its address; never the page itself.

    An article without a link counts where the page says "Lire la suite" of it, or where none has
    one and `unlinked` are wanted.
    """
    by_key: dict[str, Teaser] = {}
    bare: dict[str, Teaser] = {}
    titles: set[str] = set()
    found = list(found)
    shared = _shared(found)
    for item in found:
        key = _key(item, shared)
        if key == home or not item.title:
            continue
        if not key:
            bare.setdefault(f"title:{letters_of(item.title)} {item.summary}", item)
            continue
        titles.add(letters_of(item.title))
        by_key[key] = _completed(by_key[key], [item]) if key in by_key else item
    if way in (None, found_in_lines) or (unlinked and len(by_key) < 2):
        kept = {k: item for k, item in bare.items() if letters_of(item.title) not in titles}
        # In the order of the page, which is that of `found`.
        merged = by_key | kept
        order = [_key(i, shared) or f"title:{letters_of(i.title)} {i.summary}" for i in found]
        return {key: merged[key] for key in dict.fromkeys(order) if key in merged}
    return by_key


_MANY = 3  # articles that lead to one place: a form for all of them, a page of dates


def _key(item: Teaser, shared: frozenset[str]) -> str:
    """What tells an article from the others: its address, with its title where several share it."""
    key = url_key(item.url) if item.url else ""
    return f"{key} {letters_of(item.title)}" if key in shared else key


def _shared(found: Sequence[Teaser]) -> frozenset[str]:
    """The keys of addresses that are of several articles, and not of one that is linked twice.

    Either each leads to another part of that page (#loto, #bal), or there are three and more, each
    with a title and a text of its own.
    """
    at: dict[str, dict[str, Teaser]] = {}
    for item in found:
        if item.url and item.title:
            at.setdefault(url_key(item.url), {}).setdefault(letters_of(item.title), item)
    return frozenset(
        key
        for key, articles in at.items()
        if len(articles) > 1
        and (
            _differ([urlsplit(item.url or "").fragment for item in articles.values()])
            or (len(articles) >= _MANY and _differ([item.summary for item in articles.values()]))
        )
    )


def _differ(values: Sequence[str]) -> bool:
    return all(values) and len(set(values)) == len(values)


def _completed(found: Teaser, others: Iterable[Teaser]) -> Teaser:
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


def _entries(found: list[Teaser], base: str, language: str | None) -> tuple[list[Entry], list[str]]:
    entries: list[Entry] = []
    oddities: list[str] = []
    if len(found) > MOST_ARTICLES:
        oddities.append(
            f"the page lists more than {MOST_ARTICLES:,} articles: those behind the first "
            f"{MOST_ARTICLES:,} are not read (if new ones stand there, give a page with fewer)"
        )
    for item in found[:MOST_ARTICLES]:
        name = item.url or f"'{item.title[:80]}'"
        try:
            entry, trouble = _entry(item, base, language)
        except BadItem as error:
            oddities.append(f"{name}: {error}")
            continue
        entries.append(entry)
        oddities += [f"{name}: {line}" for line in trouble]
    return entries, oddities


def _entry(found: Teaser, base: str, language: str | None) -> tuple[Entry, list[str]]:
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
