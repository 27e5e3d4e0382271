"""Takes the document type declaration out of XML, so that no entity can ever be expanded."""

from __future__ import annotations

import re

_BEFORE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.S)
_QUOTED = re.compile(r"<!--.*?-->|<\?.*?\?>|\"[^\"]*\"|'[^']*'|[\[\]>]", re.S)


def without_doctype(text: str) -> tuple[str, bool]:
    """The XML without its DOCTYPE, and whether that declared entities.

    Only a declaration in front of the root element is one; the word within an article's CDATA is
    left alone. One that never ends takes the whole document with it.
    """
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    if text[start : start + 9].upper() != "<!DOCTYPE":
        return text, False
    inside = False
    for match in _QUOTED.finditer(text, start + 9):
        if match[0] == "[":
            inside = True
        elif match[0] == "]":
            inside = False
        elif match[0] == ">" and not inside:
            declaration = text[start : match.end()]
            return text[:start] + text[match.end() :], "<!ENTITY" in declaration.upper()
    return text[:start], True
