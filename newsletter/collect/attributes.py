"""Keeps the tags of foreign mark-up to as many attributes as people give them.

Both libxml2 and feedparser compare each attribute with all before it: a tag with half a million,
in one compressed answer, would take them days.
"""

from __future__ import annotations

import re

_MOST = 100
_SHORTEST = 2 * _MOST  # characters of a tag that has more
# As browsers read them (HTML §13.2.5.32), but "</" always ends one: a script may hold "i<n".
_NAME = r"[^\s>/=<]*(?:<(?!/)[^\s>/=<]*)*"
_VALUE = r"""\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*)"""
_ATTRIBUTE = re.compile(rf"[\s/]*(?:[^\s>/<]|<(?!/)){_NAME}(?:{_VALUE})?")
# Matches every tag whole, so that no character is looked at for two of them.
_TAG = re.compile(rf"(<[^\W\d]{_NAME}(?:{_ATTRIBUTE.pattern}){{0,{_MOST}}})({_ATTRIBUTE.pattern})?")


def with_few_attributes(text: str) -> str:
    """The HTML or XML with no more than a hundred attributes in each of its tags."""
    if len(text) < _SHORTEST:
        return text
    kept: list[str] = []
    place = end = 0
    while (tag := _TAG.search(text, end)) is not None:
        end = tag.end()
        if tag[2] is None:
            continue
        kept.append(text[place : tag.end(1)])
        while (another := _ATTRIBUTE.match(text, end)) is not None:
            end = another.end()
        place = end
    return "".join([*kept, text[place:]])
