"""Makes one clean Entry of what a feed, a page or a file said about an article."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from newsletter.collect.bylines import byline
from newsletter.collect.entry import Entry, Image
from newsletter.collect.excerpt import excerpt
from newsletter.collect.markup import absolute, plain_text, tidy
from newsletter.collect.sanitise import sanitise
from newsletter.collect.sentences import sentences

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# What stands alone above the first block of a text.
_ABOVE = re.compile(
    r"\s*(?P<open><(?:p|h2|h3|h4|strong)>)?(?:<a [^<>]*>)?(?P<words>[^<>]{1,500})(?:</a>)?"
    r"(?(open)</(?:p|h2|h3|h4|strong)>)\s*(?=<(?:p|h[234]|ul|ol|figure|blockquote|img|table)\b)"
)
_ADDRESS = re.compile(r"\s*\bhttps?://\S+")
_NO_TONGUES = frozenset({"mis", "mul", "und", "zxx"})  # ISO 639-2: other, many, unknown, none
# What a reader can hear, see or read by its address alone.
_WHOLE = ("audio/", "video/", "application/pdf")
_LONGEST_TAG = 16  # characters
_LONGEST_TITLE = 500  # characters; beyond that, somebody put the article there
_LONGEST_GUID = 1000
_MOST_TOPICS = 50
_MOST_ODDITIES = 60


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
    canonical: str | None = None,
    written: str = "",
    site: str = "",
) -> tuple[Entry, list[str]]:
    """An Entry with its mark-up sanitised, and what was odd about it.

    A missing title is taken from the first sentence. `site` is what its source calls itself, which
    signs no article. `written` is the date as the source has it, of which `published` is None if it
    cannot be read or believed. Raises BadItem for an item without title, text and address.
    """
    oddities: list[str] = []
    summary_html, content_html = sanitise(summary, base=base), sanitise(content, base=base)
    name = tidy(title)
    if name:
        summary_html = _without_title(summary_html, name)
        content_html = _without_title(content_html, name)
    if not name:
        name = _first_words(summary_html, content_html, language)
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
        author=byline([author or ""], [site]),
        published=published,
        language=language,
        topics=topic_names(topics),
        image=image,
        canonical=canonical,
        date_text="" if published else tidy(written)[:100],
    )
    if written and published is None:
        oddities.append(f"no credible date ({written[:60]!r})")
    return entry, oddities


def _first_words(summary: str, content: str, language: str | None) -> str:
    """The first sentence, or its beginning, without the addresses of which no title is made."""
    shown = excerpt(summary, content, words=12, paragraphs=1, language=language)
    first = sentences(shown[0])[0] if shown else ""
    return tidy(_ADDRESS.sub("", first)) or first


def _without_title(markup: str, title: str) -> str:
    """The text without the title that some systems write above it once more."""
    match = _ABOVE.match(markup)
    if match and plain_text(match["words"]) == title:
        return markup[match.end() :].lstrip()
    return markup


def file_address(base: str, files: Iterable[tuple[str, str]]) -> str | None:
    """Where an article without a page leads: to the first sound, film or PDF of its files.

    Each file is its media type and its address, seen from `base`.
    """
    whole = (absolute(base, at) for kind, at in files if kind.lower().startswith(_WHOLE))
    return next(filter(None, whole), None)


def topic_names(names: Iterable[object]) -> tuple[str, ...]:
    """Each topic once, without regard to case, in the order given."""
    found: dict[str, str] = {}
    for name in names:
        text = plain_text(str(name))[:100]
        if text and "://" not in text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())[:_MOST_TOPICS]


def few(oddities: list[str]) -> tuple[str, ...]:
    """The oddities of a feed, so many that somebody may still read them."""
    rest = len(oddities) - _MOST_ODDITIES
    return (*oddities[:_MOST_ODDITIES], *([f"… and {rest} more of this kind"] if rest > 0 else []))


def language_tag(value: object) -> str | None:
    """A BCP 47 tag in its usual case ("fr", "pt-BR"), or None for what is none."""
    text = str(value or "").strip().replace("_", "-")
    if len(text) > _LONGEST_TAG or not _TAG.fullmatch(text):
        return None
    first, *rest = text.split("-")
    if first.lower() in _NO_TONGUES:
        return None
    return "-".join([first.lower(), *(p.upper() if len(p) == 2 else p for p in rest)])
