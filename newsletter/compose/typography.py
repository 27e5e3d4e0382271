"""French typography: the marks and spaces that a French reader expects.

French sets a narrow no-break space before `;`, `!` and `?`, a no-break space before `:` and inside
« guillemets » (Lexique des règles typographiques en usage à l'Imprimerie nationale). Without them
a question mark begins the next line on a narrow screen. Writers type a plain space, or none, or the
right one; all three come out alike. Keyboards have straight marks only: an apostrophe between
letters is curled, three full stops become one mark, straight double quotes become « guillemets »
where all of a paragraph pair, and the degree sign in "n° 12" becomes the raised o it stands for.

Left as they are: URLs and addresses, `code`, times (10:30) and ratios, character references,
emoticons and :shortcodes:, and any mark that a letter follows at once (`page?id=3`, `C:\\`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import cycle

__all__ = ["NARROW", "NO_BREAK", "french", "marked", "spaced_after"]

NARROW = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK = "\N{NO-BREAK SPACE}"

_SPACES = " \t\N{THIN SPACE}" + NARROW + NO_BREAK
_UNITS = "%|‰|€|\\$|£|°C|h|min|km|kg|ha|m"

_PROTECTED = r"""
      (?P<protected>
          `[^`\n]*`                                  # code
        | (?:https?|ftp)://[^\s«»]+ | www\.[^\s«»]+  # a URL, to the next space
        | mailto:[^\s«»]+
        | (?<![\w.+'-])[\w.+'-]++@[\w-]+\.[\w.-]+  # an address; looked for at the start of a word
                                                   # alone, or an endless one would take minutes
        | &\#?\w{1,31};                              # a character reference shown as text
        | (?<![^\s(]):[a-z0-9_+-]+:(?![^\s)])        # a shortcode, :smile:
        | [:;=8][-~^][^\w\s]                         # an emoticon with a nose, :-)
      )
"""

# Straight marks, before the spaces: a quotation mark that is turned wants the spaces of its kind.
_STRAIGHT = re.compile(
    rf"""
      {_PROTECTED}
    | (?<=[^\W\d_])(?P<apostrophe>')(?=[^\W_]|["«])
    | (?<![./\\])(?P<ellipsis>\.\.\.)(?![./\\])
    | (?<=\b[nN])(?P<degree>°)(?=[{_SPACES}]*\d)
    | (?P<quote>")
    """,
    re.VERBOSE,
)
_CURLED = {"apostrophe": "’", "ellipsis": "…", "degree": "º"}
_OPENS = re.compile(r"(?:^|(?<=[\s(\[’'«—–/]))\"(?=[^\s»;:!?)\].,…\"])")
_CLOSES = re.compile(r"(?<=[^\s«(\[—–\"])\"(?=$|[\s»;:!?)\].,…—–/])")

# One pass over the text: what is protected is matched first and given back as it came, so that no
# rule looks inside it. Every rule reads only characters that no other rule changes from one kind to
# the other (a space stays a space), which is what makes a second pass find nothing to do.
_RULES = re.compile(
    rf"""
      {_PROTECTED}
    | «(?P<open>[{_SPACES}]*)(?=\S)
    | (?<=[^\s«])(?P<close>[{_SPACES}]*)»
    | (?<=[^\s«;:!?(\[{{¿¡/|\\-])[{_SPACES}]*
      (?P<marks>[;:!?]+)
      (?=$ | [\s»…] | (?<=[!?])[)\]}}"”’'.,*_])
    | (?<=\d)(?P<unit>[ \t\u2009]+)(?=(?:{_UNITS})(?!\w))
    | (?<=\d)(?<!\d\d\d\d)(?P<thousand>[ \u2009])(?=\d\d\d(?!\d))
    | (?<=\b[nN][º°])(?P<number>[ \t]*)(?=\d)
    """,
    re.VERBOSE,
)


def french(text: str) -> str:
    """`text`, one paragraph, in French typography; doing it twice changes nothing more.

    Call it only on French text.
    """
    return _spaced(marked([text])[0])


def marked(pieces: Sequence[str]) -> list[str]:
    """The pieces of one paragraph, such as lie between its emphasis, with French marks.

    Marks are seen across pieces, and each piece keeps its own. Spaces are not looked after, except
    within the quotation marks that are turned.
    """
    text = "".join(pieces)
    found = [match for match in _STRAIGHT.finditer(text) if match.lastgroup != "protected"]
    quotes = [match.start() for match in found if match.lastgroup == "quote"]
    paired = len(quotes) % 2 == 0 and all(
        shape.match(text, at) for shape, at in zip(cycle((_OPENS, _CLOSES)), quotes, strict=False)
    )
    sides = cycle(("«" + NO_BREAK, NO_BREAK + "»"))
    turned: dict[int, tuple[int, str]] = {}
    for match in found:
        if match.lastgroup != "quote":
            turned[match.start()] = (match.end(), _CURLED[match.lastgroup or ""])
        elif paired:
            turned[match.start()] = (match.end(), next(sides))
    done: list[str] = []
    start = 0
    for piece in pieces:
        end, at, said = start + len(piece), start, ""
        for mark, (after, new) in turned.items():
            if start <= mark and after <= end:
                said += text[at:mark] + new
                at = after
        done.append(said + text[at:end])
        start = end
    return done


def spaced_after(before: str, text: str) -> str:
    """The French spaces of a piece of running text that stands right after `before`.

    A mark at the start of a piece, as in `**Note** : …`, belongs to the word before it.
    """
    tail = before[-1:]
    return _spaced(tail + text)[len(tail) :] if tail and not tail.isspace() else _spaced(text)


def _spaced(text: str) -> str:
    return _RULES.sub(_set, text)


def _set(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "open":
        return "«" + NO_BREAK
    if kind == "close":
        return NO_BREAK + "»"
    if kind == "marks":
        marks = match["marks"]
        return (NO_BREAK if marks.startswith(":") else NARROW) + marks
    if kind == "thousand":
        return NARROW
    if kind in ("unit", "number"):
        return NO_BREAK
    return match[0]
