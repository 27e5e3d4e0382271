"""Decides, without any I/O, which stored article an entry is, and which articles to offer.

Asked in this order; the first that holds wins. "Later" is by half a day and more, "apart" by more
than a day; "elsewhere" is where another entry of the same reading is that article.

| known by    | is the same article                   | but another one, if                      |
| ----------- | ------------------------------------- | ---------------------------------------- |
| its guid    | moved, edited, re-dated               | it stands elsewhere;                     |
|             |                                       | address and words are others;            |
|             |                                       | address, title and date are; undated,    |
|             |                                       | address and the numbers in the title;    |
|             |                                       | title and text are, and it is later      |
| its address | published again under another guid    | in the same source: guid and title are   |
|             |                                       | others, and date or words; title and     |
|             |                                       | text are, and it is later                |
| its words   | the very same title and text: enough  | it stands elsewhere, and is apart        |
|             | text, or no identity of its own, the  |                                          |
|             | same link, the same date              |                                          |
| its title   | in the same source: to the minute the | it stands elsewhere; without guid and    |
|             | same date; or neither guid nor        | address, it is apart, or the title is    |
|             | address, and half of the words        | short and the numbers are others         |

What several entries of one reading share is no identity: a site's front page is the address of
everything. Where an article cannot surely be told from another, it is a new one: what is sent twice
is seen by the editor who approves it, what is taken for another is lost in silence.

An edit is taken from the source that had the article first, so that two sources which tell it
differently do not rewrite it in turn at every reading.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from newsletter.collect.entry import Entry, content_hash, url_key
from newsletter.collect.history import restless
from newsletter.collect.likeness import (
    ALIKE,
    SAME_MOMENT,
    date_gap,
    folded,
    likeness,
    other_numbers,
    text_likeness,
    text_of,
)
from newsletter.collect.markup import plain_text
from newsletter.models import Article

FIRST_OFFER = 5  # articles of a first reading that are offered
FLOOD = 20  # old articles that appear at once
STALE = timedelta(days=7)  # older than this is old
UNSEEN = timedelta(days=1)  # between the last reading and an older date: it should have been there
FURTHEST = timedelta(days=60)  # a date further ahead is a mistake, or the day of an event
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # there was no web before
TELLING = 80  # characters of text that make two equal articles one
TELLING_TITLE = 20  # characters of a title that do so with a date; "Agenda" comes every week
SAME_DATE = timedelta(days=1)  # between two time zones, or the date and the hour of one article
ANOTHER_DAY = timedelta(hours=12)  # between two issues of what comes every day
LONGEST_KEY = 500  # characters; PostgreSQL cannot index much more
UNLIKE = 0.2  # share of common words below which one with another title is another
_PART = re.compile(r"#[\w.-]+\Z")  # of a page; "#xtor=…" only tells where a reader came from


@dataclass(frozen=True)
class Seen:
    """An entry with what it is recognised by."""

    entry: Entry
    guid: str | None  # None: none given, or it tells nothing apart
    url_key: str | None  # likewise
    hash: str
    telling: bool  # there is enough text to go by
    published: datetime | None  # None: undated, or not credible
    canonical_key: str | None = None
    absurd: str = ""  # the date that the source wrote, where it is not credible

    @property
    def key(self) -> str:
        """What the sighting is filed under in its source."""
        return self.guid or self.url_key or self.hash


@dataclass(frozen=True)
class Known:
    """What the store holds under each of an entry's identities."""

    by_guid: Article | None = None
    by_url: Article | None = None
    by_text: Article | None = None
    by_title: tuple[Article, ...] = ()  # the source's own last ones that stand nowhere else now
    guid_elsewhere: bool = False  # the one of this guid is another entry of the same reading
    url_own: bool = False  # the one at this address is of the same source
    other_guid: bool = False  # and is known there by a guid of its own
    text_elsewhere: bool = False  # the one of these words stands in the same reading, as itself
    text_own: bool = False  # the one of these words is of the same source
    text_bare: bool = False  # and is known there by nothing but its words


class By(StrEnum):
    """What an article was known by."""

    GUID = "its guid"
    ADDRESS = "its address"
    WORDS = "its words"
    TITLE = "its title"


