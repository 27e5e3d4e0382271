"""Makes inputs out of nothing, by the grammar of each door: what no corpus would think of."""

# ruff: noqa: E501 - a grammar reads best with one thing in one line

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

_FRENCH = """
    le la les un une des pont marché samedi mairie rivière école M. Mme Dr. St. etc. p. ex. cf. n° 3,5
    12 000 1er XXe « » “ ” ( ) [ ] … ... ! ? : ; – — [1] (2) * • Lire la suite Read more Weiterlesen
    l’eau d’abord aujourd’hui J. Martin U.S. www.valmont.example 10h30 24 janvier 2026 100 % 5 € Ça
    À Éric partager imprimer [...] (…) (suite) The post appeared first on 日本語です。 これは！ العربية
"""
_WORDS = tuple(_FRENCH.split())
_TAGS = """
    p p p div span a a br br/ b i em strong ul li ol blockquote h1 h2 h3 img figure figcaption table
    tr td sup sub pre code script style svg iframe form article section header footer nav aside main
    time title link meta base noscript template button font center details summary dl dt dd video
    picture source o:p foo
"""
_NAMES = tuple(_TAGS.split())
_ATTRIBUTES = """
    href src alt title class id style rel type width height srcset datetime itemprop itemscope
    data-src lang content property name role onclick target loading
"""
_ATTRIBUTE = tuple(_ATTRIBUTES.split())
_VALUES = """
    /a https://courrier.example/b?c=1 //x.example/i.png javascript:alert(1) data:image/png;base64,AA
    h-entry hentry p-name u-url entry-title more-link screen-reader-text sharedaddy 1 600 100% 0 -1
    2026-01-24 24/01/2026 alternate bookmark application/rss+xml display:none width:1px #note #cite1
    i.png http://[bad mailto:a@valmont.example tel:+33 application/ld+json articleBody x,y "
"""
_VALUE = tuple(_VALUES.split())
_RSS = """
    title link guid description content:encoded pubDate dc:date dc:creator author category enclosure
    media:content media:thumbnail media:group comments source itunes:image atom:link updated published
    summary content id name image textInput items language
"""
_ELEMENTS = tuple(_RSS.split())
_JSON_NAMES = """
    id url external_url title content_html content_text summary image banner_image tags author
    authors name date_published date_modified language attachments
"""
_JSON = tuple(_JSON_NAMES.split())
_FRONT_NAMES = """
    title date draft tags topics categories image url author summary published publishDate expiryDate
    aliases weight cover
"""
_FRONT = tuple(_FRONT_NAMES.split())
_ROBOTS = ("User-agent", "Disallow", "Allow", "Crawl-delay", "Sitemap", "Request-rate", "Host", "#")
_SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
)


