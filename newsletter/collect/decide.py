"""Decides, without any I/O, which stored article an entry is, and which articles to offer.

Identity is looked for in this order, and the first that holds wins:

1. the source's own guid, unless the source uses it for another article now;
2. the address, its own or the canonical one, unless several entries of one reading share it (a
   site's front page is the address of everything and the identity of nothing), or the source uses
   it for another article now, under another guid;
3. title and text together, where there is enough of them to tell two articles apart, or where the
   date is the same and the other one is not there any more.

An edit is taken from the source that had the article first, so that two sources which tell it
differently do not rewrite it in turn at every reading.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from newsletter.collect.entry import Entry, content_hash, url_key
from newsletter.collect.history import restless
from newsletter.collect.likeness import ALIKE, folded, likeness
from newsletter.collect.markup import plain_text
from newsletter.collect.topics import topic_slugs
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
LONGEST_KEY = 500  # characters; PostgreSQL cannot index much more
UNLIKE = 0.2  # and below which one with another title is another


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
    other_guid: bool = False  # the source has the one at this address under a guid of its own
    text_elsewhere: bool = False  # the one of these words stands in the same reading, as itself


class By(StrEnum):
    """What an article was known by."""

    GUID = "its guid"
    ADDRESS = "its address"
    WORDS = "its words"


@dataclass(frozen=True)
class Decision:
    """Which article an entry is; None is a new one."""

    article: Article | None
    reused: bool = False  # its guid belonged to another article until now
    by: By | None = None


def decide(known: Known, seen: Seen) -> Decision:
    """Which stored article this entry is, by the order at the top."""
    held = known.by_guid
    reused = held is not None and is_another(held, seen)
    if held is not None and not reused:
        return Decision(held, by=By.GUID)
    there = known.by_url
    if there is not None and there is not held and not (known.other_guid and _is_new(there, seen)):
        return Decision(there, reused, By.ADDRESS)
    if known.by_text is not None and _says_the_same(known.by_text, seen, known.text_elsewhere):
        return Decision(known.by_text, reused, By.WORDS)
    return Decision(None, reused)


def _is_new(article: Article, seen: Seen) -> bool:
    """Whether a page whose address stays (an agenda, a bulletin) has another article now.

    Asked only where the source gives it another guid too; then the words decide.
    """
    if seen.guid is None or folded(article.title) == folded(seen.entry.title):
        return False
    return likeness(article, seen.entry) < UNLIKE


def _says_the_same(article: Article, seen: Seen, elsewhere: bool) -> bool:
    """Whether an article of the very same title and text is the same one.

    Few words need something besides: no other identity, the same link (which told nothing apart
    when it was stored), or the same date, if the other is not in this reading as itself.
    """
    entry = seen.entry
    if seen.telling or not (seen.guid or seen.url_key):
        return True
    if article.url and entry.url and url_key(article.url) == url_key(entry.url):
        return True
    if elsewhere or len(entry.title) < TELLING_TITLE:
        return False
    if article.published_at is None or seen.published is None:
        return False
    return abs(article.published_at - seen.published) <= SAME_DATE


def is_another(article: Article, seen: Seen) -> bool:
    """Whether an entry under this article's guid is in truth another article.

    A new address alone is a move, a new title or text alone an edit; both together, with few words
    in common, are another article. Where neither has an address, the words must differ almost
    wholly, title included.
    """
    mine = {article.url_key, article.canonical_key} - {None}
    if mine and seen.url_key:
        known = {seen.url_key, seen.canonical_key} & mine
        return not known and likeness(article, seen.entry) < ALIKE
    if mine or seen.url_key or article.content_hash == seen.hash:
        return False
    return (
        folded(article.title) != folded(seen.entry.title) and likeness(article, seen.entry) < UNLIKE
    )


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
    keys = [short(url_key(entry.url)) if entry.url else "" for entry in entries]
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


def fields(seen: Seen) -> dict[str, Any]:
    """The columns of an article that come from its source."""
    entry = seen.entry
    language = (entry.language or "").strip()
    return {
        "url": entry.url,
        "url_key": seen.url_key,
        "canonical_url": entry.canonical if seen.canonical_key else None,
        "canonical_key": seen.canonical_key,
        "content_hash": seen.hash,
        "title": entry.title,
        "summary_html": entry.summary_html,
        "content_html": entry.content_html,
        "author": entry.author,
        "language": language if 0 < len(language) <= 16 else None,
        "topics": topic_slugs(entry.topics),
        "image": asdict(entry.image) if entry.image else None,
        "published_at": seen.published,
    }


VISIBLE = frozenset({"url", "title", "summary_html", "content_html", "image"})
"""What a reader of a mail would see changed."""


def changes(article: Article, seen: Seen) -> dict[str, Any]:
    """The columns that an edit at the source changes; nothing of a withdrawn article.

    What the source does not say (any more) is kept: a date, an address, a text, and what the
    article's own page said of it. A date that changes at every reading is no date, and is kept too.
    """
    if article.withdrawn_at is not None:
        return {}
    new = fields(seen)
    if not (new["summary_html"] or new["content_html"]):
        # A text that went missing is a fault of the feed more often than an editor's wish.
        for column in ("summary_html", "content_html", "content_hash"):
            new.pop(column)
    for column in ("url", "url_key", "canonical_url", "canonical_key", "published_at"):
        if new[column] is None or (column == "published_at" and restless(article)):
            new.pop(column)
    if seen.url_key is None and article.url_key is not None:
        new.pop("url", None)  # it leads to the site only, since its own address was not found now
    return {column: value for column, value in new.items() if getattr(article, column) != value}


def newest(seen: Iterable[Seen], count: int, now: datetime) -> list[Seen]:
    """The `count` newest; undated ones are as new as the day we saw them, in the source's order."""
    return sorted(seen, key=lambda s: s.published or now, reverse=True)[: max(count, 0)]


def held_back(
    fresh: Sequence[Seen], *, last_read: datetime | None, now: datetime
) -> frozenset[Seen]:
    """The old articles to hold when many appear at once (a site that moved, a feed gone mad).

    Old is what is dated more than 7 days ago and more than a day before our last reading, when it
    was not there; undated, what appears less than a day after a reading. Fewer than 20 of them are
    a back-dated article or two, and are offered as any other; so is whatever is not old.
    """
    read = last_read or now
    limit = min(now - STALE, read - UNSEEN)
    just_read = last_read is not None and now - last_read < UNSEEN
    old = [s for s in fresh if (s.published < limit if s.published else just_read)]
    return frozenset(old) if len(old) >= FLOOD else frozenset()
