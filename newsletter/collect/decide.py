"""Decides, without any I/O, which stored article an entry is, and which articles to offer.

Asked in this order; the first that holds wins. A date is "another" by half a day and more, two are
"apart" by more than a day; "elsewhere" is where another entry of the same reading is that article;
"wholesale" is what holds for more than half of a reading: then the site changed, no article.

| known by    | is the same article                   | but another one, if                      |
| ----------- | ------------------------------------- | ---------------------------------------- |
| its guid    | moved, edited, re-dated               | it stands elsewhere;                     |
|             |                                       | address and words are others;            |
|             |                                       | address, title and date are; undated,    |
|             |                                       | address and the numbers in the title;    |
|             |                                       | title, text and date are                 |
| its address | published again under another guid    | in the same source: guid and two of      |
|             |                                       | title, text and date are others;         |
|             |                                       | title, text and date are                 |
| its words   | the very same title and text: enough  | it is a week apart, but wholesale (a     |
|             | text, or no identity of its own, the  | move); apart, in few words or where it   |
|             | same link, the same date              | stands elsewhere; there undated too      |
| its title   | in the same source, and not           | it is apart;                             |
|             | elsewhere: to the minute the same     | the title is short and the numbers in    |
|             | date; or neither guid nor address,    | the text are others, but wholesale       |
|             | and half of the words                 | (visits that are counted)                |
| its text    | in the same source, gone just now:    | it is another day; the text is short, or |
|             | neither guid nor address, the title   | that of several entries                  |
|             | but for one place in it (joueuses)    |                                          |

What several entries of one reading share is no identity (`collect.identity`). Where an article
cannot surely be told from another, it is a new one: what is sent twice is seen by the editor who
approves it, what is taken for another is lost in silence.

An edit is taken from the source that had the article first, of those that are read and have it, so
that two sources which tell it differently do not rewrite it in turn at every reading.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from newsletter.collect.entry import url_key
from newsletter.collect.history import restless
from newsletter.collect.identity import Seen
from newsletter.collect.likeness import (
    ALIKE,
    SAME_MOMENT,
    date_gap,
    folded,
    is_corrected,
    likeness,
    other_numbers,
    same_text,
    text_likeness,
    text_of,
)
from newsletter.models import Article

FIRST_OFFER = 5  # articles of a first reading that are offered
FLOOD = 20  # old articles that appear at once
STALE = timedelta(days=7)  # older than this is old
UNSEEN = timedelta(days=1)  # between the last reading and an older date: it should have been there
TELLING_TITLE = 20  # characters of a title that do so with a date; "Agenda" comes every week
SAME_DATE = timedelta(days=1)  # between two time zones, or the date and the hour of one article
ANOTHER_DAY = timedelta(hours=12)  # between two issues of what comes every day
# Between two notices that come every week, if not to the hour; sooner, one is published again.
A_WEEK = timedelta(days=6)
FEW = 3  # articles of a reading: fewer that changed in one way show nothing of the site
UNLIKE = 0.2  # share of common words below which one with another title is another


@dataclass(frozen=True)
class Known:
    """What the store holds under each of an entry's identities."""

    by_guid: Article | None = None
    by_url: Article | None = None
    by_text: Article | None = None
    by_title: tuple[Article, ...] = ()  # the source's own last ones that stand nowhere else now
    retitled: Article | None = None  # the one it showed last of this text, under a title like this
    guid_elsewhere: bool = False  # the one of this guid is another entry of the same reading
    guid_own: bool = True  # the source of the entry had the one of this guid before any other
    url_own: bool = False  # and the one at this address
    other_guid: bool = False  # the one at this address has a guid of its own in the same source
    text_elsewhere: bool = False  # the one of these words stands in the same reading, as itself
    text_own: bool = False  # the one of these words is of the same source
    text_bare: bool = False  # and is known there by nothing but its words
    text_recurs: bool = False  # several articles of these words are known
    redated: bool = False  # most of the reading says what is known, under other dates
    recounted: bool = False  # most of the reading has other numbers in its texts than before


class By(StrEnum):
    """What an article was known by."""

    GUID = "its guid"
    ADDRESS = "its address"
    WORDS = "its words"
    TITLE = "its title"
    TEXT = "its text"


@dataclass(frozen=True)
class Decision:
    """Which article an entry is; None is a new one."""

    article: Article | None
    reused: bool = False  # its guid belonged to another article until now
    by: By | None = None


