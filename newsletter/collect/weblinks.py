"""Reads the links that a server names beside a page, in the header of its answer (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from newsletter.collect.markup import absolute

_LONGEST = 10_000  # characters of one line
_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
_PARAMETER = re.compile(
    r"""\s*;\s*(?:(?P<name>[^\s=;,"<>]+)
    (?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s;,"]*)))?)?""",
    re.X,
)
_END = re.compile(r"\s*(?:,|$)")


def canonical_links(lines: Iterable[str], url: str) -> tuple[str, ...]:
    """The addresses that `url` is told to be canonical at (RFC 6596), absolute, in their order."""
    found = (
        absolute(url, target)  # the page's <base> is none of the header's (RFC 8288 §3.1)
        for line in lines
        for target, said in _links(line[:_LONGEST])
        # With an anchor, something else than this page is spoken of (§3.2).
        if "canonical" in said.get("rel", "").lower().split() and "anchor" not in said
    )
    return tuple(address for address in found if address is not None)


def _links(line: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each target with its parameters, of which the first of a name counts (RFC 8288 §3.3).

    Where it stops making sense it is not read on: what follows may stand within a quotation.
    """
    place = 0
    while (target := _TARGET.match(line, place)) is not None:
        place = target.end()
        said: dict[str, str] = {}
        while (found := _PARAMETER.match(line, place)) is not None:
            place = found.end()
            if found["name"]:
                quoted = found["quoted"]
                value = found["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                said.setdefault(found["name"].lower(), value or "")
        if _END.match(line, place) is None:
            return
        yield target[1], said
