"""What a feed says, in each of its formats, becomes entries."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from feed_kit import URL, item, only, read, rss

from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Entry, Image
from newsletter.collect.feeds import parse_feed


def test_an_rss_item_becomes_an_entry() -> None:
    feed = read(
        rss(
            item(
                title="Le pont&amp;nbsp;: été",
                link="/pont?utm_source=rss",
                more='<guid isPermaLink="false">id-1</guid><pubDate>Sat, 24 Jan 2026 10:00:00 +0100</pubDate>'
                "<description>&lt;p&gt;Il &lt;b&gt;rouvre&lt;/b&gt;.&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</description>"
                '<content:encoded><![CDATA[<p>Long. <a href="suite">s</a></p>]]></content:encoded>'
                "<dc:creator>La rédaction</dc:creator><category>Pont</category><category>PONT</category>"
                '<media:content url="/p.jpg" medium="image" width="800" height="600"/>',
            ),
            head="<language>fr-fr</language>",
        )
    )
    assert (feed.title, feed.language, feed.home) == (
        "Le Courrier de Valmont",
        "fr-FR",
        "https://courrier.example/",
    )
    assert feed.oddities == ()
    assert feed.entries == (
        Entry(
            guid="id-1",
            url="https://courrier.example/pont?utm_source=rss",
            title="Le pont\u00a0: été",
            summary_html="<p>Il <strong>rouvre</strong>.</p>",
            content_html='<p>Long. <a href="https://courrier.example/suite">s</a></p>',
            author="La rédaction",
            published=datetime(2026, 1, 24, 9, 0, tzinfo=UTC),
            language="fr-FR",
            topics=("Pont",),
            image=Image("https://courrier.example/p.jpg", "", 800, 600),
        ),
    )


def test_an_atom_entry_becomes_an_entry() -> None:
    entry = only(
        b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>V</title>
        <entry><id>urn:1</id><title type="html">Fish &amp;amp; chips &amp;lt;3</title><link href="/a"/>
        <updated>2026-01-02T10:00:00+02:00</updated><author><name>Ann</name></author>
        <category term="t" label="River"/>
        <content type="xhtml" xml:base="https://courrier.example/sub/">
        <div xmlns="http://www.w3.org/1999/xhtml"><p>Hi <img src="i.png" alt="A weir"/></p></div>
        </content></entry></feed>"""
    )
    assert (entry.guid, entry.url, entry.title) == (
        "urn:1",
        "https://courrier.example/a",
        "Fish & chips <3",
    )
    assert entry.published == datetime(2026, 1, 2, 8, 0, tzinfo=UTC)
    assert (entry.author, entry.topics, entry.language) == ("Ann", ("River",), "en")
    assert entry.image == Image("https://courrier.example/sub/i.png", "A weir")
    assert entry.summary_html == ""
    assert 'src="https://courrier.example/sub/i.png"' in entry.content_html


def test_a_json_feed_becomes_entries() -> None:
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "V",
        "home_page_url": "https://courrier.example/",
        "language": "en",
        "items": [
            {"id": "1", "url": "/a", "title": "A", "content_html": "<p>x<script>y</script></p>",
             "date_published": "2026-01-02T10:00:00Z", "authors": [{"name": "Ann"}], "tags": ["t", "T"],
             "image": "/i.jpg", "summary": "a < b"},
            "rubbish",
            {"id": 2, "content_text": "Only text. More."},
            {"id": 3, "url": 7, "title": ["x"], "date_published": "yesterday", "content_html": "z"},
            {},
        ],
    }  # fmt: skip
    feed = read(json.dumps(told).encode())
    first = feed.entries[0]
    assert (first.url, first.author, first.topics) == ("https://courrier.example/a", "Ann", ("t",))
    assert (first.content_html, first.summary_html) == ("<p>x</p>", "<p>a &lt; b</p>")
    assert first.image == Image("https://courrier.example/i.jpg")
    assert [e.title for e in feed.entries] == ["A", "Only text.", "z"]
    assert [o.partition(":")[0] for o in feed.oddities] == [
        "item 2",
        "item 3",
        "item 4",
        "item 4",
        "item 5",
    ]


# --- items --------------------------------------------------------------------------------------


