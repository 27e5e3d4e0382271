"""From articles to readers by the command line alone: drafts, letters, alerts, and their books."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import MakeArticles, Site


def test_a_digest_goes_all_the_way(readers: Site) -> None:
    shown = readers("issue", "preview", "weekly")
    assert "Story 7" in shown.stdout
    assert "3 readers" in shown.stderr
    assert "say -o look" in readers.error("issue", "preview", "weekly", "-o", "look.html")
    assert readers("issue", "preview", "weekly", "-o", "look").stdout == ""
    names = {path.name for path in (readers.folder / "look").iterdir()}
    assert names == {"weekly-1-1-en.html", "weekly-1-1-en.txt"}
    assert "weekly/1 is drafted" in readers("issue", "create", "weekly").stdout
    assert "nothing new" in readers.error("issue", "create", "weekly")
    assert "books do not balance yet: it is a draft" in readers.error("issue", "audit", "weekly/1")

    error = readers.error("issue", "approve", "weekly/1")
    assert "send weekly/1 to 3 readers" in error
    assert readers.json("issue", "show", "weekly/1")["state"] == "draft"
    done = readers("issue", "approve", "weekly/1", "--yes")
    assert "variants  1 (en: 3)" in done.stderr
    assert "is on its way to 3 readers" in done.stdout
    assert "already: nothing was changed" in readers("issue", "approve", "weekly/1").stdout

    assert "do not balance yet" in readers.error("issue", "audit", "weekly/1")
    assert "3 sent" in readers("deliver").stdout
    assert "Nothing was due" in readers("deliver").stdout
    assert "The books balance" in readers("issue", "audit", "weekly/1").stdout
    assert readers.json("issue", "show", "weekly/1")["counts"] == {"sent": 3}
    assert sorted(readers.outbox()) == [f"{n}@valmont.example" for n in ("ana", "bob", "eva")]
    assert "no issue: nothing new" in readers("issue", "explain", "weekly").stdout
    listed = readers("article", "ls").stdout
    assert "weekly: counted as seen" in listed


def test_a_preview_can_be_mailed_to_an_editor_alone(readers: Site) -> None:
    readers("issue", "preview", "weekly", "--to", "editor@valmont.example")
    readers("deliver")
    assert readers.outbox() == ["editor@valmont.example"]
    assert readers.json("issue", "ls") == []


def test_a_letter_sent_twice_is_sent_once(readers: Site) -> None:
    (readers.folder / "letter.md").write_text("Hello **all**.\n")
    letter = ("issue", "create", "weekly", "--subject", "A word", "--body", "letter.md", "--send")
    assert "send weekly/1 to 3 readers" in readers.error(*letter)  # a draft is kept
    assert "weekly/1: 3 sent" in readers(*letter, "--yes").stdout
    assert "no second one is made" in readers(*letter, "--yes").stdout
    assert len(readers.outbox()) == 3


def test_a_letter_is_read_from_stdin_edited_and_queued(readers: Site) -> None:
    create = ("issue", "create", "weekly", "--subject", "A word", "--body", "-")
    readers(*create, stdin="Hello.\n")
    readers("issue", "edit", "weekly/1", "--subject", "Two words")
    assert readers.json("issue", "show", "weekly/1")["subject"] == "Two words"
    readers("issue", "approve", "weekly/1", "--at", "+2h", "--yes")
    shown = readers.json("issue", "show", "weekly/1")
    assert shown["state"] == "draft"
    assert shown["ready_at"] is not None


def test_an_issue_is_paused_resumed_and_cancelled(readers: Site) -> None:
    readers("issue", "create", "weekly", "--queue", "--yes")
    assert "is paused" in readers("issue", "pause", "weekly/1").stdout
    assert "Nothing was due" in readers("deliver").stdout
    assert "goes on" in readers("issue", "resume", "weekly/1").stdout
    assert "cancel weekly/1 for good" in readers.error("issue", "cancel", "weekly/1")
    readers("issue", "cancel", "weekly/1", "--yes")
    readers("issue", "cancel", "weekly/1")
    readers("deliver")
    assert readers.outbox() == []
    assert "weekly/2 is drafted" in readers("issue", "create", "weekly").stdout  # due again
    settled = readers("issue", "settle", "weekly/1", "--sent")
    assert "Nothing of weekly/1 is unknown: nothing was changed" in settled.stdout


def test_an_alert_asks_goes_out_and_knows_its_own(readers: Site) -> None:
    (readers.folder / "quay.md").write_text("The quay is **closed**.\n")
    alert = ("alert", "weekly", "--subject", "Quay closed", "quay.md")
    assert "send this alert to 1 reader now" in readers.error(*alert)
    assert "The quay" in readers(*alert, status=1).stderr
    readers(*alert, "--to", "editor@valmont.example")
    done = readers(*alert, "--yes")
    assert "weekly/1: 1 sent" in done.stdout
    assert "last one" in done.stderr
    assert "nothing was sent (--again)" in readers(*alert, "--yes").stdout
    assert sorted(readers.outbox()) == ["bob@valmont.example", "editor@valmont.example"]
    readers(*alert, "--yes", "--again", "--queue")
    assert len(readers.outbox()) == 2
    assert [row["counts"] for row in readers.json("issue", "ls")] == [{"queued": 1}, {"sent": 1}]


def test_what_nobody_would_get_is_refused_before_any_question(site: Site) -> None:
    site("subscriber", "add", "ana@valmont.example", "--list", "weekly")
    assert "nobody would get its" in site("issue", "explain", "weekly").stdout
    site("issue", "create", "weekly")
    for yes in ((), ("--yes",)):
        error = site.error("issue", "approve", "weekly/1", *yes)
        assert "nobody on 'weekly' would get this now: 1 person on 'weekly' has not" in error
    (site.folder / "quay.md").write_text("The quay is closed.\n")
    error = site.error("alert", "weekly", "--subject", "Quay closed", "quay.md")
    assert "has agreed to urgent alerts (readers agree on their preferences page" in error


def test_an_alert_hands_over_to_a_running_sender(readers: Site) -> None:
    (readers.folder / "quay.md").write_text("The quay is closed.\n")
    sender = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "worker"],
        cwd=readers.folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NEWSLETTER_CONFIG": "config.toml"},
    )
    try:
        while not readers.json("stats")["senders"]:
            assert sender.poll() is None
        done = readers("alert", "weekly", "--subject", "Quay closed", "quay.md", "--yes")
        assert "weekly/1: 1 sent" in done.stdout
    finally:
        sender.terminate()
        _, errors = sender.communicate(timeout=30)
    assert sender.returncode == 0, errors


def test_articles_are_written_pinned_skipped_and_withdrawn(
    readers: Site, make_articles: MakeArticles
) -> None:
    (readers.folder / "own.md").write_text("# Our own story\n\nWritten by hand.\n")
    add = ("article", "add", "own.md", "--list", "weekly")
    number = readers.json(*add)["id"]
    assert "already: nothing was changed" in readers(*add).stdout
    readers("article", "pin", str(number), "--list", "weekly")
    assert "already" in readers("article", "pin", str(number), "--list", "weekly").stdout
    readers("article", "edit", str(number), "--title", "In our words")
    first = readers.json("article", "ls", "--list", "weekly")[0]
    assert (first["id"], first["due"]) == (number, True)
    readers("article", "skip", "1", "--list", "weekly")
    assert "In our words" in readers("issue", "preview", "weekly").stdout.splitlines()[0]
    readers("issue", "create", "weekly", "--queue", "--yes")
    assert "for good" in readers.error("article", "withdraw", str(number))
    done = readers("article", "withdraw", str(number), "--yes")
    assert "Paused: weekly/1" in done.stdout
    assert "skipped" in readers("article", "explain", "1").stdout

    make_articles(readers.folder / "articles", 9)
    readers("source", "edit", "articles", "--location", "./articles")
    collected = readers.json("collect", "articles")
    assert collected[0]["new"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("issue", "create", "weakly"), "no list 'weakly': choose among weekly"),
        (("issue", "show", "weekly/99"), "no such issue: 'weekly/99'"),
        (("issue", "show", "nonsense"), "no such issue: 'nonsense'"),
        (("issue", "create", "weekly", "--body", "missing.md", "--subject", "S"), "missing.md: no"),
        (("issue", "create", "weekly", "--at", "yesterday"), "time 'yesterday'"),
        (("alert", "weekly", "--subject", "S", "missing.md"), "missing.md: no such file"),
        (("article", "show", "999"), "no such article: '999'"),
        (("article", "add", "latin.md", "--list", "weekly"), "latin.md"),
        (("collect", "nobody"), "no such source: 'nobody'"),
        (("source", "rm", "nobody", "--yes"), "no such source: 'nobody'"),
        (("schedule", "add", "weekly", "--cron", "every friday"), "schedule 'every friday'"),
        (("schedule", "rm", "weekly", "nobody"), "no such schedule"),
        (("subscriber", "show", "x@y.example"), "no such subscriber: 'x@y.example'"),
        (("subscriber", "add", "no address", "--list", "weekly"), "not an e-mail address"),
        (("relay", "pause", "nobody"), "no such relay: 'nobody'"),
        (("list", "create", "Été!", "--from", "x@y.example"), "for example 'ete'"),
    ],
)
def test_what_does_not_exist_or_cannot_be_is_one_line(
    site: Site, arguments: tuple[str, ...], said: str
) -> None:
    (site.folder / "latin.md").write_bytes(b"\xff\xfe# \x00")
    assert said in site.error(*arguments)


def test_a_draft_says_what_had_no_room_and_what_could_not_be_read(
    readers: Site, make_articles: MakeArticles
) -> None:
    gone = make_articles(readers.folder / "hall", 1)
    readers("source", "add", str(gone), "--list", "weekly", "--name", "hall")
    readers("collect", "hall")
    shutil.rmtree(gone)
    readers("collect", "hall", status=1)
    readers("schedule", "edit", "weekly", "weekly", "--maximum", "2")
    full = "3 due articles carried over: the issue is full"
    failed = "source 'hall' could not be read since "
    for command in ("preview", "create"):
        told = readers("issue", command, "weekly").stderr
        assert full in told
        assert failed in told
    assert readers.json("issue", "preview", "weekly/1")["lacking"][0] == full
    for command in ("show", "explain"):
        told = readers("issue", command, "weekly/1").stdout
        assert full in told
        assert failed in told
    rows = readers.json("article", "ls")
    inside = next(str(row["id"]) for row in rows if "weekly/1" in row["issues"])
    readers("article", "skip", inside, "--list", "weekly")
    assert "was full, and has room for 1 now" in readers("issue", "show", "weekly/1").stdout
    readers("issue", "approve", "weekly/1", "--yes")
    assert readers.json("issue", "show", "weekly/1")["lacking"] == []


@pytest.mark.parametrize("noun", ["issue", "suppression", "article"])
def test_a_limit_is_one_at_least(site: Site, noun: str) -> None:
    assert "--limit" in site(noun, "ls", "--limit", "-1", status=2).stderr
