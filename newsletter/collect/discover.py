"""Finds the feeds that a page names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from newsletter.collect.decode import to_text
from newsletter.collect.hosts import host_of
from newsletter.collect.markup import Element, absolute, document, elements, text_of, tidy

_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/xml",
        "text/xml",
    }
)
_FEED_SCHEME = re.compile(r"feed:(?=//|https?:)", re.I)  # as in feed://site/flux
_FEED_WORD = re.compile(r"\b(?:rss|atom|feed|flux)\b", re.I)
_OF_FEEDS_ONLY = re.compile(r"\b(?:rss|atom)\b", re.I)  # "flux" and "feed" have other meanings
_AT_FEED = re.compile(r"rss|atom|feed|flux|backend|syndic", re.I)
_AT_FEED_ITSELF = re.compile(r"[/=](?:rss2?|atom|feed|flux|backend)(?:\.\w+)?/?(?:\?.*)?$", re.I)
_LONGEST = 2000  # characters of an address that anybody would give
_MOST_WORDS = 6  # of a link to a feed; a longer one is a title
# "Comment" is how a French title begins: in titles the plural counts, in addresses a whole part.
_CALLED_COMMENTS = re.compile(
    r"\b(?:comments|commentaires|kommentare|kommentar-feed|coment[aá]rios|commenti|reacties)\b",
    re.I,
)
_AT_COMMENTS = re.compile(
    r"[/?&=](?:backend-)?(?:comments?|commentaires?|kommentare?|comentarios|reacties|forum)"
    r"(?:[_-](?:rss\d?|atom|feed))?(?=[/.?&=]|$)",
    re.I,
)
# Feeds of a part of the site only.
_PARTS = re.compile(
    r"/(?:tags?|categor\w*|topics?|author|auteurs?|mots?|rubriques?|search|etiquetas?)/"
    r"|[?&](?:id_rubrique|id_mot|id_auteur|cat|tag|author|s)=",
    re.I,
)
_MOST_TRIES = 8
_GENERATOR = re.compile(
    rb"""<meta\b(?=[^<>]{0,200}\bname=["']?generator\b)[^<>]{0,200}?\bcontent=["']?([^"'<>]{1,60})""",
    re.I,
)
# Where the feeds of the usual programs are, the likeliest first; "./" is beside the page itself.
_USUAL = ("/feed/", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/spip.php?page=backend")
_OTHERS = ("/rss", "/feed.json", "/?feed=rss2")
_OF_PROGRAM = {
    b"wordpress": ("./feed/", "/feed/", "/?feed=rss2"),
    b"spip": ("/spip.php?page=backend", "/?page=backend"),
    b"hugo": ("./index.xml", "/index.xml"),
    b"jekyll": ("/feed.xml", "/atom.xml"),
    b"ghost": ("/rss/",),
    b"drupal": ("/rss.xml",),
    b"joomla": ("./?format=feed&type=rss", "/?format=feed&type=rss"),
    b"eleventy": ("/feed/feed.xml", "/feed.xml"),
    b"dotclear": ("/feed/atom", "/feed/rss2"),
    b"blogger": ("/feeds/posts/default",),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A feed that a page leads to."""

    url: str
    title: str
    type: str  # its media type, as the page says


def discover(body: bytes, url: str, *, charset: str | None = None) -> list[Link]:
    """The feeds that a page names, else those that its visible links such as "Flux RSS" lead to;
    articles before comments."""
    tree = document(to_text(body, charset=charset))
    if tree is None:
        return []
    return feeds_named_in(tree, url) or _in_order(_addresses(tree, url, _is_shown))


def named_feeds(body: bytes, url: str, *, charset: str | None = None) -> list[Link]:
    """The feeds that a page names, of which one may be told unread; articles before comments."""
    tree = document(to_text(body, charset=charset))
    return [] if tree is None else feeds_named_in(tree, url)


def feeds_named_in(tree: Element, url: str) -> list[Link]:
    """The same for a page already read."""
    return _in_order(_addresses(tree, url, _is_named))


def _addresses(
    tree: Element, url: str, is_feed: Callable[[Element, Link, str], bool]
) -> Iterator[Link]:
    base = base_of(tree, url)
    for node in elements(tree):
        if node.tag not in ("link", "a"):
            continue
        target = absolute(base, _FEED_SCHEME.sub("", (node.get("href") or "").strip()))
        if target is None or len(target) > _LONGEST:
            continue
        kind = (node.get("type") or "").partition(";")[0].strip().lower()
        link = Link(target, tidy(node.get("title") or ""), kind)
        if is_feed(node, link, base):
            yield link


def _in_order(found: Iterable[Link]) -> list[Link]:
    each: dict[str, Link] = {}
    for link in found:
        each.setdefault(link.url, link)
    return sorted(each.values(), key=lambda link: is_comments(link.url, link.title))


def _is_named(node: Element, link: Link, _base: str) -> bool:
    """Whether the mark-up says that this is a feed."""
    if _FEED_SCHEME.match((node.get("href") or "").strip()):
        return True
    rels = (node.get("rel") or "").lower().split()
    if "alternate" not in rels:
        return "feed" in rels
    if link.type:
        return link.type in _TYPES
    other = node.get("hreflang") or node.get("media")  # the page itself, in another form
    return not other and bool(_FEED_WORD.search(link.title) or _AT_FEED.search(_within(link.url)))


def _is_shown(node: Element, link: Link, base: str) -> bool:
    """Whether what readers click on leads to a feed of the same site, by few words and address."""
    at = _within(link.url)
    if node.tag != "a" or not _AT_FEED.search(at) or _site(link.url) != _site(base):
        return False
    pictures = (picture.get("alt") or "" for picture in node.iter("img"))
    words = " ".join((text_of(node), link.title, *islice(pictures, 1)))
    if len(words.split()) > _MOST_WORDS or not _FEED_WORD.search(words):
        return False
    return bool(_OF_FEEDS_ONLY.search(words) or _AT_FEED_ITSELF.search(at))


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.")


def is_side_feed(url: str, title: str = "") -> bool:
    """Whether a feed is one of comments, or of a part of its site only."""
    return is_comments(url, title) or _PARTS.search(_within(url)) is not None


def is_comments(url: str, title: str = "") -> bool:
    """Whether a feed is one of comments."""
    return bool(_CALLED_COMMENTS.search(title) or _AT_COMMENTS.search(_within(url)))


def _within(url: str) -> str:
    """Path and query of an address: what its host is called says nothing of one feed."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def usual_feeds(url: str, body: bytes) -> tuple[str, ...]:
    """Where the feed of a page that names none may be, on its own host, the likeliest first.

    At most eight: what the program that made the page is known for, then what most sites have.
    """
    match = _GENERATOR.search(body[:50_000])
    program = match[1].lower() if match else b""
    own = next((paths for name, paths in _OF_PROGRAM.items() if name in program), ())
    if not own and b"/wp-content/" in body:
        own = _OF_PROGRAM[b"wordpress"]
    elif not own and (b"spip.php?" in body or b'class="spip' in body):
        own = _OF_PROGRAM[b"spip"]
    directory = urljoin(url, ".")
    found = [
        urljoin(directory if path.startswith("./") else url, path)
        for path in (*own, *_USUAL, *_OTHERS)
    ]
    return tuple(dict.fromkeys(found))[:_MOST_TRIES]


def base_of(tree: Element, url: str) -> str:
    """What relative addresses of a page are read from: its <base>, else its own address."""
    for node in tree.iter("base"):
        return absolute(url, node.get("href")) or url
    return url
