"""Finds the feeds that a page names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from newsletter.collect.decode import to_text
from newsletter.collect.markup import Element, absolute, document, elements, tidy

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
    """A feed that a page names in its head."""

    url: str
    title: str
    type: str  # its media type, as the page says


def discover(body: bytes, url: str, *, charset: str | None = None) -> list[Link]:
    """The feeds that a page offers by `<link rel=alternate>`, articles before comments."""
    tree = document(to_text(body, charset=charset))
    return [] if tree is None else feeds_named_in(tree, url)


def feeds_named_in(tree: Element, url: str) -> list[Link]:
    """The same for a page already read."""
    base = base_of(tree, url)
    found: dict[str, Link] = {}
    for node in elements(tree):
        if node.tag not in ("link", "a"):
            continue
        rels = (node.get("rel") or "").lower().split()
        kind = (node.get("type") or "").partition(";")[0].strip().lower()
        target = absolute(base, node.get("href"))
        if "alternate" in rels and kind in _TYPES and target is not None:
            found.setdefault(target, Link(target, tidy(node.get("title") or ""), kind))
    return sorted(found.values(), key=lambda link: is_comments(link.url, link.title))


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
