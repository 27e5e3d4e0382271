"""Makes one clean Entry of what a feed, a page or a file said about an article."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from newsletter.collect.entry import Entry, Image
from newsletter.collect.excerpt import excerpt
from newsletter.collect.markup import tidy
from newsletter.collect.sanitise import sanitise

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LONGEST_TITLE = 500  # characters; beyond that, somebody put the article there
_LONGEST_GUID = 1000
_MOST_TOPICS = 50


class BadItem(ValueError):
    """An item that holds nothing one could show or link to; `str()` says what is missing."""


def make_entry(
    *,
    guid: object,
    url: str | None,
    title: str,
    summary: str,
    content: str,
    base: str | None,
    author: str | None,
    published: datetime | None,
    language: str | None,
    topics: Iterable[object],
    image: Image | None,
) -> tuple[Entry, list[str]]:
    """An Entry with its mark-up sanitised, and what was odd about it.

    A missing title is taken from the first sentence. Raises BadItem for an item without title,
    text and address.
    """
    oddities: list[str] = []
    summary_html, content_html = sanitise(summary, base=base), sanitise(content, base=base)
    name = tidy(title)
    if not name:
        name = " ".join(
            excerpt(summary_html, content_html, words=12, paragraphs=1, language=language)
        )
        if not name and url is None:
            raise BadItem("has no title, no text and no address")
        name = name or str(url)
        oddities.append("has no title; its first words stand in")
    if len(name) > _LONGEST_TITLE:
        name = name[:_LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
        oddities.append("has a title of more than 500 characters; it was cut")
    identifier = tidy(str(guid)) if guid else ""
    if len(identifier) > _LONGEST_GUID:
        identifier = ""
        oddities.append("has a guid of more than 1000 characters; its address stands in")
    entry = Entry(
        guid=identifier or None,
        url=url,
        title=name,
        summary_html=summary_html,
        content_html=content_html,
        author=tidy(author or "") or None,
        published=published,
        language=language,
        topics=topic_names(topics),
        image=image,
    )
    return entry, oddities


def topic_names(names: Iterable[object]) -> tuple[str, ...]:
    """Each topic once, without regard to case, in the order given."""
    found: dict[str, str] = {}
    for name in names:
        text = tidy(str(name))[:100]
        if text and "://" not in text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())[:_MOST_TOPICS]


def language_tag(value: object) -> str | None:
    """A BCP 47 tag in its usual case ("fr", "pt-BR"), or None for what is none."""
    text = str(value or "").strip().replace("_", "-")
    if not _TAG.fullmatch(text):
        return None
    first, *rest = text.split("-")
    return "-".join([first.lower(), *(p.upper() if len(p) == 2 else p for p in rest)])
