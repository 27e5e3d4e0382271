"""An article's own page made to do harm, to be slow, or by chance: it is read in time, and safely."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from time import process_time

import pytest
from article_pages import PLAIN_TITLE, TEXT, TITLE, URL, P, article, read
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.articlepage import parse_article_page
from newsletter.collect.sanitise import sanitise
from newsletter.collect.titles import alike
from newsletter.errors import ParseError


def test_nothing_of_a_hostile_page_gets_through() -> None:
    evil = (
        '<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">clic</a>'
        '<iframe src="//evil.example"></iframe><svg onload=alert(1)></svg><base href="//evil.example/">'
        '<form action="//evil.example"><input name=mdp></form><p style="background:url(//evil.example/p)">fond</p>'
        '<img src="https://pixel.wp.com/g.gif" width=1 height=1><object data=x></object><meta http-equiv=refresh content=0>'
    )
    found = read(article(f"<div class=entry-content>{evil}{P}</div>"))
    for word in (
        "script",
        "onerror",
        "onload",
        "iframe",
        "svg",
        "form",
        "style",
        "pixel",
        "<object",
        "<meta",
    ):
        assert word not in found.text_html
    assert TEXT[2] in found.text_html


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 60_000 + "x",
        "<p class='comments share entry-content'>a" * 8_000,
        "<article><h1>a</h1><div class=texte>" * 5_000,
        "<div class=entry-content><p>Abonnez-vous pour lire " * 7_000,
        "<a href=/x>" * 12_000 + "texte",
        "<ul><li>" * 120 + "<p>Publié le 3 mai 2026 par x</p>" * 4_000,
        "<main>" + "<section><div class=chapo>lire aussi <a>x</a>" * 4_000,
        "<script type=application/ld+json>" + "[" * 90_000 + "</script>",
        "<script type=application/ld+json>"
        + json.dumps([{"@type": "Article"}] * 9_000)
        + "</script>",
        "<h1>" + "accept " * 25_000 + "</h1>",
        "<p>" + "java script " * 15_000,
        "<div class=entry-content>" + "<a>mot</a> " * 15_000,
        "<div class=entry-content><p>mot</p>" + " " * 150_000 + "<p>mot",
    ],
)
def test_a_page_made_to_be_slow_is_read_in_time(markup: str) -> None:
    begun = process_time()
    parse_article_page(markup.encode(), url=URL, title=PLAIN_TITLE)
    assert process_time() - begun < 2


def test_a_page_of_endless_elements_is_left_alone() -> None:
    with pytest.raises(ParseError, match="more than 30,000 elements"):
        read("<b><i></i></b>" * 15_001)


_PIECES = st.sampled_from(
    [f"<p>{TEXT[0]}</p>", f"<h1>{TITLE}</h1>", "<article>", "</article>", "<div class='entry-content'>",
     "</div>", "<div class=chapo>", "<div class='texte crayon'>", "<aside>", "<p class=share>", "<main>",
     "<section itemprop=articleBody>", "<div class=paywall>Abonnez-vous pour lire la suite", "<table><tr><td>",
     "<noscript>", "<!--", "-->", "<link rel=canonical href=//[x>", "<meta property=og:image content='http://[::1'>",
     "<script type='application/ld+json'>{\"@type\":\"Article\",\"author\":[[]],\"image\":[{}],\"hasPart\":7}</script>",
     "<base href='http://['>", "\x00", "\f", "\v", "&#12;", "\ud800", "&#x110000;", "<img src=//a/b.jpg>", "404"]
)  # fmt: skip


@given(st.lists(st.one_of(_PIECES, st.text(max_size=40)), max_size=25), st.text(max_size=30))
@settings(max_examples=60, derandomize=True)  # the search for more is tests/fuzz
def test_no_page_makes_it_fail(pieces: list[str], title: str) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        found = parse_article_page(body, url=URL, asked=URL, title=title)
    except ParseError:
        return
    assert sanitise(found.text_html, base=URL) == found.text_html
    assert not (found.text_html and found.barrier)


def test_a_title_of_blanks_alone_takes_no_time() -> None:
    begun = process_time()
    assert not alike("\u2003" * 150_000 + "a", "Le pont rouvre")
    assert process_time() - begun < 1
