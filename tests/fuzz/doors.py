"""The doors by which foreign bytes come in, and what must hold of all that comes out of them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.collect import dates, discover, robots, selectors, sitemap
from newsletter.collect.articlepage import parse_article_page
from newsletter.collect.decode import to_text
from newsletter.collect.entry import Entry, Feed, Image, content_hash, url_key
from newsletter.collect.excerpt import count_words, excerpt
from newsletter.collect.feeds import parse_feed
from newsletter.collect.folders import read_folder
from newsletter.collect.lookup import Known, find_links
from newsletter.collect.markup import fragment, plain_text
from newsletter.collect.pages import parse_page
from newsletter.collect.sanitise import LONGEST, TAGS, sanitise
from newsletter.collect.sentences import sentences
from newsletter.collect.tails import without_tails
from newsletter.compose.fulltext import set_blocks, shortened
from newsletter.errors import CollectError

URL = "https://courrier.example/feed"
UNSANITISED = 30_000  # characters, in which the time of nh3 has not grown yet
_ATTRIBUTES = frozenset(
    {"href", "src", "alt", "title", "width", "height", "start", "lang", "colspan", "rowspan"}
)
_SET = _ATTRIBUTES | {"class", "cellpadding", "cellspacing", "border"}  # in a mail
_BLOCK_TAGS = TAGS - {"figure", "figcaption", "h2"} | {"div", "del", "s", "u"}


class Broken(AssertionError):
    """Something came out that should not; its first word says what."""


def holds(condition: bool, what: str) -> None:
    if not condition:
        raise Broken(what)


def storable(text: str | None, what: str) -> None:
    """PostgreSQL takes no NUL, and nothing takes half a character."""
    if text is None:
        return
    holds("\0" not in text, f"{what} holds a NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Broken(f"{what} holds half a character") from None


def address(url: str | None, what: str) -> None:
    storable(url, what)
    if url is not None:
        holds(url.startswith(("http://", "https://", "HTTP", "Http")), f"{what} is no web address")
        holds(not re.search(r"[\x00-\x20\x7f]", url), f"{what} holds white space")
        storable(url_key(url), f"key of {what}")


def picture(image: Image | None) -> None:
    if image is not None:
        address(image.url, "image")
        storable(image.alt, "alt")
        holds(
            all(side is None or 0 < side < 100_000 for side in (image.width, image.height)), "size"
        )


class _Acting(HTMLParser):
    """Looks through clean HTML for what mail clients must never get."""

    def __init__(self, what: str, tags: Set[str] = TAGS, names: Set[str] = _ATTRIBUTES) -> None:
        super().__init__()
        self._what, self._tags, self._names = what, tags, names

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        holds(tag in self._tags, f"{self._what} has a tag of its own")
        for name, value in attrs:
            holds(name in self._names, f"{self._what} has an attribute of its own")
            if name in ("href", "src"):
                good = (value or "").startswith(("http:", "https:", "mailto:", "tel:"))
                holds(good, f"{self._what} leads elsewhere")


def markup(clean: str, what: str) -> None:
    storable(clean, what)
    _Acting(what).feed(clean)


def date(moment: datetime) -> None:
    holds(moment.tzinfo in (UTC, dates.FLOATING) and 1990 <= moment.year <= 9990, "date")
    there = dates.settled(moment, ZoneInfo("Europe/Paris"))
    holds(there is not None and there.tzinfo is UTC, "date that is nowhere")


def entry(one: Entry) -> None:
    holds(bool(one.title.strip()) and len(one.title) <= 501, "title is empty or endless")
    holds("\n" not in one.title, "title has lines")
    for name in ("title", "guid", "author", "language"):
        storable(getattr(one, name), name)
    for topic in one.topics:
        storable(topic, "topic")
    address(one.url, "url")
    picture(one.image)
    markup(one.summary_html, "summary")
    markup(one.content_html, "content")
    holds(len(one.language or "") <= 16, "language is endless")
    if one.published is not None:
        date(one.published)
    holds(len(content_hash(one)) == 64, "hash")
    for words in (1, 60):
        shown(excerpt(one.summary_html, one.content_html, words=words), words)


def feed(read: Feed) -> None:
    for text in (read.title, read.language, *read.oddities):
        storable(text, "what a feed says of itself")
    holds(all(len(line) < 2500 for line in read.oddities), "oddity is endless")
    for one in read.entries:
        entry(one)


def shown(paragraphs: tuple[str, ...], words: int) -> None:
    for paragraph in paragraphs:
        holds(bool(paragraph.strip()), "paragraph is empty")
        holds(not re.search(r"[\n\r\t\0]", paragraph), "paragraph has control characters")
        storable(paragraph, "excerpt")
    holds(sum(count_words(p) for p in paragraphs) <= max(words, 1), "excerpt is too long")


def in_feed(data: bytes) -> None:
    feed(parse_feed(data, url=URL))


def in_page(data: bytes) -> None:
    feed(parse_page(data, url=URL))


def in_charset(data: bytes) -> None:
    """The first line names the charset of HTTP's header."""
    line, _, body = data.partition(b"\n")
    charset = line[:100].decode("latin-1")
    storable(to_text(body, charset=charset).replace("\0", ""), "decoded")
    for parse in (parse_feed, parse_page):
        try:
            feed(parse(body, url=URL, charset=charset))
        except CollectError as error:
            storable(str(error), "message")