class Generator:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def text(self, most: int = 40) -> str:
        joint = self._chance.choice((" ", " ", " ", "\u00a0", ". ", "\n", ""))
        return joint.join(self._chance.choices(_WORDS, k=self._chance.randint(0, most)))

    def html(self, depth: int = 0) -> str:
        made = []
        for _ in range(self._chance.randint(0, 5)):
            if depth > 5 or self._chance.random() < 0.4:
                made.append(self.text(12))
                continue
            name = self._chance.choice(_NAMES)
            inner = self.html(depth + 1)
            closing = f"</{name}>" if self._chance.random() < 0.9 else ""
            made.append(f"<{name}{self.attributes()}>{inner}{closing}")
        return "".join(made)

    def attributes(self) -> str:
        pairs = (
            (self._chance.choice(_ATTRIBUTE), self._chance.choice(_VALUE))
            for _ in range(self._chance.choice((0, 0, 1, 2, 4)))
        )
        return "".join(f' {name}="{value}"' for name, value in pairs)

    def date(self) -> str:
        chance = self._chance
        day, month, year = (
            chance.randint(0, 32),
            chance.randint(0, 13),
            chance.choice((0, 1, 1970, 2026, 9999, 99999)),
        )
        name = chance.choice(("Jan", "janvier", "März", "aoüt", "dic.", "Foo", "décembre", "sept"))
        zone = chance.choice(("", "Z", "+0100", "-2359", "+99:99", "EST", " CEST", "GMT+1"))
        clock = chance.choice(
            ("", "10:00", "25:61:61", "10h30", "T10:00:00.123456789", " 00:00:60")
        )
        form = chance.choice(
            (f"{year:04}-{month:02}-{day:02}{clock}{zone}", f"{day} {name} {year} {clock} {zone}",
             f"Sat, {day} {name} {year} {clock} {zone}", f"{day}/{month}/{year}", f"{name} {day}, {year}",
             f"{year}W{day}", f"{year}{month:02}{day:02}", f"lundi {day}er {name} {year} à {clock}")
        )  # fmt: skip
        return str(form)

    def feed(self) -> str:
        chance = self._chance
        if chance.random() < 0.2:
            return self.json_feed()
        atom = chance.random() < 0.3
        item = "entry" if atom else "item"
        items = "".join(
            f"<{item}{self.attributes()}>{self._elements()}</{item}>"
            for _ in range(chance.randint(0, 6))
        )
        head = self._elements() if chance.random() < 0.5 else ""
        if atom:
            return f'<feed xmlns="http://www.w3.org/2005/Atom" {_SPACES}>{head}{items}</feed>'
        if chance.random() < 0.2:
            return f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" {_SPACES}><channel>{head}</channel>{items}</rdf:RDF>'
        return f'<rss version="2.0" {_SPACES}><channel>{head}{items}</channel></rss>'

    def _elements(self) -> str:
        made = []
        for name in self._chance.choices(_ELEMENTS, k=self._chance.randint(0, 8)):
            value = self._chance.choice(
                (self.text, self.html, self.date, lambda: self._chance.choice(_VALUE))
            )()
            if self._chance.random() < 0.5:
                value = f"<![CDATA[{value}]]>"
            elif self._chance.random() < 0.7:
                value = value.replace("&", "&amp;").replace("<", "&lt;")
            made.append(f"<{name}{self.attributes()}>{value}</{name}>")
        return "".join(made)

    def json_feed(self) -> str:
        items = [self._json() for _ in range(self._chance.randint(0, 5))]
        told = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self._json(),
            "items": items,
        }
        return json.dumps(told, ensure_ascii=self._chance.random() < 0.5)

    def _json(self, depth: int = 0) -> object:
        chance = self._chance
        if depth > 3 or chance.random() < 0.3:
            return chance.choice(
                (None, True, 0, -1, 1e300, "", "\ud800", "\0", self.text(5), self.html(3), self.date(), [], {},
                 chance.choice(_VALUE))
            )  # fmt: skip
        if chance.random() < 0.2:
            return [self._json(depth + 1) for _ in range(chance.randint(0, 4))]
        return {chance.choice(_JSON): self._json(depth + 1) for _ in range(chance.randint(0, 8))}

    def page(self) -> str:
        return f"<html><head><title>{self.text(4)}</title></head><body>{self.html()}{self.html()}</body></html>"

    def front_matter(self) -> str:
        chance = self._chance
        values: Mapping[int, Callable[[], str]] = {
            0: lambda: self.text(4),
            1: self.date,
            2: lambda: f"[{self.text(4)}]",
            3: lambda: "\n  - " + self.text(3),
            4: lambda: "{" + self.text(3) + "}",
            5: lambda: chance.choice(
                ("true", "false", "null", "~", "&a", "*a", "!!binary x", ".inf", "1e9", "0o7")
            ),
            6: lambda: json.dumps(self.text(4)),
        }
        fence, joint = chance.choice((("---", ": "), ("+++", " = ")))
        lines = [
            f"{name}{joint}{values[chance.randrange(7)]()}" for name in chance.choices(_FRONT, k=5)
        ]
        return (
            f"{fence}\n"
            + "\n".join(lines)
            + f"\n{fence}\n# {self.text(4)}\n\n{self.text()}\n\n{self.html(3)}"
        )

    def lines(self) -> str:
        return "\n".join(self.date() for _ in range(20))

    def saved(self) -> str:
        blocks = []
        for _ in range(self._chance.randint(1, 6)):
            title = self.text(8)
            blocks += [self.date(), title, self.text(), self.text(), f"{title} Lire la suite"]
        return "\n\n".join(blocks)

    def sitemap(self) -> str:
        name = self._chance.choice(("url", "sitemap"))
        entries = "".join(
            f"<{name}><loc>{self._chance.choice(_VALUE)}</loc><lastmod>{self.date()}</lastmod><news:title>{self.text(5)}</news:title></{name}>"
            for _ in range(self._chance.randint(0, 8))
        )
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'

    def make(self, door: str) -> bytes:
        """An input that the door may take for its own."""
        ways: Mapping[str, Callable[[], str]] = {
            "feed": self.feed,
            "folder": self.front_matter,
            "dates": self.lines,
            "url_key": lambda: "\n".join(self._chance.choices(_VALUE, k=20)),
            "sentences": self.text,
            "excerpt": lambda: f"{self.html()}\n--\n{self.html()}",
            "saved": self.saved,
            "sitemap": self.sitemap,
            "lookup": lambda: "\n".join(self.text(6) for _ in range(20)),
            "robots": lambda: "\n".join(
                f"{name}: {self._chance.choice(_VALUE)}"
                for name in self._chance.choices(_ROBOTS, k=12)
            ),
            "selectors": lambda: f"article={self._chance.choice(_NAMES)}; title=a\n{self.page()}",
        }
        made = ways.get(door, self.page)()
        return made.encode("utf-8", "surrogatepass" if self._chance.random() < 0.5 else "replace")
