"""Broken feeds: salvaged where they can be, refused in one line where not."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import DECLARED, SITE, Cases, atom, e, item, rss

CASES = Cases()
TWO = item("Le pont", "/pont", "Il rouvre.") + item("Le marché", "/marche", "Vendredi.")
ILL = "not well-formed"

CASES.add("empty-channel.xml", "a feed without articles yet is well", rss(""))
CASES.add("empty-atom.xml", "an Atom feed without entries is well", atom(""))
CASES.add("nothing.xml", "no byte at all", "", error="is empty")
CASES.add("blank.xml", "white space alone", " \n\t\n", error="is empty")
CASES.add(
    "ampersands.xml",
    "& as it is typed, in text and in addresses",
    rss(item("Fleurs & graines", "/a?b=1&c=2", "Pierre & Paul, R&D, AT&T.")),
    e("Fleurs & graines", "Pierre & Paul, R&D, AT&T.", path="/a?b=1&c=2"),
    oddities=[ILL],
)
CASES.add(
    "less-than.xml",
    "< as it is typed",
    rss(item("Si a < b", "/a", "On a 3 < 5, et c’est tout.") + item("Le marché", "/marche")),
    e("Si a < b", path="/a"),
    e("Le marché", path="/marche"),
    oddities=[ILL],
)
CASES.add(
    "html-unescaped.xml",
    "HTML in the description as it is, neither escaped nor in CDATA, with tags that do not close",
    rss(
        item("Le pont", "/pont", "Il rouvre.<br>Enfin <b>samedi</b>.<p>Merci.")
        + item("Le marché", "/marche")
    ),
    e("Le pont", path="/pont"),
    e("Le marché", path="/marche"),
    oddities=[ILL],
)
CASES.add(
    "cut-in-the-second.xml",
    "a feed that breaks off: half an article is none",
    rss(TWO)[: rss(TWO).index("Vendredi") + 4],
    e("Le pont", "Il rouvre.", path="/pont"),
    oddities=[ILL],
)
CASES.add(
    "cut-after-the-items.xml",
    "a feed whose end is missing, and nothing else",
    rss(TWO).partition("</channel>")[0],
    e("Le pont"), e("Le marché", "Vendredi."),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "cut-in-the-head.xml",
    "a feed that breaks off before its first article is never an empty one",
    rss(TWO)[: rss(TWO).index("<item>")],
    error=ILL,
)
CASES.add(
    "cut-in-a-word-of-many-bytes.xml",
    "a feed that breaks off within a letter",
    rss(TWO + item("Été", "/ete")).encode()[: rss(TWO + item("Été", "/ete")).encode().index("Été".encode()) + 1],
    e("Le pont"), e("Le marché"),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "warning-before.xml",
    "a program's warning in front of the feed",
    "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/var/www/feed.php</b> on line <b>12</b><br />\n" + rss(TWO),
    e("Le pont"), e("Le marché"),
    oddities=["something stands before the feed"],
)  # fmt: skip
CASES.add(
    "words-before.xml",
    "a notice in plain words in front of the feed",
    "Deprecated: Function strftime() is deprecated in /www/backend.php on line 3\n" + rss(TWO),
    e("Le pont"), e("Le marché"),
    oddities=["something stands before the feed"],
)  # fmt: skip
CASES.add(
    "words-after.xml",
    "a program's timing behind the feed",
    rss(TWO) + "<!-- 0.12 s -->\nFatal error: Maximum execution time exceeded",
    e("Le pont"), e("Le marché"),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "attributes-unquoted.xml",
    "attributes without quotation marks",
    rss(TWO).replace('version="2.0"', "version=2.0"),
    e("Le pont"), e("Le marché"),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "prefix-undeclared.xml",
    "prefixes that were declared nowhere",
    rss(item("Le pont", "/pont", "", "<dc:creator>Ines</dc:creator><content:encoded><![CDATA[<p>Il rouvre.</p>]]></content:encoded>"), spaces=""),
    e("Le pont", "Il rouvre.", author="Ines"),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "cdata-in-cdata.xml",
    "an article about XML, pasted into CDATA with its own end",
    rss(item("CDATA", "/cdata", "<![CDATA[<p>On écrit <code><![CDATA[x]]></code> ainsi.</p>]]>") + item("Le marché", "/marche")),
    e("CDATA", path="/cdata"),
    e("Le marché", path="/marche"),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "declared-twice.xml",
    "the XML declaration, again in the middle",
    rss(item("Le pont") + DECLARED + item("Le marché", "/marche")),
    e("Le pont"), e("Le marché"),
    oddities=[ILL],
)  # fmt: skip
CASES.add(
    "comments.xml",
    "comments everywhere, one with a feed in it",
    f"{DECLARED}<!-- <rss><channel><item><title>Non</title></item></channel></rss> -->"
    + rss("<!-- a -->" + TWO + "<!-- <item><title>Non</title></item> -->", declared=""),
    e("Le pont"), e("Le marché"),
)  # fmt: skip
CASES.add(
    "one-bad-item.xml",
    "one item with nothing in it spoils no other",
    rss(item("Le pont") + "<item><guid isPermaLink=\"false\">x</guid></item>" + item("Le marché", "/marche")),
    e("Le pont"), e("Le marché"),
    oddities=["item 2: has no title, no text and no address"],
    lost=1,
)  # fmt: skip
CASES.add(
    "all-bad-items.xml",
    "a feed of which nothing can be read is never an empty one",
    rss("<item></item><item><pubDate>x</pubDate></item>"),
    error="none of the items",
)
CASES.add(
    "old-version.xml",
    "a version that never was",
    rss(TWO).replace('version="2.0"', 'version="3.7"'),
    e("Le pont"), e("Le marché"),
)  # fmt: skip
CASES.add(
    "no-version.xml",
    "no version at all",
    rss(TWO).replace(' version="2.0"', ""),
    e("Le pont"), e("Le marché"),
)  # fmt: skip
CASES.add(
    "page-instead.html",
    "a web page where a feed was: the remedy names its feed",
    '<!DOCTYPE html><html><head><title>Oups</title><link rel="alternate" type="application/rss+xml" href="/feed2">'
    "</head><body><p>Déplacé.</p></body></html>",
    error="it names a feed, give that address: https://courrier.example/feed2",
)
CASES.add(
    "login-instead.html",
    "a form to log in, with status 200",
    "<html><body><form action=/login><input name=user><input type=password name=p></form></body></html>",
    error="is a web page that asks for a password, not a feed",
)
CASES.add(
    "challenge-instead.html",
    "a guard against robots",
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>',
    error="is a web page, not a feed",
)
CASES.add(
    "words-instead.txt",
    "plain words",
    "Service indisponible\n",
    error="is not a feed",
    content_type="text/plain",
)
CASES.add(
    "picture-instead.xml", "a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", error="is not a feed"
)
CASES.add(
    "packed-instead.xml", "a packed file", b"PK\x03\x04" + bytes(range(256)), error="is not a feed"
)
CASES.add(
    "sitemap-instead.xml",
    "XML of another kind: a sitemap",
    f'{DECLARED}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{SITE}/</loc></url></urlset>',
    error="not a feed",
)
CASES.add(
    "opml-instead.xml",
    "XML of another kind: a list of feeds",
    f'{DECLARED}<opml version="2.0"><head><title>f</title></head><body><outline type="rss" xmlUrl="{SITE}/feed"/></body></opml>',
    error="not a feed",
)
CASES.add(
    "soap-instead.xml",
    "XML of another kind: a fault",
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultstring>x</faultstring></soap:Fault></soap:Body></soap:Envelope>',
    error="not a feed",
)
CASES.add(
    "deep.xml",
    "elements within elements, a thousand deep",
    rss(item("Le pont", "/pont", "<b>" * 1000 + "Il rouvre." + "</b>" * 1000) + item("Le marché", "/marche")),
    e("Le pont"), e("Le marché"),
)  # fmt: skip
CASES.add(
    "attribute-twice.xml",
    "one attribute given twice",
    rss(
        item(
            "Le pont",
            "/pont",
            "",
            '<enclosure url="https://courrier.example/a.jpg" type="image/jpeg" url="https://courrier.example/b.jpg"/>',
        )
    ),
    e("Le pont", path="/pont"),
    oddities=[ILL],
)
