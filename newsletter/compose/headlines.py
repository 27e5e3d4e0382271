"""Cuts a headline where a reader may pause: not behind "pas de", nor just behind a colon."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsletter.compose.text import clip

__all__ = ["clip_headline"]

LEAST = 20  # characters that a headline in a subject always has room for
_MARKS = " ,;:.!?–—-·\u00a0\u202f"
_STUB = 3  # fewer words behind a colon or a dash only begin something

# "3" of "jusqu’au 3 mars"; a year stands for itself.
_NUMBER = re.compile(r"(?!(?:19|20)\d\d$)\d[\d\s.,]*")
# Articles, prepositions, conjunctions, and other words that lean on the next one.
_FRENCH = """
    à a afin ai ainsi alors après as au auprès aussi autour aux avant avec avez avons car ce
    ces cet cette chaque chez comme comment contre d dans de depuis derrière des dès devant
    donc dont du durant elle elles en entre es est et étaient était êtes eu fait faut furent
    fut hors il ils j je jusque jusqu l la le les leur leurs lors lorsque lui m ma mais malgré
    me même mes moins mon n ne ni non nos notre nous on ont ou où par parmi pas pendant peu
    plus pour pourquoi près puis puisque qu quand que quel quelle quelles quels qui quoi s sa
    sans se selon sera seront ses si sinon soit sommes son sont sous sur t ta te tes toi ton
    tous tout toute toutes très trop tu un une va vers vont vos votre vous y 1er
"""
_ENGLISH = """
    a about above after against all along although am among an and are as at be because been
    before behind below beside between but by can could did do does down during each every few
    for from had has have he her his how i if in into is it its just like many more most my
    near no nor not of off on once onto or our out over per she should since so some such than
    that the their then there these they this those though through till to too toward towards
    under unless until up upon very via was we were what when where whether which while who
    whose why will with within without would you your
"""
_LEANING = {"fr": frozenset(_FRENCH.split()), "en": frozenset(_ENGLISH.split())}


def clip_headline(headline: str, limit: int, language: str | None) -> str:
    """`headline` if it has at most `limit` characters, else as much as reads well, and `…`.

    It goes back from the last word that fits to one that needs none behind it, as a number does in
    any language, and other words in those we speak; as long as that leaves more than hardly
    anything.
    """
    cut = clip(headline, limit)
    if cut == headline:
        return headline
    words: Sequence[str] = cut.removesuffix("…").split(" ")
    leaning = _LEANING.get((language or "").partition("-")[0].lower(), frozenset[str]())
    while (fewer := _fewer(words, leaning)) != words:
        words = fewer
        shorter = " ".join(words).rstrip(_MARKS)
        if len(shorter) < LEAST:
            break
        cut = f"{shorter}…"
    return cut


def _fewer(words: Sequence[str], leaning: frozenset[str]) -> Sequence[str]:
    without = _without_leaning(words, leaning)
    return without if len(without) < len(words) else _without_stub(without)


def _without_leaning(words: Sequence[str], leaning: frozenset[str]) -> list[str]:
    kept = list(words)
    while kept and _leans(_bare(kept[-1]), leaning):
        kept.pop()
    return kept


def _leans(bare: str, leaning: frozenset[str]) -> bool:
    return not bare or bare in leaning or _NUMBER.fullmatch(bare) is not None


def _bare(word: str) -> str:
    """Without marks, and without what is elided before it: `un` of `d’un`."""
    return re.sub(r"^\W+|\W+$", "", word.casefold().replace("'", "’")).rpartition("’")[2]


def _without_stub(words: Sequence[str]) -> list[str]:
    for place in range(max(len(words) - _STUB, 0), len(words)):
        if words[place].endswith((":", "–", "—")):
            return [*words[:place], words[place].rstrip(_MARKS)]
    return list(words)
