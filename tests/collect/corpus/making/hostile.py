"""What must never come through: acts, spies, entities, and addresses that lead elsewhere."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import DECLARED, SITE, Cases, atom, e, item, rss

CASES = Cases()
BAD = [
    "script",
    "javascript:",
    "onerror",
    "onclick",
    "style",
    "<svg",
    "<form",
    "<iframe",
    "data:",
    "<meta",
    "<base",
    "<object",
    "alert(",
]


def within(name: str, note: str, markup: str, *excerpt: str, **more: object) -> None:
    """A feed whose one item has this HTML, in CDATA and again escaped."""
    escaped = markup.replace("&", "&amp;").replace("<", "&lt;")
    CASES.add(
        name,
        note,
        rss(item("Le pont", "/pont", "", f"<content:encoded><![CDATA[{markup}]]></content:encoded>")
            + item("Le pont, encore", "/pont2", escaped)),
        e("Le pont", *excerpt, **{"lacks": BAD, **more}),
        e("Le pont, encore", *excerpt, **{"lacks": BAD, **more}),
    )  # fmt: skip


within(
    "hostile-scripts.xml",
    "script in every dress",
    '<p onclick="alert(1)">Il rouvre.</p><script>alert(1)</script><SCRIPT SRC=//x.example/x.js></SCRIPT>'
    '<img src=x onerror=alert(1)><svg onload=alert(1)><script>alert(1)</script></svg><math><mi//xlink:href="data:x,<script>alert(1)</script>"></math><p>'
    '<a href="javascript:alert(1)">ici</a> <a href=" jAvAs\tcript:alert(1)">là</a> <a href="vbscript:x">y</a> '
    '<a href="data:text/html,<script>alert(1)</script>">data</a>',
    "Il rouvre.", "ici là y data",
)  # fmt: skip
within(
    "hostile-frames.xml",
    "forms, frames and objects are gone with what they hold; so are a page's own head and styles",
    '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=//evil.example"><link rel=stylesheet href=//evil.example/a.css>'
    '<style>p{background:url(//evil.example/pixel)}</style><p style="background:url(https://evil.example/p.gif)">Il <a href="plan">rouvre</a>.</p>'
    '<form action="//evil.example"><input name=p><button>Envoyer</button><select><option>x</select><textarea>y</textarea></form>'
    '<iframe src="//evil.example"></iframe><object data="//evil.example/x.swf"></object><embed src="//evil.example/x.swf"><applet code=x></applet>',
    "Il rouvre.",
    lacks=[*BAD, "evil.example", "url("],
    holds=[f'href="{SITE}/'],
)  # fmt: skip
within(
    "hostile-spies.xml",
    "pictures that are there to be loaded and not to be seen",
    '<p>Il rouvre.</p><img src="https://stats.example/p.gif" width="1" height="1"><img src="https://stats.example/q.gif" style="display:none">'
    '<img src="https://pixel.wp.com/g.gif"><img src="https://www.facebook.com/tr?id=1&ev=PageView&noscript=1"><img src="/1x1.png">'
    '<img src="https://stats.example/r" height="0"><img src="https://courrier.example/vrai.jpg" alt="Le pont" width="600" height="400">',
    "Il rouvre.",
    lacks=["stats.example", "pixel.wp", "facebook", "1x1"],
    image={"url": f"{SITE}/vrai.jpg", "alt": "Le pont", "width": 600, "height": 400},
)  # fmt: skip
within(
    "hostile-addresses.xml",
    "relative addresses, //host, srcset, lazy pictures",
    '<p>Voir <a href="//cdn.example/plan">le plan</a> et <a href="../carte?a=1&amp;b=2#c">la carte</a>.</p>'
    '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/img/a.jpg" alt="A">'
    '<img srcset="/img/b-400.jpg 400w, /img/b-800.jpg 800w, /img/b-4000.jpg 4000w" alt="B"><img src="//cdn.example/c.jpg">',
    "Voir le plan et la carte.",
    lacks=["data:", "srcset", "4000"],
    holds=['href="https://cdn.example/plan"', f'href="{SITE}/carte?a=1&amp;b=2#c"', f'src="{SITE}/img/a.jpg"',
           f'src="{SITE}/img/b-800.jpg"', 'src="https://cdn.example/c.jpg"'],
    image={"url": f"{SITE}/img/a.jpg", "alt": "A"},
)  # fmt: skip
within(
    "hostile-comments.xml",
    "comments, conditional ones, and instructions",
    "<!-- secret --><!--[if mso]><p>mso</p><![endif]--><?php echo 1 ?><p>Il rouvre.</p><!-- <script>alert(1)</script> -->",
    "Il rouvre.",
    lacks=[*BAD, "secret", "mso", "echo"],
)  # fmt: skip
within(
    "hostile-nesting.xml",
    "HTML so crooked that a browser mends it",
    "<p><div>Il <b><i>rouvre</b></i>.</p></div></blockquote><table><tr><td>1<td>2</table><a href='/x'><a href='/y'>deux</a>",
    lacks=["<table", "<div"],
)  # fmt: skip
CASES.add(
    "hostile-title.xml",
    "mark-up in titles, escaped as often as one likes",
    rss(item("&lt;b&gt;Le pont&lt;/b&gt;", "/1") + item("<![CDATA[Le <em>pont</em> &amp; le quai]]>", "/2")
        + item("Le pont &amp;amp; le quai", "/3") + item("&lt;script&gt;alert(1)&lt;/script&gt;Le pont", "/4")
        + item("5 &amp;lt; 6", "/5") + item("L&amp;rsquo;&amp;eacute;t&amp;eacute;", "/6")
        + item("&lt;img src=x onerror=alert(1)&gt;Le pont", "/7")),
    e("Le pont"), e("Le pont & le quai"), e("Le pont & le quai"), e("Le pont"), e("5 < 6"), e("L’été"), e("Le pont"),
)  # fmt: skip
CASES.add(
    "hostile-laughs.xml",
    "a billion laughs: entities of its own are never expanded",
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    + rss(item("Le pont", "/pont", "Rire : &d;") + item("Le marché", "/marche"), declared=""),
    e("Le pont"), e("Le marché"),
    oddities=["not well-formed", "declares entities"],
)  # fmt: skip
CASES.add(
    "hostile-file.xml",
    "an entity that stands for a file of this machine",
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "https://evil.example/p.dtd"> %p;]>'
    + rss(item("Le pont", "/pont", "A &x; B"), declared=""),
    e("Le pont", lacks=["root:"]),
    oddities=["not well-formed", "declares entities"],
)
CASES.add(
    "hostile-include.xml",
    "XInclude and a style sheet: neither is fetched",
    f'{DECLARED}<?xml-stylesheet type="text/xsl" href="file:///etc/passwd"?>'
    + rss(
        item(
            "Le pont",
            "/pont",
            "",
            '<description xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/>Il rouvre.</description>',
        ),
        declared="",
    ),
    e("Le pont", "Il rouvre.", lacks=["root:"]),
)
CASES.add(
    "hostile-links.xml",
    "addresses that are none, or none of the web",
    rss("".join(f"<item><title>{n}</title><link>{link}</link></item>" for n, link in enumerate((
        "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "mailto:a@courrier.example", "ftp://courrier.example/x",
        "https://", "https://courrier.example:99999999/", "https://[::1/", "  https://courrier.example/blancs dedans  ",
        "https://courrier.exa\nmple/lig\nnes", "HTTPS://Courrier.Example/Haut", "//courrier.example/deux", "pont?a=1&amp;b=2"), 1))),
    *(e(str(n), url=None) for n in range(1, 9)),
    e("9", url=f"{SITE}/blancs%20dedans"), e("10", url=f"{SITE}/lignes"), e("11", url="https://Courrier.Example/Haut"),
    e("12", url=f"{SITE}/deux"), e("13", url=f"{SITE}/pont?a=1&b=2"),
)  # fmt: skip
CASES.add(
    "hostile-atom.xml",
    "XHTML that acts",
    atom('<entry><id>1</id><title type="html">&lt;img src=x onerror=alert(1)&gt;Le pont</title><link href="javascript:alert(1)"/>'
         '<link rel="enclosure" type="image/png" href="data:image/png;base64,AA"/><updated>2026-01-24T07:30:00Z</updated>'
         '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p onclick="alert(1)">Il rouvre.</p><script>alert(1)</script></div></content></entry>'),
    e("Le pont", "Il rouvre.", url=None, image=None, lacks=BAD),
)  # fmt: skip
CASES.add(
    "hostile-long.xml",
    "a title of a page's length, a guid without end, a hundred topics",
    rss(item("Valmont " * 200, "/long", "", f"<guid>{'x' * 5000}</guid>" + "".join(f"<category>t{n}</category>" for n in range(100)))),
    e("Valmont " * 61 + "Valmont…", path="/long", guid=None, topics=[f"t{n}" for n in range(50)]),
    oddities=["title of more than 500", "guid of more than 1000"],
)  # fmt: skip
CASES.add(
    "found-control-characters.xml",
    "references to control characters, and a form feed behind what is dropped: found by the fuzz",
    rss(
        item(
            "Le pont",
            "/pont",
            "",
            "<content:encoded><![CDATA[<article>&#xF;<h2>Le quai</h2>&#12;&#1;&#0;"
            "<p>Il&#11;rouvre.</p><form></form>&#x0000C; &#xFFFE;</article>]]></content:encoded>",
        )
    ),
    e("Le pont", "Il rouvre."),
)
