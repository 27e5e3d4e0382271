"""What each entry of one reading is recognised by: a guid, an address, its words, a date.

What several entries of one reading share is no identity: a site's front page is the address of
everything. Pure, and apart from the store: nobody waits for the database meanwhile.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newsletter.collect.entry import Entry, Feed, content_hash, url_key, words_of
from newsletter.collect.likeness import folded

FURTHEST = timedelta(days=60)  # a date further ahead is a mistake, or the day of an event
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # there was no web before
TELLING = 80  # characters of text that make two equal articles one
LONGEST_KEY = 500  # characters; PostgreSQL cannot index much more
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
class Found:
    """The entries of one reading, in the source's order, and a line for each thing that was odd."""

    seen: tuple[Seen, ...]
    oddities: tuple[str, ...]


def found_in(feed: Feed, *addresses: str | None, now: datetime) -> Found:
    """What a feed's entries are recognised by; `addresses` are the source's own, of no article."""
    seen, oddities = identify(feed.entries, home=feed.home, now=now, also=addresses, bare=feed.bare)
    return Found(tuple(seen), tuple(oddities))


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
    bare: int = 0,
) -> tuple[list[Seen], list[str]]:
    """Every entry of one reading with its identities, and a line for each thing that was odd.

    `home` is the address of the site, `also` others that are of no article (the source's own).
    `bare` entries lead to `home` for want of another address, which is told already.
    """
    guids = [short("".join(c for c in e.guid or "" if c.isprintable()).strip()) for e in entries]
    keys = [_address(entry) for entry in entries]
    canonical = [short(url_key(entry.canonical)) if entry.canonical else "" for entry in entries]
    texts = [words_of(entry) for entry in entries]

    def words(i: int) -> str:
        return texts[i] if len(texts[i]) >= TELLING else folded(entries[i].title)

    common = _shared(keys, words) | {key for key in keys if is_front_page(key)}
    common |= {short(url_key(address)) for address in (home, *also) if address}
    worn = _shared(guids, lambda i: keys[i] if keys[i] and keys[i] not in common else words(i))
    common_pages = common | _shared(canonical, words) | set(filter(is_front_page, canonical))
    oddities = [f"{guids.count(g)} entries share the guid {g!r}" for g in sorted(worn)]
    linking = Counter(key for key in keys if key in common)
    linking[short(url_key(home or ""))] -= bare
    oddities += [
        f"{_linking(count)} to {key.lstrip('/')}, which tells none of them apart"
        for key, count in sorted(linking.items())
        if count > 0
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
                hash=content_hash(entry, text),
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