@dataclass(frozen=True)
class Decision:
    """Which article an entry is; None is a new one."""

    article: Article | None
    reused: bool = False  # its guid belonged to another article until now
    by: By | None = None


def decide(known: Known, seen: Seen) -> Decision:
    """Which stored article this entry is, by the order at the top."""
    held = known.by_guid
    reused = held is not None and (known.guid_elsewhere or is_another(held, seen))
    if held is not None and not reused:
        return Decision(held, by=By.GUID)
    there, text = known.by_url, known.by_text
    if there is not None and there is not held and not _has_made_room(there, known, seen):
        return Decision(there, reused, By.ADDRESS)
    if text is not None and _says_the_same(text, known, seen, reused):
        return Decision(held, by=By.GUID) if text is held else Decision(text, reused, By.WORDS)
    for titled in known.by_title:
        if titled is not held and titled is not there and _is_retold(titled, seen):
            return Decision(titled, reused, By.TITLE)
    return Decision(None, reused)


def is_another(article: Article, seen: Seen) -> bool:
    """Whether an entry under this article's guid is in truth another article.

    A new address alone is a move, a new title or text alone an edit. Where neither has an address,
    title and words that are others almost wholly are enough.
    """
    mine = {article.url_key, article.canonical_key} - {None}
    retitled = folded(article.title) != folded(seen.entry.title)
    renumbered = other_numbers(article.title, seen.entry.title)
    later = _later_by(article, seen)
    if mine and seen.url_key and not {seen.url_key, seen.canonical_key} & mine:
        if not retitled and later is not None and abs(later) < SAME_MOMENT:
            return False
        if likeness(article, seen.entry) < ALIKE:
            return True
        return renumbered if later is None else retitled and abs(later) >= ANOTHER_DAY
    if not retitled:
        return False
    if not mine and not seen.url_key and likeness(article, seen.entry) < UNLIKE:
        return True
    text = text_likeness(article, seen.entry)
    unlike = renumbered if text is None else text < (ALIKE if renumbered else UNLIKE)
    return unlike and later is not None and later >= ANOTHER_DAY


def _has_made_room(article: Article, known: Known, seen: Seen) -> bool:
    """Whether a page whose address stays (an agenda, a bulletin) has another article now.

    Asked only within one source, as two may tell one article differently. Where it gives another
    guid and another title too, date or words decide.
    """
    if known.other_guid and seen.guid and folded(article.title) != folded(seen.entry.title):
        later = _later_by(article, seen)
        if later is not None and later > SAME_MOMENT:
            return True
        if likeness(article, seen.entry) < UNLIKE:
            return True
    return known.url_own and is_another(article, seen)


def _says_the_same(article: Article, known: Known, seen: Seen, reused: bool) -> bool:
    """Whether an article of the very same title and text is the same one.

    Few words need something besides: no other identity of either in this source, the same link
    (which told nothing apart when it was stored), or the same date.
    """
    entry = seen.entry
    if not (seen.guid or seen.url_key):
        return True
    apart = are_apart(article, seen)
    if known.text_elsewhere and apart:
        return False
    if seen.telling:
        return True
    if article.url and entry.url and url_key(article.url) == url_key(entry.url):
        return True
    if known.text_elsewhere or apart:
        return False
    if known.text_own and (known.text_bare or reused):
        return True
    if len(entry.title) < TELLING_TITLE:
        return False
    return article.published_at is not None and seen.published is not None


def _is_retold(article: Article, seen: Seen) -> bool:
    """Whether an article of the same title in the same source, now nowhere else, is the same one.

    A site that moved has other guids, addresses and excerpts, but the dates of before. A page
    without links has nothing but its words, and one of them was corrected.
    """
    later = _later_by(article, seen)
    telling = len(seen.entry.title) >= TELLING_TITLE
    if telling and later is not None and abs(later) < SAME_MOMENT:
        # Sources that give a day alone date all of it 00:00: two warnings under one title are two.
        alike = text_likeness(article, seen.entry)
        if alike is None or alike >= ALIKE:
            return True
    if seen.guid or seen.url_key or are_apart(article, seen):
        return False
    if likeness(article, seen.entry) < ALIKE:
        return False
    return telling or not other_numbers(text_of(article), text_of(seen.entry))


