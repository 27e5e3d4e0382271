"""The site's colour made readable by day and by night, and the two files that carry it.

Both are served from an address that holds a hash of their content, so they may be cached for ever.
"""

from __future__ import annotations

import colorsys
import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from newsletter.compose.templates import fill

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
DAY: tuple[Colour, ...] = ((255, 253, 248), (239, 233, 222))  # the sheet, and notes on it
NIGHT: tuple[Colour, ...] = ((33, 30, 25), (22, 20, 17))
ENOUGH = 4.5  # contrast of text (WCAG 1.4.3)


@dataclass(frozen=True)
class Asset:
    """A file that never changes under its name."""

    name: str
    media_type: str
    content: bytes


def stylesheet(accent: str, templates: Path | None) -> Asset:
    """The stylesheet in the site's colour (`#rrggbb`); raises ComposeError for a bad template."""
    colour = _parse(accent)
    by_day = readable(colour, DAY, towards=BLACK)
    by_night = readable(colour, NIGHT, towards=WHITE, enough=6.0)
    band = readable(colour, (NIGHT[0],), towards=WHITE, enough=1.8)  # a field, not text
    values = {
        "accent": _written(by_day),
        "night_accent": _written(by_night),
        "on_accent": _written(_ink_on(by_day)),
        "band": _written(band),
        "on_band": _written(_ink_on(band)),
    }
    content = fill("web/style.css.jinja", values, operator=templates).encode()
    return _named("style", "css", "text/css; charset=utf-8", content)


def icon(accent: str, site_name: str) -> Asset:
    """The page's icon: the site's initial on its colour."""
    colour = _parse(accent)
    letter = next((c for c in site_name.upper() if c.isalnum()), "N")
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="4" fill="{_written(colour)}"/>'
        '<text x="16" y="23.5" text-anchor="middle" font-family="Georgia,serif" font-weight="bold"'
        f' font-size="22" fill="{_written(_ink_on(colour))}">{escape(letter)}</text></svg>'
    )
    return _named("icon", "svg", "image/svg+xml", svg.encode())


def readable(
    colour: Colour, grounds: tuple[Colour, ...], *, towards: Colour, enough: float = ENOUGH
) -> Colour:
    """The colour itself, or the nearest of its hue that stands out from all `grounds`.

    Only its lightness moves, step by step to black or white (`towards`), so that a red stays red.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    goal = 1.0 if towards == WHITE else 0.0
    for step in range(101):
        moved = lightness + (goal - lightness) * step / 100
        red, green, blue = colorsys.hls_to_rgb(hue, moved, saturation)
        found = (round(red * 255), round(green * 255), round(blue * 255))
        if all(contrast(found, ground) >= enough for ground in grounds):
            return found
    return towards


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _ink_on(ground: Colour) -> Colour:
    if contrast(WHITE, ground) >= ENOUGH:
        return WHITE
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, ground))


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parse(text: str) -> Colour:
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def _written(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _named(stem: str, suffix: str, media_type: str, content: bytes) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(f"{stem}-{digest}.{suffix}", media_type, content)
