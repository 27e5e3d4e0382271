"""What became of an article since it was first seen: kept in `Article.history`, told in words.

Each event is a small object: `at` (ISO 8601, UTC), `what`, how many `times` it came so far, and
what else its sentence needs. A source that changes its mind at every reading fills one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsletter.models import Article

MOST = 20  # events of one article; the oldest make room, but for what still counts (`_LASTING`)
LONGEST = 200  # characters of one detail
TOO_OFTEN = 5  # dates given to an article, one after the other


class What(StrEnum):
    """What may become of an article, with what its event holds besides."""

    EDITED = "edited"  # fields: what a reader would see changed; title: the one before
    REDATED = "redated"  # before, after: ISO dates, or None
    MOVED = "moved"  # before, after: addresses
    REPUBLISHED = "republished"  # source; guid: the new one; by: what it was known by
    ALSO = "also"  # source: another one that brought it; by
    REUSED = "reused"  # guid; article: the one that had this guid in the source until then
    SUPERSEDED = "superseded"  # guid; article: the one that the source gave this guid to
    ABSURD = "absurd"  # wrote: the date that cannot be right
    AHEAD = "ahead"  # until: the day it waits for
    HELD = "held"  # count: so many old articles appeared at once; source
    RELEASED = "released"  # an editor put it on offer, with the others that were held
    REMOVED = "removed"  # source: where it is no longer
    RETURNED = "returned"  # source: where it is again
    UNLISTED = "unlisted"  # its source no longer lists it, and its own page is still there
    CANONICAL = "canonical"  # url: what its own page calls its address
    DATED = "dated"  # after: the date that its own page gives, where its source gives none
    SIGNED = "signed"  # author: whom its own page names, where its source names none
    SPOKEN = "spoken"  # language: that of its own page, where its source gives none
    UNREADABLE = "unreadable"  # why: its own page could not be read, or its text was left
    SAME = "same"  # article: the one that is the same, by the address their pages give
    JOINED = "joined"  # article: the one that an editor says is the same
    PARTED = "parted"  # article: the one that it was, and an editor says it is not


Event = Mapping[str, Any]


def note(article: Article, what: What, now: datetime, /, **details: Any) -> None:
    """Write an event down; said again of the same things, it counts up and takes the new date."""
    article.history = noted(article.history or [], what, now, **details)


def noted(history: Sequence[Event], what: What, now: datetime, /, **details: Any) -> list[Any]:
    """The history with one event more, as `note` does it."""
    kept = [dict(event) for event in history]
    short = {
        name: value[:LONGEST] if isinstance(value, str) else value
        for name, value in details.items()
    }
    event = {"at": now.isoformat(), "what": what.value, **short}
    for place in reversed(range(len(kept))):
        if _alike(kept[place], event):
            last = kept.pop(place)
            event = last | event | {"times": int(last.get("times", 1)) + 1}
            event |= {name: last[name] for name in ("before", "title") if name in last}
            break
    kept.append(event)
    while len(kept) > MOST:
        oldest = (n for n, past in enumerate(kept) if past.get("what") not in _LASTING)
        kept.pop(next(oldest, 0))
    return kept


def restless(article: Article) -> bool:
    """Whether its source has re-dated it so often that its dates are not to be believed."""
    return any(
        event.get("what") == What.REDATED and int(event.get("times", 1)) >= TOO_OFTEN
        for event in article.history or ()
    )


# By these, issues tell which articles are one, and readings what a source never said.
_LASTING = frozenset({What.SAME, What.JOINED, What.PARTED, What.SIGNED, What.SPOKEN})
_PASSING = frozenset({"at", "times", "before", "after", "title", "author", "language"})


def _alike(one: Event, other: Event) -> bool:
    return {k: v for k, v in one.items() if k not in _PASSING} == {
        k: v for k, v in other.items() if k not in _PASSING
    }


_FIELDS = {
    "title": "title",
    "summary_html": "text",
    "content_html": "text",
    "image": "picture",
    "url": "address",
}

_SENTENCES: dict[What, str] = {
    What.EDITED: "edited at its source ({fields})",
    What.REDATED: "re-dated by its source, from {before} to {after}",
    What.MOVED: "moved from {before} to {after}",
    What.REPUBLISHED: "published again by source '{source}' as {guid}; known by {by}, so not new",
    What.ALSO: "brought by source '{source}' too; known by {by}, so not new",
    What.REUSED: "source uses the guid {guid} again: it was article {article} until then",
    What.SUPERSEDED: "its source gave its guid {guid} to another, article {article}",
    What.ABSURD: "its source dates it {wrote}, which cannot be right: taken as undated",
    What.AHEAD: "dated ahead: held until {until}",
    What.HELD: "held: source '{source}' showed {count} old articles at once",
    What.RELEASED: "put on offer by an editor, with the others that were held",
    What.REMOVED: "taken away from source '{source}': held back",
    What.RETURNED: "in source '{source}' again",
    What.UNLISTED: "no longer listed by its source, but its own page is there: not held back",
    What.CANONICAL: "its own page gives its address as {url}",
    What.DATED: "undated at its source; its own page dates it {after}",
    What.SIGNED: "unsigned at its source; its own page names {author}",
    What.SPOKEN: "its source names no language; its own page is in '{language}'",
    What.UNREADABLE: "its own page gave no text: {why}",
    What.SAME: "the same as article {article}, by the address that its own page gives",
    What.JOINED: "the same as article {article}, an editor says",
    What.PARTED: "not the same as article {article}, an editor says",
}


def story(article: Article, moment: Callable[[datetime], str]) -> list[str]:
    """What became of an article, a line for each event, oldest first."""
    lines = (tell(event, moment) for event in article.history or ())
    return [line for line in lines if line is not None]


def has(article: Article, what: What) -> Event | None:
    """The last event of this sort in its history."""
    found = (event for event in reversed(article.history or ()) if event.get("what") == what)
    return next(found, None)


def flood_of(article: Article) -> Event | None:
    """By which event it is held, with other old ones that appeared at once; None where it never
    was, or was put on offer with them since: then it is no more than one that is old."""
    among = (What.HELD, What.RELEASED)
    found = (event for event in reversed(article.history or ()) if event.get("what") in among)
    last = next(found, None)
    return last if last is not None and last.get("what") == What.HELD else None


def tell(event: Event, moment: Callable[[datetime], str]) -> str | None:
    """One event as a line, its times written by `moment`; None for what this version cannot say."""
    try:
        what, at = What(event["what"]), datetime.fromisoformat(event["at"])
        details = {name: _said(name, value, moment) for name, value in event.items()}
        line = f"{moment(at)}: {_SENTENCES[what].format(**details)}"
    except (KeyError, TypeError, ValueError):
        return None  # written by a later version
    if what is What.EDITED and event.get("title"):
        line += f"; it was called '{event['title']}'"
    times = event.get("times", 1)
    return f"{line} ({times} times by then)" if times != 1 else line


def _said(name: str, value: Any, moment: Callable[[datetime], str]) -> str:
    if name == "fields":
        return ", ".join(dict.fromkeys(_FIELDS.get(field, field) for field in value))
    if name in ("before", "after", "until"):
        if value is None:
            return "no date"
        try:
            return moment(datetime.fromisoformat(value))
        except ValueError:
            return str(value)  # an address
    return str(value)