def _later_by(article: Article, seen: Seen) -> timedelta | None:
    """How much later the entry is dated; None where either date tells nothing."""
    return None if restless(article) else date_gap(article.published_at, seen.published)


def are_apart(article: Article, seen: Seen) -> bool:
    """Whether both are dated, by more than what is between two ways to write one date."""
    gap = date_gap(article.published_at, seen.published)
    return gap is not None and abs(gap) > SAME_DATE


def is_front_page(url: str) -> bool:
    """Whether an address, or its key, is that of a whole site: of everything, and of nothing."""
    key = url if url.startswith("//") else url_key(url)
    return key.startswith("//") and not re.search(r"[/?]", key[2:])


def identify(
    entries: Sequence[Entry],
    *,
    home: str | None,
    now: datetime,
    also: Iterable[str | None] = (),
) -> tuple[list[Seen], list[str]]:
    """Every entry of one reading with its identities, and a line for each thing that was odd.

    `home` is the address of the site, `also` others that are of no article (the source's own).
    """
    guids = [short("".join(c for c in e.guid or "" if c.isprintable()).strip()) for e in entries]
    keys = [_address(entry) for entry in entries]
    canonical = [short(url_key(entry.canonical)) if entry.canonical else "" for entry in entries]
    texts = [plain_text(entry.content_html or entry.summary_html) for entry in entries]

    def words(i: int) -> str:
        return texts[i] if len(texts[i]) >= TELLING else folded(entries[i].title)

    common = _shared(keys, words) | {key for key in keys if is_front_page(key)}
    common |= {short(url_key(address)) for address in (home, *also) if address}
    worn = _shared(guids, lambda i: keys[i] if keys[i] and keys[i] not in common else words(i))
    common_pages = common | _shared(canonical, words) | set(filter(is_front_page, canonical))
    oddities = [f"{guids.count(g)} entries share the guid {g!r}" for g in sorted(worn)]
    oddities += [
        f"{_linking(keys.count(k))} to {k.lstrip('/')}, which tells none of them apart"
        for k in sorted(common)
        if k in keys
    ]
    absurd = 0
    found: list[Seen] = []
    for entry, guid, key, page, text in zip(entries, guids, keys, canonical, texts, strict=True):
        published = credible(entry.published, now)
        wrote = "" if published else _as_written(entry)
        absurd += bool(wrote)
        found.append(
            Seen(
                entry=entry,
                guid=guid if guid and guid not in worn else None,
                url_key=key if key and key not in common else None,
                hash=content_hash(entry),
                telling=len(text) >= TELLING,
                published=published,
                canonical_key=page if page and page not in common_pages else None,
                absurd=wrote,
            )
        )
    if absurd:
        oddities.append(f"{absurd} with a date that cannot be right, taken as undated")
    return found, oddities


def _address(entry: Entry) -> str:
    """The key of an entry's address, with the part of the page where the guid ends with it too."""
    if not entry.url:
        return ""
    part = _PART.search(entry.url)
    named = part is not None and (entry.guid or "").strip().endswith(part[0])
    return short(url_key(entry.url) + (part[0] if part is not None and named else ""))


def _linking(count: int) -> str:
    return "1 entry links" if count == 1 else f"{count} entries link"


def _as_written(entry: Entry) -> str:
    """The date that cannot be right, as the source has it; empty where there is none."""
    return entry.date_text or (entry.published.isoformat() if entry.published else "")


def short(key: str) -> str:
    """The key, or a digest of one that is too long to be indexed."""
    if len(key) <= LONGEST_KEY:
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _shared(keys: Sequence[str], meaning: Callable[[int], str]) -> set[str]:
    """The keys that stand for more than one meaning."""
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for position, key in enumerate(keys):
        if key:
            meanings[key].add(meaning(position))
    return {key for key, found in meanings.items() if len(found) > 1}


def credible(published: datetime | None, now: datetime) -> datetime | None:
    """A date that can be right: neither before the web nor more than two months ahead."""
    if published is None or published.tzinfo is None:
        return None
    return published if EARLIEST <= published <= now + FURTHEST else None


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
