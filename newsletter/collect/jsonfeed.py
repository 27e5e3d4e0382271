"""Reads JSON Feed (jsonfeed.org, versions 1 and 1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.feedtext import markup_of
from newsletter.collect.gather import gathered
from newsletter.collect.images import first_image_in
from newsletter.collect.items import BadItem, few, file_address, language_tag, make_entry
from newsletter.collect.markup import absolute, plain_text, tidy
from newsletter.collect.tongues import believed
from newsletter.errors import ParseError

_MOST_ITEMS = 2000  # as of any feed
_TEXTS = ("content_html", "content_text")


def parse_json_feed(text: str, *, url: str) -> Feed:
    """The feed in a JSON text; ParseError for JSON that is broken, no feed, or without one item
    that can be read where there are some."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{url} is broken JSON: tell its operator, or try again later") from error
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(told.get("version", "")):
        raise ParseError(f"{url} is JSON, but no JSON Feed: give the address of a feed")
    title = plain_text(_text(told, "title"))
    language = language_tag(told.get("language"))
    spoken = believed(language, map(_words, items))
    entries, oddities, lost = gathered(
        items[:_MOST_ITEMS], lambda item: _entry(item, url, title, spoken), url
    )
    if len(items) > _MOST_ITEMS:
        rest = len(items) - _MOST_ITEMS
        lost += rest
        oddities.insert(0, f"the feed holds {len(items)} items: the last {rest} were not read")
    home = absolute(url, _text(told, "home_page_url"))
    return Feed(title, language, home, tuple(entries), few(oddities), lost=lost)


def _entry(item: object, url: str, site: str, language: str | None) -> tuple[Entry, list[str]]:
    if not isinstance(item, Mapping):
        raise BadItem("is no object")
    link = absolute(url, _text(item, "url")) or absolute(url, _text(item, "external_url"))
    base = link or url
    marked_up, plain = (_text(item, name) for name in _TEXTS)
    content = markup_of(marked_up or plain, plain=not marked_up)
    written = _text(item, "date_published") or _text(item, "date_modified")
    published = parse_date(written) if written else None
    picture = absolute(base, _text(item, "image")) or absolute(base, _text(item, "banner_image"))
    tags = item.get("tags")
    return make_entry(
        guid=item.get("id") if isinstance(item.get("id"), (str, int)) else None,
        url=link or file_address(url, _files(item)),
        title=_text(item, "title"),
        summary=markup_of(_text(item, "summary"), plain=True),
        content=content,
        base=base,
        author=_author(item),
        published=published,
        language=language_tag(item.get("language")) or language,
        topics=tags if isinstance(tags, list) else (),
        image=Image(picture) if picture else first_image_in(content, base),
        written=written,
        site=site,
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _files(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    attached = item.get("attachments")
    for one in attached if isinstance(attached, list) else ():
        if isinstance(one, Mapping):
            yield _text(one, "mime_type"), _text(one, "url")


def _words(item: object) -> str:
    """What an item says, by which its language is known."""
    if not isinstance(item, Mapping):
        return ""
    return " ".join(_text(item, name) for name in ("title", "summary", *_TEXTS))


def _author(item: Mapping[str, Any]) -> str | None:
    authors = item.get("authors")
    several = authors if isinstance(authors, list) else [item.get("author")]
    names = [tidy(_text(a, "name")) for a in several if isinstance(a, Mapping)]
    return ", ".join(n for n in names if n) or None
