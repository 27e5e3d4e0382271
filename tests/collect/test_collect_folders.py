"""A folder of Markdown becomes entries; a bad file is named and spoils nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.collect import read_folder
from newsletter.collect.entry import Image
from newsletter.errors import CollectError


def write(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_file_with_front_matter_is_an_entry(tmp_path: Path) -> None:
    write(
        tmp_path,
        "2026/pont.md",
        """---
title: "Pont-Vieux : les travaux reprennent"
date: 2026-03-12 09:00:00+01:00
topics: [Pont, Travaux, pont]
author: La rédaction
language: fr
url: /articles/pont
summary: Le pont rouvre lundi.
image: {url: /img/pont.jpg, alt: Le pont, width: 800, height: 600}
---
Le **pont** rouvre. <script>alert(1)</script>

- un [lien](autre)
""",
    )
    feed = read_folder(tmp_path, base="https://courrier.example/")
    (entry,) = feed.entries
    assert feed.oddities == ()
    assert entry.title == "Pont-Vieux : les travaux reprennent"
    assert entry.guid == "2026/pont.md"
    assert entry.url == "https://courrier.example/articles/pont"
    assert entry.published == datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
    assert (entry.topics, entry.author, entry.language) == (
        ("Pont", "Travaux"),
        "La rédaction",
        "fr",
    )
    assert entry.summary_html == "<p>Le pont rouvre lundi.</p>"
    assert "<strong>pont</strong>" in entry.content_html
    assert "script" not in entry.content_html
    assert 'href="https://courrier.example/articles/autre"' in entry.content_html
    assert entry.image == Image("https://courrier.example/img/pont.jpg", "Le pont", 800, 600)


def test_a_file_without_front_matter_takes_title_and_date_where_it_can(tmp_path: Path) -> None:
    write(tmp_path, "2026-03-12-jardin-scolaire.md", "Des radis.")
    write(tmp_path, "marche.markdown", "\ufeff# Marché du *samedi*\r\n\r\nTrois étals.")
    first, second = read_folder(tmp_path).entries
    assert (first.title, first.published) == ("Jardin scolaire", datetime(2026, 3, 12, tzinfo=UTC))
    assert (second.title, second.published) == ("Marché du samedi", None)
    assert second.content_html == "<p>Trois étals.</p>"


def test_drafts_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: A\ndraft: true\n---\nx")
    write(tmp_path, "b.md", "---\ntitle: B\npublished: false\n---\nx")
    write(tmp_path, ".git/c.md", "x")
    write(tmp_path, "_drafts/d.md", "x")
    write(tmp_path, "e.txt", "x")
    assert read_folder(tmp_path).entries == ()


BOMB = "---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: [*b, *b]\n---\nx"


@pytest.mark.parametrize(
    "bad",
    [
        "---\ntitle: [\n---\nx",
        "---\ntitle: !!python/object/apply:os.system [ls]\n---\nx",
        "---\ntitle: A\nx",
        "---\n- a\n---\nx",
        "---\ndate: 2026-02-31\n---\nx",
        BOMB,
        b"---\ntitle: \xe9t\xe9\n---\nx",
        b"x" * 3_000_000,
    ],
)
def test_a_bad_file_is_named_and_spoils_nothing(tmp_path: Path, bad: str | bytes) -> None:
    write(tmp_path, "mauvais.md", bad)
    write(tmp_path, "bon.md", "# Bon\n\nTexte.")
    feed = read_folder(tmp_path)
    assert [e.title for e in feed.entries] == ["Bon"]
    (oddity,) = feed.oddities
    assert oddity.startswith("mauvais.md: ")
    assert "\n" not in oddity


def test_an_absurd_date_is_an_oddity_and_the_article_stays(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: A\ndate: 0001-01-01\n---\nx")
    feed = read_folder(tmp_path)
    assert feed.entries[0].published is None
    assert "no credible date" in feed.oddities[0]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "secret.md", "# Secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").symlink_to(tmp_path / "secret.md")
    feed = read_folder(tmp_path / "in")
    assert feed.entries == ()
    assert feed.oddities[0].startswith("a.md: leads out of the folder")


def test_a_missing_folder_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match=r"no such folder: .*give the path"):
        read_folder(tmp_path / "nowhere")
