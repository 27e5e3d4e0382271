"""Reads RSS, Atom, RDF and JSON Feed: bytes in, a Feed out.

One bad item never spoils the others: what is wrong with it becomes an oddity of the feed. What is
no feed at all is a ParseError, since "could not read" must never look like "nothing new".
"""

from __future__ import annotations

import html.entities
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urljoin
from xml.parsers import expat

import feedparser

from newsletter.collect import jsonfeed
from newsletter.collect.dates import from_struct, parse_date
from newsletter.collect.decode import to_text
from newsletter.collect.discover import discover
from newsletter.collect.doctype import without_doctype
from newsletter.collect.entry import Entry, Feed, Image, url_key
from newsletter.collect.images import first_image_in, looks_like_spy, pixels
from newsletter.collect.items import BadItem, language_tag, make_entry
from newsletter.collect.markup import absolute, plain_text, tidy
from newsletter.errors import ParseError

# What feedparser's own code is known to raise on input that it does not understand.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
_MOST_ITEMS = 2000
_MOST_TO_MEND = 500_000  # characters
_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|rdf|channel|html|body|head|\w+)\b", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NAMED = re.compile(r"&([A-Za-z]{2,8}[0-9]?);")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENTITIES = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,6});")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|\?)", re.I)


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
    text = _NOT_XML.sub("", to_text(body, charset=charset)).lstrip()
    if text.startswith("{"):
        return jsonfeed.parse_json_feed(text, url=url)
    _must_be_a_feed(text, body, url, content_type)
    text, had_entities = without_doctype(_XML_DECLARATION.sub("", text, count=1))
    text, was_cut = _bounded(_NAMED.sub(_letter, text))
    parsed = _parse(text, url)
    items = list(parsed.entries)
    why = tidy(str(parsed.get("bozo_exception", "")))[:120]
    if parsed.bozo and items and _breaks_off(text):
        items.pop()  # half an article, which would be stored as a whole one
    if parsed.bozo and not items:
        raise ParseError(f"{url} is not well-formed ({why}): tell its operator, or try later")
    if not parsed.get("version") and not items:
        raise ParseError(f"{url} is XML, but not a feed: give the address of an RSS or Atom feed")
    rest = len(items) - _MOST_ITEMS
    entries, oddities = _entries(
        items[:_MOST_ITEMS], url, language_tag(parsed.feed.get("language"))
    )
    if items and not entries:
        raise ParseError(
            f"none of the items of {url} can be read ({oddities[0]}): tell its operator"
        )
    if rest > 0:
        oddities.insert(0, f"the feed holds {len(items)} items: the last {rest} were not read")
    if was_cut:
        oddities.insert(0, "the feed is not well-formed and very long: only its beginning was read")
    if had_entities:
        oddities.insert(0, "the feed declares entities of its own, which were not expanded")
    if parsed.bozo:
        oddities.insert(0, f"the feed is not well-formed ({why}): read as far as possible")
    about = parsed.feed
    return Feed(
        title=_words(about.get("title", "")),
        language=language_tag(about.get("language")),
        home=absolute(url, about.get("link")),
        entries=tuple(entries),
        oddities=tuple(oddities),
    )