def in_article_page(data: bytes) -> None:
    for title in ("", "Le Pont-Vieux : les travaux reprennent"):
        read = parse_article_page(data, url=URL, asked=URL, title=title)
        for text in (read.title, read.description, read.author, read.language):
            storable(text, "what a page says of itself")
        address(read.canonical_url, "canonical address")
        picture(read.image)
        markup(read.text_html, "text of a page")
        holds(not (read.text_html and read.barrier), "text from behind a barrier")
        shown(excerpt("", read.text_html, words=60), 60)


def in_page_by_selectors(data: bytes) -> None:
    line, _, page = data.partition(b"\n")
    chosen = selectors.parse(line[:500].decode("utf-8", "replace"))
    feed(parse_page(page, url=URL, selectors=chosen))


def in_saved_text(data: bytes) -> None:
    feed(parse_page(data, url="file:///page.txt", content_type="text/plain", site=URL))


def in_sitemap(data: bytes) -> None:
    found = sitemap.parse_sitemap(data, url=URL)
    for page in found.pages:
        address(page.url, "page of a sitemap")
        storable(page.title, "title in a sitemap")
    for other in found.sitemaps:
        address(other, "sitemap of a sitemap")
    for other in sitemap.sitemaps_in_robots(data, url=URL):
        address(other, "sitemap of robots.txt")


def in_lookup(data: bytes) -> None:
    lines = to_text(data).splitlines()[:2000]
    known = [
        Known(line if n % 2 else "", f"https://courrier.example/{line}")
        for n, line in enumerate(lines)
    ]
    titles = [line for line in lines[:200] if line.strip()]
    holds(set(find_links(titles, known)) <= set(titles), "lookup finds what nobody asked")


def in_robots(data: bytes) -> None:
    rules = robots.parse(data)
    rules.allow(URL)
    holds(0 <= rules.delay <= 10, "delay")


def in_discover(data: bytes) -> None:
    for link in discover.discover(data, URL):
        address(link.url, "feed's address")
        storable(link.title, "feed's title")


def in_folder(data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        Path(name, "2026-01-24-pont.md").write_bytes(data)
        feed(read_folder(Path(name), base="https://courrier.example/"))


def in_excerpt(data: bytes) -> None:
    summary, _, content = to_text(data).partition("\n--\n")
    for words, paragraphs in ((1, 1), (12, 1), (60, 4)):
        taken = excerpt(summary, content, words=words, paragraphs=paragraphs, language="fr")
        holds(len(taken) <= paragraphs, "too many paragraphs")
        shown(taken, words)


def in_sanitise(data: bytes) -> None:
    clean = sanitise(to_text(data), base=URL)
    markup(clean, "sanitised")
    if len(clean) > LONGEST:
        return  # cut where it is too long, it is cut again
    again = sanitise(clean, base=URL)
    one, two = ("".join(plain_text(text).split()) for text in (clean, again))
    holds(one == two, "sanitising twice loses words")


def in_full_text(data: bytes) -> None:
    raw = to_text(data)
    stored = sanitise(raw, base=URL)
    # What is set for mails was always sanitised; a page of anything else must be harmless too.
    for language, given in (("fr", stored), ("en", stored), ("fr", raw[:UNSANITISED])):
        text = set_blocks(given, base=URL, language=language, title="Le pont")
        for block in text.blocks:
            storable(block.text, "plain text of a block")
            _Acting("block", _BLOCK_TAGS, _SET).feed(block.html)
        shortened(text, 60)
    without_tails(stored)


def in_sentences(data: bytes) -> None:
    text = plain_text(to_text(data))
    parts = sentences(text)
    holds("".join("".join(parts).split()) == "".join(text.split()), "words are lost in sentences")


def in_dates(data: bytes) -> None:
    for line in to_text(data).splitlines()[:50]:
        moment = dates.parse_date(line)
        if moment is not None:
            date(moment)


def in_url_key(data: bytes) -> None:
    for line in to_text(data).splitlines()[:50]:
        storable(url_key(line), "key") if line.isprintable() else url_key(line)


def in_fragment(data: bytes) -> None:
    fragment(to_text(data))


DOORS: Mapping[str, Callable[[bytes], None]] = {
    "feed": in_feed,
    "page": in_page,
    "charset": in_charset,
    "article page": in_article_page,
    "selectors": in_page_by_selectors,
    "saved": in_saved_text,
    "sitemap": in_sitemap,
    "lookup": in_lookup,
    "robots": in_robots,
    "discover": in_discover,
    "folder": in_folder,
    "excerpt": in_excerpt,
    "sanitise": in_sanitise,
    "full text": in_full_text,
    "sentences": in_sentences,
    "dates": in_dates,
    "url_key": in_url_key,
    "fragment": in_fragment,
}
# How often each is tried, for one time of a door that is named nowhere here.
WEIGHTS: Mapping[str, int] = {
    "feed": 10,
    "page": 6,
    "article page": 4,
    "excerpt": 3,
    "sanitise": 3,
    "full text": 2,
    "folder": 2,
    "charset": 2,
}


def enter(door: str, data: bytes) -> None:
    """Brings the bytes in; a CollectError is an answer, all else that is raised is a finding."""
    try:
        DOORS[door](data)
    except CollectError as error:
        message = str(error)
        storable(message, "message")
        holds(0 < len(message) < 3000, "message is empty or endless")


def chosen(names: Iterable[str]) -> list[str]:
    """The doors named, or all, each as often as its weight says."""
    wanted = list(names) or list(DOORS)
    return [name for name in wanted for _ in range(WEIGHTS.get(name, 1))]
