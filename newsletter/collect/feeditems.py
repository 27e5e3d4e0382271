"""Makes an Entry of one item of RSS, Atom or RDF, as feedparser gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from newsletter.collect.bylines import without_address
from newsletter.collect.dates import from_struct, parse_date
from newsletter.collect.entry import Entry, Image, url_key
from newsletter.collect.feedtext import markup_of
from newsletter.collect.images import first_image_in, is_worth_showing, pixels
from newsletter.collect.items import file_address, language_tag, make_entry
from newsletter.collect.markup import absolute, plain_text, tidy

_ENTITIES = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,6});")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|\?)", re.I)
# HTML in a title that RSS does not mark as such: elements that close, or need not.
_TAGS = re.compile(
    r"<(a|abbr|b|bdi|big|cite|code|del|div|em|font|i|ins|p|q|s|script|small|span|strong|style|sub|sup|u)"
    r"\b[^<>]{0,500}>.{0,2000}?</\1>|<(?:br|img|wbr|hr)\b[^<>]{0,500}>",
    re.I | re.S,
)
_LONGEST_NAME = 1000  # characters of an author's name and all that is written with it
_LONGEST_TITLE = 2000  # … of a title, in which HTML is looked for
_NARROW = 600  # pixels; where a wider form of the picture is given, that is taken
_WIDEST = 1600


def entry_of(item: Any, url: str, site: str, language: str | None) -> tuple[Entry, list[str]]:
    """The Entry of an item of the feed at `url`, called `site`, and what was odd about it.

    Raises BadItem.
    """
    contents = [_markup(c) for c in item.get("content", ()) if isinstance(c, Mapping)]
    content = max(contents, key=len, default="")
    summary = _markup(item["summary_detail"]) if "summary_detail" in item else ""
    if summary == content or summary in contents:
        summary = ""
    link = _link(item, url)
    base = _base(item, url) or link or url
    dates = (n for n in ("published", "updated", "created") if n in item and item.get(n))
    dated = next(dates, "published")
    written = str(item.get(dated) or "").strip()
    published = parse_date(written) if written else None
    if published is None:
        published = _as_feedparser_reads(item.get(f"{dated}_parsed"), written)
    inner = [c.get("language") for c in item.get("content", ()) if isinstance(c, Mapping)]
    own_language = item.get("language") or next(filter(None, inner), None)
    return make_entry(
        guid=item.get("id"),
        url=link or file_address(url, _files(item)),
        title=_title(item.get("title_detail") or {}),
        summary=summary,
        content=content,
        base=base,
        author=_author(item),
        published=published,
        language=language_tag(own_language) or language,
        topics=[t.get("label") or t.get("term") or "" for t in item.get("tags", ())],
        image=_image(item, content or summary, base),
        canonical=_canonical(item, url),
        written=written,
        site=site,
    )


def _link(item: Any, url: str) -> str | None:
    """The article's address: the true one, where a service that counts readers stands before it."""
    for written in (item.get("feedburner_origlink"), item.get("link")):
        found = absolute(url, written)
        # What leads to the feed itself is an empty address, seen from there.
        if found is not None and found.partition("#")[0] != url:
            return found.replace("&amp;", "&")
    return None


def _files(item: Any) -> Iterator[tuple[str, str]]:
    for one in item.get("enclosures", ()):
        if isinstance(one, Mapping):
            yield str(one.get("type") or ""), str(one.get("href") or "")


def _canonical(item: Any, url: str) -> str | None:
    links = [one for one in item.get("links", ()) if isinstance(one, Mapping)]
    named = next((one.get("href") for one in links if one.get("rel") == "canonical"), None)
    return absolute(url, named)


def _as_feedparser_reads(parsed: Any, written: str) -> Any:
    """What feedparser makes of a date that we cannot read, if the year stands there as it says."""
    moment = from_struct(parsed)
    return moment if moment is not None and str(moment.year) in written else None


def _base(item: Any, url: str) -> str | None:
    """What the item's own mark-up is relative to, if an xml:base says so (RFC 4287 §2)."""
    for detail in (*item.get("content", ()), item.get("summary_detail")):
        written = detail.get("base") if isinstance(detail, Mapping) else None
        if not written or written == url:
            continue  # feedparser repeats the feed's own address for all that says nothing
        said = absolute(url, written)
        if said is not None and url_key(said) != url_key(url):
            return said
    return None


def _markup(detail: Mapping[str, Any]) -> str:
    return markup_of(str(detail.get("value") or ""), plain=detail.get("type") == "text/plain")


def _title(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") != "text/plain" or _TAGS.search(value[:_LONGEST_TITLE]):
        return plain_text(value)
    # Many feeds escape a title once too often; "a < b" in plain text stays what it is.
    return plain_text(value) if _ENTITIES.search(value) else tidy(value)


def _author(item: Any) -> str | None:
    """The names of the authors, each once."""
    several = [a.get("name") for a in item.get("authors", ()) if isinstance(a, Mapping)]
    named = several if len(several) > 1 else [item.get("author")]
    # The addresses go first: "<a@b.example>" would be an element.
    bare = (without_address(str(name or "")[:_LONGEST_NAME]) for name in named)
    names = dict.fromkeys(filter(None, map(plain_text, bare)))
    return ", ".join(names) or None


def _image(item: Any, markup: str, base: str) -> Image | None:
    """The item's own picture, else the first of its text; the text knows the alt."""
    within = first_image_in(markup, base)
    for found in _wider_first(_own_pictures(item, base)):
        if within is not None and url_key(within.url) == url_key(found.url):
            return Image(
                found.url,
                within.alt or found.alt,
                found.width or within.width,
                found.height or within.height,
            )
        # A tiny thumbnail gives way to a picture in the text.
        if within is not None and (found.width or 999) < 200:
            continue
        return found
    return within


def _wider_first(found: Iterator[Image]) -> list[Image]:
    """The pictures in their order, but one that is narrow behind a wider one."""
    several = list(found)
    width = (several[0].width or _WIDEST) if several else _WIDEST
    fitting = [image for image in several if width < (image.width or 0) <= _WIDEST]
    if width < _NARROW and fitting:
        return [max(fitting, key=lambda image: image.width or 0), *several]
    return several


def _own_pictures(item: Any, base: str) -> Iterator[Image]:
    for name in ("media_content", "enclosures", "media_thumbnail"):
        for candidate in item.get(name, ()):
            if isinstance(candidate, Mapping):
                found = _picture(candidate, base, is_sure=name == "media_thumbnail")
                if found is not None:
                    yield found
    itunes = item.get("image")
    # The last is what feedparser makes of an <image> with an <url>, which no standard knows here.
    for address in (itunes.get("href") if isinstance(itunes, Mapping) else None, item.get("href")):
        found = _picture({"url": address}, base, is_sure=address is not item.get("href"))
        if found is not None:
            yield found


def _picture(candidate: Mapping[str, Any], base: str, *, is_sure: bool) -> Image | None:
    source = absolute(base, cast("str | None", candidate.get("url") or candidate.get("href")))
    if source is None or not is_worth_showing(source):
        return None
    kind = str(candidate.get("type") or "")
    said = candidate.get("medium") == "image" or kind.startswith("image/") or is_sure
    if not said and (kind or candidate.get("medium") or not _PICTURE.search(source)):
        return None
    width, height = pixels(candidate.get("width")), pixels(candidate.get("height"))
    if (width or 99) < 32 or (height or 99) < 32:
        return None
    alt = plain_text(str(candidate.get("alt") or ""))
    return Image(source, alt, width or None, height or None)