def test_a_bad_item_never_spoils_the_others() -> None:
    feed = read(rss(item(title="Un") + "<item></item>" + item(title="Trois", link="/3")))
    assert [e.title for e in feed.entries] == ["Un", "Trois"]
    assert feed.oddities == ("item 2: has no title, no text and no address",)


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "demain",
        "99999-99-99",
        "0001-01-01T00:00:00Z",
    ],
)
def test_an_absurd_date_is_none_and_told(written: str) -> None:
    feed = read(rss(item(more=f"<pubDate>{written}</pubDate>")))
    assert feed.entries[0].published is None
    assert feed.oddities == (f"item 1: no credible date ({written!r})",)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Samstag, 24 Jan 2026 10:00:00 +0000", datetime(2026, 1, 24, 10, tzinfo=UTC)),
        ("sam., 24 janv. 2026 10:00:00 +0100", datetime(2026, 1, 24, 9, tzinfo=UTC)),
        ("24 janvier 2026", datetime(2026, 1, 24, tzinfo=UTC)),
        ("Publié le 1er août 2026 à 8h30", datetime(2026, 8, 1, 8, 30, tzinfo=UTC)),
        ("le 12/03/2026", datetime(2026, 3, 12, tzinfo=UTC)),
        ("March 12, 2026", datetime(2026, 3, 12, tzinfo=UTC)),
        ("12. März 2026", datetime(2026, 3, 12, tzinfo=UTC)),
        ("2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
        ("Fri, 01 Jan 2100 00:00:00 GMT", datetime(2100, 1, 1, tzinfo=UTC)),
        ("31 février 2026", None),
        ("bientôt", None),
    ],
)
def test_dates_are_read_in_their_languages(written: str, day: datetime | None) -> None:
    assert parse_date(written) == day


def test_a_future_date_is_kept() -> None:
    entry = only(rss(item(more="<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate>")))
    assert entry.published == datetime(2100, 1, 1, tzinfo=UTC)


def test_a_missing_guid_is_none() -> None:
    assert only(rss(item())).guid is None


def test_a_guid_shared_by_different_articles_identifies_none_of_them() -> None:
    same = '<guid isPermaLink="false">1</guid>'
    feed = read(rss(item(more=same) + item(title="B", link="/b", more=same)))
    assert [e.guid for e in feed.entries] == [None, None]
    assert all("shares its guid" in o for o in feed.oddities)


def test_items_with_one_guid_and_one_address_stay_what_they_say() -> None:
    items = "".join(
        f"<item><guid>https://courrier.example/</guid><link>https://courrier.example/</link>"
        f"<title>{title}</title><description>{text}</description></item>"
        for title, text in (
            ("Le pont rouvre", "Les travaux du pont de la Vesle sont finis."),
            ("Le pont rouvre samedi", "Les travaux du pont de la Vesle sont finis, enfin."),
            ("Conseil du 3 mars", "Le conseil se tient à la mairie."),
            ("Conseil du 10 mars", "Le conseil se tient à la mairie."),
        )
    )
    feed = parse_feed(
        f"<rss version='2.0'><channel><title>C</title>{items}</channel></rss>".encode(),
        url="https://courrier.example/feed",
    )
    assert [entry.title for entry in feed.entries] == [
        "Le pont rouvre",
        "Conseil du 3 mars",
        "Conseil du 10 mars",
    ]
    assert "item 2: stands in the feed twice" in feed.oddities[0]


def test_an_item_that_stands_twice_is_read_once() -> None:
    same = item(more='<guid isPermaLink="false">1</guid>')
    feed = read(rss(same + same))
    assert len(feed.entries) == 1
    assert "stands in the feed twice" in feed.oddities[0]


def test_a_missing_title_is_taken_from_the_text() -> None:
    entry = only(rss("<item><description>Le pont rouvre lundi. Enfin.</description></item>"))
    assert entry.title == "Le pont rouvre lundi."


def test_plain_words_in_a_title_stay_what_they_are() -> None:
    assert (
        only(rss(item(title="1 &lt; 2 : «\u00a0oui\u00a0»"))).title == "1 < 2 : «\u00a0oui\u00a0»"
    )


