"""The picture that shows what an article is about, wherever a feed keeps it; never a spy or an icon."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import SITE, Cases, e, item, rss

CASES = Cases()
NONE: None = None


def pictured(name: str, note: str, *pairs: tuple[str, object], text: str = "") -> None:
    """A feed with an item for each way to name a picture, and the picture that is taken."""
    items = "".join(
        item(f"Article {n}", f"/{n}", text, more) for n, (more, _) in enumerate(pairs, 1)
    )
    spaces = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    CASES.add(
        name,
        note,
        rss(items, spaces=spaces),
        *(e(f"Article {n}", image=image) for n, (_, image) in enumerate(pairs, 1)),
    )


pictured(
    "picture-enclosure.xml",
    "enclosures: a picture is one by its type or its name, a sound or a film is none",
    ('<enclosure url="/a.jpg" type="image/jpeg" length="1"/>', f"{SITE}/a.jpg"),
    ('<enclosure url="/a.webp" length="1"/>', f"{SITE}/a.webp"),
    (
        '<enclosure url="/a.mp3" type="audio/mpeg" length="1"/><enclosure url="/b.png" type="image/png" length="1"/>',
        f"{SITE}/b.png",
    ),
    ('<enclosure url="/film.mp4" type="video/mp4" length="1"/>', NONE),
    ('<enclosure url="/dossier.pdf" type="application/pdf"/>', NONE),
    ('<enclosure type="image/png"/>', NONE),
)
pictured(
    "picture-media.xml",
    "media:content and media:thumbnail, alone, grouped, in several sizes, with words about it",
    ('<media:content url="/a.jpg" medium="image" width="1200" height="800"/>', {"url": f"{SITE}/a.jpg", "width": 1200, "height": 800}),
    ('<media:group><media:content url="/s.jpg" medium="image" width="300"/><media:content url="/l.jpg" medium="image" width="1200"/></media:group>',
     {"url": f"{SITE}/l.jpg", "width": 1200}),
    ('<media:thumbnail url="/t.jpg" width="640" height="360"/>', {"url": f"{SITE}/t.jpg", "width": 640, "height": 360}),
    ('<media:content url="/v.mp4" type="video/mp4" medium="video"><media:thumbnail url="/v.jpg"/></media:content>', f"{SITE}/v.jpg"),
    ('<media:content url="/a.jpg" type="image/jpeg"><media:text>x</media:text><media:description>Le pont sous la neige</media:description></media:content>',
     {"url": f"{SITE}/a.jpg", "alt": "Le pont sous la neige"}),
    ('<media:content url="https://secure.gravatar.com/avatar/1?s=96" medium="image"/>', NONE),
    ('<media:content url="/blank.gif" medium="image" width="1" height="1"/>', NONE),
)  # fmt: skip
pictured(
    "picture-other.xml",
    "elements that no standard knows, but programs write",
    ('<itunes:image href="/cover.jpg"/>', f"{SITE}/cover.jpg"),
    ("<image><url>https://courrier.example/i.jpg</url></image>", f"{SITE}/i.jpg"),
)
pictured(
    "picture-beside-text.xml",
    "a picture beside the text that shows it too: the text knows the words about it",
    ('<media:content url="https://courrier.example/w.jpg?utm_source=rss" medium="image"/>',
     {"url": f"{SITE}/w.jpg?utm_source=rss", "alt": "La neige", "width": 600, "height": 400}),
    ('<media:thumbnail url="/t-72.jpg" width="72" height="72"/>', {"url": f"{SITE}/w.jpg", "alt": "La neige", "width": 600, "height": 400}),
    ("", {"url": f"{SITE}/w.jpg", "alt": "La neige", "width": 600, "height": 400}),
    text="&lt;p&gt;Il neige.&lt;/p&gt;&lt;img src=&quot;/w.jpg&quot; alt=&quot;La neige&quot; width=&quot;600&quot; height=&quot;400&quot;&gt;",
)  # fmt: skip


def inside(name: str, note: str, *pairs: tuple[str, object]) -> None:
    pictured(
        name,
        note,
        *(
            (f"<content:encoded><![CDATA[{markup}]]></content:encoded>", image)
            for markup, image in pairs
        ),
    )


inside(
    "picture-inside.xml",
    "the first picture of the text that is worth showing",
    ('<img src="/wp-includes/images/smilies/smile.png" class="wp-smiley"><img src="/a.jpg" alt="A">', {"url": f"{SITE}/a.jpg", "alt": "A"}),
    ('<img src="/icon.png" width="16" height="16"><img src="/a.jpg">', f"{SITE}/a.jpg"),
    ('<img src="https://stats.wp.com/g.gif?x"><p>Rien.</p>', NONE),
    ('<img src="https://secure.gravatar.com/avatar/1" width="96" height="96"><p>x</p>', NONE),
    ('<picture><source srcset="/a.avif 1x" type="image/avif"><img src="/a.jpg" alt="A"></picture>', {"url": f"{SITE}/a.jpg", "alt": "A"}),
    ('<img src="data:image/svg+xml,%3Csvg%3E" data-lazy-src="/lazy.jpg" alt="L">', {"url": f"{SITE}/lazy.jpg", "alt": "L"}),
    ('<img data-src="/lazy2.jpg" src="/placeholder.gif" width="50%">', f"{SITE}/lazy2.jpg"),
    ('<noscript><img src="/ns.jpg"></noscript><p>x</p>', f"{SITE}/ns.jpg"),
    ('<video poster="/affiche.jpg" src="/v.mp4"></video>', NONE),
    ('<img src="/a b.jpg">', f"{SITE}/a%20b.jpg"),
    ('<img src="/logo.svg" alt="Logo">', NONE),
)  # fmt: skip
