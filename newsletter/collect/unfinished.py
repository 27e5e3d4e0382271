"""Tells a sentence that a site cut from a line that needs no full stop.

Sites cut summaries at so many words or letters, often without a sign. A title, a date and a
place, a line of a poem and a signature have no full stop either, and are whole. So a missing full
stop says nothing by itself. A line is taken for cut where it ends in a word that must have another
after it, or, at the end of a summary, where it is a clause in a text whose author ends sentences
with full stops. Dots too few look careless; dots after "Entrée libre" look wrong: when in doubt
there are none.
"""

from __future__ import annotations

import re

_STOPS = (".", "!", "?", "…", "。", "！", "？", ":")
_CLOSING = "»›”’\"')] \t\n\u00a0\u202f"
_END = 300  # characters of a line by which its end is judged
# Words no French or English line ends with. Those that end one in the other language ("but", "or",
# "an") or in a phrase of their own ("en car", "à l’est", "pour ou contre") are left out. Small
# letters alone: "Vitamine A" is whole.
_BINDING_WORDS = """
    le la les un du de des au aux et ou mais que dont dans chez entre selon afin lorsque puisque
    parce pour par sur avec sans en ce cet cette ces ses leurs nos vos sa ma qu qui ne se si comme
    sont ont était étaient il ils je plusieurs quelques chaque quelle quelles quels
    the of and to with from into than because their its our my your was were is has had been
"""
_BINDING = re.compile(
    rf"(?:(?<![\w’'-])(?:{'|'.join(_BINDING_WORDS.split())}|(?:l[ea]s?|de)\s+plus)"
    r"|(?<!\w)(?:[ldnsjcmt]|qu|lorsqu|jusqu)[’'])$"
)
_NUMBERED_ONE = re.compile(r"(?:numéro|n[°o]|point|chapitre|tome|acte)[\s\u00a0\u202f]un$", re.I)
_DANGLING = re.compile(r"[,;–—«“(\[-]$")
_PAIRS = (("«", "»"), ("“", "”"), ("(", ")"))
# The end of a line of facts: a number with its unit, an address of the Internet.
_FACT = re.compile(
    r"(?:\d[\d.,:]*[\s\u00a0\u202f]?(?:h(?:\d\d)?|€|euros?|£|\$|%|[apAP]\.?m|ans|years|(?:[ck]?m|k?g|c?l)[²³]?)?"
    r"|(?:https?://|www\.)\S+|\S+@\S+)[)\]]?$"
)
_CLAUSE = re.compile(
    r"(?<![\w’'-])(?:ont|est|sont|était|étaient|sera|seront|fut|furent|avait|avaient|aura|auront|peut|peuvent"
    r"|doit|doivent|va|vont|se|ne|il|elle|ils|elles|qui|que|dont|c[’']est|n[’']\w+|s[’'](?!il\b)\w+|qu[’']\w+"
    r"|is|are|was|were|has|have|had|will|would|must|he|she|they|who|which|said"
    # The auxiliary, not the English article: a participle follows.
    r"|a\s+(?:\w+\s+)?(?:\w*(?:é|i|u|is|ert|ait|eint)))(?!\w)",
    re.I,
)
_ARTICLE = re.compile(r"(?:l[ea]s?\s|l[’']|une?\s|des\s|ce(?:t|tte|s)?\s|the\s)", re.I)
_FEWEST_BOUND = 3  # words
_FEWEST_DANGLING = 4
_FEWEST_CLAUSE = 5
_FEWEST_NOUNS = 6
_FEWEST_ALONE = 20  # where no other sentence shows how the author ends them


def stands_whole(sentence: str) -> bool:
    """Whether a line ends as a sentence does, and not in dots."""
    return is_stopped(sentence) and not sentence.endswith(("…", "..."))


def is_stopped(sentence: str) -> bool:
    """Whether a line ends in a full stop, or what may stand for one."""
    return sentence.rstrip(_CLOSING).endswith(_STOPS)


def is_unfinished(
    parts: list[str], *, last: bool, after_sentences: bool, language: str | None = None
) -> bool:
    """Whether the last of a paragraph's sentences stops in its middle.

    `last`: the paragraph is the end of what may have been cut. `after_sentences`: another
    paragraph ends with a full stop.
    """
    line, end = parts[-1], parts[-1][-_END:]
    if is_stopped(line):
        return False
    size = len(line.split())
    known = language is None or language[:2] in ("fr", "en")
    if known and size >= _FEWEST_BOUND and _BINDING.search(end) and not _NUMBERED_ONE.search(end):
        return True
    if not last:
        return False
    if any(line.count(opening) > line.count(closing) for opening, closing in _PAIRS):
        return True
    if _DANGLING.search(end):
        return size >= _FEWEST_DANGLING
    if _FACT.search(end):
        return False
    within = len(parts) > 1
    if known and _CLAUSE.search(line):
        return size >= (_FEWEST_CLAUSE if within or after_sentences else _FEWEST_ALONE)
    return within and (
        size >= _FEWEST_ALONE or bool(known and size >= _FEWEST_NOUNS and _ARTICLE.match(line))
    )
