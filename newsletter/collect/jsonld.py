"""Articles that a page describes for machines, in JSON-LD with schema.org's words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Image
from newsletter.collect.images import pixels
from newsletter.collect.items import language_tag
from newsletter.collect.listing import Found
from newsletter.collect.markup import Element, absolute, plain_text, tidy

_ARTICLES = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting)$")
_DEEPEST = 12


def found_in_json_ld(tree: Element, base: str) -> list[Found]:
    """The articles, and the members of ItemLists, in the order of the page."""
    found: list[Found] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            told = json.loads(_bare(script.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _articles(told, 0):
            item = _found(thing, base)
            if item is not None:
                found.append(item)
    return found


def _bare(script: str) -> str:
    """What stands in a script, without the marks that hide it from browsers long gone."""
    text = script.strip()
    for before, after in (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>")):
        text = text.removeprefix(before).removesuffix(after).strip()
    return text.rstrip(";")


def _articles(told: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(told, list):
        for part in told:
            yield from _articles(part, depth + 1)
    elif isinstance(told, Mapping):
        kinds = told.get("@type")
        names = [str(k) for k in kinds] if isinstance(kinds, list) else [str(kinds or "")]
        if any(_ARTICLES.search(name) for name in names):
            yield told
            return
        if "ListItem" in names and not isinstance(told.get("item"), Mapping):
            if isinstance(told.get("name"), str):
                yield told
            return
        if "BreadcrumbList" in names:
            return
        for name in ("@graph", "itemListElement", "item", "mainEntity", "blogPost", "hasPart"):
            yield from _articles(told.get(name), depth + 1)


def _found(thing: Mapping[str, Any], base: str) -> Found | None:
    main = thing.get("mainEntityOfPage")
    named = main.get("@id") if isinstance(main, Mapping) else main
    address = next(
        (
            a
            for a in map(_first, (thing.get("url"), thing.get("item"), named, thing.get("@id")))
            if isinstance(a, str)
        ),
        None,
    )
    url = absolute(base, address)
    title = plain_text(_text(thing.get("headline")) or _text(thing.get("name")))
    if url is None or not title:
        return None
    about = plain_text(_text(thing.get("description")))
    sections = thing.get("articleSection")
    topics = map(_name, sections if isinstance(sections, list) else [sections])
    return Found(
        url=url,
        title=title,
        summary=f"<p>{html.escape(about, quote=False)}</p>" if about else "",
        published=parse_date(_text(thing.get("datePublished"))),
        image=_image(thing.get("image") or thing.get("thumbnailUrl"), base),
        author=_name(thing.get("author")) or None,
        topics=tuple(topic for topic in topics if topic),
        language=language_tag(thing.get("inLanguage")),
    )


def _first(value: object) -> object:
    """One value, of those that schema.org lets a list stand for."""
    return next(iter(value), None) if isinstance(value, list) else value


def _text(value: object) -> str:
    one = _first(value)
    return one if isinstance(one, str) else ""


def _name(value: object) -> str:
    """The name of a person, a section or a thing, or the word itself."""
    one = _first(value)
    return tidy(_text(one.get("name") if isinstance(one, Mapping) else one))


def _image(value: object, base: str) -> Image | None:
    value = _first(value)
    if isinstance(value, Mapping):
        source = absolute(base, _text(value.get("url")) or _text(value.get("contentUrl")))
        width, height = pixels(value.get("width")), pixels(value.get("height"))
        alt = tidy(_text(value.get("caption")))
        return Image(source, alt, width, height) if source else None
    source = absolute(base, _text(value))
    return Image(source) if source else None
