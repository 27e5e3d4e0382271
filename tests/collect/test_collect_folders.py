"""A folder of Markdown becomes entries; a bad file is named and spoils nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.collect.entry import Entry, Image
from newsletter.collect.excerpt import excerpt
from newsletter.collect.folders import read_folder
from newsletter.collect.markup import plain_text
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
    feed = read_folder(tmp_path)
    assert feed.entries == ()
    assert feed.left_out == {"draft": 3}


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


SITE = "https://courrier.example/"


def one(folder: Path, text: str, name: str = "pont.md") -> Entry:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    feed = read_folder(folder, base=SITE, now=datetime(2026, 1, 24, tzinfo=UTC))
    assert feed.oddities == ()
    (entry,) = feed.entries
    return entry


def test_hugo_s_front_matter_in_toml_is_read(tmp_path: Path) -> None:
    entry = one(
        tmp_path,
        """+++
title = "Le pont : la réouverture"
date = 2026-01-24T08:30:00+01:00
tags = ["Travaux", "Pont"]
categories = ["Vie locale"]
draft = false
images = ["/img/pont.jpg"]
[author]
name = "Ines Aubry"
+++
Il rouvre.
""",
    )
    assert (entry.title, entry.author) == ("Le pont : la réouverture", "Ines Aubry")
    assert entry.published == datetime(2026, 1, 24, 7, 30, tzinfo=UTC)
    assert entry.topics == ("Travaux", "Pont", "Vie locale")
    assert entry.image == Image(f"{SITE}img/pont.jpg")


def test_front_matter_in_json_is_read(tmp_path: Path) -> None:
    entry = one(tmp_path, '{\n "title": "Le pont",\n "date": "2026-01-24"\n}\n\nIl rouvre.\n')
    assert (entry.title, entry.content_html) == ("Le pont", "<p>Il rouvre.</p>")


def test_a_folder_with_an_index_is_one_article_with_its_pictures_beside_it(tmp_path: Path) -> None:
    entry = one(
        tmp_path,
        "---\ncover:\n  image: neige.jpg\n  alt: La neige\n---\nIl neige. [Plan](plan.pdf)\n",
        "posts/2026-01-20-il-neige/index.md",
    )
    assert (entry.title, entry.guid) == ("Il neige", "posts/2026-01-20-il-neige/index.md")
    assert entry.published == datetime(2026, 1, 20, tzinfo=UTC)
    beside = f"{SITE}posts/2026-01-20-il-neige/"
    assert entry.image == Image(f"{beside}neige.jpg", "La neige")
    assert f'href="{beside}plan.pdf"' in entry.content_html


@pytest.mark.parametrize(
    "hidden", ["draft: true", "published: false", 'draft: "yes"', "expiryDate: 2026-01-23"]
)
def test_what_is_hidden_or_over_is_not_shown(tmp_path: Path, hidden: str) -> None:
    (tmp_path / "a.md").write_text(f"---\ntitle: A\n{hidden}\n---\nx", encoding="utf-8")
    feed = read_folder(tmp_path, now=datetime(2026, 1, 24, tzinfo=UTC))
    assert feed.entries == ()
    assert feed.left_out == {"expired article" if "expiry" in hidden else "draft": 1}


def test_a_later_day_of_publication_counts(tmp_path: Path) -> None:
    entry = one(tmp_path, "---\ntitle: A\ndate: 2026-01-02\npublishDate: 2026-02-01\n---\nx")
    assert entry.published == datetime(2026, 2, 1, tzinfo=UTC)


def test_jekyll_s_folder_of_posts_is_read_and_its_drafts_are_not(tmp_path: Path) -> None:
    for name in ("_posts/2026-01-24-pont.md", "_drafts/marche.md", "_layouts/page.md"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("Il rouvre.", encoding="utf-8")
    assert [entry.title for entry in read_folder(tmp_path).entries] == ["Pont"]


def test_what_only_the_generator_understands_is_left_out(tmp_path: Path) -> None:
    entry = one(
        tmp_path,
        "---\ntitle: A\n---\nIl rouvre[^1]. {% include pub.html %}\n{: .lead}\n\n"
        '{{< figure src="/img/p.jpg" alt="Le pont" caption="Vue" >}}\n\n'
        "Enfin. {{< ad >}}\n\n[^1]: Samedi.\n",
    )
    assert entry.image == Image(f"{SITE}img/p.jpg", "Le pont")
    assert excerpt("", entry.content_html) == ("Il rouvre.", "Enfin.")


def test_what_stands_before_the_line_more_is_the_summary(tmp_path: Path) -> None:
    entry = one(tmp_path, "---\ntitle: A\n---\nUn.\n\n<!--more-->\n\nDeux.\n")
    assert (entry.summary_html, entry.content_html) == ("<p>Un.</p>", "<p>Un.</p>\n<p>Deux.</p>")


@pytest.mark.parametrize(
    ("front", "topics"),
    [
        ("tags: eau, pont", ("eau", "pont")),
        ("tags: [eau, 2026]", ("eau", "2026")),
        ("tags:\n  - eau\ncategories: Vie", ("eau", "Vie")),
        ("taxonomies:\n  tags: [eau]", ("eau",)),
        ("topics: [sport]\ntags: [eau]", ("sport",)),
        ("tags: {a: 1}", ()),
        ("category: Eau", ("Eau",)),
    ],
)
def test_topics_are_read_in_every_form(tmp_path: Path, front: str, topics: tuple[str, ...]) -> None:
    assert one(tmp_path, f"---\ntitle: A\n{front}\n---\nx").topics == topics


@pytest.mark.parametrize(
    ("front", "picture"),
    [
        ("image: /a.jpg", Image(f"{SITE}a.jpg")),
        (
            "image: {src: /a.jpg, alt: A, width: 600, height: 400}",
            Image(f"{SITE}a.jpg", "A", 600, 400),
        ),
        ("images: [/a.jpg, /b.jpg]", Image(f"{SITE}a.jpg")),
        ("featured_image: //cdn.example/a.jpg", Image("https://cdn.example/a.jpg")),
        ("header:\n  teaser: /a.jpg", Image(f"{SITE}a.jpg")),
        ("image: a.jpg\nurl: /pont/", Image(f"{SITE}pont/a.jpg")),
        ("image: true", None),
        ("image: javascript:alert(1)", None),
    ],
)
def test_pictures_are_read_in_every_form(tmp_path: Path, front: str, picture: Image | None) -> None:
    assert one(tmp_path, f"---\ntitle: A\n{front}\n---\nx").image == picture


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("+++\ntitle = \n+++\n", "is not TOML"),
        ("+++\ntitle = 'a'\n", "close it with a line +++"),
        ('{"title": \n', "is not JSON"),
        ("---\n- a\n---\n", "no list of keys"),
        ("---\nd: 2026-02-31\n---\n", "cannot be read"),
    ],
)
def test_front_matter_that_is_broken_is_told_and_counted(
    tmp_path: Path, front: str, told: str
) -> None:
    (tmp_path / "a.md").write_text(front, encoding="utf-8")
    feed = read_folder(tmp_path)
    assert (feed.entries, feed.unread) == ((), ("a.md",))
    assert told in feed.oddities[0]


def test_a_picture_that_is_only_a_name_is_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, "loto.md", "---\ntitle: Loto\nimage: loto.png\n---\nDimanche.")
    feed = read_folder(tmp_path, base=SITE)
    assert feed.entries[0].image is None
    assert feed.oddities == ("loto.md: picture loto.png: give its whole address",)


def test_so_is_one_in_the_text(tmp_path: Path) -> None:
    write(tmp_path, "loto.md", "# Loto\n\nDimanche.\n\n![Le gros lot](lot.png) ![](/img/a.png)")
    feed = read_folder(tmp_path, base=SITE)
    assert feed.entries[0].image == Image(f"{SITE}img/a.png")
    assert "lot.png" not in feed.entries[0].content_html
    assert feed.oddities == ("loto.md: picture lot.png: give its whole address",)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("title: Football : Brisemont perd 2 à 1", "Football : Brisemont perd 2 à 1"),
        ('title: "Brisemont" perd 2 à 1', '"Brisemont" perd 2 à 1'),
        ("title: [Vidéo] L'été : le loto", "[Vidéo] L'été : le loto"),
        ("title: 'L'été : le loto'", "L'été : le loto"),
        ("title: 'Carmen' : l'opéra", "'Carmen' : l'opéra"),
        ("title: *Spécial* Brisemont", "*Spécial* Brisemont"),
        ("Title: @brisemont : le loto", "@brisemont : le loto"),
        ('title: "Le loto : bien dit"\nsummary: Un : deux', "Le loto : bien dit"),
    ],
)
def test_plain_text_that_yaml_takes_for_something_else_is_text(
    tmp_path: Path, written: str, title: str
) -> None:
    found = one(tmp_path, f"---\n{written}\ndate: 2026-03-12\ntags: [sport, loto]\n---\nTexte.")
    assert (found.title, found.topics) == (title, ("sport", "loto"))
    assert found.published == datetime(2026, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front", "told"),
    [
        (
            "titel: Football : Brisemont perd",
            "line 2 of the front matter is not understood "
            '(put its text in quotes: titel: "Football : Brisemont perd")',
        ),
        (
            "date: 2026-03-12\ntitle: Football : Brisemont\n  perd",
            'line 3 of the front matter is not understood (put its text in quotes: title: "F',
        ),
        ("title: A\nchapeau", "line 3 of the front matter is not understood (write each line as"),
        ("title: A\ntags:\n\t- b", "line 4 of the front matter is not understood (begin it with"),
        (
            "title: A\ntags: [b, c\ndate: 1",
            "line 3 of the front matter is not understood (close its bracket: tags: [b, c])",
        ),
        (
            "title: A\nimage: {url: /a.png\ndate: 1",
            "line 3 of the front matter is not understood (close its brace: image: {url: /a.png})",
        ),
        (
            'title: "Le pont\ntags: [b, c',
            'line 2 of the front matter is not understood (close its quote: title: "Le pont")',
        ),
        (
            "title: 'L'école\ntags: [b, c]",
            "line 2 of the front matter is not understood (put its text in quotes: title: \"L'é",
        ),
        (
            "title: 'Le pont\ntags: [b, c]",
            "line 2 of the front matter is not understood (close its quote: title: 'Le pont')",
        ),
        (
            "date: 1\nslug: 'le-pont\n",
            "line 3 of the front matter is not understood (close its quote: slug: 'le-pont')",
        ),
    ],
)
def test_what_yaml_cannot_read_is_told_in_plain_words(
    tmp_path: Path, front: str, told: str
) -> None:
    write(tmp_path, "a.md", f"---\n{front}\n---\nx")
    (oddity,) = read_folder(tmp_path).oddities
    assert oddity.startswith(f"a.md: {told}")


@pytest.mark.parametrize(
    "front",
    [
        "pubDate: 2026-03-12",
        "created: 2026-03-12",
        "published: 2026-03-12",
        "published: true\ndatePublished: 2026-03-12",
        "date: git Created\ncreated_at: 2026-03-12",
    ],
)
def test_the_day_is_read_by_the_name_that_each_generator_gives_it(
    tmp_path: Path, front: str
) -> None:
    found = one(tmp_path, f"---\ntitle: Le pont\n{front}\n---\nIl rouvre.")
    assert found.published == datetime(2026, 3, 12, tzinfo=UTC)


def test_categories_of_jekyll_are_words_and_others_are_parted_by_commas(tmp_path: Path) -> None:
    text = "---\ntitle: Le pont\ncategories: ponts travaux\n---\nIl rouvre."
    write(tmp_path, "_posts/2026-03-12-pont.md", text)
    write(tmp_path, "articles/pont.md", text)
    write(tmp_path, "_posts/bac.md", "---\ntags: Le bac, La Bresle\n---\nIl passe.")
    found = {entry.guid: entry.topics for entry in read_folder(tmp_path).entries}
    assert found == {
        "_posts/2026-03-12-pont.md": ("ponts", "travaux"),
        "articles/pont.md": ("ponts travaux",),
        "_posts/bac.md": ("Le bac", "La Bresle"),
    }


def test_a_header_without_fences_is_front_matter_and_no_text(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "Title: Le pont : il rouvre\nDate: 2026-03-12 10:20\nCategory: Travaux\nTags: pont, bac\n"
        "Slug:\nAuthors: Une plume\nSummary: Il rouvre samedi,\n    à dix heures.\n\n"
        "Il *rouvre* samedi.\n",
    )
    assert found.title == "Le pont : il rouvre"
    assert found.published == datetime(2026, 3, 12, 10, 20, tzinfo=UTC)
    assert (found.topics, found.author) == (("pont", "bac", "Travaux"), "Une plume")
    assert found.summary_html == "<p>Il rouvre samedi, à dix heures.</p>"
    assert found.content_html == "<p>Il <em>rouvre</em> samedi.</p>"
    write(tmp_path, "brouillon.md", "Title: Le bac\nStatus: draft\n\nIl passe.")
    assert read_folder(tmp_path).left_out == {"draft": 1}


@pytest.mark.parametrize(
    "text",
    ["Note: Il rouvre.\n\nSamedi.", "Title: Le pont\nIl rouvre samedi.\n\nEnfin.", "Date: demain"],
)
def test_text_that_only_begins_like_a_header_stays_text(tmp_path: Path, text: str) -> None:
    assert plain_text(one(tmp_path, text).content_html) == " ".join(text.split())


def test_files_that_cannot_be_read_are_named_and_counted_if_they_may_be_others(
    tmp_path: Path,
) -> None:
    write(tmp_path, "bon.md", "# Bon\n\nTexte.")
    write(tmp_path, "casse.md", "---\ntitle: [\n---\nx")
    feed = read_folder(tmp_path)
    assert (feed.unread, feed.lost) == (("casse.md",), 0)
    write(tmp_path, "casse.md", "---\nid: 12\ntitle: [\n---\nx")
    assert read_folder(tmp_path).lost == 1
    (tmp_path / "casse.md").unlink()
    (tmp_path / "weg.md").symlink_to(tmp_path / "nulle-part.md")
    feed = read_folder(tmp_path)
    assert (feed.unread, feed.lost) == (("weg.md",), 1)


@pytest.mark.parametrize("title", [" " * 20_000, "a : b" + " " * 30_000 + "c : d"])
def test_a_title_of_many_blanks_takes_no_time(tmp_path: Path, title: str) -> None:
    write(tmp_path, "pont.md", f"---\ntitle: {title}\nauthor: a : b\n---\nIl rouvre.\n")
    began = time.thread_time()
    read_folder(tmp_path)
    assert time.thread_time() - began < 1
