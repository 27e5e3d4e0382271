"""What the form says: who, why, for how long, which rights, and what is agreed to.

The page and the evidence are made of the same words, here. A `Statement` is all that stands beside
the fields; `agreed` is the sentence agreed to, with the choices made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from newsletter.compose.language import quoted, typeset
from newsletter.config import Config
from newsletter.jobs.standing import Offered
from newsletter.web.pages import Link, words_of
from newsletter.web.words import Words
from subscribers import wording
from subscribers.models import MailingList


@dataclass(frozen=True)
class Typed:
    """What somebody typed into the sign-up form."""

    address: str = ""
    name: str = ""
    topics: tuple[str, ...] = ()
    cadence: str = ""
    alerts: bool = False
    lists: tuple[str, ...] = ()  # further ones


@dataclass(frozen=True)
class Statement:
    """All that the form says beside its fields, in one language."""

    language: str
    consent: str
    happens: str  # what comes next
    parts: tuple[tuple[str, str], ...]  # a heading, and what is said under it
    privacy: Link | None

    @cached_property
    def text(self) -> str:
        """The whole as it is kept: a line each."""
        said = [self.consent, self.happens, *(f"{head}: {body}" for head, body in self.parts)]
        if self.privacy is not None:
            said.append(f"{self.privacy.label}: {self.privacy.url}")
        return "\n".join(said)

    @cached_property
    def name(self) -> str:
        """What the text is kept under."""
        return wording.name_of(self.text)


def statement(config: Config, main: Offered, language: str) -> Statement:
    """What the form of this list says in this language."""
    words, site = words_of(language), config.site
    who = typeset(site.name, site.language)
    if postal := main.mlist.postal_address or site.postal_address:
        who += f" ({', '.join(line.strip(' ,') for line in postal.splitlines() if line.strip())})"
    return Statement(
        language,
        consent(main, language, site.name),
        words.what_happens,
        (
            (words.who, words.who_text.format(site=who)),
            (words.purpose, words.purpose_text),
            (words.retention, _retention(config, words)),
            (words.rights, words.rights_text),
        ),
        Link(words.more_privacy, site.privacy_url) if site.privacy_url else None,
    )


def consent(main: Offered, language: str, site_name: str) -> str:
    """The sentence that stands above the button."""
    words = words_of(language)
    form = words.consent_alerts if main.only_alerts else words.consent
    return typeset(form.format(title=set_title(main.mlist), site=site_name), language)


def agreed(main: Offered, others: list[Offered], typed: Typed, said: Statement) -> str:
    """The words that were agreed to, with the choices made: the evidence."""
    language = said.language
    words = words_of(language)
    sentences = [said.consent]
    topics = [typeset(t.title, main.mlist.language) for t in main.topics if t.slug in typed.topics]
    if topics:
        sentences.append(words.topics_said.format(topics=", ".join(topics)))
    if len(main.cadences) > 1:
        for cadence in main.cadences:
            if cadence.name == typed.cadence:
                title = typeset(cadence.title(language), language)
                sentences.append(words.cadence_said.format(cadence=title))
    titles = [
        set_title(o.mlist) + (f" ({words.with_alerts})" if o.only_alerts else "")
        for o in others
        if o.mlist.slug in typed.lists
    ]
    if titles:
        sentences.append(words.also_said.format(titles=", ".join(titles)))
    if typed.alerts and not main.only_alerts:
        sentences.append(f"{words.alerts_of.format(title=set_title(main.mlist))}.")
    return " ".join(sentences)


def set_title(mlist: MailingList) -> str:
    """A list's title with the spacing of its own language."""
    return typeset(mlist.title, mlist.language)


def titles_of(mlists: tuple[MailingList, ...], language: str) -> str:
    """Several titles within a sentence."""
    return quoted([set_title(mlist) for mlist in mlists], language)


def shown(one: Offered, language: str) -> dict[str, Any]:
    """A list as templates print it, on a page in `language`."""
    return {
        "slug": one.mlist.slug,
        "title": set_title(one.mlist),
        "description": typeset(one.mlist.description, one.mlist.language),
        "language": one.mlist.language,
        "topics": one.topics,
        "cadences": [
            {
                "name": cadence.name,
                "title": typeset(cadence.title(language), language),
                "language": one.mlist.language if cadence.own_title else language,
                "is_default": cadence.is_default,
            }
            for cadence in one.cadences
        ],
        "only_alerts": one.only_alerts,
    }


def _retention(config: Config, words: Words) -> str:
    kept = config.retention
    until = words.until_days.format(days=kept.left) if kept.left else words.until_erased
    ever = words.kept_days.format(days=kept.erased) if kept.erased else words.kept_ever
    said = [words.retention_text.format(until=until), words.retention_erased.format(kept=ever)]
    if kept.never_confirmed:
        said.append(words.retention_unconfirmed.format(days=kept.never_confirmed))
    return " ".join(said)
