"""What an article's own page says of it: its language, who signs it, the address it calls its own."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from time import process_time

import pytest
from article_pages import PLAIN_TITLE, TEXT, TITLE, URL, P
from hostile import says, site

from newsletter.collect.articlepage import ArticlePage, Barrier, parse_article_page
from newsletter.collect.fetch import Limits
from newsletter.collect.items import language_tag
from newsletter.collect.jsonld import found_in_json_ld
from newsletter.collect.markup import document
from newsletter.collect.polite import Polite
from newsletter.collect.reading import Ways
from newsletter.collect.tongues import contradicts
from newsletter.collect.visitor import read_page
from newsletter.collect.weblinks import canonical_links

ENGLISH = (
    "<p>The old bridge opens again on Monday, after six months in which the people of the village "
    "had to walk to the mill and back for their bread.</p><p>It was the mayor who said that this "
    "is not the end of the work, and that the masons are to be at it from now on until March.</p>"
)


def page(
    *, frame: str = "", head: str = "", box: str = "", text: str = P, article: str = ""
) -> bytes:
    return (
        f"<html {frame}><head><title>{TITLE}</title>{head}</head><body><nav>Menu</nav><main>"
        f"<article {article}><h1>{TITLE}</h1><div class='entry-content' {box}>{text}</div>"
        "</article></main></body></html>"
    ).encode()


def read(body: bytes, *, language: str = "", links: Sequence[str] = ()) -> ArticlePage:
    return parse_article_page(
        body, url=URL, asked=URL, title=PLAIN_TITLE, language=language, links=links
    )


def json_ld(**told: object) -> str:
    thing = {"@type": "NewsArticle", "headline": TITLE, **told}
    return f"<script type='application/ld+json'>{json.dumps(thing)}</script>"


# --- its language -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "served", "language"),
    [
        (page(frame="lang=fr-ca"), "en", "fr-CA"),
        (page(frame="xml:lang=fr"), "", "fr"),
        (page(head="<meta http-equiv=Content-Language content=fr>"), "de", "fr"),
        (page(), "fr-BE", "fr-BE"),
        (page(), "fr, en", None),
        (page(head="<meta property=og:locale content=fr_FR>"), "", "fr-FR"),
        (page(head="<meta property=og:locale content=fr_FR>"), "br", "br"),
        (page(head=json_ld(inLanguage="fr-CH"), frame="lang=fr"), "", "fr-CH"),
        (
            page(head=json_ld(inLanguage={"@type": "Language", "alternateName": "fr"})),
            "",
            "fr",
        ),
        (page(frame="lang=en", box="lang=fr"), "", "fr"),
        (page(frame="lang=en", article="lang=fr"), "", "fr"),
        (page(frame="lang=br", text=f"<div lang=fr>{P}</div>"), "", "fr"),
        (page(frame="lang=fr", text=f"{P}<p lang=br>Degemer mat.</p>"), "", "fr"),
        (page(frame="lang=fr", head=json_ld(inLanguage="fr"), box="lang=oc"), "", "oc"),
        (page(frame="lang=fr", text=ENGLISH, box="lang=en"), "", "en"),
    ],
)
def test_its_language_is_that_of_its_text_before_that_of_its_site(
    body: bytes, served: str, language: str | None
) -> None:
    assert read(body, language=served).language == language


@pytest.mark.parametrize("tag", ["", "französisch", "und", "mul", "zxx", "x-none", "f", "fr-", "fr-" + "a" * 20,
                                 "fr-valmont-valmont", "<b>", "fr en", "{{ lang }}", "%LANG%"])  # fmt: skip
def test_a_language_that_is_none_is_passed_over(tag: str) -> None:
    assert language_tag(tag) is None
    assert read(page(frame=f'lang="{tag}"', box=f'lang="{tag}"')).language is None
    assert read(page(frame=f'lang="{tag}"', head="<meta property=og:locale content=fr_FR>")).language == "fr-FR"  # fmt: skip


def test_a_theme_that_says_english_of_everything_is_not_believed() -> None:
    assert read(page(frame="lang=en-US")).language is None
    locale = "<meta property=og:locale content=fr_FR>"
    assert read(page(frame="lang=en", head=locale)).language == "fr-FR"
    assert read(page(frame="lang=fr", text=ENGLISH)).language is None
    # Of a few words nobody can tell.
    assert read(page(frame="lang=en", text="<p>Le pont rouvre, le lavoir aussi.</p>")).language == "en"  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (" ".join(TEXT), "fr"),
        (ENGLISH, "en"),
        ("Die Brücke ist auf und das Dorf ist nicht mehr allein. " * 3, "de"),
        ("El puente y los vecinos que no se van, para las fiestas del pueblo. " * 3, "es"),
        ("Il ponte e gli amici che sono alla festa del paese con la banda. " * 3, "it"),
        ("Het dorp en de brug zijn van ons, ook als er niet veel is. " * 3, "nl"),
        ("A ponte e os vizinhos que não foram para as festas do povo. " * 3, "pt"),
    ],
)
def test_no_text_contradicts_its_own_language(text: str, language: str) -> None:
    assert not contradicts(text, language)
    assert not contradicts(text, "oc")  # nothing is known of it
    assert contradicts(text, "en") == (language != "en")


def test_another_page_says_nothing_of_the_article() -> None:
    other = f"<html lang=fr><body><div><h1>Nos archives</h1><div>{P}</div></div></body></html>"
    found = read(other.encode())
    assert (found.barrier, found.language, found.author) == (Barrier.OTHER, None, None)


# --- who signs it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "author"),
    [
        ("<meta name=author content='Odile  Marchand'>", "Odile Marchand"),
        ("<meta property=article:author content='Odile Marchand'>", "Odile Marchand"),
        (json_ld(author="Odile Marchand") + "<meta name=author content=Jean>", "Odile Marchand"),
        (
            "<meta property=article:author content='https://social.example/odile'>"
            "<meta name=author content='Odile Marchand'>",
            "Odile Marchand",
        ),
        (
            json_ld(author={"@id": "#odile"}) + "<meta name=author content='Odile Marchand'>",
            "Odile Marchand",
        ),
        (
            json_ld(author=[{"name": "admin"}, {"name": "Odile Marchand"}]),
            "Odile Marchand",
        ),
        ("<meta name=author content=admin>", None),
        ("<meta name=author content=odile@courrier.example>", None),
        (
            "<meta name=author content='Le Courrier de Valmont'>"
            "<meta property=og:site_name content='Le Courrier de Valmont'>",
            None,
        ),
        (json_ld(author={"name": "Le Courrier"}, publisher={"name": "Le Courrier"}), None),
        (json_ld(author=[[], 7, {"name": {}}]), None),
    ],
)
def test_who_signs_it_is_neither_its_site_nor_its_program(head: str, author: str | None) -> None:
    assert read(page(head=head)).author == author


# --- its own address, in the header -------------------------------------------------------------

OWN = "https://courrier.example/p/12"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([f'<{OWN}>; rel="canonical"'], [OWN]),
        ([f"<{OWN}>;rel=canonical"], [OWN]),
        ([f"< {OWN} > ; REL = Canonical ; title=x"], [OWN]),
        ([f'<{OWN}>; rel="nofollow  CANONICAL"'], [OWN]),
        (["</p/12>; rel=canonical"], [OWN]),
        (["<?p=12>; rel=canonical"], [f"{URL}?p=12"]),
        (["<//agence.example/12>; rel=canonical"], ["https://agence.example/12"]),
        ([f'</wp-json/>; rel="https://api.w.org/", <{OWN}>; rel=canonical, </a>; rel=prev'], [OWN]),
        (["</a>; rel=shortlink", f"<{OWN}>; rel=canonical"], [OWN]),
        ([f'</a,b;c>; title="un, <deux>; rel=canonical \\" x"; rel=next, <{OWN}>; rel=canonical'], [OWN]),
        ([f", ,<{OWN}>;; rel=canonical;, "], [OWN]),
        (["</a>; rel=canonical", "</b>; rel=canonical"], ["https://courrier.example/a", "https://courrier.example/b"]),
        ([f"<{OWN}>; rel=next; rel=canonical"], []),
        ([f'<{OWN}>; rel=canonical; anchor="/autre"'], []),
        ([f"<{OWN}>; rev=canonical"], []),
        ([f"<{OWN}>; rel='canonical'"], []),
        ([f"<{OWN}>; rel=canonicals"], []),
        ([f"{OWN}; rel=canonical"], []),
        ([f"<{OWN}; rel=canonical"], []),
        ([f'<{OWN}>; rel="canonical'], []),
        (["<javascript:alert(1)>; rel=canonical"], []),
        (["<http://[::1>; rel=canonical", "<>; rel=canonical", "", "<", "\x00"], []),
    ],
)  # fmt: skip
def test_the_links_of_a_header_are_read_as_they_are_written(
    lines: list[str], found: list[str]
) -> None:
    assert list(canonical_links(lines, URL)) == found


@pytest.mark.parametrize(
    "piece", ["<a>;", "<", '<a>;rel="', "; ", " ", ",", '\\"', "<a>;a=b;", "<a>,"]
)
def test_a_header_made_to_be_slow_is_read_in_time(piece: str) -> None:
    begun = process_time()
    canonical_links(["<a>" + piece * (200_000 // len(piece))], URL)
    assert process_time() - begun < 0.5


def test_the_header_names_its_address_where_the_page_does_not() -> None:
    named = [f"<{OWN}>; rel=canonical"]
    assert read(page(), links=named).canonical_url == OWN
    assert read(page(head="<base href=https://autre.example/>"), links=["</p/12>; rel=canonical"]).canonical_url == OWN  # fmt: skip
    own = "<link rel=canonical href='/autre'>"
    assert read(page(head=own), links=named).canonical_url == "https://courrier.example/autre"
    # The same doubts hold as of the page's own word.
    assert read(page(), links=["</>; rel=canonical"]).canonical_url is None
    assert read(page(), links=[*named, "</q>; rel=canonical"]).canonical_url is None


def test_a_server_s_own_words_reach_the_page() -> None:
    ways = Ways(datetime(2026, 3, 1, tzinfo=UTC), Limits(connect=2, total=20))
    there = says(
        page(),
        Content_Type="text/html",
        Content_Language="fr",
        Link="</p/12>; rel=canonical",
    )
    with site(pont=there, **{"robots.txt": says(status=404)}) as one:
        found = read_page(Polite(ways), f"{one.url}/pont", title=TITLE, allow_private=True)
        assert (found.language, found.canonical_url) == ("fr", f"{one.url}/p/12")


# --- JSON-LD ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        {"image": {"@id": "#tete"}, "thumbnailUrl": "/medias/pile.jpg"},
        {"image": [], "thumbnailUrl": ["/medias/pile.jpg", "/autre.jpg"]},
        {"image": [{"url": ["/medias/pile.jpg", "/autre.jpg"]}]},
        {"image": {"contentUrl": "/medias/pile.jpg"}},
    ],
)
def test_a_list_and_an_article_s_page_read_the_same_picture(told: dict[str, object]) -> None:
    picture = "https://courrier.example/medias/pile.jpg"
    told = {"url": "/vie-locale/pont-vieux", **told}
    of_page = read(page(head=json_ld(**told))).image
    [of_list] = found_in_json_ld(document(json_ld(**told)), URL)
    assert of_page is not None
    assert of_list.image is not None
    assert (of_page.url, of_list.image.url) == (picture, picture)


@pytest.mark.parametrize("marks", ["<!--{}-->", "//<![CDATA[\n{}\n//]]>", "<![CDATA[{}]]>", "{};"])
def test_marks_that_hide_a_script_hide_nothing(marks: str) -> None:
    thing = {"@type": "NewsArticle", "headline": TITLE, "author": "Odile Marchand"}
    script = f"<script type='application/ld+json'>{marks.format(json.dumps(thing))}</script>"
    assert read(page(head=script)).author == "Odile Marchand"
