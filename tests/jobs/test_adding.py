"""Articles that an editor, or a program with a key, adds by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.errors import CollectError, Refused
from newsletter.installation import Installation
from newsletter.jobs.collecting import add_source, collect
from newsletter.jobs.curating import add_article, show_article, skip
from newsletter.jobs.explaining import explain_article
from tests.jobs.curating_kit import BRIEF, BY, POTAGER, add, due
from tests.jobs.paper_site import NOW, serve, two_lists

inst = two_lists


def test_an_article_by_hand_is_stored_once_and_on_offer(inst: Installation, tmp_path: Path) -> None:
    file = tmp_path / "potager.md"
    file.write_text(POTAGER, "utf-8")
    first = add_article(inst, "weekly", file, now=NOW, actor="editor")
    again = add_article(inst, "weekly", POTAGER, now=NOW, actor="editor")
    assert (first.is_new, first.offered) == (True, True)
    assert (again.article.id, again.is_new, again.offered) == (first.article.id, False, False)
    assert due(inst) == {"Le potager de l'école": True}
    article = show_article(inst, "https://valmont.example/potager?utm_source=mail").article
    assert article.url == "https://valmont.example/potager"
    assert article.image == {
        "url": "https://valmont.example/radis.jpg",
        "alt": "Des radis",
        "width": None,
        "height": None,
    }


def test_an_article_without_address_is_known_by_its_words(inst: Installation) -> None:
    assert add(inst, BRIEF).id == add(inst, BRIEF).id
    assert add(inst, BRIEF.replace("onze", "douze")).id != add(inst, BRIEF).id
    assert add(inst, BRIEF).title == "Concert"


def test_a_corrected_file_corrects_the_article(inst: Installation) -> None:
    before = add(inst)
    after = add(inst, POTAGER.replace("premiers", "tout premiers"))
    assert after.id == before.id
    assert "tout premiers" in after.content_html


def test_what_is_no_article_is_refused_by_name(inst: Installation, tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="no such file"):
        add(inst, tmp_path / "missing.md")
    with pytest.raises(Refused, match="is a draft"):
        add(inst, POTAGER.replace("title:", "draft: true\ntitle:"))
    with pytest.raises(Refused, match="front matter"):
        add(inst, "---\ntitle: [\n---\nBonjour")
    with pytest.raises(Refused, match="has no title"):
        add(inst, "Bonjour à tous.")


def test_a_key_makes_a_repeated_call_the_same_call(inst: Installation) -> None:
    first = add_article(inst, "weekly", POTAGER, key="cms-17", **BY)
    assert (first.is_new, first.offered, first.changed) == (True, True, True)
    again = add_article(inst, "weekly", POTAGER, key="cms-17", **BY)
    assert (again.article.id, again.changed) == (first.article.id, False)
    # What an editor decided meanwhile is not undone by a repeated call …
    skip(inst, "weekly", str(first.article.id), **BY)
    assert not add_article(inst, "weekly", POTAGER, key="cms-17", **BY).changed
    assert due(inst) == {"Le potager de l'école": False}
    # … and the list's twin is offered what only the first was.
    assert add_article(inst, "alerts", POTAGER, key="cms-17", **BY).offered


def test_a_known_key_with_another_text_is_an_edit(inst: Installation) -> None:
    first = add_article(inst, "weekly", BRIEF, key="brève 3", **BY).article
    edited = add_article(inst, "weekly", BRIEF.replace("onze", "douze"), key="brève 3", **BY)
    assert (edited.article.id, edited.is_new, edited.edited) == (first.id, False, True)
    assert "douze" in edited.article.content_html
    assert [event["what"] for event in edited.article.history] == ["edited"]
    told = explain_article(inst, str(first.id), now=NOW).lines
    assert any("as key:brève 3" in line for line in told)


def test_a_key_is_refused_for_another_article(inst: Installation) -> None:
    known = add_article(inst, "weekly", POTAGER, key="cms-17", **BY).article
    other = "---\ntitle: Le pont rouvre\nurl: https://valmont.example/pont\n---\nOn passe samedi."
    with pytest.raises(Refused, match=f"article {known.id}, 'Le potager de l'école'"):
        add_article(inst, "weekly", other, key="cms-17", **BY)
    assert show_article(inst, str(known.id)).article.title == "Le potager de l'école"
    for key in ("", " ", "a\nb", "x" * 201):
        with pytest.raises(Refused, match="printable characters"):
            add_article(inst, "weekly", other, key=key, **BY)
    assert add_article(inst, "weekly", other, key="x" * 200, **BY).is_new


def test_a_key_names_an_article_that_was_added_without_one(inst: Installation) -> None:
    first = add(inst)
    named = add_article(inst, "weekly", POTAGER, key="cms-17", **BY)
    assert (named.article.id, named.is_new) == (first.id, False)
    moved = POTAGER.replace("/potager", "/ecole/potager")
    assert add_article(inst, "weekly", moved, key="cms-17", **BY).article.id == first.id


def test_adding_by_hand_offers_what_was_counted_as_seen(inst: Installation) -> None:
    with serve() as site:
        url = site.rss("/feed", *(site.item(n) for n in range(1, 8)))
        add_source(inst, url, slug="weekly", allow_private=True, now=NOW, actor="editor")
        collect(inst, now=NOW)
        text = f"---\ntitle: Nouvelle 7\nurl: {site.url}/articles/7\n---\nLa fanfare."
        added = add_article(inst, "weekly", text, now=NOW, actor="editor")
    assert (added.is_new, added.offered) == (False, True)
    assert due(inst)["Nouvelle 7"] is True