def test_what_turns_the_direction_of_text_or_moves_a_cursor_is_left_out() -> None:
    more = "<dc:creator>Ada\u202e L.</dc:creator><description>Le\u2067 pont</description>"
    (entry,) = parse_feed(rss(item(title="Le \u202epont\u2066 rouvre", more=more)), url=URL).entries
    assert entry.title == "Le pont rouvre"
    assert entry.author == "Ada L."
    assert "\u2067" not in entry.summary_html


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("audio/mpeg", "https://courrier.example/12.mp3"),
        ("application/pdf", "https://courrier.example/12.mp3"),
        ("image/jpeg", None),
        ("", None),
    ],
)
def test_without_a_page_an_article_leads_to_its_sound(kind: str, found: str | None) -> None:
    more = f'<enclosure url="/12.mp3" type="{kind}" length="1"/>'
    assert only(rss(f"<item><title>Radio</title>{more}</item>")).url == found
    assert only(rss(item(more=more))).url == "https://courrier.example/pont"


def test_a_hostile_link_is_no_address() -> None:
    assert only(rss(item(link="javascript:alert(1)"))).url is None
    assert only(rss(item(link="file:///etc/passwd"))).url is None


def test_a_program_s_own_language_is_not_that_of_an_article_in_another() -> None:
    text = "Les enfants de l’école sont dans la cour avec des fleurs pour la fête, et une fanfare. "
    for said, kept in (("en-US", None), ("fr-FR", "fr-FR")):
        feed = parse_feed(
            f"<rss version='2.0'><channel><language>{said}</language><item><title>La fête</title>"
            f"<link>{URL}a</link><description>{text * 3}</description></item></channel></rss>".encode(),
            url=URL,
        )
        assert (feed.language, feed.entries[0].language) == (said, kept)


TWICE = "&lt;p&gt;Le pont rouvre. L&amp;rsquo;été aussi.&lt;br /&gt;Enfin&amp;nbsp;: 1 &amp;lt; 2.&lt;/p&gt;"
ONCE = "<p>Le pont rouvre. L’été aussi.<br>Enfin\u00a0: 1 &lt; 2.</p>"


def test_html_that_was_escaped_once_too_often_is_html() -> None:
    told = {"id": "1", "url": "/a", "title": "A", "content_html": TWICE}
    version = "https://jsonfeed.org/version/1.1"
    marked = only(rss(item(more=f"<description><![CDATA[{TWICE}]]></description>")))
    escaped = only(rss(item(more=f"<description>{TWICE.replace('&', '&amp;')}</description>")))
    plain = only(json.dumps({"version": version, "items": [told]}).encode())
    assert marked.summary_html == escaped.summary_html == ONCE.replace("\u00a0", "&nbsp;")
    assert plain.content_html == ONCE.replace("\u00a0", "&nbsp;")


@pytest.mark.parametrize(
    "text",
    ["&lt;p&gt; ouvre un paragraphe.", "a &lt;b et b&gt; c", "<b>Note</b> : &lt;/p&gt; le ferme."],
)
def test_a_text_about_html_stays_what_it_is(text: str) -> None:
    entry = only(rss(item(more=f"<description><![CDATA[{text}]]></description>")))
    assert "&lt;" in entry.summary_html
    assert "<p>" not in entry.summary_html


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        '<media:content url="/p.jpg" medium="image" width="800" height="450"/>',
        '<media:group><media:content url="/p.jpg" type="image/jpeg" width="800" height="450"/></media:group>',
        '<media:thumbnail url="/p.jpg" width="800" height="450"/>',
        "<description>&lt;img src='/pixel.gif'&gt;&lt;img src='/p.jpg' width='800' height='450'&gt;</description>",
    ],
)
def test_a_picture_is_found_with_its_size(more: str) -> None:
    assert only(rss(item(more=more))).image == Image("https://courrier.example/p.jpg", "", 800, 450)


def test_an_enclosure_is_a_picture_only_if_it_is_one() -> None:
    picture = '<enclosure url="https://courrier.example/p.jpg" type="image/jpeg" length="1"/>'
    sound = '<enclosure url="https://courrier.example/p.mp3" type="audio/mpeg" length="1"/>'
    assert only(rss(item(more=picture))).image == Image("https://courrier.example/p.jpg")
    assert only(rss(item(more=sound))).image is None


def test_a_pixel_is_no_picture() -> None:
    more = '<media:content url="https://x.example/t.gif" medium="image" width="1" height="1"/>'
    assert only(rss(item(more=more))).image is None


def test_the_text_knows_what_a_picture_shows() -> None:
    more = (
        '<media:content url="/p.jpg" medium="image"/>'
        "<description>&lt;img src='/p.jpg' alt='Le pont' width='640'&gt; Texte.</description>"
    )
    assert only(rss(item(more=more))).image == Image(
        "https://courrier.example/p.jpg", "Le pont", 640
    )
