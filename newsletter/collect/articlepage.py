"""Reads an article's own page: its text, its picture, and the address it calls its own.

For sources that cut their articles. A page that is no article any more, or lets nobody read it, is
recognised and its text left alone; see `barriers`.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import lxml.html

from newsletter.collect.barriers import (
    Barrier,
    barrier_without_text,
    has_wall,
    heads_of,
    is_not_found,
)
from newsletter.collect.bounds import MOST_ELEMENTS
from newsletter.collect.clutter import is_aside
from newsletter.collect.dates import parse_date
from newsletter.collect.decode import to_text
from newsletter.collect.discover import base_of
from newsletter.collect.entry import Image, url_key
from newsletter.collect.images import first_image
from newsletter.collect.items import language_tag
from newsletter.collect.maintext import MainText, find_main_text, text_sizes
from newsletter.collect.markup import Element, document, elements, text_of, tidy
from newsletter.collect.pagehead import Head, head_of, is_picture_of_site
from newsletter.collect.sanitise import sanitise
from newsletter.collect.titles import alike, folded
from newsletter.collect.tongues import contradicts
from newsletter.collect.weblinks import canonical_links
from newsletter.errors import ParseError

__all__ = ["ArticlePage", "Barrier", "parse_article_page"]

_LONGEST_TEXT = 300_000  # characters of its text that are kept; a novel, with its mark-up
_A_TEXT = 40  # characters below which a text is a label
_A_LINE = 300  # characters above which it is no small print
_HTML = ("", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
_BY = re.compile(
    r"^(?:publié|posté|mis\s+en\s+ligne|écrit|par|published|posted|by|von|por)\b", re.I
)


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """What an article's own page says of it. Everything may be missing."""

    url: str  # where it was read
    canonical_url: str | None = None  # by rel=canonical, where it can be believed
    title: str = ""
    text_html: str = ""  # its lead and its text, sanitised; "" behind a barrier
    description: str = ""  # what it tells those who share it; plain
    image: Image | None = None
    author: str | None = None
    language: str | None = None  # BCP 47
    published: datetime | None = None  # aware UTC
    barrier: Barrier | None = None


def parse_article_page(
    body: bytes,
    *,
    url: str,
    asked: str | None = None,
    title: str = "",
    content_type: str = "",
    charset: str | None = None,
    language: str = "",
    links: Iterable[str] = (),
) -> ArticlePage:
    """The article called `title` on the page found at `url`, when `asked` was asked for.

    `content_type`, `charset`, `language` and `links` are what the server said of it.
    Raises ParseError for what is no web page at all.
    """
    text = to_text(body, charset=charset)
    start = text.lstrip()[:5]
    tree = None if start == "%PDF-" or start[:1] in ("{", "[") else document(text)
    if tree is None or content_type not in _HTML:
        kind = f" ({content_type})" if content_type else ""
        raise ParseError(f"{url} is no web page{kind}: its text cannot be read there")
    if sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        raise ParseError(f"{url} has more than {MOST_ELEMENTS:,} elements: it is left alone")
    heads = heads_of(tree)
    if is_not_found(tree, heads, title) or (asked is not None and _is_home(url, asked)):
        return ArticlePage(url, barrier=Barrier.MISSING)
    base = base_of(tree, url)
    head = head_of(tree, base, title, served_in=language)
    words = text_of(tree)
    found = find_main_text(tree, title)
    title_found = next((h for h in (head.title, *heads) if title and alike(h, title)), head.title)
    known = _knows(title, (head.title, *heads))
    barrier = _barrier(found, head, heads, words, known)
    if barrier in (Barrier.OTHER, Barrier.CONSENT) or (barrier is Barrier.SCRIPT and not known):
        # Whatever such a page says of itself is the site's word, not the article's.
        return ArticlePage(url, title=title_found, barrier=barrier)
    tongue = _language(found, head)
    markup = "" if barrier else _text_html(found, title or title_found, base)
    if not markup and not barrier:
        markup = _told(head.body)
    return ArticlePage(
        url=url,
        canonical_url=_canonical(head.canonical or canonical_links(links, url), url),
        title=title_found,
        text_html=markup,
        description=head.description if known or head.is_article else "",
        image=head.image or _image(found, base),
        author=head.author,
        language=tongue,
        published=head.published,
        barrier=barrier,
    )


def _is_home(url: str, asked: str) -> bool:
    """Whether a page was asked for and the site's front page came."""
    here, wanted = urlsplit(url), urlsplit(asked)
    return _is_front(here.path, here.query) and not _is_front(wanted.path, wanted.query)


def _is_front(path: str, query: str) -> bool:
    return not query and path.lower() in ("", "/", "/index.html", "/index.php", "/spip.php")


def _knows(title: str, heads: Iterable[str]) -> bool:
    return not title or any(alike(head, title) for head in heads)


