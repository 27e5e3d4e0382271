"""What an article's page tells machines of itself: Open Graph, JSON-LD, links of its head."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Image
from newsletter.collect.images import looks_like_spy, pixels
from newsletter.collect.items import language_tag
from newsletter.collect.markup import Element, absolute, elements, plain_text, text_of, tidy
from newsletter.collect.titles import alike

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Posting)$")
# An address, or what a program calls whoever installed it.
_NO_NAME = re.compile(
    r"://|@|^(?:admin\w*|root|webmaster|author|auteur|user|utilisateur|editor|anonymous|anonyme)$",
    re.I,
)
_DEEPEST = 8
_MOST_THINGS = 200
_LEAST_SIDE = 150  # pixels; a picture made to be shared is larger, an icon is not
# By the name of its file, a picture of the site and not of an article. SPIP calls the site's own
# "siteon0", a section's "rubon12", and an article's "arton12".
_OF_SITE = re.compile(
    r"(?:^|[-_.])(?:logo\w{0,12}|favicon|icone?s?|apple-touch-icon|sprite|placeholder|blank|default"
    r"|defaut|avatar|gravatar|share|partage|facebook|twitter|opengraph|og|og-?image|social|banner"
    r"|site(?:on|off)\d+|rub(?:on|off)\d+)(?=$|[-_.\d])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Head:
    """What was told. `canonical` has all that were named, absolute."""

    title: str = ""
    description: str = ""
    body: str = ""  # the whole text, plain, as JSON-LD has it
    image: Image | None = None
    author: str | None = None
    languages: tuple[str, ...] = ()  # BCP 47; the article's own before that of all its site
    published: datetime | None = None
    canonical: tuple[str, ...] = ()
    is_article: bool = False  # it calls itself one
    is_free: bool = True  # to read


def head_of(tree: Element, base: str, title: str, *, served_in: str = "") -> Head:
    """What the page tells of the article called `title`; `served_in` is its Content-Language."""
    meta = _meta(tree)
    thing = _thing(tree, title)
    site = _site_pictures(tree, thing, base)
    own_title = meta.get("og:title") or _line(thing.get("headline")) or _line(thing.get("name"))
    return Head(
        title=plain_text(own_title) or next((text_of(n) for n in tree.iter("title")), ""),
        description=tidy(plain_text(meta.get("og:description") or meta.get("description") or "")),
        body=_line(thing.get("articleBody")).strip(),
        image=_og_image(meta, base, site) or _told_image(thing.get("image"), base, site),
        author=_author(thing, meta),
        languages=_languages(tree, thing, meta, served_in),
        published=parse_date(
            meta.get("article:published_time") or _line(thing.get("datePublished"))
        ),
        canonical=tuple(
            address
            for node in tree.iter("link")
            if "canonical" in (node.get("rel") or "").lower().split()
            and (address := absolute(base, node.get("href"))) is not None
        ),
        is_article=meta.get("og:type", "").lower() == "article" or bool(thing),
        is_free=_is_free(thing) and meta.get("article:content_tier", "").lower() != "locked",
    )


def _meta(tree: Element) -> dict[str, str]:
    """The first word of the page under each name."""
    found: dict[str, str] = {}
    for node in tree.iter("meta"):
        names = (node.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        name = next(filter(None, names), "").lower()
        value = (node.get("content") or "").strip()
        if name and value:
            found.setdefault(name, value[:5000])
    return found


# --- JSON-LD ----------------------------------------------------------------------------------


def _thing(tree: Element, title: str) -> Mapping[str, Any]:
    """The article of that title in the page's JSON-LD, or the first one; {} for none."""
    first: Mapping[str, Any] = {}
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            told = json.loads((script.text or "").strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        for count, thing in enumerate(_things(told, 0)):
            if count >= _MOST_THINGS:
                break
            if title and alike(plain_text(_line(thing.get("headline"))), title):
                return thing
            first = first or thing
    return first


def _things(told: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(told, list):
        for part in told:
            yield from _things(part, depth + 1)
    elif isinstance(told, Mapping):
        kinds = told.get("@type")
        names = [str(k) for k in kinds] if isinstance(kinds, list) else [str(kinds or "")]
        if any(_ARTICLE.search(name) for name in names):
            yield told
            return
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(told.get(name), depth + 1)


def _line(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_free(thing: Mapping[str, Any]) -> bool:
    parts = thing.get("hasPart")
    told = [thing, *(parts if isinstance(parts, list) else [parts])]
    said = [
        str(part.get("isAccessibleForFree", "")).rpartition("/")[2].lower()
        for part in told
        if isinstance(part, Mapping)
    ]
    return "false" not in said


def _author(thing: Mapping[str, Any], meta: Mapping[str, str]) -> str | None:
    """Who signs the article; neither its site nor a name that its program gives to everybody."""
    told = thing.get("author")
    people = told if isinstance(told, list) else [told]
    names = [_line(who.get("name") if isinstance(who, Mapping) else who) for who in people[:5]]
    publisher = thing.get("publisher")
    nobodys = {
        plain_text(name).casefold()
        for name in (
            meta.get("og:site_name", ""),
            _line(publisher.get("name")) if isinstance(publisher, Mapping) else "",
        )
    }
    for said in (names, [meta.get("author", "")], [meta.get("article:author", "")]):
        spoken = [tidy(plain_text(name)) for name in said]
        signed = ", ".join(
            name
            for name in spoken
            if name and not _NO_NAME.search(name) and name.casefold() not in nobodys
        )
        if signed:
            return signed[:200]
    return None


def _languages(
    tree: Element, thing: Mapping[str, Any], meta: Mapping[str, str], served_in: str
) -> tuple[str, ...]:
    """The languages that the page says it is in, the likeliest first.

    Where its mark-up says none, HTML counts the first of <meta> and of the server's header that
    names one alone (§3.2.6.2 and §4.2.5.3). Many themes speak English whatever is written in them.
    """
    own = thing.get("inLanguage")
    said = (
        own.get("alternateName") if isinstance(own, Mapping) else own,
        tree.get("lang") or tree.get("xml:lang"),
        meta.get("content-language") or served_in,
        meta.get("og:locale"),
    )
    return tuple(dict.fromkeys(tag for one in said if (tag := language_tag(one)) is not None))


# --- pictures ---------------------------------------------------------------------------------


def is_picture_of_site(url: str) -> bool:
    """Whether a picture's file is called as a site calls its own: logo, default, icon."""
    path = urlsplit(url).path
    name = path.rpartition("/")[2].rpartition(".")[0] or path
    return bool(_OF_SITE.search(name)) or path.lower().endswith((".svg", ".ico"))


def _og_image(meta: Mapping[str, str], base: str, site: frozenset[str]) -> Image | None:
    for name in (
        "og:image:secure_url",
        "og:image",
        "og:image:url",
        "twitter:image",
        "twitter:image:src",
    ):
        url = absolute(base, meta.get(name))
        if url is None:
            continue
        alt = tidy(meta.get("og:image:alt") or meta.get("twitter:image:alt") or "")
        own = name.startswith("og:")
        width = pixels(meta.get("og:image:width")) if own else None
        height = pixels(meta.get("og:image:height")) if own else None
        image = _worth(url, alt, width, height, site)
        if image is not None:
            return image
    return None


def _told_image(value: object, base: str, site: frozenset[str]) -> Image | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        url = absolute(base, _line(value.get("url")) or _line(value.get("contentUrl")))
        alt = tidy(plain_text(_line(value.get("caption"))))
        sides = pixels(value.get("width")), pixels(value.get("height"))
        return _worth(url, alt, *sides, site) if url else None
    url = absolute(base, _line(value))
    return _worth(url, "", None, None, site) if url else None


def _worth(
    url: str, alt: str, width: int | None, height: int | None, site: frozenset[str]
) -> Image | None:
    if (width or _LEAST_SIDE) < _LEAST_SIDE or (height or _LEAST_SIDE) < _LEAST_SIDE:
        return None
    if url in site or looks_like_spy(url) or is_picture_of_site(url):
        return None
    return Image(url, alt[:500], width or None, height or None)


def _site_pictures(tree: Element, thing: Mapping[str, Any], base: str) -> frozenset[str]:
    """The addresses of what the page itself calls a logo or an icon."""
    found: list[str | None] = []
    publisher = thing.get("publisher")
    logo = publisher.get("logo") if isinstance(publisher, Mapping) else None
    found.append(_line(logo.get("url")) if isinstance(logo, Mapping) else _line(logo))
    for node in elements(tree):
        if node.tag == "link" and "icon" in (node.get("rel") or "").lower():
            found.append(node.get("href"))
        elif node.tag == "img" and re.search(
            r"(?:^|[\s_-])(?:custom-logo|site-logo|logo)(?:[\s_-]|$)", node.get("class") or ""
        ):
            found.append(node.get("src"))
    return frozenset(url for name in found if (url := absolute(base, name)) is not None)
