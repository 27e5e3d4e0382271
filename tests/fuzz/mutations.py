"""Makes new inputs of old ones: what stands in the corpus, cut, spliced, repeated and nested."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

MOST = 200_000  # bytes of an input
_TOKEN = re.compile(rb"<[^<>]{0,200}>|[^<>]{1,200}|[<>]")
_NUMBER = re.compile(rb"\d+")
_WORDS = """
    <item> </item> <entry> </entry> <title> </title> <link> <link/> <guid> <description>
    <content:encoded> <![CDATA[ ]]> <!-- --> <!DOCTYPE [ ]> <!ENTITY <?xml ?> <?xml-stylesheet
    <channel> <rss> <feed> <rdf:RDF <p> </p> <div> </div> <br> <br/> <table> <tr> <td> <a <a> </a>
    <img <img/> <b> <i> <sup> <pre> <ul> <li> <h2> </h2> <article> </article> <svg> <math> <style>
    <script> </script> <template> <noscript> <base> <meta> <textarea> <select> <plaintext> <xmp>
    href= src= class= id= style= onclick= xml:base= xml:lang= srcset= data-src= width= height= type=
    &amp; &lt; &#0; &#x0; &#xD800; &#xFFFF; &#1114112; &eacute; &nbsp; &hellip; & &# &#x
    javascript: data:text/html, //x http:// https://[ https://x:99999999/ http://[::1]/ ?utm_source=
    http://x@y/ ../ ./ /// %00 %ff %zz
    --- +++ title: date: tags: draft: image: &a *a !!python/object: [ ] { } : - | > ''' \"\"\"
    { } [ ] "items": "version": null true 1e999 -1 NaN "\\ud800" "\\u0000" \\ / " '
    M. etc. p.ex. … ... « » “ ” ( ) [ ] [1] (…) [...] ? ! !!! ?! : ; – — - * • · 1. 3,5 3.5
    Lire la\u00a0suite Read\u00a0more Continue\u00a0reading Weiterlesen partager share
    2026-01-24 2026-01-24T09:00:00Z 0001-01-01 9999-12-31T23:59:59-14:00 1er janvier 24/01/2026
    Sat,\u00a024\u00a0Jan\u00a02026\u00a010:00:00\u00a0+0100
    Mon,\u00a099\u00a0Foo\u00a099999 +9999 -2359
    \u00a0 \u202f \u200b \u202e \u2028 \ufeff \u0085 \u0130 ß ﬁ 𝕏 👍🏽 é \x00 \x0b \x1b \x7f \x85
    article=.teaser; title=h2 a:has(b) :nth-child(2n+1) * > ~ + [a*=b] ::text |
"""
WORDS = tuple(word.encode() for word in _WORDS.split())


class Mutator:
    """Changes inputs at random; the same seed gives the same inputs."""

    def __init__(self, chance: random.Random, seeds: Sequence[bytes]) -> None:
        self._chance = chance
        self._seeds = seeds
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            self._flip,
            self._cut_out,
            self._insert_word,
            self._insert_word,
            self._insert_word,
            self._drop_token,
            self._swap_tokens,
            self._double_token,
            self._splice,
            self._splice,
            self._number,
            self._truncate,
        )

    def mutate(self, data: bytes) -> bytes:
        """The input with one to a dozen changes."""
        for _ in range(self._chance.choice((1, 1, 2, 3, 5, 12))):
            data = self._chance.choice(self._ways)(data)[:MOST]
        dice = self._chance.random()
        if dice < 0.03:
            data = self._repeat(data)
        elif dice < 0.05:
            data = self._nest(data)
        return data[:MOST]

    def _place(self, data: bytes) -> int:
        return self._chance.randint(0, len(data))

    def _span(self, data: bytes, most: int) -> tuple[int, int]:
        start = self._place(data)
        return start, min(len(data), start + self._chance.randint(0, most))

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return b"<"
        place = self._chance.randrange(len(data))
        return data[:place] + bytes([self._chance.randrange(256)]) + data[place + 1 :]

    def _cut_out(self, data: bytes) -> bytes:
        start, end = self._span(data, 200)
        return data[:start] + data[end:]

    def _insert_word(self, data: bytes) -> bytes:
        words = b" ".join(self._chance.choices(WORDS, k=self._chance.choice((1, 1, 1, 2, 6))))
        place = self._place(data)
        return data[:place] + words + data[place:]

    def _tokens(self, data: bytes) -> list[bytes]:
        return _TOKEN.findall(data[:MOST])

    def _drop_token(self, data: bytes) -> bytes:
        tokens = self._tokens(data)
        if tokens:
            del tokens[self._chance.randrange(len(tokens))]
        return b"".join(tokens)

    def _swap_tokens(self, data: bytes) -> bytes:
        tokens = self._tokens(data)
        if len(tokens) > 1:
            one, two = self._chance.randrange(len(tokens)), self._chance.randrange(len(tokens))
            tokens[one], tokens[two] = tokens[two], tokens[one]
        return b"".join(tokens)

    def _double_token(self, data: bytes) -> bytes:
        tokens = self._tokens(data)
        if tokens:
            one = self._chance.randrange(len(tokens))
            tokens[one] *= self._chance.choice((2, 3, 50))
        return b"".join(tokens)

    def _splice(self, data: bytes) -> bytes:
        other = self._chance.choice(self._seeds)
        start, end = self._span(other, 2000)
        place, until = self._span(data, 300)
        return data[:place] + other[start:end] + data[until:]

    def _number(self, data: bytes) -> bytes:
        found = list(_NUMBER.finditer(data))
        if not found:
            return data
        match = self._chance.choice(found)
        number = self._chance.choice(
            (b"0", b"-1", b"99999999999999999999", b"1e308", b"0x1", b"13")
        )
        return data[: match.start()] + number + data[match.end() :]

    def _truncate(self, data: bytes) -> bytes:
        return data[: self._place(data)]

    def _repeat(self, data: bytes) -> bytes:
        """A small piece, very often: what takes time by the square shows itself."""
        start, end = self._span(data, 40)
        piece = data[start:end] or b"<"
        if self._chance.random() < 0.5:
            piece = b"".join(self._chance.choices(WORDS, k=self._chance.choice((1, 1, 2, 3))))
        size = self._chance.choice((2_000, 20_000, 100_000))
        place = self._place(data)
        return data[:place] + piece * (size // len(piece)) + data[place:]

    def _nest(self, data: bytes) -> bytes:
        name = self._chance.choice(
            (b"div", b"b", b"item", b"table", b"ul", b"blockquote", b"a", b"x")
        )
        depth = self._chance.choice((10, 300, 5_000))
        return (
            b"<" + name + b">" + (b"<" + name + b">") * depth + data + (b"</" + name + b">") * depth
        )
