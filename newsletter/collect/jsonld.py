"""Articles that a page describes for machines, in JSON-LD with schema.org's words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from newsletter.collect.bounds import MOST_FOUND
from newsletter.collect.dates import parse_date
from newsletter.collect.items import language_tag
from newsletter.collect.listing import Teaser
from newsletter.collect.markup import Element, absolute, plain_text
from newsletter.collect.schemaorg import first, kinds, name, picture, text, told

_ARTICLES = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting)$")
_DEEPEST = 12


def found_in_json_ld(tree: Element, base: str) -> list[Teaser]:
    """The articles, and the members of ItemLists, in the order of the page."""
    things = (thing for said in told(tree) for thing in _articles(said, 0))
    found = (_found(thing, base) for thing in things)
    return list(islice((item for item in found if item is not None), MOST_FOUND))


def _articles(said: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(said, list):
        for part in said:
            yield from _articles(part, depth + 1)
    elif isinstance(said, Mapping):
        names = kinds(said)
        if any(_ARTICLES.search(kind) for kind in names):
            yield said
            return
        if "ListItem" in names and not isinstance(said.get("item"), Mapping):
            if isinstance(said.get("name"), str):
                yield said
            return
        if "BreadcrumbList" in names:
            return
        for key in ("@graph", "itemListElement", "item", "mainEntity", "blogPost", "hasPart"):
            yield from _articles(said.get(key), depth + 1)


def _found(thing: Mapping[str, Any], base: str) -> Teaser | None:
    main = thing.get("mainEntityOfPage")
    named = main.get("@id") if isinstance(main, Mapping) else main
    address = next(
        (
            a
            for a in map(first, (thing.get("url"), thing.get("item"), named, thing.get("@id")))
            if isinstance(a, str)
        ),
        None,
    )
    url = absolute(base, address)
    title = plain_text(text(thing.get("headline")) or text(thing.get("name")))
    if url is None or not title:
        return None
    about = plain_text(text(thing.get("description")))
    sections = thing.get("articleSection")
    topics = map(name, sections if isinstance(sections, list) else [sections])
    return Teaser(
        url=url,
        title=title,
        summary=f"<p>{html.escape(about, quote=False)}</p>" if about else "",
        published=parse_date(text(thing.get("datePublished"))),
        image=picture(thing, base),
        author=name(thing.get("author")) or None,
        topics=tuple(topic for topic in topics if topic),
        language=language_tag(thing.get("inLanguage")),
    )
