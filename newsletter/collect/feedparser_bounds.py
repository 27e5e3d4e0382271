"""Keeps feedparser from searching an endless author for an e-mail address.

It begins at each letter anew, and a name can be put together of any number of pieces (CDATA, &#97;)
that are no word before it has joined them: so the bound stands where they are joined.
"""

from __future__ import annotations

from typing import Any

from feedparser.mixin import _FeedParserMixin

_LONGEST = 300  # characters of an author

_unbounded = _FeedParserMixin._sync_author_detail


def _bounded(parser: Any, key: str = "author") -> None:
    context = parser._get_context()
    if len(context.get(key) or "") > _LONGEST:
        context[key] = context[key][:_LONGEST]
    _unbounded(parser, key)


def bound() -> None:
    """From now on; said twice, it is so."""
    _FeedParserMixin._sync_author_detail = _bounded
