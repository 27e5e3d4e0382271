"""Feeds as they are met in the wild: read where they can be, refused in one line where not."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import codecs
import json
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.dates import parse_date
from newsletter.collect.decode import to_text
from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.feeds import parse_feed
from newsletter.collect.firstitems import MOST_ELEMENTS, first_items
from newsletter.collect.mending import fault
from newsletter.errors import ParseError

URL = "https://courrier.example/feed"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"'
)


def rss(
    items: str, *, head: str = "", before: str = '<?xml version="1.0" encoding="utf-8"?>'
) -> bytes:
    channel = f"<title>Le Courrier de Valmont</title><link>https://courrier.example/</link>{head}"
    return f'{before}<rss version="2.0" {SPACES}><channel>{channel}{items}</channel></rss>'.encode()


def item(
    *, title: str = "Pont", link: str = "https://courrier.example/pont", more: str = ""
) -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def read(body: bytes, **more: str) -> Feed:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        return parse_feed(body, url=URL, **more)


def only(body: bytes) -> Entry:
    (entry,) = read(body).entries
    return entry


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


# --- what is no feed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "is empty: "),
        (b" \n", "is empty: "),
        (b"<!doctype html><html><body>x</body></html>", "a web page, not a feed: .*--kind page"),
        (
            b"<html><head><link rel=alternate type='application/rss+xml' href=/rss></head></html>",
            "names a feed, give that address: https://courrier.example/rss",
        ),
        (b"Not found", "is not a feed"),
        (b"/etc/hostname", "is not a feed"),
        (b"<x>1</x>", "is XML, but not a feed"),
        (b"{", "broken JSON"),
        (b"[" * 100_000, "is not a feed"),
        (b'{"a":' * 100_000, "broken JSON"),
        (b'{"items": []}', "no JSON Feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a feed"),
        (b"<rss><channel><title>x", "not well-formed"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_remedy(body: bytes, told: str) -> None:
    with pytest.raises(ParseError, match=told) as caught:
        read(body)
    assert str(caught.value).startswith(f"{URL} ")
    assert "\n" not in str(caught.value)


def test_a_body_that_is_the_name_of_a_file_does_not_open_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # feedparser opens even bytes, if there is a file of that name.
    body = b"<rss><channel><title>x"
    (tmp_path / body.decode()).write_bytes(rss(item(title="Secret")))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParseError):
        read(body)


def test_a_valid_feed_without_items_is_no_error() -> None:
    feed = read(rss(""))
    assert (feed.entries, feed.oddities) == ((), ())


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    whole = rss(item(title="Un") + item(title="Deux", link="/2"))
    feed = read(whole[: whole.index(b"Deux") + 4])
    assert [e.title for e in feed.entries] == ["Un"]
    assert "not well-formed" in feed.oddities[0]


def test_letters_named_as_in_html_do_not_make_a_feed_ill_formed() -> None:
    feed = read(rss(item(title="&Eacute;t&eacute;&nbsp;: 1 &lt; 2 &amp; 3")))
    assert [e.title for e in feed.entries] == ["Été\u00a0: 1 < 2 & 3"]
    assert feed.oddities == ()


def test_of_a_feed_that_is_long_and_broken_the_beginning_is_read() -> None:
    began = time.thread_time()
    whole = "".join(item(link=f"https://courrier.example/{n}") for n in range(20))
    feed = read(rss(whole + "<item>" * 1_000_000))
    assert time.thread_time() - began < 20
    assert len(feed.entries) == 20
    assert any("only its beginning" in o for o in feed.oddities)


def test_of_a_feed_without_end_the_first_two_thousand_items_are_read() -> None:
    feed = read(rss("".join(f"<item><title>{n}</title></item>" for n in range(2001))))
    assert len(feed.entries) == 2000
    assert feed.lost == 1
    assert "the last 1 were not read" in feed.oddities[0]


def test_a_feed_of_which_nothing_can_be_read_is_never_an_empty_one() -> None:
    with pytest.raises(ParseError, match="not well-formed"):
        read(b"<rss><channel><item><title>x<")
    with pytest.raises(ParseError, match="none of the items"):
        read(rss("<item></item>"))


@pytest.mark.parametrize("piece", ["<item/>", "<item><title>a</title></item>"])
def test_a_feed_of_nothing_but_items_takes_no_time(piece: str) -> None:
    began = time.process_time()
    feed = read(rss(item() + piece * 100_000))
    assert time.process_time() - began < 5
    assert feed.lost >= 98_000
    assert feed.entries[0].title == "Pont"


def test_what_is_cut_out_of_a_long_feed_leaves_it_well_formed() -> None:
    text = rss("".join(f"<item><title>é{n}</title></item>" for n in range(20))).decode()
    cut, left_out = first_items(text, 5)
    assert left_out == 15
    assert fault(cut) is None
    assert [entry.title for entry in read(cut.encode()).entries] == [f"é{n}" for n in range(5)]
    within = rss(
        "<item><title>a</title><description><![CDATA[" + "<item>" * 9 + "]]></description></item>"
    )
    assert first_items(within.decode(), 5) == (within.decode(), 0)


def test_an_item_of_more_elements_than_anybody_reads_is_no_empty_feed() -> None:
    with pytest.raises(ParseError, match="too large"):
        read(rss("<item><title>a</title>" + "<x/>" * (MOST_ELEMENTS + 1) + "</item>"))


# --- JSON -------------------------------------------------------------------------------------


def json_feed(items: list[object]) -> bytes:
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "Valmont", "items": items}
    return json.dumps(told).encode()


def test_of_a_json_feed_without_end_the_first_two_thousand_items_are_read() -> None:
    feed = read(json_feed([{"id": n, "title": "Pont"} for n in range(2_100)]))
    assert len(feed.entries) == 2000
    assert feed.lost == 100
    assert "the last 100 were not read" in feed.oddities[0]


def test_a_json_feed_of_which_nothing_can_be_read_is_never_an_empty_one() -> None:
    with pytest.raises(ParseError, match="none of the items"):
        read(json_feed([1, 2, {}]))
    assert read(json_feed([])).entries == ()


# --- entities ---------------------------------------------------------------------------------


def test_entities_of_a_doctype_are_never_expanded() -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    before = (
        f'<?xml version="1.0"?><!-- > --><!DOCTYPE rss [<!ENTITY l0 "lol">{bomb}'
        f'<!ENTITY x SYSTEM "file:///etc/hostname"><!-- ]> --> <!ENTITY % p SYSTEM "{URL}/dtd"> %p;]>'
    )
    began = time.thread_time()
    feed = read(rss(item(more="<description>A &x; &l9; B.</description>"), before=before))
    assert time.thread_time() - began < 2
    text = feed.entries[0].summary_html
    assert Path("/etc/hostname").read_text().strip() not in text
    assert "lollol" not in text
    assert any("declares entities" in o for o in feed.oddities)


def test_a_doctype_within_an_article_is_left_alone() -> None:
    entry = only(
        rss(
            item(
                more="<description><![CDATA[<p>&lt;!DOCTYPE html&gt; is short.</p>]]></description>"
            )
        )
    )
    assert "!DOCTYPE html" in entry.summary_html


def test_a_doctype_that_never_ends_takes_no_time() -> None:
    began = time.thread_time()
    with pytest.raises(ParseError):
        read(b"<!DOCTYPE rss [" + b"<!ENTITY a 'b'" * 100_000 + b"<rss>")
    assert time.thread_time() - began < 2


# --- charsets ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "said", "charset"),
    [
        ("utf-8", "utf-8", "iso-8859-1"),
        ("utf-8", "iso-8859-1", None),
        ("iso-8859-1", "iso-8859-1", None),
        ("cp1252", "utf-8", None),
        ("cp1252", "", "windows-1252"),
        ("iso-8859-15", "", "iso-8859-15"),
        ("utf-8", "no-such-charset", "rot13"),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "", None),
        ("utf-8-sig", "", None),
    ],
)
def test_letters_survive_wrong_and_missing_charsets(
    codec: str, said: str, charset: str | None
) -> None:
    declared = f' encoding="{said}"' if said else ""
    text = f'<?xml version="1.0"{declared}?>' + rss(item(title="Été à Valmont"), before="").decode()
    feed = parse_feed(text.encode(codec), url=URL, charset=charset)
    assert feed.entries[0].title == "Été à Valmont"


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined"]
)
def test_a_charset_that_no_page_is_written_in_is_none(charset: str) -> None:
    began = time.process_time()
    body = b"\x1b" + b"b" * 60_000 + b"-" + b"a" * 60_000 + rb"\u00e9+AOk-"
    assert to_text(body, charset=charset) == body.decode("ascii")
    assert to_text(f"<?xml encoding='{charset}'?>".encode() + body).endswith(body.decode("ascii"))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("windows-31j", "cp932", "日本語"),
        ("gb2312", "gb2312", "中文"),
        ("big5", "big5", "中文"),
        ("koi8-u", "koi8-u", "Київ"),
        ("macintosh", "mac-roman", "Été"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
    ],
)
def test_a_charset_of_the_web_is_read(charset: str, codec: str, text: str) -> None:
    assert to_text(text.encode(codec), charset=charset) == text


def test_control_characters_do_not_spoil_a_feed() -> None:
    feed = read(codecs.BOM_UTF8 + b"\n\n" + rss(item(title="A\x08B\x00C")))
    assert feed.entries[0].title == "ABC"
    assert feed.oddities == ()


# --- items ------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("name", ["x", "utf-16", "x-user-defined-9", "utf-7"])
def test_a_second_declaration_names_no_encoding(name: str) -> None:
    with pytest.raises(ParseError):
        parse_feed(
            f'<?xml?><?xml version="" encoding="{name}"?><r'.encode(),
            url="https://courrier.example/feed",
        )


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


def test_a_hostile_link_is_no_address() -> None:
    assert only(rss(item(link="javascript:alert(1)"))).url is None
    assert only(rss(item(link="file:///etc/passwd"))).url is None


# --- pictures ---------------------------------------------------------------------------------


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


# --- anything ---------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"x", b"&#xD800;",
     b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<link href='http://['/>", b"<![CDATA[",
     b"]]>", b"<content type='xhtml'>", b"<!DOCTYPE a [", b"<pubDate>1</pubDate>", b"\xff", b"\x00", b"{", b"&a;",
     b"<guid>", b"<image>", b"<media:content url='//'>", b"<a href='//[x'>", b"<category/>", b"<author>", b"<?"]
)  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=100), st.lists(PIECES, max_size=20).map(b"".join)))
def test_no_bytes_bring_the_reader_down(body: bytes) -> None:
    assert "\n" not in refusal(body)


def refusal(body: bytes) -> str:
    """What the reader said against it, "" if nothing."""
    try:
        parse_feed(body, url=URL)
    except ParseError as error:
        return str(error)
    return ""


def test_what_turns_the_direction_of_text_or_moves_a_cursor_is_left_out() -> None:
    more = "<dc:creator>Ada\u202e L.</dc:creator><description>Le\u2067 pont</description>"
    (entry,) = parse_feed(rss(item(title="Le \u202epont\u2066 rouvre", more=more)), url=URL).entries
    assert entry.title == "Le pont rouvre"
    assert entry.author == "Ada L."
    assert "\u2067" not in entry.summary_html


@pytest.mark.parametrize(
    "long",
    [
        f"<author>{'a.b+' * 40_000}</author>",
        f"<author>{'a@' * 60_000}</author>",
        f"<title>{'&lt;b&gt;' * 20_000}</title>",
        "<title>&</title>" + "<![CDATA[" * 20_000,
        "<title>&</title>" + "<!--" * 40_000,
        "<media:content url='/a.jpg'><media:description><![CDATA[" * 3_000,
        f"<pubDate>{'1 ' * 80_000}</pubDate>",
        f"<description>{'&lt;a rel=tag&gt;' * 5_000}</description>",
    ],
)
def test_what_is_long_and_crooked_takes_no_time(long: str) -> None:
    began = time.process_time()
    try:
        read(rss(item(more=long)))
    except ParseError:
        pass
    assert time.process_time() - began < 3


def test_a_program_s_own_language_is_not_that_of_an_article_in_another() -> None:
    text = "Les enfants de l’école sont dans la cour avec des fleurs pour la fête, et une fanfare. "
    for said, kept in (("en-US", None), ("fr-FR", "fr-FR")):
        feed = parse_feed(
            f"<rss version='2.0'><channel><language>{said}</language><item><title>La fête</title>"
            f"<link>{URL}a</link><description>{text * 3}</description></item></channel></rss>".encode(),
            url=URL,
        )
        assert (feed.language, feed.entries[0].language) == (said, kept)


def test_an_author_of_one_endless_word_takes_no_time() -> None:
    item = f"<item><title>Un</title><author>{'Jan' * 40_000}</author></item>"
    began = time.thread_time()
    parse_feed(f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), url=URL)
    assert time.thread_time() - began < 5
