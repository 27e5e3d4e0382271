"""Reads what a page says in JSON-LD with schema.org's words, of which each may be a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.collect.entry import Image
from newsletter.collect.images import pixels
from newsletter.collect.markup import Element, absolute, plain_text, tidy

# What hides a script from browsers long gone.
_HIDING = (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>"))


def told(tree: Element) -> Iterator[Any]:
    """What each of a page's scripts says, as far as it is JSON."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            yield json.loads(_bare(script.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue


def _bare(script: str) -> str:
    text = script.strip()
    for before, after in _HIDING:
        text = text.removeprefix(before).removesuffix(after).strip()
    return text.rstrip(";")


def kinds(thing: Mapping[str, Any]) -> list[str]:
    """The names of what it is: NewsArticle, Person."""
    said = thing.get("@type")
    return [str(one) for one in said] if isinstance(said, list) else [str(said or "")]


def first(value: object) -> object:
    """One value, of those that schema.org lets a list stand for."""
    return next(iter(value), None) if isinstance(value, list) else value


def text(value: object) -> str:
    """The words themselves; "" for anything else."""
    one = first(value)
    return one if isinstance(one, str) else ""


def name(value: object) -> str:
    """The name of a person, a section or a thing, or the word itself, plain."""
    one = first(value)
    return tidy(plain_text(text(one.get("name") if isinstance(one, Mapping) else one)))


def picture(thing: Mapping[str, Any], base: str) -> Image | None:
    """The picture of an article. Many name it by an @id that stands elsewhere, and its thumbnail
    beside that."""
    found = (_image(first(thing.get(key)), base) for key in ("image", "thumbnailUrl"))
    return next(filter(None, found), None)


def _image(value: object, base: str) -> Image | None:
    if not isinstance(value, Mapping):
        source = absolute(base, text(value))
        return Image(source) if source else None
    source = absolute(base, text(value.get("url")) or text(value.get("contentUrl")))
    width, height = pixels(value.get("width")), pixels(value.get("height"))
    alt = tidy(plain_text(text(value.get("caption"))))
    return Image(source, alt, width, height) if source else None
