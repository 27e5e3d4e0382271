"""Matches the categories that a source gives its articles with the topics that a list offers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from subscribers.models import MailingList

_LONGEST = 64  # characters, as a topic's slug
_MOST = 30  # of one article; some sites give every word as a tag


def topic_slug(text: str) -> str:
    """A category as a slug: `Vie locale` and `vie-locale` are `vie-locale`; may be empty.

    Letters lose their accents; scripts without case stay as they are.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\W+", "-", bare.casefold()).strip("-_")[:_LONGEST].strip("-_")


def topic_slugs(categories: Iterable[str]) -> frozenset[str]:
    """The slugs of an article's categories; at most 30, the first ones."""
    slugs = dict.fromkeys(slug for text in categories if (slug := topic_slug(text)))
    return frozenset(list(slugs)[:_MOST])


@dataclass(frozen=True)
class KnownTopics:
    """The topics of a list, each found by its slug or by its title."""

    names: Mapping[str, str]

    def of(self, slugs: Collection[str]) -> frozenset[str]:
        """Those of the article's topics that the list knows, as the list's own slugs."""
        return frozenset(self.names[slug] for slug in slugs if slug in self.names)


def known_topics(mlist: MailingList) -> KnownTopics:
    """What the list's topics are called."""
    by_title = {topic_slug(topic.title): topic.slug for topic in mlist.topics}
    by_slug = {topic_slug(topic.slug): topic.slug for topic in mlist.topics}
    return KnownTopics(by_title | by_slug)
