"""What makes an article itself: guids missing, shared, repeated; addresses in all their forms."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import SITE, Cases, atom, e, item, rss

CASES = Cases()


def guid(value: str, permalink: str = "") -> str:
    return f"<guid{permalink and f' isPermaLink={chr(34)}{permalink}{chr(34)}'}>{value}</guid>"


CASES.add(
    "guid-is-the-link.xml",
    "no link: a guid that is an address is one (RSS 2.0), unless it says that it is not",
    rss(item("A", "", "a", guid(f"{SITE}/a")) + item("B", "", "b", guid(f"{SITE}/?p=2", "false"))
        + item("C", "", "c", guid("urn:c"))),
    e("A", url=f"{SITE}/a"), e("B", url=None, guid=f"{SITE}/?p=2"), e("C", url=None, guid="urn:c"),
)  # fmt: skip
CASES.add(
    "guid-missing.xml",
    "no guid anywhere: the address is the identity",
    rss(item("A", "/a") + item("B", "/b")),
    e("A", guid=None, path="/a"), e("B", guid=None, path="/b"),
)  # fmt: skip
CASES.add(
    "guid-empty.xml",
    "an empty guid, and one of white space",
    rss(item("A", "/a", "", guid("")) + item("B", "/b", "", guid("  \n "))),
    e("A", guid=None), e("B", guid=None),
)  # fmt: skip
CASES.add(
    "guid-shared.xml",
    "one guid for all: it identifies none of them",
    rss(item("A", "/a", "", guid("0", "false")) + item("B", "/b", "", guid("0", "false")) + item("C", "/c", "", guid("3", "false"))),
    e("A", guid=None), e("B", guid=None), e("C", guid="3"),
    oddities=["item 1: shares its guid", "item 2: shares its guid"],
)  # fmt: skip
CASES.add(
    "item-twice.xml",
    "one item that stands there twice, and once more with tracking in its address",
    rss(item("A", "/a", "", guid("1", "false")) + item("A", "/a", "", guid("1", "false"))
        + item("A", "/a?utm_source=rss", "", guid("1", "false"))),
    e("A", guid="1", path="/a"),
    oddities=["item 2: stands in the feed twice", "item 3: stands in the feed twice"],
)  # fmt: skip
CASES.add(
    "item-twice-no-guid.xml",
    "one item that stands there twice and has no guid",
    rss(item("A", "/a", "Texte.") + item("A", "/a", "Texte.") + item("B", "/b", "Texte.")),
    e("A"), e("B"),
    oddities=["item 2: stands in the feed twice"],
)  # fmt: skip
CASES.add(
    "six-with-one-link.xml",
    "six articles whose link is the site's: six they stay",
    rss("".join(item(f"Article {n}", "/", f"Texte {n}.") for n in range(1, 7))),
    *(e(f"Article {n}", f"Texte {n}.", path="/", guid=None) for n in range(1, 7)),
)
CASES.add(
    "links-of-all-sorts.xml",
    "an article's own address among others",
    atom(f'<entry><id>1</id><title>A</title><link rel="self" href="{SITE}/api/1"/><link rel="alternate" type="application/json" href="{SITE}/a.json"/>'
         f'<link rel="alternate" type="text/html" href="{SITE}/a"/><updated>2026-01-24T07:30:00Z</updated></entry>'
         f'<entry><id>2</id><title>B</title><link rel="related" href="https://ailleurs.example/"/><link href="{SITE}/b"/><updated>2026-01-24T07:30:00Z</updated></entry>'
         f'<entry><id>{SITE}/c</id><title>C</title><link rel="self" href="{SITE}/api/3"/><updated>2026-01-24T07:30:00Z</updated></entry>'
         f'<entry><id>4</id><title>D</title><link href="{SITE}/d?from=feed"/><link rel="canonical" href="{SITE}/d"/><updated>2026-01-24T07:30:00Z</updated></entry>'),
    e("A", path="/a"), e("B", path="/b"), e("C", guid=f"{SITE}/c"), e("D", path="/d?from=feed", canonical=f"{SITE}/d"),
)  # fmt: skip
CASES.add(
    "link-in-attribute.xml",
    "RSS whose link is Atom's",
    rss(f'<item><title>A</title><atom:link rel="alternate" href="{SITE}/a"/></item>'
        f'<item><title>B</title><link href="{SITE}/b"/></item>'),
    e("A", path="/a"), e("B", path="/b"),
)  # fmt: skip
CASES.add(
    "link-in-cdata.xml",
    "addresses in CDATA, with lines around them, escaped twice",
    rss(f"<item><title>A</title><link><![CDATA[{SITE}/a?x=1&y=2]]></link></item><item><title>B</title><link>\n   {SITE}/b\n  </link></item>"
        f"<item><title>C</title><link>{SITE}/c?x=1&amp;amp;y=2</link></item>"),
    e("A", path="/a?x=1&y=2"), e("B", path="/b"), e("C", path="/c?x=1&y=2"),
)  # fmt: skip
CASES.add(
    "no-title.xml",
    "no title: the first words stand in; neither title nor text: the address",
    rss(item("", "/a", "&lt;p&gt;Il neige sur Valmont depuis ce matin. Les bus ne roulent pas.&lt;/p&gt;") + item("", "/b")),
    e("Il neige sur Valmont depuis ce matin.", path="/a"), e(f"{SITE}/b", path="/b"),
    oddities=["item 1: has no title", "item 2: has no title"],
)  # fmt: skip
CASES.add(
    "title-only.xml",
    "nothing but titles",
    rss("<item><title>A</title></item><item><title>B</title></item>"),
    e("A", url=None, guid=None), e("B", url=None),
)  # fmt: skip
CASES.add(
    "authors.xml",
    "authors in every form, never an address for mail",
    rss(item("A", "/a", "", "<author>ines@courrier.example (Ines Aubry)</author>") + item("B", "/b", "", "<dc:creator>Paul &amp;amp; Ines</dc:creator>")
        + item("C", "/c", "", "<author>redaction@courrier.example</author>") + item("D", "/d", "", "<author>Ines Aubry</author>")),
    e("A", author="Ines Aubry"), e("B", author="Paul & Ines"), e("C", author=None), e("D", author="Ines Aubry"),
)  # fmt: skip
CASES.add(
    "topics.xml",
    "topics repeated, empty, in two schemes, as addresses",
    rss(item("A", "/a", "", "<category>Travaux</category><category domain='x'>travaux</category><category></category>"
             "<category>https://courrier.example/tag/1</category><category>Vie &amp;amp; ville</category><dc:subject>Eau</dc:subject>")),
    e("A", topics=["Travaux", "Vie & ville", "Eau"]),
)  # fmt: skip
