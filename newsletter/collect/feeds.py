"""Reads RSS, Atom, RDF and JSON Feed: bytes in, a Feed out.

One bad item never spoils the others: what is wrong with it becomes an oddity of the feed. What is
no feed at all is a ParseError, since "could not read" must never look like "nothing new".
"""

from __future__ import annotations

import io
import re
from typing import Any

import feedparser

from newsletter.collect import jsonfeed, mending
from newsletter.collect.attributes import with_few_attributes
from newsletter.collect.barriers import asks_for_password
from newsletter.collect.decode import to_text
from newsletter.collect.discover import named_feeds
from newsletter.collect.doctype import without_doctype
from newsletter.collect.entry import Entry, Feed
from newsletter.collect.feeditems import entry_of
from newsletter.collect.feedparser_bounds import bound
from newsletter.collect.firstitems import first_items
from newsletter.collect.gather import gathered
from newsletter.collect.items import BadItem, few, language_tag
from newsletter.collect.markup import absolute, plain_text, tidy
from newsletter.collect.tongues import believed
from newsletter.errors import ParseError

# What feedparser's own code is known to raise on input that it does not understand.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
_MOST_ITEMS = 2000
_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|rdf|channel|html|body|head|\w+)\b", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BLANKS = " \t\r\n\ufeff"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def parse_feed(
    body: bytes, *, url: str, content_type: str = "", charset: str | None = None
) -> Feed:
    """The feed that `body` holds, found at `url`.

    `content_type` and `charset` are what HTTP said, and are believed only as far as the bytes
    allow. A feed without items has no entries. Raises ParseError for anything that is no feed,
    or is broken before its first item.
    """
    if not body.strip():
        raise ParseError(f"{url} is empty: check the address, or try again later")
    text = _NOT_XML.sub("", to_text(body, charset=charset)).lstrip(_BLANKS)
    if text.startswith("{"):
        return jsonfeed.parse_json_feed(text, url=url)
    text, preface = mending.without_preface(text)
    _must_be_a_feed(text, body, url, content_type)
    text, had_entities = without_doctype(_XML_DECLARATION.sub("", text, count=1))
    text, why, was_cut = _readable(mending.with_letters(text))
    text, left_out = first_items(text, _MOST_ITEMS)
    text = with_few_attributes(mending.with_short_names(mending.with_captions(text)))
    parsed = _parse(text, url)
    items = list(parsed.entries)
    why = why or (tidy(str(parsed.get("bozo_exception", "")))[:120] if parsed.bozo else "")
    if why and items and _breaks_off(text):
        items.pop()  # half an article, which would be stored as a whole one
    if why and not items:
        raise ParseError(f"{url} is not well-formed ({why}): tell its operator, or try later")
    if left_out and not items:
        raise ParseError(f"{url} holds an item too large to be read: tell its operator")
    if not parsed.get("version") and not items:
        raise ParseError(
            f"{url} is XML, but not a feed: give the address of the site, or of its feed"
        )
    about = parsed.feed
    title = _words(about.get("title", ""))
    language = language_tag(about.get("language"))
    said = (f"{item.get('title', '')} {item.get('summary', '')}" for item in items)
    spoken = believed(language, said)
    entries, oddities, lost = gathered(items, lambda item: _entry(item, url, title, spoken), url)
    if left_out:
        held = len(items) + left_out
        oddities.insert(0, f"the feed holds {held} items: the last {left_out} were not read")
    if was_cut:
        oddities.insert(0, "the feed is not well-formed and very long: only its beginning was read")
    if had_entities:
        oddities.insert(0, "the feed declares entities of its own, which were not expanded")
    if why:
        oddities.insert(0, f"the feed is not well-formed ({why}): read as far as possible")
    if preface:
        oddities.insert(0, f"something stands before the feed, and was left out: {_line(preface)}")
    return Feed(
        title=title,
        language=language,
        home=absolute(url, about.get("link")),
        entries=tuple(entries),
        oddities=few(oddities),
        lost=lost + left_out + bool(parsed.bozo),
    )


def _line(text: str) -> str:
    line = plain_text(text)
    return f"{line[:80]!r}…" if len(line) > 80 else repr(line)


def _readable(text: str) -> tuple[str, str, bool]:
    """The text in the best form there is, what is wrong with it, and whether it was shortened."""
    why = mending.fault(text)
    if why is None:
        return text, "", False
    better = mending.mended(text)
    if mending.fault(better) is None:
        return better, why, False
    shorter, was_cut = mending.bounded(better)
    return shorter, why, was_cut


def _must_be_a_feed(text: str, body: bytes, url: str, content_type: str) -> None:
    root = _ROOT.search(re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", text[:20_000], flags=re.S))
    name = root[1].lower() if root else ""
    if text.startswith("<") and name in ("html", "head", "body"):
        offered = named_feeds(body, url)
        remedy = (
            f"it names a feed, give that address: {offered[0].url}"
            if offered
            else "give the address of its feed, or read it as a page (--kind page)"
        )
        if not offered and asks_for_password(body):
            raise ParseError(
                f"{url} is a web page that asks for a password, not a feed: "
                "give an address that everybody may read"
            )
        raise ParseError(f"{url} is a web page, not a feed: {remedy}")
    if not text.startswith("<") or not name:
        kind = f" ({content_type})" if content_type else ""
        raise ParseError(f"{url} is not a feed{kind}: give the address of the site, or of its feed")


def _parse(text: str, url: str) -> Any:
    # A stream, since feedparser takes even bytes for the name of a file and would open it.
    stream = io.BytesIO(text.encode("utf-8"))
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    bound()
    try:
        return feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _BROKEN as error:
        raise ParseError(
            f"{url} cannot be read as a feed ({type(error).__name__}): tell its operator"
        ) from error


def _breaks_off(text: str) -> bool:
    """Whether the last item of the text was begun and not ended."""
    opened = max(text.rfind(f"<{name}") for name in ("item>", "item ", "entry>", "entry "))
    return opened > max(text.rfind("</item"), text.rfind("</entry"))


def _entry(item: Any, url: str, site: str, language: str | None) -> tuple[Entry, list[str]]:
    try:
        return entry_of(item, url, site, language)
    except BadItem:
        raise
    except _BROKEN as error:
        raise BadItem(f"cannot be read ({type(error).__name__})") from error


def _words(value: object) -> str:
    return plain_text(str(value or ""))
