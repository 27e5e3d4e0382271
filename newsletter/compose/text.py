"""Plain text worth reading: prose wrapped near 72 columns, one unbroken URL to a line.

Words are never broken, so URLs and the markers of slots stay whole; no-break spaces hold.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from newsletter.mail.slots import ANY_MARKER

__all__ = ["WIDTH", "clean", "clip", "follow", "prose", "shorten", "tidy", "underlined"]

WIDTH = 72  # RFC 5322 §2.1.1 recommends at most 78; replies quote with "> "
_STAND_IN = "\ufdd0" * 24  # as long as an address mostly is; Unicode keeps it out of all text

# Everything Python, lxml or a header would trip over: C0 and C1 controls, lone surrogates,
# and the two characters XML forbids. Line and paragraph separators are white space here.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_WHITE = re.compile("[ \t\n\r\f\v\x85\u2028\u2029]+")


def clean(text: str) -> str:
    """`text` on one line, without control characters; no-break spaces are kept."""
    return _WHITE.sub(" ", _FORBIDDEN.sub("", text)).strip()


def clip(text: str, limit: int) -> str:
    """`text` if it has at most `limit` characters, else as many whole words as fit and `…`."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace() and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.!?–—-·\u00a0\u202f") + "…"


def follow(line: str, part: str) -> str:
    """`part` behind `line`, on one line: a title that ends in no mark gets a full stop first."""
    if not line or not part:
        return line or part
    return f"{line} {part}" if line[-1] in ".!?…:;,·" else f"{line}. {part}"


def shorten(paragraphs: Sequence[str], words: int) -> tuple[str, ...]:
    """The first `words` words of `paragraphs`, ending with a sentence if one ends in time.

    A sentence is kept whole when at least half of the words asked for remain; else `…` is added.
    """
    short: list[str] = []
    left = words
    for paragraph in paragraphs:
        if left <= 0:
            break
        pieces = paragraph.split(" ")
        if len(pieces) <= left:
            short.append(paragraph)
            left -= len(pieces)
            continue
        cut = " ".join(pieces[:left])
        whole = re.match(r".*[.!?…](?:[\s\u00a0\u202f]?[»”\")])?(?= |$)", cut, re.DOTALL)
        if whole and len(whole[0].split(" ")) * 2 >= left:
            short.append(whole[0])
        else:
            short.append(cut.rstrip(" ,;:–—-\u00a0\u202f") + " …")
        break
    return tuple(short)


def prose(text: str, first: str = "", rest: str | None = None) -> str:
    """`text` wrapped at 72 columns; `first` begins its first line, `rest` the others.

    Line breaks within `text` are kept. A marker takes the room of what it stands for.
    """
    markers = iter(ANY_MARKER.findall(text))
    text = ANY_MARKER.sub(_STAND_IN, text)
    rest = first if rest is None else rest
    lines: list[str] = []
    for line in text.split("\n"):
        lines += textwrap.wrap(
            line,
            WIDTH,
            initial_indent=rest if lines else first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [(rest if lines else first).rstrip()]
    return re.sub(_STAND_IN, lambda _: next(markers), "\n".join(lines))


def underlined(text: str, mark: str = "-") -> str:
    """A title, wrapped and set off by a line of `mark` as long as its longest line."""
    wrapped = prose(text)
    longest = max(len(line) for line in wrapped.split("\n"))
    return f"{wrapped}\n{mark * min(longest, WIDTH)}"


def tidy(text: str) -> str:
    """A finished mail: no blanks at line ends, at most one empty line in a row, one LF at the end.

    The signature separator keeps its trailing space (RFC 3676 §4.3).
    """
    lines = [line if line == "-- " else line.rstrip(" \t") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