def _must_be_a_feed(text: str, body: bytes, url: str, content_type: str) -> None:
    root = _ROOT.search(re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", text[:20_000], flags=re.S))
    name = root[1].lower() if root else ""
    if text.startswith("<") and name in ("html", "head", "body"):
        offered = discover(body, url)
        remedy = (
            f"it names a feed, give that address: {offered[0].url}"
            if offered
            else "give the address of its feed, or read it as a page (--kind page)"
        )
        raise ParseError(f"{url} is a web page, not a feed: {remedy}")
    if not text.startswith("<") or not name:
        kind = f" ({content_type})" if content_type else ""
        raise ParseError(f"{url} is not a feed{kind}: give the address of an RSS or Atom feed")


def _letter(match: re.Match[str]) -> str:
    """HTML's named letters, which XML does not know but feeds use ("&eacute;"), as themselves."""
    letter = html.entities.html5.get(match[1] + ";", "")
    return match[0] if letter in ("", "<", ">", "&", '"', "'") else letter


def _bounded(text: str) -> tuple[str, bool]:
    """The text, or its beginning if it is both broken and long; and whether it was shortened.

    feedparser's way of reading broken XML takes time by the square of what it reads.
    """
    if len(text) <= _MOST_TO_MEND or _is_well_formed(text):
        return text, False
    begun = text[:_MOST_TO_MEND]
    ended = max(begun.rfind("</item>"), begun.rfind("</entry>"))
    return (begun[: begun.index(">", ended) + 1] if ended >= 0 else begun), True


def _is_well_formed(text: str) -> bool:
    try:
        expat.ParserCreate().Parse(text.encode("utf-8"), True)
    except expat.ExpatError:
        return False
    return True


def _parse(text: str, url: str) -> Any:
    # A stream, since feedparser takes even bytes for the name of a file and would open it.
    stream = io.BytesIO(text.encode("utf-8"))
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
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


def _entries(items: list[Any], url: str, language: str | None) -> tuple[list[Entry], list[str]]:
    entries: list[Entry] = []
    oddities: list[str] = []
    reused = _reused_guids(items)
    seen: set[tuple[str, str]] = set()
    for number, item in enumerate(items, 1):
        try:
            entry, trouble = _entry(item, url, language)
        except BadItem as error:
            oddities.append(f"item {number}: {error}")
            continue
        except _BROKEN as error:
            oddities.append(f"item {number}: cannot be read ({type(error).__name__})")
            continue
        guid = entry.guid
        if guid is not None and (guid, url_key(entry.url or "")) in seen:
            oddities.append(f"item {number}: stands in the feed twice ({guid[:80]})")
            continue
        if guid is not None:
            seen.add((guid, url_key(entry.url or "")))
        if guid in reused:
            trouble.append(f"shares its guid with another item ({(guid or '')[:80]})")
            entry = _without_guid(entry)
        entries.append(entry)
        oddities += [f"item {number}: {line}" for line in trouble]
    return entries, oddities


def _reused_guids(items: list[Any]) -> set[str]:
    """The guids that stand for more than one address: no identity at all."""
    pairs = {
        (str(item.get("id")), url_key(str(item.get("link") or "")))
        for item in items
        if item.get("id")
    }
    return {guid for guid, count in Counter(guid for guid, _ in pairs).items() if count > 1}


def _without_guid(entry: Entry) -> Entry:
    return replace(entry, guid=None)


def _entry(item: Any, url: str, language: str | None) -> tuple[Entry, list[str]]:
    contents = [_markup(c) for c in item.get("content", ()) if isinstance(c, Mapping)]
    content = max(contents, key=len, default="")
    summary = _markup(item["summary_detail"]) if "summary_detail" in item else ""
    if summary == content or summary in contents:
        summary = ""
    link = absolute(url, item.get("link"))
    base = _base(item, url) or link or url
    dated = next((n for n in ("published", "updated", "created") if item.get(n)), "published")
    written = str(item.get(dated) or "")
    published = from_struct(item.get(f"{dated}_parsed"))
    if published is None and written:
        published = parse_date(written)
    inner = [c.get("language") for c in item.get("content", ()) if isinstance(c, Mapping)]
    own_language = item.get("language") or next(filter(None, inner), None)
    entry, trouble = make_entry(
        guid=item.get("id"),
        url=link,
        title=_title(item.get("title_detail") or {}),
        summary=summary,
        content=content,
        base=base,
        author=_author(item),
        published=published,
        language=language_tag(own_language) or language,
        topics=[t.get("label") or t.get("term") or "" for t in item.get("tags", ())],
        image=_image(item, content or summary, base),
    )
    if published is None and written:
        trouble.append(f"no credible date ({written[:60]!r})")
    return entry, trouble


def _base(item: Any, url: str) -> str | None:
    """What the item's own mark-up is relative to, if an xml:base says so (RFC 4287 §2)."""
    for detail in (*item.get("content", ()), item.get("summary_detail")):
        said = absolute(url, detail.get("base")) if isinstance(detail, Mapping) else None
        if said is not None and url_key(said) != url_key(url):
            return said
    return None


def _markup(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain":
        paragraphs = re.split(r"\n\s*\n", value)
        return "".join(f"<p>{html.escape(p, quote=False)}</p>" for p in paragraphs if p.strip())
    return value


def _words(value: object) -> str:
    return plain_text(str(value or ""))


def _title(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") != "text/plain":
        return plain_text(value)
    # Many feeds escape a title once too often; "a < b" in plain text stays what it is.
    return plain_text(value) if _ENTITIES.search(value) else tidy(value)


def _author(item: Any) -> str | None:
    detail = item.get("author_detail") or {}
    name = detail.get("name") or item.get("author") or ""
    return tidy(plain_text(str(name)))[:200] or None


def _image(item: Any, markup: str, base: str) -> Image | None:
    """The item's own picture, else the first of its text; the text knows the alt."""
    within = first_image_in(markup, base)
    candidates: list[Mapping[str, Any]] = []
    for name in ("media_content", "enclosures", "media_thumbnail"):
        candidates += [c for c in item.get(name, ()) if isinstance(c, Mapping)]
    itunes = item.get("image")
    if isinstance(itunes, Mapping):
        candidates.append({"url": itunes.get("href"), "medium": "image"})
    for candidate in candidates:
        found = _picture(candidate, base, is_thumbnail=candidate in item.get("media_thumbnail", ()))
        if found is None:
            continue
        if within is not None and url_key(within.url) == url_key(found.url):
            return Image(
                found.url, within.alt, found.width or within.width, found.height or within.height
            )
        # A tiny thumbnail gives way to a picture in the text.
        if within is not None and (found.width or 999) < 200:
            continue
        return found
    return within


def _picture(candidate: Mapping[str, Any], base: str, *, is_thumbnail: bool) -> Image | None:
    source = absolute(base, cast("str | None", candidate.get("url") or candidate.get("href")))
    if source is None or looks_like_spy(source):
        return None
    kind = str(candidate.get("type") or "")
    said = candidate.get("medium") == "image" or kind.startswith("image/") or is_thumbnail
    if not said and (kind or candidate.get("medium") or not _PICTURE.search(source)):
        return None
    width, height = pixels(candidate.get("width")), pixels(candidate.get("height"))
    if (width or 99) < 32 or (height or 99) < 32:
        return None
    return Image(urljoin(base, source), "", width or None, height or None)
