"""Takes the document type declaration out of XML, so that no entity can ever be expanded."""

from __future__ import annotations

import re

_CLOSED_BY = {"<!--": "-->", "<?": "?>", '"': '"', "'": "'"}
_MARK = re.compile(r"<!--|<\?|[\"'\[\]>]")
_SPACE = re.compile(r"\s*")


def without_doctype(text: str) -> tuple[str, bool]:
    """The XML without its DOCTYPE, and whether that declared entities.

    Only a declaration in front of the root element is one; the word within an article's CDATA is
    left alone. One that never ends takes the whole document with it.
    """
    start = _prologue(text)
    if text[start : start + 9].upper() != "<!DOCTYPE":
        return text, False
    end = _end(text, start + 9)
    if end is None:
        return text[:start], True
    return text[:start] + text[end:], "<!ENTITY" in text[start:end].upper()


def _prologue(text: str) -> int:
    """Where white space, comments and processing instructions end."""
    position = 0
    while True:
        space = _SPACE.match(text, position)
        position = space.end() if space else position
        opening = next((o for o in ("<!--", "<?") if text.startswith(o, position)), None)
        if opening is None:
            return position
        closing = _CLOSED_BY[opening]
        found = text.find(closing, position + len(opening))
        if found < 0:
            return position
        position = found + len(closing)


def _end(text: str, position: int) -> int | None:
    """Behind the ">" of a DOCTYPE, past its internal subset; each character is looked at once."""
    inside = False
    while (mark := _MARK.search(text, position)) is not None:
        position = mark.end()
        if mark[0] in "[]":
            inside = mark[0] == "["
        elif mark[0] == ">":
            if not inside:
                return position
        else:
            closing = _CLOSED_BY[mark[0]]
            found = text.find(closing, position)
            if found < 0:
                return None
            position = found + len(closing)
    return None
