"""Makes HTML of what an item of a feed says, whatever form its text has there."""

from __future__ import annotations

import html
import re

from newsletter.collect.bounds import beginning

# What HTML has that was escaped once too often; a text about HTML may name an element, but rarely
# its end.
_ESCAPED = re.compile(r"&lt;(?:/(?:p|div|a|strong|b|em|i|ul|li|span|h[1-6])|br ?/?)&gt;", re.I)
_LONGEST_PLAIN = 1_000_000  # characters; of an article far fewer are kept, see sanitise


def markup_of(text: str, *, plain: bool) -> str:
    """A text as HTML, in paragraphs where only blank lines part them, as far as it is looked at.

    `plain` is what has no mark-up: its "<" is a sign like any other.
    """
    if not plain and "<" not in text and _ESCAPED.search(text):
        text = html.unescape(text)
    if not plain and ("<" in text or "\n" not in text):
        return beginning(text)
    parts = (part for part in re.split(r"\n\s*\n", text[:_LONGEST_PLAIN]) if part.strip())
    return beginning(
        "".join(f"<p>{html.escape(p, quote=False) if plain else p}</p>" for p in parts)
    )
