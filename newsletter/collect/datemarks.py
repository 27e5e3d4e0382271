"""Finds the dates that stand between the articles of a web page, and the articles they hold for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from newsletter.collect.blocks import date_of, is_prose
from newsletter.collect.datelines import Listed, dates_by_place
from newsletter.collect.markup import Element, elements
from newsletter.collect.readmore import is_more
from newsletter.collect.sheet import Sheet

_LONGEST_LABEL = 30  # characters
_PICTURES = ("img", "picture", "figure", "video", "iframe")


def dates_on_page(
    sheet: Sheet, blocks: Sequence[tuple[Element | None, Sequence[Element]]]
) -> list[datetime | None]:
    """The date of each article; `blocks` are their headings and the elements that they stand in."""
    first = frozenset(block[0] for _, block in blocks)
    starts: dict[Element, list[int]] = {}
    inside: set[Element] = set()
    own: list[datetime | None] = []
    for number, (heading, block) in enumerate(blocks):
        parts = _without_end(sheet, _up_to_another(block, first))
        own.append(date_of(sheet, parts, heading))
        starts.setdefault(parts[0], []).append(number)
        for part in parts:
            inside.update(elements(part))
    marks: list[datetime | Listed] = []
    order: list[int] = []
    read: set[Element] = set()
    for node in elements(sheet.tree):
        for number in starts.get(node, ()):
            marks.append(Listed(own[number]))
            order.append(number)
        moment = sheet.dates.get(node)
        if moment is not None and node not in inside and node not in read:
            marks.append(moment)
            read.update(elements(node))
    placed = dict(zip(order, dates_by_place(marks), strict=True))
    return [placed.get(number) for number in range(len(blocks))]


def _up_to_another(block: Sequence[Element], first: frozenset[Element]) -> list[Element]:
    """A block as far as no other article begins in it; `first` are those that they begin with."""
    kept = [block[0]]
    for part in block[1:]:
        if any(node in first for node in elements(part)):
            break
        kept.append(part)
    return kept


def _without_end(sheet: Sheet, block: Sequence[Element]) -> list[Element]:
    """A block without the dates and labels under it, which may stand above the next article."""
    end = len(block)
    for position in range(len(block) - 1, 0, -1):
        part = block[position]
        if sheet.standing_date(part) is not None:
            end = position
        elif not _may_stand_between(sheet, part):
            break
    return list(block[:end])


def _may_stand_between(sheet: Sheet, part: Element) -> bool:
    text = sheet.text(part)
    if not text:
        return next(part.iter(*_PICTURES), None) is None
    return len(text) <= _LONGEST_LABEL and not is_prose(text) and not is_more(text)
