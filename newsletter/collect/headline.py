"""Finds the title in the words of a heading or a link, without the labels that stand with it."""

from __future__ import annotations

import re

from newsletter.collect.blocks import is_for_ears
from newsletter.collect.datelines import leads_to_date
from newsletter.collect.markup import Element, elements, text_of, tidy
from newsletter.collect.readmore import without_bullet, without_more
from newsletter.collect.sheet import Sheet

_LONGEST = 400  # characters of a title with its labels
_LONGEST_DATE = 40  # … of what a class calls a date
_DATED = re.compile(r"(?:^|[\s_-])(?:date|published|posted-on)(?:$|[\s_-])", re.I)
# That an article is not for everybody is no part of its title.
_FOR_SUBSCRIBERS = re.compile(
    r"\W*(?:(?:(?:article|contenu)\s+)?(?:réservée?\s+)?(?:aux\s+|à\s+nos\s+|pour\s+(?:les\s+)?)?abonné(?:[·.(]?e[).]?)?(?:[·.]?s)?"
    r"|premium|exclusi(?:f|vité)\s+abonnés?|(?:for\s+)?(?:subscribers?|members?)(?:[\s-]+only)?|subscriber\s+exclusive"
    r"|(?:nur\s+)?für\s+abonnenten|abo|solo\s+(?:para\s+)?suscriptores|(?:solo\s+)?per\s+(?:gli\s+)?abbonati)\W*",
    re.I,
)
_PARTED = re.compile(r"^\s*(?:[:|·•»,–—-]+\s+)*|(?:\s+[:|·•–—-]+|\s*[,(\[])*\s*$")


def title_of(sheet: Sheet, heading: Element) -> str:
    """The words of a heading; those for screen readers alone only if there are no others."""
    spoken = frozenset(n for n in elements(heading) if is_for_ears(n) and n is not heading)
    words = text_of(heading, skip=spoken) or text_of(heading)
    return without_bullet(_without_labels(sheet, heading, words))


def title_of_link(sheet: Sheet, link: Element) -> str:
    """The title on a link, with "read more" or without, or only for screen readers."""
    spoken = (tidy(link.get(name) or "") for name in ("aria-label", "title"))
    for candidate in (_without_labels(sheet, link, sheet.text(link)), *spoken):
        title = without_bullet(without_more(candidate))
        if any(c.isalnum() for c in title):
            return title
    return ""


def _without_labels(sheet: Sheet, node: Element, words: str) -> str:
    """The same words without a date or a label for subscribers before and behind them.

    Only what is an element of its own is a label, and never all there is; "Marché du <b>24 janvier
    2026</b>" is one title.
    """
    if not len(node) or sheet.line(node, _LONGEST) is None:
        return words
    labels = [sheet.text(n) for n in elements(node) if n is not node and _is_label(sheet, n)]
    rest = words
    for label in labels:
        if rest.startswith(label):
            rest = _PARTED.sub("", rest[len(label) :])
    for label in reversed(labels):
        before, found, _ = rest.rstrip(" )]").rpartition(label)
        if found and rest.rstrip(" )]").endswith(label) and not leads_to_date(before):
            rest = _PARTED.sub("", before)
    return rest if any(c.isalnum() for c in rest) else words


def _is_label(sheet: Sheet, node: Element) -> bool:
    text = sheet.text(node)
    if not text:
        return False
    if _FOR_SUBSCRIBERS.fullmatch(text) or sheet.standing_date(node) is not None:
        return True
    named = node.tag == "time" or bool(_DATED.search(node.get("class") or ""))
    return named and len(text) <= _LONGEST_DATE and any(c.isdigit() for c in text)
