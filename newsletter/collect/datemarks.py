"""Finds the dates that stand between the articles of a web page, and the articles they hold for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from newsletter.collect.blocks import date_of, is_prose
from newsletter.collect.datelines import Listed, date_line, dates_by_place
from newsletter.collect.dates import parse_date
from newsletter.collect.markup import BLOCKS, Element, elements, text_of
from newsletter.collect.readmore import is_more

_LONGEST_LABEL = 30  # characters
_PICTURES = ("img", "picture", "figure", "video", "iframe")


def dates_on_page(
    tree: Element,
    blocks: Sequence[tuple[Element | None, Sequence[Element]]],
    elsewhere: frozenset[Element],
) -> list[datetime | None]:
    """The date of each article; `blocks` are their headings and the elements that they stand in."""
    first = frozenset(block[0] for _, block in blocks)
    starts: dict[Element, list[int]] = {}
    inside: set[Element] = set()
    own: list[datetime | None] = []
    for number, (heading, block) in enumerate(blocks):
        parts = _without_end(_up_to_another(block, first))
        own.append(date_of(parts, heading))
        starts.setdefault(parts[0], []).append(number)
        for part in parts:
            inside.update(elements(part))
    marks: list[datetime | Listed] = []
    order: list[int] = []
    read: set[Element] = set()
    for node in elements(tree):
        for number in starts.get(node, ()):
            marks.append(Listed(own[number]))
            order.append(number)
        if node in inside or node in elsewhere or node in read or not _is_line(node):
            continue
        moment = standing_date(node)
        if moment is not None:
            marks.append(moment)
            read.update(elements(node))
    placed = dict(zip(order, dates_by_place(marks), strict=True))
    return [placed.get(number) for number in range(len(blocks))]


def standing_date(node: Element) -> datetime | None:
    """When, in UTC, if an element says nothing but that; what it says for machines goes first."""
    text = text_of(node)
    timed = next(iter(node.iter("time")), None)
    if timed is not None and text_of(timed) == text:
        exact = parse_date(timed.get("datetime") or "")
        if exact is not None:
            return exact
    return date_line(text)


def _is_line(node: Element) -> bool:
    return node.tag not in ("html", "body", "main", "script", "style") and not any(
        child.tag in BLOCKS for child in node
    )


def _up_to_another(block: Sequence[Element], first: frozenset[Element]) -> list[Element]:
    """A block as far as no other article begins in it; `first` are those that they begin with."""
    kept = [block[0]]
    for part in block[1:]:
        if any(node in first for node in elements(part)):
            break
        kept.append(part)
    return kept


def _without_end(block: Sequence[Element]) -> list[Element]:
    """A block without the dates and labels under it, which may stand above the next article."""
    end = len(block)
    for position in range(len(block) - 1, 0, -1):
        part = block[position]
        if standing_date(part) is not None:
            end = position
        elif not _may_stand_between(part):
            break
    return list(block[:end])


def _may_stand_between(part: Element) -> bool:
    text = text_of(part)
    if not text:
        return next(part.iter(*_PICTURES), None) is None
    return len(text) <= _LONGEST_LABEL and not is_prose(text) and not is_more(text)
