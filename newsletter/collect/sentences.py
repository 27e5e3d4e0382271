"""Where one sentence ends and the next begins, in French, English and their neighbours.

When in doubt two sentences stay one: an excerpt that stops a sentence too early reads well, one
that stops after "M." does not.
"""

from __future__ import annotations

import re

# A full stop after these is part of the word, when a capital or a name follows.
_TITLE_NAMES = """
    M MM Mr Mrs Ms Mx Mme Mmes Mlle Mlles Me Mgr Dr Drs Pr Prof St Ste Sts Stes Mt Ft Sr Sra Gen Gén
    Col Cdt Capt Cpt Lt Sgt Adj Rev Hon Sen Rep Gov Fr Hr Bd Boul Av Pl Rte Chap
"""
_TITLES = frozenset(_TITLE_NAMES.split())
# … after these always, whatever follows.
_ALWAYS_NAMES = """
    cf ex vs viz env approx resp av apr dépt dept tél tel réf éd ed coll trad dir ibid
    bzw evtl ggf inkl usw ca z.b d.h u.a
    e.g i.e p.ex c.-à-d c-à-d a.k.a
    jan janv feb févr fév mar avr jul juil aug sept oct nov dec déc
"""
_ALWAYS = frozenset(_ALWAYS_NAMES.split())
# … and after these only when a number follows ("art. 3", "no. 12", "p. 5").
_NUMBERED = frozenset(("art", "fig", "vol", "no", "nr", "n", "p", "pp", "ch", "chap", "sec", "t"))

_END = re.compile(
    r"""(?<![.!?…])(?P<mark>[.!?…]+)
        (?P<close>(?:[ \u00a0\u202f]*[»›]|["”’')\]])*)
        (?P<gap>[\s\u00a0\u202f]+)
        (?=(?P<next>\S))
      | (?<![。！？])(?P<wide>[。！？]+[」』”）]*)(?=\S)""",
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"[^\s\u00a0\u202f«“\"('‘\[]+$")
_PAIRS = (("«", "»"), ("“", "”"), ("(", ")"), ("[", "]"))


def sentences(text: str) -> list[str]:
    """The sentences of one paragraph of plain text, in order; together they are its words.

    A quotation or parenthesis is never split, so that its closing mark is not lost.
    """
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end("wide") if match["wide"] else match.end("close")
        if not match["wide"] and not _ends(
            text[max(start, match.start() - 40) : match.start()], match["mark"], match
        ):
            continue
        if _is_open(text, start, end):
            continue
        found.append(text[start:end].strip())
        start = end
    rest = text[start:].strip()
    if rest:
        found.append(rest)
    return found


def _ends(before: str, mark: str, match: re.Match[str]) -> bool:
    following = match["next"]
    if following.islower() or following in ",;:)»!?":
        return False
    if mark != ".":
        return True
    word_match = _LAST_WORD.search(before)
    word = word_match[0] if word_match else ""
    if not word:
        return bool(match["close"])
    if match["close"]:
        return True
    bare = word.rsplit("’", 1)[-1].rsplit("'", 1)[-1]
    if bare in _TITLES or bare.lower() in _ALWAYS:
        return False
    if bare.lower() in _NUMBERED:
        return not following.isdigit() and bare.lower() not in ("p", "pp", "fig", "vol")
    if word.isdigit() and word == before.strip():
        return False  # "1. Ouverture": the number of a list, no sentence
    if re.fullmatch(r"p[\s\u00a0\u202f]*\.?[\s\u00a0\u202f]*ex", before[-6:].strip().lower()):
        return False
    # Initials ("J. Martin", "J.-P. Martin") and short forms with inner stops ("U.S. Mail").
    if len(bare) == 1 and bare.isupper():
        return False
    return not re.search(r"(?:^|[.-])[A-ZÀ-Ý]$", word)


def _is_open(text: str, start: int, end: int) -> bool:
    part = text[start:end]
    for opening, closing in _PAIRS:
        # An opening mark that is closed nowhere is a slip of the author's and binds nobody.
        if part.count(opening) > part.count(closing) and closing in text[end:]:
            return True
    return False
