"""Finds the title in the words of a heading or a link, without the labels that stand with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

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
# What a person stresses within a title; without a class, it is no label by itself.
_STRESSED = frozenset({"b", "cite", "code", "em", "i", "mark", "strong", "u"})
_BARE_NUMBER = re.compile(r"\W*\d+(?:\s*[–-]\s*\d+)?\W*")  # "2026", "14-18"
_SIGN_BEHIND = re.compile(r"\s*(?:[|·•–—]\s|[)\]])")
_SIGN_BEFORE = re.compile(r"(?:\s[|·•–—]\s*|[(\[])$")
_GOES_ON = re.compile(r"\s*(?:[,;]|:\W*(?P<word>\w))")
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

    Only what is an element of its own is a label, and never all there is. Where it may be a part of
    the sentence, the title stays whole: "Marché du <b>24 janvier 2026</b>", "Nos <em>abonnés</em>".
    """
    if not len(node) or sheet.line(node, _LONGEST) is None:
        return words
    inner = (_label(sheet, n, node) for n in elements(node) if n is not node)
    labels = [label for label in inner if label is not None]
    rest = _without_those_behind(_without_those_before(words, labels), labels)
    return rest if any(c.isalnum() for c in rest) else words


@dataclass(frozen=True, slots=True)
class _Label:
    text: str
    sure: bool  # whether it is one without a sign or another label beside it
    dates: bool = True  # whether it is a date, and not who may read the article


def _without_those_before(words: str, labels: list[_Label]) -> str:
    rest = words
    for label, following in pairwise([*labels, None]):
        if label is None or not rest.startswith(label.text):
            continue
        behind = rest[len(label.text) :]
        beside = following is not None and behind.lstrip().startswith(following.text)
        apart = beside or rest != words or _SIGN_BEHIND.match(behind)
        if (label.sure or apart) and not _goes_on(label, behind):
            rest = _PARTED.sub("", behind)
    return rest


def _without_those_behind(words: str, labels: list[_Label]) -> str:
    rest = words
    for label, earlier in pairwise([*reversed(labels), None]):
        shown = rest.rstrip(" )]")
        if label is None or not shown.endswith(label.text):
            continue
        before = shown[: -len(label.text)].rstrip()
        beside = earlier is not None and before.endswith(earlier.text)
        apart = beside or rest != words or _SIGN_BEFORE.search(before)
        goes_on = before.endswith((",", ";")) or leads_to_date(before)
        if (label.sure or apart) and not goes_on:
            rest = _PARTED.sub("", before)
    return rest


def _goes_on(label: _Label, behind: str) -> bool:
    """Whether what stands behind is the same sentence: "Abonnés absents", ", vingt ans après"."""
    if not label.dates and behind.lstrip()[:1].islower():
        return True
    match = _GOES_ON.match(behind)
    return match is not None and (match["word"] is None or match["word"].islower())


def _label(sheet: Sheet, node: Element, title: Element) -> _Label | None:
    text = sheet.text(node)
    if not text or _BARE_NUMBER.fullmatch(text):
        return None
    if node.tag == "time" or _DATED.search(node.get("class") or ""):
        short = len(text) <= _LONGEST_DATE and any(c.isdigit() for c in text)
        return _Label(text, sure=True) if short else None
    if _FOR_SUBSCRIBERS.fullmatch(text):
        begins = next(c for c in text if c.isalpha()).isupper()
        said = begins and " " in text  # "Réservé aux abonnés", and not "abonnés"
        classed = bool(node.get("class"))
        sure = said or classed or (begins and not _is_stressed(sheet, node, title))
        return _Label(text, sure, dates=False)
    if sheet.standing_date(node) is not None:
        return _Label(text, sure=not _is_stressed(sheet, node, title))
    return None


def _is_stressed(sheet: Sheet, node: Element, title: Element) -> bool:
    """Whether an element without a class is in bold or the like, or all that is within such one."""
    while node is not title and not node.get("class"):
        if node.tag in _STRESSED:
            return True
        parent = node.getparent()
        if parent is None or sheet.text(parent) != sheet.text(node):
            return False
        node = parent
    return False
