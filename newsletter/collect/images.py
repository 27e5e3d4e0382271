"""Finds the picture that shows what an article is about, and knows the spies among the pictures."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newsletter.collect.entry import Image
from newsletter.collect.markup import Element, absolute, elements, fragment, tidy

# Hosts and paths whose pictures only count readers.
_SPY_HOSTS = re.compile(
    r"(?:^|\.)(?:pixel\.wp\.com|stats\.wp\.com|feeds\.feedburner\.com|doubleclick\.net"
    r"|google-analytics\.com|googleadservices\.com|scorecardresearch\.com|quantserve\.com"
    r"|pixel\.quantserve\.com|xiti\.com|facebook\.com)$",
    re.I,
)
_SPY_PATHS = re.compile(
    r"/(?:b\.gif|(?:blank|spacer|transparent|1x1|clear)\.(?:gif|png)"
    r"|(?:pixel|track(?:er|ing)?)\.(?:gif|png|php|aspx?|ashx|cgi))$",
    re.I,
)
_SPY_QUERIES = re.compile(r"(?:^|&)action=cron(?:&|$)", re.I)  # SPIP's clock
_SMALL_STYLE = re.compile(
    r"(?:^|;)\s*(?:width|height)\s*:\s*[0-3](?:\.\d+)?(?:px)?\s*(?:;|$)", re.I
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DECORATION = re.compile(
    r"(?:^|\s)(?:wp-smiley|emoji|avatar|icon)(?:\s|$)|/core/emoji/|gravatar\.com/", re.I
)
# Where lazy loaders keep the true address while `src` holds a placeholder.
# Not data-orig-file: WordPress.com keeps the camera's original there, beside a src that is shown.
_LAZY = ("data-src", "data-lazy-src", "data-original")
_WIDEST = 1600  # of several sizes, the largest up to this many pixels is taken


def absolute_source(node: Element, base: str | None) -> str | None:
    """The absolute address of an <img>'s picture, past lazy loading and `srcset`."""
    for name in (*_LAZY, "src"):
        found = absolute(base, node.get(name))
        if found is not None:
            return found
    for name in ("data-srcset", "data-lazy-srcset", "srcset"):
        found = _from_srcset(node.get(name) or "", base)
        if found is not None:
            return found
    return None


def _from_srcset(value: str, base: str | None) -> str | None:
    sized: list[tuple[float, str]] = []
    for candidate in re.split(r",\s+|,(?=https?:)", value):
        words = candidate.split()
        found = absolute(base, words[0]) if words else None
        if found is None:
            continue
        size = re.fullmatch(r"(\d{1,5}(?:\.\d+)?)[wx]", words[1]) if len(words) > 1 else None
        sized.append((float(size[1]) if size else 1.0, found))
    if not sized:
        return None
    fitting = [pair for pair in sized if pair[0] <= _WIDEST]
    return max(fitting)[1] if fitting else min(sized)[1]


def is_spy(node: Element, source: str) -> bool:
    """Whether a picture is there to be loaded and not to be seen; or stands for one character."""
    sides = [pixels(node.get(side)) for side in ("width", "height")]
    if any(side is not None and side <= 3 for side in sides):
        return True
    style = node.get("style") or ""
    if _SMALL_STYLE.search(style) or _HIDDEN_STYLE.search(style):
        return True
    if _DECORATION.search(node.get("class") or "") or _DECORATION.search(source):
        return True
    return looks_like_spy(source)


def looks_like_spy(source: str) -> bool:
    """Whether an address alone tells that its picture counts readers."""
    parts = urlsplit(source)
    return bool(
        _SPY_HOSTS.search(parts.hostname or "")
        or _SPY_PATHS.search(parts.path)
        or _SPY_QUERIES.search(parts.query)
    )


def is_worth_showing(source: str) -> bool:
    """Whether an address alone tells of no spy, no face, no emoji, and no SVG, which mail hides."""
    if _DECORATION.search(source) or urlsplit(source).path.lower().endswith(".svg"):
        return False
    return not looks_like_spy(source)


def pixels(value: object) -> int | None:
    """A width or height as whole pixels, or None for what is no such number ("50%", "auto")."""
    match = re.fullmatch(
        r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*", str(value if value is not None else "")
    )
    return int(match[1]) if match else None


def image_of(node: Element, base: str | None) -> Image | None:
    """The picture of one <img>, or None if it is a spy, an icon or has no usable address."""
    source = absolute_source(node, base)
    if source is None or is_spy(node, source) or not is_worth_showing(source):
        return None
    width, height = pixels(node.get("width")), pixels(node.get("height"))
    if (width or 99) < 32 or (height or 99) < 32:
        return None
    return Image(source, tidy(node.get("alt") or ""), width or None, height or None)


def first_image(tree: Element, base: str | None) -> Image | None:
    """The first picture below an element that is worth showing."""
    for node in elements(tree):
        if node.tag == "img":
            found = image_of(node, base)
            if found is not None:
                return found
    return None


def first_image_in(markup: str, base: str | None) -> Image | None:
    """The same for a piece of HTML."""
    return first_image(fragment(markup), base) if "<img" in markup.lower() else None
