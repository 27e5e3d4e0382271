"""Pages that are endless, or made to be slow: read in steps that grow with them and no faster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.collect.pages import parse_page
from newsletter.errors import ParseError

URL = "https://courrier.example/"
LIST = "".join(f"<h2><a href=/{n}>Le pont {n}</a></h2><p>Il rouvre samedi.</p>" for n in range(3))
ELEMENTS = 2_000


def read(body: str, **how: Any) -> Any:
    return parse_page(f"<html><body>{body}</body></html>".encode(), url=URL, **how)


def steps(action: Callable[[], object]) -> int:
    """How many functions were called, Python's own included: the same on every machine."""
    count = 0

    def called(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        action()
    except ParseError:
        pass
    finally:
        sys.setprofile(None)
    return count


def test_what_stands_behind_thirty_thousand_elements_is_left_and_told() -> None:
    feed = read(LIST + "x<br>" * 31_000 + "<h2><a href=/9>Le bac</a></h2><p>Il passe samedi.</p>")
    assert [entry.title for entry in feed.entries] == ["Le pont 0", "Le pont 1", "Le pont 2"]
    assert "the page is longer than 30,000 elements" in feed.oddities[0]
    assert not read(LIST + "x<br>" * 5_000).oddities


@pytest.mark.parametrize(
    ("filler", "behind"),
    [("x<br>" * 31_000, LIST), ("<br>" * 31_000, LIST), (" " * 4_000_000, LIST)],
    ids=["words", "no words", "blanks"],
)
def test_a_page_whose_beginning_lists_nothing_says_that_no_more_was_read(
    filler: str, behind: str
) -> None:
    with pytest.raises(ParseError, match="only its beginning is read"):
        read(filler + behind)


def test_a_text_that_is_too_long_is_read_in_its_beginning_and_told() -> None:
    text = "Le pont\n\nIl rouvre samedi.\n\nLe pont Lire la suite\n" + "\n" * 4_000_000
    feed = parse_page(text.encode(), url=f"{URL}une.txt", site=URL)
    assert [entry.title for entry in feed.entries] == ["Le pont"]
    assert "only its beginning is read" in feed.oddities[0]


MANY = range(2_001)
JSON = '{{"@type": "Article", "url": "/{0}", "headline": "Le pont {0}"}}'
LISTED: dict[str, tuple[str, dict[str, Any]]] = {
    "machines": (
        f"x<script type=application/ld+json>[{','.join(JSON.format(n) for n in MANY)}]</script>",
        {},
    ),
    "selectors": (
        "".join(f"<p><a href=/{n}>{n}</a>" for n in MANY),
        {"selectors": {"article": "p", "title": "a"}},
    ),
    "headings": ("".join(f"<h2><a href=/{n}>Le pont {n}</a></h2>" for n in MANY), {}),
    "text": (
        "".join(f"Le pont {n}\n\nIl rouvre.\n\nLe pont {n} Lire la suite\n\n" for n in MANY),
        {"content_type": "text/plain", "site": URL},
    ),
}


@pytest.mark.parametrize(
    "kind",
    ["machines", "selectors", "text", pytest.param("headings", marks=pytest.mark.long)],
)
def test_of_more_than_two_thousand_articles_the_first_are_read_and_it_is_told(kind: str) -> None:
    body, how = LISTED[kind]
    feed = parse_page(body.encode(), url=URL, **how)
    assert len(feed.entries) == 2_000
    assert feed.lost == 1  # so that none counts as gone
    assert "the page lists more than 2,000 articles" in feed.oddities[0]


SLOW = {
    "breaks": ("", "x<br>"),
    "lines": ("", "<li>x</li>"),
    "nested": ("<div>" * 150, "<p>x</p>"),
    "nested in line": ("<span>" * 150, "<b>x </b>"),
    "empty": ("<span>" * 150, "<i></i>"),
    "headings in headings": ("<h2><span>" * 75, "<b>x</b>"),
    "small print": ("<div class=meta>" * 150, "<b>x</b>"),
    "dates": ("<article>" + "<div class=date>" * 150, "<b>x</b>"),
    "authors": ("<article>" + "<div class=author>" * 150, "<b>x</b>"),
    "margins": ("<div class=sidebar><p>" * 75, "<div>x</div>"),
    "lists": ("<ul><li>" * 75, "x<br>"),
    "rows of spans": ("<div><span>" * 75, "<b>Ab cd</b>"),
}


@pytest.mark.parametrize("name", SLOW)
def test_however_it_is_nested_no_element_takes_many_steps(name: str) -> None:
    above, element = SLOW[name]
    body = LIST + above + element * ELEMENTS
    told = steps(lambda: read(body)) / ELEMENTS
    assert told < 300
