"""Strains a text: one character for hundreds of thousands of times, thousands of attributes, of
nested elements, of items; and a charset that is not the one that is named."""

from __future__ import annotations

import codecs
import random
import re
import sys
from collections.abc import Sequence

LONGEST = 300_000  # characters of what is put in
_SIZES = (3_000, 30_000, 100_000, LONGEST)
_CHARSETS = """
    utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 latin-1 windows-1252 iso-8859-15 koi8-r
    iso-2022-jp shift_jis gb18030 utf-7 cp037 big5 euc-kr mac-roman punycode x-none
"""
CHARSETS = tuple(_CHARSETS.split())
_BOMS = (
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_LE,
    b"\xff\xff",
)
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|x([0-9a-f]{2}))")
_SEAM = re.compile(r"[<>\"'\s:=,(){}\[\]]")  # beside these begins or ends a part of any form
_TAG = re.compile(r"<[\w:]+")
_NUMBER = re.compile(r"\d+")
# What comes more than once in one form or another.
_CONSTRUCT = re.compile(
    r"<(?P<name>[\w:]+)\b[^<>]{0,500}>.{0,2000}?</(?P=name)>|<[^<>]{1,500}>|\{[^{}]{1,2000}\}|^.{1,500}\n",
    re.S | re.M,
)
_OPENINGS = (
    *("<div>", "<b>", "<a href=x>", "<ul><li>", "<table><tr><td>", "<blockquote>", "<item>", "<x>"),
    *(
        "[",
        '{"items":',
        '{"a":',
        "- ",
        "a: ",
        "> ",
        "(",
        "« ",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!x [",
        "&",
    ),
)


def known_characters() -> Sequence[str]:
    """All that the collector's patterns look for by itself, and one of each sort of letter.

    They are taken from the rooms as they are now, so that no new pattern is forgotten.
    """
    rooms = [room for name, room in sys.modules.items() if name.startswith("newsletter.co")]
    patterns = (each for room in rooms for each in vars(room).values())
    written = "".join(str(each.pattern) for each in patterns if isinstance(each, re.Pattern))
    named = _ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), written)
    return sorted({char for char in named if not char.isalnum()} | set("aA1é日\t\n\r \u00a0\u0301"))


class Strainer:
    """Strains inputs at random; the same seed and rooms give the same inputs."""

    def __init__(self, chance: random.Random, words: Sequence[str]) -> None:
        self._chance = chance
        self._words = words
        self._characters = known_characters()
        self._ways = (self._run, self._run, self._run, self._repeat, self._nest, self._attributes)

    def strain(self, text: str) -> str:
        """The text with one part of it made very long or very deep."""
        return self._chance.choice(self._ways)(text, self._chance.choice(_SIZES))

    def charset(self, text: str) -> bytes:
        """The text in one charset, with the name of another and the first bytes of a third."""
        real, named = self._chance.choices(CHARSETS, k=2)
        if self._chance.random() < 0.5:
            named = real
        declared = self._chance.choice(
            (f'<?xml version="1.0" encoding="{named}"?>', f"<meta charset={named}>", "")
        )
        text = declared + re.sub(r"<\?xml[^>]*\?>", "", text, count=1)
        try:
            data = text.encode(real, "replace")
        except (LookupError, UnicodeError):
            data = text.encode("utf-8", "replace")
        if self._chance.random() < 0.2:  # in the middle of a character
            data = data[: self._chance.randint(0, len(data))]
        return (self._chance.choice(_BOMS) if self._chance.random() < 0.3 else b"") + data

    def http_charset(self) -> str:
        return self._chance.choice(CHARSETS)

    def _seam(self, text: str) -> int:
        """A place where a name, a value or a text begins or ends."""
        start = self._chance.randint(0, len(text))
        found = _SEAM.search(text, start)
        return found.start() + self._chance.randint(0, 1) if found else start

    def _within(self, text: str, put: str) -> str:
        place = self._seam(text)
        return text[:place] + put + text[place:]

    def _run(self, text: str, size: int) -> str:
        """One or two characters, or a word and a character, for all that length."""
        unit = "".join(self._chance.choices(self._characters, k=self._chance.choice((1, 1, 1, 2))))
        if self._chance.random() < 0.3:
            unit = self._chance.choice(self._words) + unit * self._chance.randint(0, 1)
        return self._within(text, unit * (size // len(unit)))

    def _repeat(self, text: str, size: int) -> str:
        """An element, an object or a line, again and again, often with other numbers in it."""
        found = _CONSTRUCT.search(text, self._chance.randint(0, len(text)))
        if found is None:
            return text * min(size // max(len(text), 1), 1000)
        piece = found[0]
        joint = "," if piece.startswith("{") else ""
        count = size // len(piece)
        copies = [piece] * count
        if self._chance.random() < 0.7:
            copies = [_NUMBER.sub(str(number), piece) for number in range(count)]
        return text[: found.start()] + joint.join(copies) + text[found.end() :]

    def _nest(self, text: str, size: int) -> str:
        """Very many openings, with or without their ends."""
        opening = self._chance.choice(_OPENINGS)
        own = _TAG.findall(text[:20_000])
        if own and self._chance.random() < 0.3:
            opening = self._chance.choice(own) + ">"
        depth = size // len(opening) // 2
        names = re.findall(r"<(\w+)", opening)
        closing = "".join(f"</{name}>" for name in reversed(names))
        place = self._seam(text)
        after = closing * depth if self._chance.random() < 0.5 else ""
        return text[:place] + opening * depth + after + text[place:]

    def _attributes(self, text: str, size: int) -> str:
        """A tag with thousands of attributes, or of words in one of them."""
        found = _TAG.search(text, self._chance.randint(0, len(text)))
        place = found.end() if found else 0
        name = self._chance.choice(("class", "href", "xmlns:a", "data-a", "style", "rel", "srcset"))
        form = self._chance.choice((' {0}="v"', ' {0}{1}="v"', " {0}{1}", ' {0}{1}="{1}"'))
        count = size // (len(name) + 8)
        many = "".join(form.format(name, number) for number in range(count))
        if self._chance.random() < 0.3:
            many = f' {name}="' + " ".join(f"a{number}" for number in range(count)) + '"'
        return text[:place] + many + text[place:]
