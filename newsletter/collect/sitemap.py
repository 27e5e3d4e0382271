"""Reads sitemaps: the addresses that a site lists for machines, with titles where it is news.

https://www.sitemaps.org/protocol.html; robots.txt may say where they are (RFC 9309 §2.2.4).
"""

from __future__ import annotations

import gzip
import html
import io
import re
import zlib
from dataclasses import dataclass

from newsletter.collect.decode import to_text
from newsletter.collect.markup import absolute, plain_text

MOST_PAGES = 50_000  # that the protocol allows in one file
_LARGEST = 24 * 1024 * 1024  # bytes, once unpacked
_LONGEST = 5_000  # characters of what is said of one page
_BEGINS = re.compile(r"<(url|sitemap)(?=[\s>])", re.I)
_LOCATION, _TITLE, _CHANGED = (
    re.compile(rf"<(?:[\w-]{{1,20}}:)?{name}(?:\s[^<>]{{0,200}})?>\s*(?:<!\[CDATA\[)?", re.I)
    for name in ("loc", "title", "lastmod")
)
_ROBOTS_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.I | re.M)
# Parts of a name that tell what a sitemap of several lists.
_NO_ARTICLES = re.compile(
    r"image|video|categor|tag|taxonom|author|auteur|user|product|attachment|page-sitemap|posts-page"
    r"|event|rubrique|mot",
    re.I,
)
_ARTICLES = re.compile(r"post|article|news|actu|blog|stor(?:y|ies)", re.I)


@dataclass(frozen=True, slots=True)
class Located:
    """A page that a site lists."""

    url: str
    title: str = ""  # only sitemaps of news have titles
    changed: str = ""  # as written: W3C dates compare as text


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file lists: pages, or other sitemaps with the likeliest first."""

    pages: tuple[Located, ...] = ()
    sitemaps: tuple[str, ...] = ()


def parse_sitemap(body: bytes, *, url: str) -> Sitemap:
    """What a sitemap lists: XML, perhaps broken, packed with gzip, or an address a line.

    Empty for what is none of these; never fails. Entities are not expanded.
    """
    text = to_text(_unpacked(body)).lstrip()
    if not text.startswith("<"):
        lines = (line for line in text.splitlines()[:MOST_PAGES] if len(line) < _LONGEST)
        found = (absolute(None, line) for line in lines)
        return Sitemap(tuple(Located(address) for address in found if address))
    pages: list[Located] = []
    others: list[Located] = []
    # Between two beginnings stands one of them: no end is looked for, which may be missing.
    _, *parts = _BEGINS.split(text, maxsplit=MOST_PAGES)
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        said = part[:_LONGEST]
        address = absolute(url, html.unescape(_first(_LOCATION, said)))
        if address is None or "<" in address:
            continue
        located = Located(address, plain_text(_first(_TITLE, said)), _first(_CHANGED, said)[:40])
        (pages if name.lower() == "url" else others).append(located)
    others.sort(key=lambda other: other.changed, reverse=True)
    others.sort(key=lambda other: _rank(other.url))
    return Sitemap(tuple(pages), tuple(other.url for other in others))


def sitemaps_in_robots(body: bytes, *, url: str) -> tuple[str, ...]:
    """Where a robots.txt says that the sitemaps are."""
    found = (absolute(url, said) for said in _ROBOTS_LINE.findall(to_text(body)[:500_000]))
    return tuple(dict.fromkeys(address for address in found if address))


def _rank(url: str) -> int:
    if _NO_ARTICLES.search(url):
        return 2
    return 0 if _ARTICLES.search(url) else 1


def _first(begins: re.Pattern[str], text: str) -> str:
    match = begins.search(text)
    if match is None:
        return ""
    return text[match.end() :].partition("</")[0].partition("]]>")[0].strip()


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body[:_LARGEST]
    try:
        with gzip.open(io.BytesIO(body)) as packed:
            return packed.read(_LARGEST)
    except (OSError, EOFError, zlib.error):
        return b""
