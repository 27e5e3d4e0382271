"""What an editor does with articles, from the command line."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

MARCHE = """---
title: Le marché change de place
url: https://valmont.example/marche
topics: [culture]
---
Le marché du vendredi s’installe sur le quai.

Les étals ouvrent à huit heures.
"""


def written(site: Site, text: str = MARCHE) -> str:
    file = site.folder / "marche.md"
    file.write_text(text, "utf-8")
    return str(file)


def test_a_program_adds_an_article_once_by_its_key(site: Site) -> None:
    add = ("article", "add", written(site), "--list", "weekly", "--key", "cms-1")
    one = site.json(*add)
    assert (one["new"], one["offered"], one["changed"]) == (True, True, True)
    again = site.json(*add)
    assert (again["id"], again["new"], again["changed"]) == (one["id"], False, False)
    assert "nothing was changed" in site(*add).stdout
    written(site, MARCHE.replace("huit", "neuf"))
    assert "its new text was taken" in site(*add).stdout
    written(site, "---\ntitle: Autre chose\nurl: https://valmont.example/autre\n---\nRien.")
    assert "is that of article" in site.error(*add)


def test_the_articles_of_a_list_are_told_with_place_and_reason(site: Site) -> None:
    one = site.json("article", "add", written(site), "--list", "weekly")["id"]
    site("article", "pin", str(one), "--list", "weekly", "--position", "1")
    rows = site.json("article", "ls", "--list", "weekly")
    assert (rows[0]["id"], rows[0]["place"], rows[0]["position"]) == (one, 1, 1)
    assert rows[0]["reason"] == "pinned"
    site("article", "skip", str(one), "--list", "weekly")
    assert one not in [row["id"] for row in site.json("article", "ls", "--list", "weekly", "--due")]
    held = site("article", "ls", "--list", "weekly", "--held").stdout
    assert "left out: an editor skipped it, though it is pinned" in held
    assert "--held needs --list" in site("article", "ls", "--held", status=2).stderr


def test_what_was_sent_is_told_as_such_and_that_a_skip_or_an_edit_comes_too_late(
    site: Site,
) -> None:
    one = site.json("article", "add", written(site), "--list", "weekly")["id"]
    ref = str(one)
    assert "goes out with" not in site("article", "edit", ref, "--title", "Le marché").output
    site("issue", "create", "weekly")
    assert "weekly: in the draft weekly/1" in site("article", "ls").stdout
    with sqlite3.connect(site.folder / "newsletter.db") as database:
        database.execute("UPDATE issue SET state = 'frozen'")
    assert "weekly: goes out with weekly/1" in site("article", "ls").stdout
    said = " ".join(site("article", "edit", ref, "--title", "La foire").output.split())
    assert "weekly/1 goes out with it as it was (to stop that: 'newsletter issue pause" in said
    with sqlite3.connect(site.folder / "newsletter.db") as database:
        database.execute("UPDATE issue SET state = 'paused'")
    said = " ".join(site("article", "edit", ref, "--title", "Le bal").output.split())
    assert "as it was once it is resumed (to stop that: 'newsletter issue cancel" in said
    with sqlite3.connect(site.folder / "newsletter.db") as database:
        database.execute("UPDATE issue SET state = 'sent'")
    assert "weekly: sent with weekly/1" in site("article", "ls").stdout
    (row,) = [row for row in site.json("article", "ls") if row["id"] == one]
    assert row["issues"] == ["weekly/1"]
    for change in (("edit", ref, "--title", "Le marché"), ("skip", ref, "--list", "weekly")):
        assert "weekly/1 has gone out with it" in site("article", *change).output
    assert "weekly: sent with weekly/1, skipped" in site("article", "ls").stdout


def test_what_a_pin_cannot_bring_is_not_said_to_come_with_it(site: Site) -> None:
    one = str(site.json("article", "add", written(site), "--list", "weekly")["id"])
    site("article", "skip", one, "--list", "weekly")
    told = site("article", "ls", "--list", "weekly", "--held")
    assert "What counts as seen comes with 'newsletter article pin" in told.stdout + told.stderr
    assert "article skip ID --list weekly --undo" in told.stdout + told.stderr


def test_a_pin_taken_back_says_what_became_of_the_drafts(site: Site) -> None:
    site("collect")
    site("issue", "create", "weekly")
    first = str(next(row["id"] for row in site.json("article", "ls") if row["issues"]))
    late = str(site.json("article", "add", written(site), "--list", "weekly")["id"])
    for wanted in (late, first):
        site("article", "pin", wanted, "--list", "weekly")
    said = site("article", "pin", late, "--list", "weekly", "--undo").stdout
    assert said == f"Article {late} waits its turn in 'weekly'.\nTaken out of weekly/1.\n"
    assert "Le marché" not in site("issue", "show", "weekly/1").stdout
    told = site("article", "pin", first, "--list", "weekly", "--undo")
    assert told.stdout == f"Article {first} is not pinned in 'weekly'.\n"
    assert "It stays in weekly/1" in told.stderr


def test_what_own_words_do_to_a_list_of_whole_texts_is_said(site: Site) -> None:
    site("list", "edit", "weekly", "--excerpt", "full")
    one = str(site.json("article", "add", written(site), "--list", "weekly")["id"])
    said = site("article", "edit", one, "--paragraph", "1", "Le marché est sur la place.").stdout
    assert "In 'weekly', which shows whole texts, your paragraphs stand in the text." in said
    assert site.json("article", "edit", one, "--title", "Le marché")["whole_text"] == {
        "weekly": True
    }
    told = site("article", "edit", one, "--excerpt", "Le marché bouge.")
    assert "your excerpt stands in place of the text" in told.stdout + told.stderr


def test_the_table_of_a_list_fits_eighty_columns(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site("article", "add", written(site), "--list", "weekly")
    monkeypatch.setattr("newsletter.cli.output.WIDE", 80)  # as a terminal is
    shown = site("article", "ls", "--list", "weekly").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "Le marché change" in shown


def test_an_article_is_shown_as_its_readers_would_see_it(site: Site) -> None:
    one = str(site.json("article", "add", written(site), "--list", "weekly")["id"])
    site("article", "edit", one, "--paragraph", "2", "Les étals ouvrent à dix heures.")
    shown = site("article", "show", one, "--list", "weekly").stdout
    assert "in 'weekly'" in shown
    assert "sur le quai." in shown
    assert "dix heures" in shown
    assert "own words" in shown
    told = site.json("article", "show", one)["shown"]
    assert told["list"] == "weekly"
    assert told["view"]["excerpt"][1] == "Les étals ouvrent à dix heures."
    assert "as its source says" in site("article", "edit", one, "--reset").stdout
    site("list", "edit", "weekly", "--excerpt", "full")
    assert "text follows" in site("article", "show", one).stdout


def test_who_has_a_withdrawn_article_is_counted_named_and_written_down(
    site: Site, tmp_path: Path
) -> None:
    one = str(site.json("article", "add", written(site), "--list", "weekly")["id"])
    site("subscriber", "add", "lea@valmont.example", "--list", "weekly", "--confirmed",
         "--consent", "au marché")  # fmt: skip
    site("issue", "create", "weekly", "--send", "--yes")
    assert "lea@valmont.example" in site.outbox()
    assert "needs a yes" in site.error("article", "withdraw", one)
    done = site("article", "withdraw", one, "--yes").stdout
    assert "Cut out of the pages of weekly/1." in done
    assert "It came too late for " in done
    again = site("article", "withdraw", one, "--readers")
    assert "was withdrawn already: nothing was changed" in again.stdout
    assert "lea@valmont.example" in again.stdout
    told = site.json("article", "withdraw", one)
    assert told["changed"] is False
    got = [reader["address"] for reader in told["readers"]["weekly/1"]]
    assert "lea@valmont.example" in got
    assert told["reached"] == {"weekly/1": len(got)}
    file = tmp_path / "readers.csv"
    site("article", "withdraw", one, "-o", str(file))
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert sorted(row["address"] for row in rows) == sorted(got)
    assert rows[0]["issue"] == "weekly/1"
    assert file.stat().st_mode & 0o077 == 0


def test_own_words_given_twice_say_that_nothing_was_changed(site: Site) -> None:
    site("collect")
    number = str(site.json("article", "ls")[0]["id"])
    for options in (("--title", "Mine"), ("--excerpt", "My words."), ("--reset",)):
        edit = ("article", "edit", number, *options)
        assert "nothing was changed" not in site(*edit).output
        assert "already: nothing was changed." in site(*edit).stdout
    assert "say what to change" in site("article", "edit", number, status=2).stderr


def test_an_editor_says_which_articles_are_one(readers: Site) -> None:
    one = str(readers.json("article", "add", written(readers), "--list", "weekly")["id"])
    other = MARCHE.replace("Le marché change de place", "Vendredi, le quai").replace(
        "/marche", "/q"
    )
    two = str(readers.json("article", "add", written(readers, other), "--list", "weekly")["id"])
    readers("article", "edit", two, "--title", "Vendredi, le quai")
    done = readers("article", "join", one, two)
    assert f"Article {one} is the same as article {two}." in done.stdout
    assert "already: nothing was changed" in readers("article", "join", two, one).stdout
    assert f"the same as article {two}, an editor says" in readers("article", "show", one).stdout
    parted = readers("article", "part", two)
    assert f"Article {two} stands on its own again, apart from article {one}." in parted.stdout
    assert "Both have the words that you gave" in parted.stderr
    assert "nothing was changed" in readers("article", "part", two).stdout
    assert "both article" in readers.error("article", "join", one, one)


def test_an_alert_says_that_one_was_about_its_article_already(readers: Site) -> None:
    one = str(readers.json("article", "add", written(readers), "--list", "weekly")["id"])
    (readers.folder / "quay.md").write_text("Le quai est fermé.\n")
    first = ("alert", "weekly", "--article", one, "quay.md", "--yes", "--queue")
    assert "was about" not in readers(*first, "--subject", "Quai fermé").stderr
    readers("issue", "create", "weekly")
    both = "weekly: in the draft weekly/2, goes out with weekly/1"
    assert both in " ".join(readers("article", "ls").stdout.split())
    (row,) = [row for row in readers.json("article", "ls") if row["id"] == int(one)]
    assert row["issues"] == ["weekly/2", "weekly/1"]
    again = readers(*first, "--subject", "Quai rouvert").stderr
    assert "weekly/1 was about this article: 'Quai fermé', " in again
    assert readers.json(*first, "--subject", "Fin")["earlier"] == ["weekly/1", "weekly/3"]


def test_a_skip_says_which_draft_goes_without_the_article(readers: Site) -> None:
    one = str(readers.json("article", "add", written(readers), "--list", "weekly")["id"])
    readers("issue", "create", "weekly")
    assert readers.json("article", "show", one)["issues"] == ["weekly/1"]
    skipped = readers("article", "skip", one, "--list", "weekly").stdout
    assert "Taken out of weekly/1." in skipped
    assert "Taken out" not in readers("article", "skip", one, "--list", "weekly").stdout
    assert readers.json("article", "show", one)["issues"] == []