def _barrier(
    found: MainText, head: Head, heads: list[str], words: str, known: bool
) -> Barrier | None:
    size = sum(len(text_of(part)) for part in found.parts)
    if size < _A_TEXT and not head.body:
        return barrier_without_text(heads, words)
    if not head.is_free or has_wall(found.parts):
        return Barrier.PAYWALL
    if found.parts and not found.named and not known:
        return Barrier.OTHER
    return None


# --- text -------------------------------------------------------------------------------------


def _text_html(found: MainText, title: str, base: str) -> str:
    """The lead, unless the text begins with it, and the text; without what only the page needs."""
    text = "".join(_cleaned(part, title, base) for part in found.parts)
    start = folded(" ".join(text_of(part) for part in found.parts))[:2000]
    lead = "".join(
        _cleaned(part, title, base) for part in found.lead if folded(text_of(part)) not in start
    )
    whole = lead + text
    if len(whole) > _LONGEST_TEXT:
        whole = sanitise(whole[: whole.rfind("</p>", 0, _LONGEST_TEXT) + 4], base=base)
    return whole


def _cleaned(part: Element, title: str, base: str) -> str:
    sizes = text_sizes(part)
    for node, size in sizes.items():
        if node is not part and size < _A_LINE and _is_small_print(node, title):
            node.drop_tree()
    outer = part.tail
    part.tail = None  # what follows the element is not in it
    markup = lxml.html.tostring(part, encoding="unicode", method="html")
    part.tail = outer
    return sanitise(markup, base=base)


def _is_small_print(node: Element, title: str) -> bool:
    """Lines that belong to the page: its title, "Read also: …", "Published on 3 May by …"."""
    if node.getparent() is None:
        return False  # gone with what held it
    if node.tag == "h1" or (node.tag == "h2" and title and folded(text_of(node)) == folded(title)):
        return True
    if node.tag not in ("p", "div", "ul", "strong"):
        return False
    if is_aside(node):
        return True
    line = text_of(node)
    return bool(len(line) < 120 and _BY.match(line) and parse_date(line) is not None)


def _told(body: str) -> str:
    """The text as JSON-LD has it, in paragraphs: mark-up is not written there."""
    lines = [tidy(line) for line in re.split(r"\s*\n\s*|(?<=[.!?»])\s{2,}", body)]
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def _image(found: MainText, base: str) -> Image | None:
    for part in (*found.pictures, *found.lead, *found.parts):
        image = first_image(part, base)
        if image is not None and not is_picture_of_site(image.url):
            return image
    return None


def _language(found: MainText, head: Head) -> str | None:
    """The language of the text: its own where its mark-up gives one, else the page's.

    What its words contradict is not believed.
    """
    text = " ".join(text_of(part) for part in found.parts) or head.body
    own = _marked(found.parts)
    tags = head.languages if own is None else (own, *head.languages)
    return next((tag for tag in tags if not contradicts(text, tag)), None)


def _marked(parts: Iterable[Element]) -> str | None:
    """The language that most of the text is marked to be in, within the page's frame."""
    sizes: Counter[str | None] = Counter()
    tags: dict[Element, str | None] = {}
    for part in parts:
        around = (node for node in part.iterancestors() if node.tag != "html")
        tags[part.getparent()] = next(filter(None, map(_tag, around)), None)
        for node in elements(part):
            tags[node] = _tag(node) or tags[node.getparent()]
            sizes[tags[node]] += len((node.text or "").strip())
            sizes[tags[node.getparent()]] += (
                len((node.tail or "").strip()) if node is not part else 0
            )
    return max(sizes, key=lambda tag: sizes[tag], default=None)


def _tag(node: Element) -> str | None:
    return language_tag(node.get("lang") or node.get("xml:lang"))


# --- its own address --------------------------------------------------------------------------

_ALIASES = re.compile(r"(?:amp|print|imprimer|pdf|feed|page/?\d*|comment-page-\d+|\d+)", re.I)


def _canonical(named: Iterable[str], url: str) -> str | None:
    """The one address that a page calls its own, or None where it cannot be believed.

    Several that differ contradict each other (RFC 6596 §3 wants one). The front page, and a
    section above the page, are the slip of a template that names the same for every page.
    """
    by_key = {url_key(address): address for address in named}
    if len(by_key) != 1:
        return None
    ((key, address),) = by_key.items()
    if key == url_key(url):
        return address
    own, here = urlsplit(address), urlsplit(url)
    if _is_front(own.path, own.query) or "." not in (own.hostname or ""):
        return (
            address
            if own.hostname == here.hostname and not _is_front(own.path, own.query)
            else None
        )
    above = own.path.rstrip("/") + "/"
    if own.hostname == here.hostname and not own.query and here.path.startswith(above):
        rest = here.path[len(above) :].strip("/")
        if not re.search(r"\d", above) and rest and not _ALIASES.fullmatch(rest):
            return None
    return address
