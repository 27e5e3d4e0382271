"""From a template's HTML to a mail's: styles inlined by premailer, enhancements kept, size known.

Gmail, Outlook and others drop or rewrite `<style>`, so all that matters stands in `style`
attributes. What only enhances (dark mode, narrow screens) stays in `<style
data-premailer="ignore">`: premailer leaves that alone, where it would silently drop `[data-ogsc]`
and `@supports` from a style it reads.
"""

from __future__ import annotations

import binascii
import logging
import re
import threading

from premailer import Premailer

from newsletter.errors import ComposeError

__all__ = ["HTML_LIMIT", "STYLE_LIMIT", "encoded_size", "inline", "style_size"]

HTML_LIMIT = 88_000
"""Bytes of the encoded HTML part; Gmail clips near 102 KB, our rule is 90 KB, and the recipient's
own links still have to find room where the markers stand."""

STYLE_LIMIT = 16_000
"""Bytes in all `<style>` elements together; Gmail ignores them from 16 KB on."""

# premailer shares cssutils' parser and its log between threads; a mail takes some 20 ms.
_ONE_AT_A_TIME = threading.Lock()

_LINK = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.IGNORECASE | re.DOTALL)
_IMPORT = re.compile(r"@import\b[^;]*;?", re.IGNORECASE)
_PRE = re.compile(r"(<pre\b.*?</pre>)", re.IGNORECASE | re.DOTALL)


def inline(html: str) -> str:
    """`html` with its styles in its elements; never reads a file nor the network.

    Raises ComposeError where premailer cannot read the template's CSS.
    """
    html = _LINK.sub("", html)
    html = _STYLE.sub(lambda style: style[1] + _IMPORT.sub("", style[2]) + style[3], html)
    try:
        with _ONE_AT_A_TIME:
            finished = Premailer(
                html,
                allow_network=False,
                allow_loading_external_files=False,
                # From CSS it would write height="auto" and overwrite the pictures' width in pixels
                # with a percentage, which Outlook takes for the picture's own.
                disable_basic_attributes=["height", "width"],
                disable_leftover_css=False,
                disable_validation=True,  # it knows only CSS 2 and calls the rest an error
                align_floating_images=False,
                strip_important=False,
                cssutils_logging_level=logging.CRITICAL,
            ).transform(pretty_print=False)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
        SyntaxError,
    ) as error:
        # cssutils and lxml raise all of these for styles they cannot read.
        raise ComposeError(
            f"the template's styles cannot be inlined: {error}; mend its <style> element"
        ) from error
    pieces = _PRE.split(finished)
    return "".join(
        piece if index % 2 else re.sub(r"[ \t]*\n\s*", "\n", piece)
        for index, piece in enumerate(pieces)
    )


def encoded_size(html: str) -> int:
    """Bytes of `html` as quoted-printable UTF-8, the encoding it travels in (RFC 2045 §6.7)."""
    return len(binascii.b2a_qp(html.encode(), istext=True))


def style_size(html: str) -> int:
    """Bytes in the `<style>` elements of `html`."""
    return sum(len(style[2].encode()) for style in _STYLE.finditer(html))
