"""What of an article comes from its source, and what an edit there changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from newsletter.collect.history import What, has, restless
from newsletter.collect.identity import Seen
from newsletter.collect.likeness import SAME_MOMENT, date_gap
from newsletter.collect.topics import topic_slugs
from newsletter.models import Article


def fields(seen: Seen) -> dict[str, Any]:
    """The columns of an article that come from its source."""
    entry = seen.entry
    language = (entry.language or "").strip()
    return {
        "url": entry.url,
        "url_key": seen.url_key,
        "canonical_url": entry.canonical if seen.canonical_key else None,
        "canonical_key": seen.canonical_key,
        "content_hash": seen.hash,
        "title": entry.title,
        "summary_html": entry.summary_html,
        "content_html": entry.content_html,
        "author": entry.author,
        "language": language if 0 < len(language) <= 16 else None,
        "topics": topic_slugs(entry.topics),
        "image": asdict(entry.image) if entry.image else None,
        "published_at": seen.published,
    }


VISIBLE = frozenset({"url", "title", "summary_html", "content_html", "image"})
"""What a reader of a mail would see changed."""

IDENTITY = frozenset({"url_key", "canonical_key", "content_hash"})
"""What an article is known by, besides its guid."""


OF_PAGE = {"author": What.SIGNED, "language": What.SPOKEN}
"""What an article's own page may say of it where its source does not, and the event that tells."""


def is_of_page(article: Article, column: str) -> bool:
    """Whether it is the article's own page that said this, and not its source."""
    event = has(article, OF_PAGE[column])
    return event is not None and event.get(column) == getattr(article, column)


def changes(article: Article, seen: Seen) -> dict[str, Any]:
    """The columns that an edit at the source changes; of a withdrawn article, what it is known by.

    What the source does not say (any more) is kept: a date, an address, a text, and what the
    article's own page said of it. A date that changes at every reading is no date, and is kept too;
    so is one that differs by seconds. A withdrawn article goes on learning its addresses and words,
    or it would come back as a new one.
    """
    new = fields(seen)
    if not (new["summary_html"] or new["content_html"]):
        # A text that went missing is a fault of the feed more often than an editor's wish.
        for column in ("summary_html", "content_html", "content_hash"):
            new.pop(column)
    for column in ("url", "url_key", "canonical_url", "canonical_key", "published_at"):
        if new[column] is None or (column == "published_at" and _keeps_its_date(article, seen)):
            new.pop(column)
    for column in OF_PAGE:
        if new[column] is None and is_of_page(article, column):
            new.pop(column)
    if seen.url_key is None and article.url_key is not None:
        new.pop("url", None)  # it leads to the site only, since its own address was not found now
    if article.withdrawn_at is not None:
        new = {column: value for column, value in new.items() if column in IDENTITY}
    return {column: value for column, value in new.items() if getattr(article, column) != value}


def _keeps_its_date(article: Article, seen: Seen) -> bool:
    gap = date_gap(article.published_at, seen.published)
    return restless(article) or (gap is not None and abs(gap) < SAME_MOMENT)
