"""What a reading of a source holds, and what would come of it, in plain words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.collect.discover import is_comments
from newsletter.collect.entry import Feed
from newsletter.collect.identity import credible
from newsletter.collect.place import Reading, shown
from newsletter.collect.rhythm import rhythm
from newsletter.compose.language import article_date
from newsletter.jobs.findings import is_bare, is_cut
from newsletter.jobs.health import in_days
from newsletter.jobs.rehearsing import Fate, Item, Rehearsal
from newsletter.jobs.telling import count_of
from newsletter.models import SourceKind

_MOST_TOPICS = 8  # that are named, those of most articles first
_KINDS = {SourceKind.PAGE: "a page that lists articles", SourceKind.FOLDER: "a folder"}


@dataclass(frozen=True)
class Found:
    """One of the things that can be read at an address."""

    kind: SourceKind
    location: str  # without a password
    title: str
    articles: int
    newest: datetime | None
    known: str = ""  # the name of the source that it is already
    is_choice: bool = True  # neither empty nor of comments, which nobody is asked about


def found_of(reading: Reading, now: datetime, *, known: str = "") -> Found:
    """What there is to say of one of several readings, before one is chosen."""
    entries = reading.feed.entries if reading.feed else ()
    title = reading.feed.title if reading.feed else ""
    dated = [d for entry in entries if (d := credible(entry.published, now))]
    return Found(
        reading.place.kind,
        shown(reading.place.location),
        title,
        len(entries),
        max(dated, default=None),
        known,
        bool(entries) and not is_comments(reading.place.location, title),
    )


def what_it_is(reading: Reading, feed: Feed, now: datetime, timezone: str) -> list[str]:
    """Its kind, its name, how many articles it shows, and of when they are, by `timezone`."""
    place = reading.place
    called = f", called '{feed.title}'" if feed.title else ""
    count = count_of(len(feed.entries), "article")
    lines = [f"{shown(place.location)} is {_KINDS.get(place.kind, 'a feed')}{called}, with {count}"]
    kept = [count_of(number, why) for why, number in feed.left_out.items()]
    lines += [f"{' and '.join(kept)} left out"] if kept else []
    dated = [d for entry in feed.entries if (d := credible(entry.published, now))]
    if dated:
        first, last = (article_date(moment, timezone) for moment in (min(dated), max(dated)))
        line = f"dated {first}" if first == last else f"dated from {first} to {last}"
        gap = rhythm(dated, now=now).usual_gap_minutes
        if gap:
            line += f", as a rule {in_days(timedelta(minutes=gap))} apart at most"
        lines.append(line)
    return lines


def what_selectors_find(reading: Reading) -> list[str]:
    """How many elements each selector of an editor's finds."""
    if not reading.matched:
        return []
    counts = ", ".join(f"{name} {count}" for name, count in reading.matched.items())
    return [f"its selectors find: {counts}"]


def what_it_holds(feed: Feed) -> list[str]:
    """How many of its articles have a text and a picture, and what they are filed under."""
    entries = feed.entries
    if not entries:
        return []
    whole = sum(bool(e.content_html) and not is_cut(e) for e in entries)
    begun = sum(not is_bare(e) for e in entries) - whole  # a summary, or what was cut
    pictures = sum(e.image is not None for e in entries)
    texts = [f"{whole} with the whole text"] if whole else []
    texts += [f"{begun} with an excerpt"] if begun or not whole else []
    lines = [", ".join([*texts, f"{_so_many(pictures)} with a picture"])]
    topics = Counter(topic for entry in entries for topic in entry.topics)
    if topics:
        named = [f"{topic} ({count})" for topic, count in topics.most_common(_MOST_TOPICS)]
        more = len(topics) - len(named)
        lines.append(f"filed under {', '.join(named)}" + (f" and {more} more" if more > 0 else ""))
    return lines


def what_would_be(trial: Rehearsal) -> list[str]:
    """What the next collection would do with it."""
    if not trial.untried:
        return _what_would_be(trial)
    tried = len(trial.items)
    line = f"of {tried + trial.untried} articles the newest {tried} were tried:"
    return [line, *_what_would_be(trial)]


def _what_would_be(trial: Rehearsal) -> list[str]:
    fates = Counter(item.fate for item in trial.items)
    offered = fates[Fate.OFFERED] + fates[Fate.WAITS]
    waits = f" ({fates[Fate.WAITS]} of them when their day has come)" if fates[Fate.WAITS] else ""
    if trial.first:
        if not trial.items:
            return ["a first collection would find nothing yet"]
        which = f"the newest {offered}" if fates[Fate.SEEN] else f"all {offered}"
        line = f"a first collection would offer {'it' if which == 'all 1' else which}{waits}"
        if not offered:
            line = "a first collection would put nothing on offer"
        line += f" and count {fates[Fate.SEEN]} as seen" if fates[Fate.SEEN] else ""
        return [line + (f"; {fates[Fate.ELSEWHERE]} known" if fates[Fate.ELSEWHERE] else "")]
    changed = [
        f"{count_of(fates[fate], 'article')} {fate.value}"
        for fate in (Fate.EDITED, Fate.REDATED)
        if fates[fate]
    ]
    edited = ", ".join(changed)
    if not trial.stored.new and not offered and not fates[Fate.HELD]:
        known = "nothing new: all of it is known" + (f", {edited}" if edited else "")
        return [known, *_taken_away(trial.stored.missing)]
    lines = [f"{count_of(trial.stored.new, 'article')} new; {offered} would be on offer{waits}"]
    if edited:
        lines.append(edited)
    if fates[Fate.HELD]:
        lines.append(
            f"{fates[Fate.HELD]} would be held back, since too many old ones appeared at once"
        )
    return [*lines, *_taken_away(trial.stored.missing)]


def _taken_away(count: int) -> list[str]:
    if not count:
        return []
    it = "it" if count == 1 else "them"
    return [
        f"{count_of(count, 'article')} would be held back, since the source has taken {it} away"
    ]


def shared_by(items: Sequence[Item]) -> list[str]:
    """Which articles other sources carry, too."""
    others = Counter(name for item in items for name in item.others)
    return [
        f"{count} of {len(items)} come from source '{name}' too: each goes out once"
        for name, count in others.most_common()
    ]


def _so_many(count: int) -> str:
    return str(count) if count else "none"
