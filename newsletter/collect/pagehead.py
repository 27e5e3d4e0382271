"""What an article's page tells machines of itself: Open Graph, JSON-LD, links of its head."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from newsletter.collect.bylines import byline
from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Image
from newsletter.collect.images import looks_like_spy, pixels
from newsletter.collect.items import language_tag
from newsletter.collect.markup import Element, absolute, elements, plain_text, text_of, tidy
from newsletter.collect.schemaorg import kinds, name, picture, text, told
from newsletter.collect.titles import alike

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Posting)$")
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
    own_title = meta.get("og:title") or text(thing.get("headline")) or text(thing.get("name"))
    return Head(
        title=plain_text(own_title) or next((text_of(n) for n in tree.iter("title")), ""),
        description=tidy(plain_text(meta.get("og:description") or meta.get("description") or "")),
        body=text(thing.get("articleBody")).strip(),
        image=_og_image(meta, base, site) or _worth(picture(thing, base), site),
        author=_author(thing, meta),
        languages=_languages(tree, thing, meta, served_in),
        published=parse_date(
            meta.get("article:published_time") or text(thing.get("datePublished"))
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
        said = (node.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        key = next(filter(None, said), "").lower()
        value = (node.get("content") or "").strip()
        if key and value:
            found.setdefault(key, value[:5000])
    return found


# --- JSON-LD ----------------------------------------------------------------------------------


def _thing(tree: Element, title: str) -> Mapping[str, Any]:
    """The article of that title in the page's JSON-LD, or the first one; {} for none."""
    earliest: Mapping[str, Any] = {}
    for said in told(tree):
        for thing in islice(_things(said, 0), _MOST_THINGS):
            if title and alike(plain_text(text(thing.get("headline"))), title):
                return thing
            earliest = earliest or thing
    return earliest


def _things(said: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(said, list):
        for part in said:
            yield from _things(part, depth + 1)
    elif isinstance(said, Mapping):
        if any(_ARTICLE.search(kind) for kind in kinds(said)):
            yield said
            return
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(said.get(key), depth + 1)


def _is_free(thing: Mapping[str, Any]) -> bool:
    parts = thing.get("hasPart")
    said = [
        str(part.get("isAccessibleForFree", "")).rpartition("/")[2].lower()
        for part in (thing, *(parts if isinstance(parts, list) else [parts]))
        if isinstance(part, Mapping)
    ]
    return "false" not in said


def _author(thing: Mapping[str, Any], meta: Mapping[str, str]) -> str | None:
    people = thing.get("author")
    names = [name(who) for who in (people[:5] if isinstance(people, list) else [people])]
    sites = [name(meta.get("og:site_name")), name(thing.get("publisher"))]
    several = (names, [name(meta.get("author"))], [name(meta.get("article:author"))])
    return next(filter(None, (byline(said, sites) for said in several)), None)


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
    for key in (
        "og:image:secure_url",
        "og:image",
        "og:image:url",
        "twitter:image",
        "twitter:image:src",
    ):
        url = absolute(base, meta.get(key))
        if url is None:
            continue
        alt = tidy(meta.get("og:image:alt") or meta.get("twitter:image:alt") or "")
        own = key.startswith("og:")
        width = pixels(meta.get("og:image:width")) if own else None
        height = pixels(meta.get("og:image:height")) if own else None
        image = _worth(Image(url, alt, width, height), site)
        if image is not None:
            return image
    return None


def _worth(image: Image | None, site: frozenset[str]) -> Image | None:
    """What is no icon, no spy and not the site's own."""
    if image is None or min(image.width or _LEAST_SIDE, image.height or _LEAST_SIDE) < _LEAST_SIDE:
        return None
    if image.url in site or looks_like_spy(image.url) or is_picture_of_site(image.url):
        return None
    return replace(
        image, alt=image.alt[:500], width=image.width or None, height=image.height or None
    )


def _site_pictures(tree: Element, thing: Mapping[str, Any], base: str) -> frozenset[str]:
    """The addresses of what the page itself calls a logo or an icon."""
    found: list[str | None] = []
    publisher = thing.get("publisher")
    logo = publisher.get("logo") if isinstance(publisher, Mapping) else None
    found.append(text(logo.get("url")) if isinstance(logo, Mapping) else text(logo))
    for node in elements(tree):
        if node.tag == "link" and "icon" in (node.get("rel") or "").lower():
            found.append(node.get("href"))
        elif node.tag == "img" and re.search(
            r"(?:^|[\s_-])(?:custom-logo|site-logo|logo)(?:[\s_-]|$)", node.get("class") or ""
        ):
            found.append(node.get("src"))
    return frozenset(url for name in found if (url := absolute(base, name)) is not None)
