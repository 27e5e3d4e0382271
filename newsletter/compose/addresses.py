"""Addresses that a reader may safely be sent to, and pictures that their program can show."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

from newsletter.compose.text import clean

__all__ = ["CARD_WIDTH", "PICTURE_WIDTH", "absolute", "is_seen", "picture_name", "web_address"]

PICTURE_WIDTH = 536  # CSS pixels: the sheet's 600 less its margins
CARD_WIDTH = 484  # the same, less the margins of an alert's card

# Outlook shows none of these, and an empty frame with its alt text looks broken.
_UNSEEN = (".webp", ".avif", ".svg", ".svgz")
_SIZE = re.compile(r"(?:-\d+x\d+|-scaled|@\dx)(?=\.\w+$)")


def web_address(url: str | None) -> str | None:
    """`url` if it is an http(s) address, with no white space left in it; else None."""
    address = re.sub(r"\s", "%20", clean(url or ""))
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def absolute(base: str | None, url: str | None) -> str | None:
    """What `url` leads to from `base`: an http(s), mailto or tel address; else None."""
    wanted = re.sub(r"[\x00-\x20]+", "", url or "")
    if not wanted:
        return None
    try:
        joined = urljoin(base or "", wanted)
        scheme = urlsplit(joined).scheme
    except ValueError:
        return None
    return joined if scheme in ("mailto", "tel") else web_address(joined)


def is_seen(url: str) -> bool:
    """Whether all mail programs show a picture of this address, as far as its name tells."""
    return not urlsplit(url).path.lower().endswith(_UNSEEN)


def picture_name(url: str) -> str:
    """What the sizes of one picture have in common: `/2026/pont.jpg` of `…/pont-300x200.jpg?w=9`.

    Hosts are left out, since many sites show the same picture from several.
    """
    return _SIZE.sub("", unquote(urlsplit(url).path))
