"""What is no feed, or a broken, an endless or a hostile one: read as far as it can be, or refused."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from feed_kit import URL, item, only, read, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.feeds import parse_feed
from newsletter.collect.firstitems import MOST_ELEMENTS, first_items
from newsletter.collect.mending import fault
from newsletter.errors import ParseError

# --- no feed ------------------------------------------------------------------------------------


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


def test_a_feed_of_which_nothing_can_be_read_is_never_an_empty_one() -> None:
    with pytest.raises(ParseError, match="not well-formed"):
        read(b"<rss><channel><item><title>x<")
    with pytest.raises(ParseError, match="none of the items"):
        read(rss("<item></item>"))


def json_feed(items: list[object]) -> bytes:
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "Valmont", "items": items}
    return json.dumps(told).encode()


def test_a_json_feed_of_which_nothing_can_be_read_is_never_an_empty_one() -> None:
    with pytest.raises(ParseError, match="none of the items"):
        read(json_feed([1, 2, {}]))
    assert read(json_feed([])).entries == ()


# --- broken or endless --------------------------------------------------------------------------


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    whole = rss(item(title="Un") + item(title="Deux", link="/2"))
    feed = read(whole[: whole.index(b"Deux") + 4])
    assert [e.title for e in feed.entries] == ["Un"]
    assert "not well-formed" in feed.oddities[0]


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


def test_of_a_json_feed_without_end_the_first_two_thousand_items_are_read() -> None:
    feed = read(json_feed([{"id": n, "title": "Pont"} for n in range(2_100)]))
    assert len(feed.entries) == 2000
    assert feed.lost == 100
    assert "the last 100 were not read" in feed.oddities[0]


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


@pytest.mark.parametrize("piece", ["<item/>", "<item><title>a</title></item>"])
def test_a_feed_of_nothing_but_items_takes_no_time(piece: str) -> None:
    began = time.process_time()
    feed = read(rss(item() + piece * 100_000))
    assert time.process_time() - began < 5
    assert feed.lost >= 98_000
    assert feed.entries[0].title == "Pont"


def test_an_item_of_more_elements_than_anybody_reads_is_no_empty_feed() -> None:
    with pytest.raises(ParseError, match="too large"):
        read(rss("<item><title>a</title>" + "<x/>" * (MOST_ELEMENTS + 1) + "</item>"))


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


@pytest.mark.parametrize("piece", ["Jan", "<![CDATA[Jan]]>", "&#74;an", "J<b/>an"])
def test_an_author_of_one_endless_word_takes_no_time(piece: str) -> None:
    item = f"<item><title>Un</title><author>{piece * 30_000}</author></item>"
    began = time.thread_time()
    parse_feed(f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), url=URL)
    assert time.thread_time() - began < 5


# --- entities -----------------------------------------------------------------------------------


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


# --- anything -----------------------------------------------------------------------------------


PIECES = st.sampled_from(
    [b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"x", b"&#xD800;",
     b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<link href='http://['/>", b"<![CDATA[",
     b"]]>", b"<content type='xhtml'>", b"<!DOCTYPE a [", b"<pubDate>1</pubDate>", b"\xff", b"\x00", b"{", b"&a;",
     b"<guid>", b"<image>", b"<media:content url='//'>", b"<a href='//[x'>", b"<category/>", b"<author>", b"<?"]
)  # fmt: skip


def refusal(body: bytes) -> str:
    """What the reader said against it, "" if nothing."""
    try:
        parse_feed(body, url=URL)
    except ParseError as error:
        return str(error)
    return ""


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=100), st.lists(PIECES, max_size=20).map(b"".join)))
def test_no_bytes_bring_the_reader_down(body: bytes) -> None:
    assert "\n" not in refusal(body)
