"""Who signs an article, in mails: people and editors, never a site or its program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from feed_kit import item, only, rss

from newsletter.collect.bylines import byline
from newsletter.collect.folders import read_folder
from newsletter.collect.pages import parse_page

NOBODY = (
    "admin",
    "Administrateur",
    "webmaster",
    "Webmestre",
    "Super User",
    "Unknown",
    "Le Courrier de Valmont",
    "LE COURRIER DE  VALMONT",
    "https://courrier.example/odile",
    "—",
)
SOMEBODY = ("La rédaction", "Odile Marchand", "Odile Marchand, Paul Sorel", "阿部")


def json_feed(author: str) -> bytes:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Le Courrier de Valmont",
            "items": [{"id": "1", "url": "/a", "title": "A", "authors": [{"name": author}]}],
        }
    ).encode()


@pytest.mark.parametrize("name", NOBODY)
def test_neither_a_feed_nor_its_program_signs_an_article(name: str) -> None:
    assert only(rss(item(more=f"<dc:creator>{name}</dc:creator>"))).author is None
    assert only(json_feed(name)).author is None


@pytest.mark.parametrize("name", SOMEBODY)
def test_people_and_editors_do(name: str) -> None:
    assert only(rss(item(more=f"<dc:creator>{name}</dc:creator>"))).author == name
    assert only(json_feed(name)).author == name


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("admin, Odile Marchand", "Odile Marchand"),  # as SPIP names several, in one element
        ("Le Courrier de Valmont, Odile Marchand", "Odile Marchand"),
        ("webmaster@courrier.example (Super Utilisateur)", None),
    ],
)
def test_of_several_names_people_s_stay(said: str, author: str | None) -> None:
    assert only(rss(item(more=f"<author>{said}</author>"))).author == author


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("Odile Marchand <odile@courrier.example>", "Odile Marchand"),
        ("odile@courrier.example (Odile Marchand)", "Odile Marchand"),
        (
            "Odile Marchand <odile@courrier.example>, Paul Sorel <mailto:paul@courrier.example>",
            "Odile Marchand, Paul Sorel",
        ),
        ("odile@courrier.example", None),
        ("webmaster@courrier.example (webmaster)", None),
    ],
)
def test_an_address_is_no_name_but_what_stands_beside_it_is(
    tmp_path: Path, said: str, author: str | None
) -> None:
    escaped = said.replace("<", "&lt;").replace(">", "&gt;")
    assert only(rss(item(more=f"<author>{escaped}</author>"))).author == author
    assert only(json_feed(said)).author == author
    (tmp_path / "pont.md").write_text(f"---\nauthor: {said}\n---\nLe pont.", "utf-8")
    assert [entry.author for entry in read_folder(tmp_path).entries] == [author]


def test_a_site_with_a_comma_in_its_name_signs_nothing_either() -> None:
    assert byline(["Valmont, la mairie"], ["Valmont, la mairie"]) is None


def test_a_page_and_a_file_are_not_signed_by_their_program(tmp_path: Path) -> None:
    told = [
        {"@type": "Article", "url": f"/{n}", "headline": f"Le pont {n}", "author": {"name": name}}
        for n, name in enumerate(("admin", "Odile Marchand"))
    ]
    page = f"<script type='application/ld+json'>{json.dumps(told)}</script><p>Le pont</p>"
    found = parse_page(page.encode(), url="https://courrier.example/").entries
    assert [entry.author for entry in found] == [None, "Odile Marchand"]
    for name in ("admin", "Odile Marchand"):
        (tmp_path / f"{name}.md").write_text(f"---\nauthor: {name}\n---\nLe pont.", "utf-8")
    assert {entry.author for entry in read_folder(tmp_path).entries} == {None, "Odile Marchand"}
