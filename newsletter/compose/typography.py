"""French typography: the spaces that a French reader expects around punctuation.

French sets a narrow no-break space before `;`, `!` and `?`, a no-break space before `:` and inside
« guillemets » (Lexique des règles typographiques en usage à l'Imprimerie nationale). Without them
a question mark begins the next line on a narrow screen. Writers type a plain space, or none, or the
right one; all three come out alike.

Left as they are: URLs and addresses, `code`, times (10:30) and ratios, character references,
emoticons and :shortcodes:, and any mark that a letter follows at once (`page?id=3`, `C:\\`).
"""

from __future__ import annotations

import re

__all__ = ["NARROW", "NO_BREAK", "french", "french_after"]

NARROW = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK = "\N{NO-BREAK SPACE}"

_SPACES = " \t\N{THIN SPACE}" + NARROW + NO_BREAK
_UNITS = "%|‰|€|\\$|£|°C|h|min|km|kg|ha|m"

# One pass over the text: what is protected is matched first and given back as it came, so that no
# rule looks inside it. Every rule reads only characters that no other rule changes from one kind to
# the other (a space stays a space), which is what makes a second pass find nothing to do.
_RULES = re.compile(
    rf"""
      (?P<protected>
          `[^`\n]*`                                  # code
        | (?:https?|ftp)://[^\s«»]+ | www\.[^\s«»]+  # a URL, to the next space
        | mailto:[^\s«»]+ | [\w.+-]+@[\w-]+\.[\w.-]+ # an address
        | &\#?\w{{1,31}};                            # a character reference shown as text
        | (?<![^\s(]):[a-z0-9_+-]+:(?![^\s)])        # a shortcode, :smile:
        | [:;=8][-~^][^\w\s]                         # an emoticon with a nose, :-)
      )
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
    """`text` with French spacing; doing it twice changes nothing more.

    Only spaces are added or replaced, never a letter or a mark. Call it only on French text.
    """
    return _RULES.sub(_set, text)


def french_after(before: str, text: str) -> str:
    """`french(text)` for a piece of running text that stands right after `before`.

    A mark at the start of a piece, as in `**Note** : …`, belongs to the word before it.
    """
    tail = before[-1:]
    return french(tail + text)[len(tail) :] if tail and not tail.isspace() else french(text)


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
