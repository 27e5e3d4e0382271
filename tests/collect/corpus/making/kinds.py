"""Feeds of every kind and version, as their makers wrote them down."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json

from .cases import DECLARED, SITE, Cases, atom, e, item, rss

CASES = Cases()
PONT = "Fermé depuis octobre, le pont des Tanneurs rouvre samedi. Les bus reprennent leur trajet."
GRAINES = "Tomates, haricots, soucis : on emprunte un sachet, on rend une poignée de graines."

CASES.add(
    "rss20.xml",
    "RSS 2.0 as it should be",
    rss(
        item(
            "Le pont des Tanneurs rouvre samedi",
            text=PONT,
            more=f'<guid isPermaLink="true">{SITE}/pont</guid>\n'
            "  <pubDate>Sat, 24 Jan 2026 08:30:00 +0100</pubDate>",
        )
        + item(
            "La bibliothèque prête des graines",
            "/graines",
            GRAINES,
            '<guid isPermaLink="false">courrier-1042</guid>\n'
            "  <pubDate>Fri, 23 Jan 2026 17:05:00 +0100</pubDate>",
        ),
        head="<language>fr</language>\n",
    ),
    e("Le pont des Tanneurs rouvre samedi", PONT, path="/pont", guid=f"{SITE}/pont",
      published="2026-01-24T07:30:00Z", image=None, author=None, topics=[]),
    e("La bibliothèque prête des graines", GRAINES, guid="courrier-1042",
      published="2026-01-23T16:05:00Z", language="fr"),
    title="Le Courrier de Valmont",
    language="fr",
    home=f"{SITE}/",
)  # fmt: skip

CASES.add(
    "rss090.xml",
    "RSS 0.90: RDF with Netscape's first namespace",
    f'{DECLARED}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://my.netscape.com/rdf/simple/0.9/">\n'
    f"<channel><title>Valmont Courier</title><link>{SITE}/</link><description>d</description></channel>\n"
    f"<item><title>The bridge reopens</title><link>{SITE}/bridge</link></item>\n"
    f"<item><title>Seeds to borrow</title><link>{SITE}/seeds</link></item>\n</rdf:RDF>",
    e("The bridge reopens", path="/bridge", published=None, guid=None),
    e("Seeds to borrow", path="/seeds"),
    title="Valmont Courier",
)
CASES.add(
    "rss091-netscape.xml",
    "RSS 0.91 with the DTD it had to have, which nobody serves any more",
    '<?xml version="1.0"?>\n<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
    ' "http://my.netscape.com/publish/formats/rss-0.91.dtd">\n'
    f'<rss version="0.91"><channel><title>Valmont Courier</title><link>{SITE}/</link>'
    "<language>en-us</language><description>News</description>"
    f"<item><title>The bridge reopens</title><link>{SITE}/bridge</link>"
    "<description>It reopens on Saturday at noon.</description></item></channel></rss>",
    e("The bridge reopens", "It reopens on Saturday at noon.", path="/bridge", language="en-US"),
)
CASES.add(
    "rss092.xml",
    "RSS 0.92: items with nothing but a description",
    f'<?xml version="1.0"?><rss version="0.92"><channel><title>Carnet</title><link>{SITE}/</link>'
    "<description>d</description><item><description>Le marché de Noël ouvre vendredi à 17 heures "
    "sur la place. Quarante chalets y seront.</description></item></channel></rss>",
    e("Le marché de Noël ouvre vendredi à 17 heures sur la place.",
      "Le marché de Noël ouvre vendredi à 17 heures sur la place. Quarante chalets y seront.",
      url=None, guid=None),
    oddities=["item 1: has no title"],
)  # fmt: skip
CASES.add(
    "rss10.xml",
    "RSS 1.0: RDF with Dublin Core and the whole text",
    f'{DECLARED}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">\n'
    f'<channel rdf:about="{SITE}/"><title>Le Courrier de Valmont</title><link>{SITE}/</link>'
    "<description>d</description><dc:language>fr</dc:language><sy:updatePeriod>hourly</sy:updatePeriod>"
    f'<items><rdf:Seq><rdf:li rdf:resource="{SITE}/pont"/></rdf:Seq></items></channel>\n'
    f'<item rdf:about="{SITE}/pont"><title>Le pont rouvre</title><link>{SITE}/pont</link>'
    f"<description>{PONT}</description><dc:creator>La rédaction</dc:creator>"
    "<dc:date>2026-01-24T08:30+01:00</dc:date><dc:subject>Travaux</dc:subject>"
    f"<content:encoded><![CDATA[<p>{PONT}</p><p>Le maire y sera.</p>]]></content:encoded></item>\n</rdf:RDF>",
    e("Le pont rouvre", PONT, "Le maire y sera.", path="/pont", guid=f"{SITE}/pont",
      author="La rédaction", published="2026-01-24T07:30:00Z", topics=["Travaux"], language="fr"),
)  # fmt: skip
CASES.add(
    "rss-item-outside-channel.xml",
    "RSS 2.0 whose items stand behind the channel, as in RSS 1.0",
    f'<rss version="2.0"><channel><title>Carnet</title><link>{SITE}/</link></channel>'
    f"<item><title>Le pont rouvre</title><link>{SITE}/pont</link></item></rss>",
    e("Le pont rouvre", path="/pont"),
)
CASES.add(
    "rss-in-capitals.xml",
    "an old program that wrote all names in capitals",
    f'<RSS VERSION="2.0"><CHANNEL><TITLE>Carnet</TITLE><LINK>{SITE}/</LINK><ITEM>'
    f"<TITLE>Le pont rouvre</TITLE><LINK>{SITE}/pont</LINK><DESCRIPTION>{PONT}</DESCRIPTION>"
    "<PUBDATE>Sat, 24 Jan 2026 08:30:00 +0100</PUBDATE></ITEM></CHANNEL></RSS>",
    e("Le pont rouvre", PONT, path="/pont", published="2026-01-24T07:30:00Z"),
)
CASES.add(
    "cdf.xml",
    "Channel Definition Format, of 1997",
    f'<CHANNEL HREF="{SITE}/"><TITLE>Valmont Courier</TITLE><ITEM HREF="{SITE}/bridge" '
    'LASTMOD="2026-01-24T08:30"><TITLE>The bridge reopens</TITLE>'
    "<ABSTRACT>It reopens on Saturday at noon.</ABSTRACT></ITEM></CHANNEL>",
    e("The bridge reopens", "It reopens on Saturday at noon.", path="/bridge"),
)
CASES.add(
    "atom03.xml",
    "Atom 0.3, which many an old program still writes",
    f'{DECLARED}<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="fr">'
    f'<title>Carnet</title><link rel="alternate" type="text/html" href="{SITE}/"/>'
    "<modified>2026-01-24T08:00:00Z</modified><entry><title mode=\"escaped\" type=\"text/html\">"
    "Fleurs &amp;amp; graines</title>"
    f'<link rel="alternate" type="text/html" href="{SITE}/graines"/><id>tag:courrier.example,2026:2</id>'
    "<issued>2026-01-23T17:05:00+01:00</issued><modified>2026-01-24T09:00:00Z</modified>"
    "<author><name>Ines Aubry</name></author>"
    f'<content type="text/html" mode="escaped">&lt;p&gt;{GRAINES}&lt;/p&gt;</content></entry></feed>',
    e("Fleurs & graines", GRAINES, path="/graines", published="2026-01-23T16:05:00Z",
      author="Ines Aubry", language="fr"),
)  # fmt: skip
CASES.add(
    "atom10.xml",
    "Atom 1.0 with all it may have",
    atom(
        '<entry><id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id><title>The bridge reopens</title>'
        f'<link rel="alternate" type="text/html" hreflang="en" href="{SITE}/bridge"/>'
        f'<link rel="edit" href="{SITE}/api/12"/><link rel="replies" href="{SITE}/bridge/comments"/>'
        f'<link rel="enclosure" type="image/jpeg" length="120000" href="{SITE}/bridge.jpg"/>'
        "<published>2026-01-24T08:30:00+01:00</published><updated>2026-01-24T12:00:00Z</updated>"
        "<author><name>Ines Aubry</name><email>ines@courrier.example</email></author>"
        "<contributor><name>Paul Sorel</name></contributor>"
        '<category term="works" scheme="https://courrier.example/topics" label="Road works"/>'
        "<rights>© 2026</rights><summary>It reopens on Saturday at noon.</summary></entry>",
        head='<link rel="self" href="https://courrier.example/feed"/><subtitle>News</subtitle>',
        spaces=' xml:lang="en-GB"',
    ),
    e("The bridge reopens", "It reopens on Saturday at noon.", path="/bridge",
      guid="urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6", published="2026-01-24T07:30:00Z",
      author="Ines Aubry", topics=["Road works"], image=f"{SITE}/bridge.jpg", language="en-GB"),
    title="Le Courrier de Valmont",
    home=f"{SITE}/",
)  # fmt: skip
CASES.add(
    "atom-xhtml.xml",
    "Atom with XHTML in title and content",
    atom(
        '<entry><id>u:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        "The <em>old</em> bridge &amp; the new</div></title>"
        '<link href="/bridge"/><updated>2026-01-24T08:30:00Z</updated>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>It reopens.</p>'
        '<p>The <a href="/mayor">mayor</a> will be there.</p></div></content></entry>'
    ),
    e("The old bridge & the new", "It reopens.", "The mayor will be there.", path="/bridge",
      holds=[f'<a href="{SITE}/mayor">']),
)  # fmt: skip
CASES.add(
    "atom-prefixed.xml",
    "Atom whose elements all carry a prefix",
    f'{DECLARED}<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Carnet</a:title>'
    f'<a:entry><a:id>u:1</a:id><a:title>Le pont rouvre</a:title><a:link href="{SITE}/pont"/>'
    "<a:updated>2026-01-24T08:30:00Z</a:updated></a:entry></a:feed>",
    e("Le pont rouvre", path="/pont", published="2026-01-24T08:30:00Z"),
)
CASES.add(
    "atom-plain-title.xml",
    "a title that is plain text and says so: nothing in it is mark-up",
    atom('<entry><id>u:1</id><title type="text">a &lt; b, and &lt;p&gt; is a tag</title>'
         '<link href="/tags"/><updated>2026-01-24T08:30:00Z</updated></entry>'),
    e("a < b, and <p> is a tag", path="/tags"),
)  # fmt: skip
CASES.add(
    "atom-base.xml",
    "relative addresses, read from the nearest xml:base",
    atom(
        '<entry xml:base="2026/"><id>u:1</id><title>Le pont</title><link href="pont"/>'
        '<updated>2026-01-24T08:30:00Z</updated><content type="html">'
        "&lt;p&gt;Voir &lt;a href=\"plan\"&gt;le plan&lt;/a&gt;.&lt;/p&gt;</content></entry>",
        spaces=' xml:base="https://courrier.example/articles/"',
    ),
    e("Le pont", "Voir le plan.", path="/articles/2026/pont",
      holds=[f'<a href="{SITE}/articles/2026/plan">']),
)  # fmt: skip
CASES.add(
    "atom-content-elsewhere.xml",
    "content that is only named: the summary is all there is to read",
    atom(f'<entry><id>u:1</id><title>Le pont</title><link href="{SITE}/pont"/>'
         f'<updated>2026-01-24T08:30:00Z</updated><content type="application/pdf" src="{SITE}/pont.pdf"/>'
         f"<summary>{PONT}</summary></entry>"),
    e("Le pont", PONT, path="/pont"),
)  # fmt: skip
CASES.add(
    "atom-text-content.xml",
    "plain text with paragraphs and angle brackets",
    atom('<entry><id>u:1</id><title>Recette</title><link href="/recette"/>'
         "<updated>2026-01-24T08:30:00Z</updated><content type=\"text\">Prendre 3 œufs &lt; 60 g.\n\n"
         "Battre &amp; cuire.</content></entry>"),
    e("Recette", "Prendre 3 œufs < 60 g.", "Battre & cuire.", path="/recette"),
)  # fmt: skip
CASES.add(
    "atom-one-entry.xml",
    "a single entry as a document of its own is no feed, but can be read as a person would",
    f'{DECLARED}<entry xmlns="http://www.w3.org/2005/Atom"><id>u:1</id><title>Le pont</title>'
    f'<link href="{SITE}/pont"/><updated>2026-01-24T08:30:00Z</updated></entry>',
    e("Le pont", path="/pont"),
)
CASES.add(
    "atom-published-only.xml",
    "no updated, which Atom demands",
    atom('<entry><id>u:1</id><title>Le pont</title><link href="/pont"/>'
         "<published>2026-01-24T08:30:00Z</published></entry>"),
    e("Le pont", published="2026-01-24T08:30:00Z"),
)  # fmt: skip


def json_feed(*items: object, version: str = "1.1", **more: object) -> str:
    told = {"version": f"https://jsonfeed.org/version/{version}", "title": "Le Courrier de Valmont"}
    return json.dumps({**told, **more, "items": list(items)}, ensure_ascii=False, indent=1)


CASES.add(
    "json1.json",
    "JSON Feed 1 with one author",
    json_feed(
        {"id": f"{SITE}/pont", "url": f"{SITE}/pont", "title": "Le pont rouvre", "content_html":
         f"<p>{PONT}</p>", "date_published": "2026-01-24T08:30:00+01:00", "author": {"name": "Ines Aubry"},
         "image": f"{SITE}/pont.jpg", "tags": ["Travaux", "travaux", "Pont"]},
        version="1", home_page_url=f"{SITE}/",
    ),
    e("Le pont rouvre", PONT, path="/pont", author="Ines Aubry", published="2026-01-24T07:30:00Z",
      topics=["Travaux", "Pont"], image=f"{SITE}/pont.jpg"),
    home=f"{SITE}/",
)  # fmt: skip
CASES.add(
    "json11.json",
    "JSON Feed 1.1: several authors, languages, a summary beside the text",
    json_feed(
        {"id": "12", "url": f"{SITE}/bridge", "title": "The bridge reopens", "summary":
         "It reopens on Saturday at noon.", "content_html": "<p>Closed since October.</p>",
         "authors": [{"name": "Ines Aubry"}, {"name": "Paul Sorel"}], "language": "en"},
        language="fr",
    ),
    e("The bridge reopens", "It reopens on Saturday at noon.", guid="12", language="en",
      author="Ines Aubry, Paul Sorel"),
)  # fmt: skip
CASES.add(
    "json-text-only.json",
    "a microblog in JSON: no titles, plain text with lines",
    json_feed(
        {"id": 7, "url": f"{SITE}/n/7", "content_text": "La <place> est belle.\n\nVenez & voyez."},
        {"id": 8, "external_url": "https://ailleurs.example/a", "content_text": "À lire ailleurs."},
    ),
    e("La <place> est belle.", "La <place> est belle.", "Venez & voyez.", guid="7", path="/n/7"),
    e("À lire ailleurs.", url="https://ailleurs.example/a", guid="8"),
    oddities=["item 1: has no title", "item 2: has no title"],
)
CASES.add(
    "json-odd-items.json",
    "items that are none, and values of wrong types",
    json_feed(
        "item",
        {"id": None, "url": 12, "title": ["a"], "content_html": {"b": 1}},
        {"id": ["x"], "url": "/pont", "title": "Le pont", "tags": "Travaux", "authors": "Ines",
         "image": 5, "date_published": "hier"},
        {"id": "\ud800", "url": "https://courrier.example/\ud800", "title": "Demi\ud800 caractère"},
    ).encode("utf-8", "surrogatepass").replace(b"\xed\xa0\x80", rb"\ud800"),
    e("Le pont", path="/pont", published=None, image=None, topics=[]),
    e("Demi caractère", path="/"),
    oddities=["item 1: is no object", "item 2: has no title, no text", "item 3: no credible date ('hier')"],
)  # fmt: skip
CASES.add("json-empty.json", "a JSON Feed without articles yet", json_feed())
CASES.add(
    "json-no-feed.json", "JSON of another kind", '{"posts": [{"title": "a"}]}', error="no JSON Feed"
)
CASES.add("json-list.json", "a list in JSON", '[{"title": "a"}]', error="is not a feed")
CASES.add(
    "json-cut.json", "a JSON Feed that breaks off", json_feed({"id": "1"})[:-9], error="broken JSON"
)
