"""A feed of Le Courrier de Valmont as a site serves it, and what is read of it."""

from __future__ import annotations

import warnings

from newsletter.collect.entry import Entry, Feed
from newsletter.collect.feeds import parse_feed

URL = "https://courrier.example/feed"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def rss(
    items: str, *, head: str = "", before: str = '<?xml version="1.0" encoding="utf-8"?>'
) -> bytes:
    """A feed of these items; `head` stands above them, `before` is the XML declaration."""
    channel = f"<title>Le Courrier de Valmont</title><link>https://courrier.example/</link>{head}"
    return f'{before}<rss version="2.0" {SPACES}><channel>{channel}{items}</channel></rss>'.encode()


def item(
    *, title: str = "Pont", link: str = "https://courrier.example/pont", more: str = ""
) -> str:
    """An item; `more` is what it says besides title and link."""
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def read(body: bytes, **more: str) -> Feed:
    """What is read of it, with nothing of feedparser that is about to change."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        return parse_feed(body, url=URL, **more)


def only(body: bytes) -> Entry:
    """The one entry of it."""
    (entry,) = read(body).entries
    return entry
