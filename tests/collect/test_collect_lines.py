"""Front pages saved as plain text: copies of a hidden title, Markdown, hostile lines."""

from __future__ import annotations

import time

import pytest

from newsletter.collect.pages import parse_page
from newsletter.collect.saved import articles_in_text

TITLES = ("Budget participatif : TROIS projets", "La fanfare du Val", "Vide-grenier")
TEXTS = (
    "La mairie a annoncé trois projets, retenus sur les douze déposés hier (…)",
    "La fanfare cherche des musiciens, à partir de 12 ans. Répétitions le",
    "Dimanche, sur la place.",
)


@pytest.mark.parametrize("between", ["\n\n", "\n"])
@pytest.mark.parametrize("before_more", ["\n\n", "\n", " "])
def test_the_title_above_a_bare_link_is_what_the_link_said(between: str, before_more: str) -> None:
    text = "24 janvier 2026\n\n" + "\n\n".join(
        between.join([title, words, f"{title}{before_more}Lire la suite"])
        for title, words in zip(TITLES, TEXTS, strict=True)
    )
    found, _ = articles_in_text(text, base=None)
    assert [item.title for item in found] == list(TITLES)
    assert [item.summary for item in found] == [f"<p>{words}</p>" for words in TEXTS]
    assert found[0].published is not None


def test_a_text_that_begins_like_its_title_is_not_taken_for_it() -> None:
    text = (
        "Le marché de printemps\n\nLe marché de printemps revient samedi.\n\nLire la suite\n\n"
        "La fanfare du Val\n\nElle joue samedi.\n\nLire la suite"
    )
    found, _ = articles_in_text(text, base=None)
    assert [(item.title, item.summary) for item in found] == [
        ("Le marché de printemps", "<p>Le marché de printemps revient samedi.</p>"),
        ("La fanfare du Val", "<p>Elle joue samedi.</p>"),
    ]


def test_markdown_headings_that_are_links_give_title_and_address() -> None:
    text = "# Journal\n\n" + "\n\n".join(
        f"## [{title}](https://v.example/{n} 'Lire')\n\n{'Un texte assez long pour compter. ' * 2}"
        for n, title in enumerate(TITLES)
    )
    found, title = articles_in_text(text, base=None)
    assert title == "Journal"
    assert [(i.title, i.url) for i in found] == [
        (title, f"https://v.example/{n}") for n, title in enumerate(TITLES)
    ]


def test_references_are_read_with_the_line_ends_of_windows() -> None:
    text = (
        "La fanfare\n\nElle joue.\n\n[1]La fanfare Lire la suite\n\nReferences\n\n"
        "   1. https://v.example/f\n"
    )
    for written in (text, text.replace("\n", "\r\n")):
        found, _ = articles_in_text(written, base=None)
        assert [(i.title, i.url) for i in found] == [("La fanfare", "https://v.example/f")]


LINE = 4_900  # under the length from which a line is left as it is
RUNS = [
    *(c * 200_000 for c in ("\n", " ", "a", "<", "*", "-", "#", "[", "(", "_", "\t", "\u2003")),
    *((unit * 2000)[:LINE] + "\n" for unit in ("\u2003", "<", "(http://aaa", "[](https://xxx")),
    ("[a](https://x/" + "y" * 300) * 15 + "\n",
]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: repr(run[:14]))
def test_no_run_of_signs_takes_time_by_the_square(run: str) -> None:
    text = ("a" + run * max(1, 100_000 // len(run)) + "b")[:200_000]
    begun = time.process_time()
    articles_in_text(text, base=None)
    assert time.process_time() - begun < 2


def test_a_page_of_such_a_run_is_refused_in_no_time() -> None:
    begun = time.process_time()
    articles_in_text("a" + "\n" * 200_000 + "b", base=None)
    assert parse_page(
        ("Un\n\nTexte un.\n\nUn Lire la suite" + "\n" * 200_000).encode(),
        url="https://v.example/une.txt",
    ).entries
    assert time.process_time() - begun < 2
