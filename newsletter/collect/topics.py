"""Matches what a source says of its articles with the topics that a list offers.

A topic takes the articles whose categories bear its slug or its title. An editor adds patterns to
it: of categories (`cinema`, `theatre*`), or of the article's address, from its first `/` on
(`/sport/*`). They are asked when an issue is chosen, so a new one holds for what waits already.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from newsletter.errors import Refused
from subscribers.models import MailingList

_LONGEST = 64  # characters, as a topic's slug
_MOST = 30  # of one article; some sites give every word as a tag
_LONGEST_PATTERN = 200  # characters


def topic_slug(text: str) -> str:
    """A category as a slug: `Vie locale` and `vie-locale` are `vie-locale`; may be empty.

    Letters lose their accents; scripts without case stay as they are.
    """
    return _slugged(text).strip("-_")[:_LONGEST].strip("-_")


def _slugged(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\W+", "-", bare.casefold())


def topic_slugs(categories: Iterable[str]) -> frozenset[str]:
    """The slugs of an article's categories; at most 30, the first ones."""
    slugs = dict.fromkeys(slug for text in categories if (slug := topic_slug(text)))
    return frozenset(list(slugs)[:_MOST])


def topic_pattern(text: str) -> str:
    """A pattern as it is stored: `Théâtre*` is `theatre*`, `/Sport/` is `/sport/*`.

    `*` stands for any characters. One that begins with `/` is of addresses: of their path, and of
    what follows its `?` where the pattern has one. Raises Refused for a pattern that would match
    everything, or nothing.
    """
    wanted = re.sub(r"\s*\*[\s*]*", "*", text.strip())
    if wanted.startswith("/"):
        pattern = re.sub(r"\s", "%20", unquote(wanted).casefold())
        pattern += "*" if pattern.endswith("/") else ""
    else:
        pattern = "*".join(map(_slugged, wanted.split("*"))).strip("-_")
    if not re.search(r"\w", pattern):
        raise Refused(
            f"{text!r} is no pattern: write a category (cinema, theatre*) or the path of addresses "
            "(/sport/*)"
        )
    if len(pattern) > _LONGEST_PATTERN:
        raise Refused(
            f"the pattern {text[:30]!r}… has {len(pattern)} characters: "
            f"{_LONGEST_PATTERN} are the most"
        )
    return pattern


def topic_patterns(text: str) -> frozenset[str]:
    """The patterns of a line, parted by commas: `cinema, theatre*, /sport/*`. Raises Refused."""
    return frozenset(topic_pattern(part) for part in text.split(",") if part.strip())


@dataclass(frozen=True)
class KnownTopics:
    """The topics of a list, each found by its slug, by its title, or by a pattern."""

    names: Mapping[str, str]
    """Slug of a category -> slug of the topic that is called so."""
    patterns: tuple[tuple[str, str], ...] = ()
    """Patterns, each with the slug of its topic."""

    def of(self, slugs: Collection[str], url: str | None) -> frozenset[str]:
        """The list's topics that an article with these categories and this address is of."""
        return frozenset(self.why(slugs, url))

    def why(self, slugs: Collection[str], url: str | None) -> dict[str, str]:
        """The same, each with what made it so, in words: `category theatre, by theatre*`."""
        found: dict[str, str] = {}
        for slug in sorted(slugs):
            if slug in self.names:
                found.setdefault(self.names[slug], f"category {slug}")
        for pattern, topic in self.patterns:
            if topic in found:
                continue
            if not pattern.startswith("/"):
                named = next((slug for slug in sorted(slugs) if _matches(pattern, slug)), None)
                if named is not None:
                    by = f", by {pattern}" if pattern != named else ""
                    found[topic] = f"category {named}{by}"
                continue
            path = _path_of(url, "?" in pattern)
            if _matches(pattern, path) or _matches(pattern, path.rstrip("/")):
                found[topic] = f"its address, by {pattern}"
        return found


def _matches(pattern: str, text: str) -> bool:
    """`*` stands for any characters; takes time in proportion to the two lengths at worst."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *between, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in between:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _path_of(url: str | None, asked: bool) -> str:
    """The path of an address as patterns are written; `asked`: with what follows its `?`."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    path = f"{parts.path or '/'}?{parts.query}" if asked else parts.path or "/"
    return re.sub(r"\s", "%20", unquote(path).casefold())


def topics_told(
    mlist: MailingList, own: Collection[str], slugs: Collection[str], url: str | None
) -> dict[str, str]:
    """All topics that an article has in a list, each with why; `own` are those of its source."""
    found = known_topics(mlist).why(slugs, url)
    return {topic: found.get(topic, "as its source is") for topic in sorted({*found, *own})}


def known_topics(mlist: MailingList) -> KnownTopics:
    """What the list's topics are called, and which patterns they have."""
    by_title = {topic_slug(topic.title): topic.slug for topic in mlist.topics}
    by_slug = {topic_slug(topic.slug): topic.slug for topic in mlist.topics}
    patterns = ((pattern, topic.slug) for topic in mlist.topics for pattern in topic.categories)
    return KnownTopics(by_title | by_slug, tuple(sorted(patterns)))
