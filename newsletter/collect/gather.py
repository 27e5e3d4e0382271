"""Makes entries of a feed's items: each article once, and in words what is odd about any."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from newsletter.collect.entry import Entry, url_key
from newsletter.collect.items import BadItem
from newsletter.collect.likeness import ALIKE, likeness
from newsletter.collect.titles import alike
from newsletter.errors import ParseError

_Item = TypeVar("_Item")
_MOST_COMPARED = 20  # of the items that share guid and address, the last ones


def gathered(
    items: Sequence[_Item], read: Callable[[_Item], tuple[Entry, list[str]]], url: str
) -> tuple[list[Entry], list[str], int]:
    """The entries of the feed at `url`, a line for each oddity, how many items could not be read.

    `read` makes an entry of one, with what is odd about it, or raises BadItem. Raises ParseError
    where there are items and none can be read.
    """
    outcomes = [_outcome(item, read) for item in items]
    reused = _reused_guids(one[0] for one in outcomes if not isinstance(one, BadItem))
    entries: list[Entry] = []
    oddities: list[str] = []
    seen: defaultdict[tuple[str, ...], list[Entry]] = defaultdict(list)
    lost = 0
    for number, outcome in enumerate(outcomes, 1):
        if isinstance(outcome, BadItem):
            oddities.append(f"item {number}: {outcome}")
            lost += 1
            continue
        entry, trouble = outcome
        itself = _itself(entry)
        if any(_says_the_same(before, entry) for before in seen[itself][-_MOST_COMPARED:]):
            oddities.append(f"item {number}: stands in the feed twice ({itself[0][:80]})")
            continue
        seen[itself].append(entry)
        if entry.guid in reused:
            trouble = [*trouble, f"shares its guid with another item ({(entry.guid or '')[:80]})"]
            entry = replace(entry, guid=None)
        entries.append(entry)
        oddities += [f"item {number}: {line}" for line in trouble]
    if items and not entries:
        raise ParseError(
            f"none of the items of {url} can be read ({oddities[0]}): tell its operator"
        )
    return entries, oddities, lost


def _outcome(
    item: _Item, read: Callable[[_Item], tuple[Entry, list[str]]]
) -> tuple[Entry, list[str]] | BadItem:
    try:
        return read(item)
    except BadItem as error:
        return error.with_traceback(None)


def _itself(entry: Entry) -> tuple[str, ...]:
    """What two items of one feed have in common if they are the same article.

    Some feeds give all of their items one guid and the address of the front page, so their words
    are looked at too.
    """
    key = url_key(entry.url or "")
    if entry.guid is not None:
        return (entry.guid, key)
    return (entry.title, key, entry.summary_html, entry.content_html)


def _says_the_same(one: Entry, other: Entry) -> bool:
    if (one.title, one.summary_html, one.content_html) == (
        other.title,
        other.summary_html,
        other.content_html,
    ):
        return True
    return alike(one.title, other.title) and likeness(one, other) >= ALIKE


def _reused_guids(entries: Iterable[Entry]) -> set[str]:
    """The guids that stand for more than one address: no identity at all."""
    pairs = {(one.guid, url_key(one.url or "")) for one in entries if one.guid is not None}
    return {guid for guid, count in Counter(guid for guid, _ in pairs).items() if count > 1}