def decide(known: Known, seen: Seen) -> Decision:
    """Which stored article this entry is, by the order at the top."""
    held = known.by_guid
    reused = held is not None and not _keeps_its_guid(held, known, seen)
    if held is not None and not reused:
        return Decision(held, by=By.GUID)
    there, text = known.by_url, known.by_text
    if there is not None and there is not held and not _has_made_room(there, known, seen):
        return Decision(there, reused, By.ADDRESS)
    if text is not None and _says_the_same(text, known, seen, reused):
        return Decision(held, by=By.GUID) if text is held else Decision(text, reused, By.WORDS)
    for titled in known.by_title:
        if titled is not held and titled is not there and _is_retold(titled, known, seen):
            return Decision(titled, reused, By.TITLE)
    if known.retitled is not None:
        return Decision(known.retitled, reused, By.TEXT)
    return Decision(None, reused)


def is_unchanged(article: Article, seen: Seen) -> bool:
    """Whether an entry says of this article what is known, so that its guid need not be doubted."""
    mine = {article.url_key, article.canonical_key} - {None}
    moved = mine and seen.url_key and not {seen.url_key, seen.canonical_key} & mine
    return article.content_hash == seen.hash and not moved and not are_apart(article, seen)


def is_another(article: Article, seen: Seen) -> bool:
    """Whether an entry under this article's guid is in truth another article.

    A new address alone is a move, a new title or text alone an edit. Where neither has an address,
    title and words that are others almost wholly are enough.
    """
    mine = {article.url_key, article.canonical_key} - {None}
    retitled = folded(article.title) != folded(seen.entry.title)
    renumbered = other_numbers(article.title, seen.entry.title)
    gap = time_between(article, seen)
    if mine and seen.url_key and not {seen.url_key, seen.canonical_key} & mine:
        if not retitled and gap is not None and gap < SAME_MOMENT:
            return False
        if likeness(article, seen.entry) < ALIKE:
            return True
        return renumbered if gap is None else retitled and gap >= ANOTHER_DAY
    if not retitled:
        return False
    if not mine and not seen.url_key and likeness(article, seen.entry) < UNLIKE:
        return True
    text = text_likeness(article, seen.entry)
    if gap is None:
        return False
    # Any two texts of one village share a fifth of their words and more.
    far = renumbered or gap >= A_WEEK
    unlike = far if text is None else text < (ALIKE if far else UNLIKE)
    return unlike and gap >= ANOTHER_DAY


def _keeps_its_guid(article: Article, known: Known, seen: Seen) -> bool:
    if known.guid_elsewhere:
        return False
    if not known.guid_own and seen.url_key in {article.url_key, article.canonical_key} - {None}:
        return True  # it is told as another source tells it
    return not is_another(article, seen)


def _has_made_room(article: Article, known: Known, seen: Seen) -> bool:
    """Whether a page whose address stays (an agenda, a bulletin) has another article now.

    Where it gives another guid too, two of title, text and date decide; all three, where another
    source had the article first, as two may tell one article differently.
    """
    if known.other_guid and seen.guid:
        gap, text = time_between(article, seen), text_likeness(article, seen.entry)
        others = (
            folded(article.title) != folded(seen.entry.title),
            text is not None and text < ALIKE,
            gap is not None and gap > SAME_MOMENT,
        )
        if sum(others) >= (2 if known.url_own else 3):
            return True
    return known.url_own and is_another(article, seen)


def _says_the_same(article: Article, known: Known, seen: Seen, reused: bool) -> bool:
    """Whether an article of the very same title and text is the same one.

    A notice may come again in the same words, next week or next month; within some days it is
    published again. Few words need something besides: no other identity of either in this source,
    the same link (which told nothing apart when it was stored), or the same date.
    """
    entry = seen.entry
    if not (seen.guid or seen.url_key):
        return True
    if are_apart(article, seen):
        is_soon = seen.telling and (time_between(article, seen) or A_WEEK) < A_WEEK
        published_again = is_soon and not known.text_recurs
        return (known.redated or published_again) and not known.text_elsewhere
    dated = article.published_at is not None and seen.published is not None
    if known.text_elsewhere:
        gap = time_between(article, seen)
        return seen.telling and gap is not None and gap < ANOTHER_DAY
    if seen.telling or (known.text_own and (known.text_bare or reused)):
        return True
    if article.url and entry.url and url_key(article.url) == url_key(entry.url):
        return True
    return dated and len(entry.title) >= TELLING_TITLE


