"""Knows by its commonest words whether a text can be in the language that it is said to be in."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Words without which nobody writes ten sentences. Neighbours share some: only a multiple tells.
_COMMON = {
    "de": "der die das und ist nicht ein eine mit auf für von dem den sich auch wird bei zu im",
    "en": "the and of is that for with was are this by from have has be it which their at its",
    "es": "el los las y que una con por para del se su es pero más como al lo fue está",
    "fr": "le les des et est une dans pour qui sur au du par pas plus ce aux avec la sont",
    "it": "il gli di che è una per con del della non sono più anche nel alla dei si ha le",
    "nl": "het een van en de is dat op te zijn voor met niet aan ook door er naar bij om",
    "pt": "o os as e que uma com por para do da não no na em dos das mais foi ao",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_LONGEST = 5000  # characters that are looked at
_ENOUGH = 10  # words of another language; fewer may stand in a quotation
_TIMES = 3  # as many as of its own


def contradicts(text: str, language: str) -> bool:
    """Whether a text is in another language than this one, so far as both are known here."""
    primary = language.partition("-")[0].lower()
    if primary not in _WORDS:
        return False
    found = re.findall(r"[^\W\d_]+", text[:_LONGEST].lower())
    counts = {one: sum(word in words for word in found) for one, words in _WORDS.items()}
    most = max(counts.values())
    return most >= _ENOUGH and most >= _TIMES * max(counts[primary], 1)


def believed(language: str | None, texts: Iterable[str]) -> str | None:
    """The language that a site says its texts are in, or None where they contradict it.

    Many themes and programs have "en" fixed in them, and a screen reader would read French aloud
    as if it were English.
    """
    if language is None or contradicts(" ".join(texts), language):
        return None
    return language