def _is_retold(article: Article, known: Known, seen: Seen) -> bool:
    """Whether an article of the same title in the same source, now nowhere else, is the same one.

    A site that moved has other guids, addresses and excerpts, but the dates of before. A page
    without links has nothing but its words, and one of them was corrected.
    """
    telling = len(seen.entry.title) >= TELLING_TITLE
    gap = time_between(article, seen)
    if telling and gap is not None and gap < SAME_MOMENT:
        # Sources that give a day alone date all of it 00:00: two warnings under one title are two.
        alike = text_likeness(article, seen.entry)
        if alike is None or alike >= ALIKE:
            return True
    if not is_reworded(article, seen):
        return False
    return telling or known.recounted or not is_recounted(article, seen)


def is_reworded(article: Article, seen: Seen) -> bool:
    """Whether an entry that has nothing but its words says what this article of its title does."""
    if seen.guid or seen.url_key or are_apart(article, seen):
        return False
    return likeness(article, seen.entry) >= ALIKE


def is_retitled(article: Article, seen: Seen) -> bool:
    """Whether an entry that has nothing but its words says, in all of a text that tells something,
    what this article does under a title that was corrected."""
    if seen.guid or seen.url_key or not seen.telling:
        return False
    gap = time_between(article, seen)
    if gap is not None and gap >= ANOTHER_DAY:
        return False
    return is_corrected(article.title, seen.entry.title) and same_text(article, seen.entry)


def is_recounted(article: Article, seen: Seen) -> bool:
    """Whether the numbers in their texts are others: another evening, or 19 °C after 18."""
    return other_numbers(text_of(article), text_of(seen.entry))


def is_wholesale(count: int, reading: int) -> bool:
    """Whether so many of a reading changed in one way that the site did, and not its articles."""
    return count >= FEW and 2 * count > reading


def time_between(article: Article, seen: Seen) -> timedelta | None:
    """How far apart they are dated; None where either date tells nothing."""
    gap = None if restless(article) else date_gap(article.published_at, seen.published)
    return None if gap is None else abs(gap)


def are_apart(article: Article, seen: Seen) -> bool:
    """Whether both are dated, by more than what is between two ways to write one date."""
    gap = time_between(article, seen)
    return gap is not None and gap > SAME_DATE


def newest(seen: Iterable[Seen], count: int, now: datetime) -> list[Seen]:
    """The `count` newest; undated ones are as new as the day we saw them, in the source's order.

    What is dated ahead comes first, the nearest day in front: an agenda begins with next week.
    """

    def age(one: Seen) -> tuple[bool, timedelta]:
        published = one.published or now
        return published <= now, abs(now - published)

    return sorted(seen, key=age)[: max(count, 0)]


def held_back(
    fresh: Sequence[Seen], *, last_read: datetime | None, now: datetime
) -> frozenset[Seen]:
    """The old articles to hold when many appear at once (a site that moved, a feed gone mad).

    Old is what is dated more than 7 days ago and more than a day before our last reading, when it
    was not there; undated, what appears less than a day after a reading, or is more than 20 for
    each day since, of a week at most: a site's archive, and not what we missed. Fewer than 20 old
    ones are a back-dated article or two, and are offered as any other; so is whatever is not old.
    """
    read = last_read or now
    limit = min(now - STALE, read - UNSEEN)
    missed = FLOOD * (min(now - read, STALE) // UNSEEN) if last_read else FLOOD
    undated = sum(s.published is None for s in fresh)
    old = [s for s in fresh if (s.published < limit if s.published else undated > missed)]
    return frozenset(old) if len(old) >= FLOOD else frozenset()


def come_up(
    reading: Sequence[Seen], fresh: Collection[int], *, begun: datetime, now: datetime
) -> frozenset[Seen]:
    """The old articles that only came up from below, as one above them was deleted or the feed grew
    longer: from before the source was read for the first time (`begun`), and more than a week ago,
    they stand behind all that is known. `fresh` are the id() of what is not known."""
    tail = list(takewhile(lambda one: id(one) in fresh, reversed(reading)))
    if len(tail) == len(reading):
        return frozenset()
    limit = min(begun, now - STALE)
    return frozenset(one for one in tail if one.published is not None and one.published < limit)
