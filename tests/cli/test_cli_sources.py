"""Sources that are well, broken, empty or unreachable, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsletter.setup.demo.serving import LocalSite, Reply

if TYPE_CHECKING:
    from conftest import Site

EMPTY = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Quiet</title>
<link>https://valmont.example/</link><description>Nothing yet</description></channel></rss>"""
ITEM = b"<item><title>The bridge</title><link>/bridge</link></item>"
FULL = EMPTY.replace(b"</channel>", ITEM + b"</channel>").replace(b"Quiet", b"The Courier")
FRONT = b"""<html><head>
<link rel=alternate type=application/rss+xml href=/feed.xml>
<link rel=alternate type=application/rss+xml href=/empty.xml></head><p>Welcome</p></html>"""


@pytest.fixture
def web() -> Iterator[LocalSite]:
    pages = {
        "/empty.xml": Reply(EMPTY, "application/rss+xml"),
        "/feed.xml": Reply(FULL, "application/rss+xml"),
        "/": Reply(FRONT, "text/html"),
        "/broken.xml": Reply(b"<rss><chan", "application/rss+xml"),
    }
    with LocalSite(pages.get) as site:
        yield site


def test_a_private_address_needs_to_be_allowed(site: Site, web: LocalSite) -> None:
    add = ("source", "add", f"{web.url}/feed.xml", "--list", "weekly")
    assert "--allow-private" in site.error(*add)
    assert "The Courier (feed)" in site(*add, "--allow-private", "--name", "courier").stdout
    again = site(*add, "--allow-private").stdout
    assert f"Source 'courier' is known already: {web.url}/feed.xml (feed)." in again
    assert site.json("collect", "courier")[0]["offered"] == 1


def test_which_list_is_meant_need_be_said_only_where_there_are_several(
    site: Site, web: LocalSite
) -> None:
    add = ("source", "add", f"{web.url}/feed.xml", "--allow-private", "--name", "courier")
    site(*add)
    assert site.json("source", "show", "courier")["lists"] == ["weekly"]
    site("list", "create", "quiet", "--title", "Quiet", "--from", "q@valmont.example")
    error = site.error(*add)
    assert "there are several lists: say which with --list (quiet, weekly)" in error


def test_a_feed_without_items_is_no_error_and_no_issue(site: Site, web: LocalSite) -> None:
    site("list", "create", "quiet", "--title", "Quiet", "--from", "q@valmont.example")
    add = ("source", "add", f"{web.url}/empty.xml", "--list", "quiet", "--allow-private")
    name = site.json(*add)["name"]
    assert site.json("collect", name)[0]["state"] == "nothing new"
    error = site.error("issue", "create", "quiet")
    assert "no issue of 'quiet' was made" in error
    assert "newsletter issue explain quiet" in error
    assert "no issue" in site("issue", "explain", "quiet").stdout


def test_what_cannot_be_read_is_not_added_and_says_why(site: Site, web: LocalSite) -> None:
    for path in ("broken.xml", "missing.xml"):
        add = ("source", "add", f"{web.url}/{path}", "--list", "weekly", "--allow-private")
        assert f"{web.url}/{path}" in site.error(*add)
    assert [one["name"] for one in site.json("source", "ls")] == ["articles"]


def test_one_source_that_fails_never_keeps_the_others(site: Site, web: LocalSite) -> None:
    site(
        *("source", "add", f"{web.url}/feed.xml", "--list", "weekly"),
        *("--allow-private", "--name", "courier"),
    )
    web.close()
    done = site("collect", status=1)
    assert "WARNING" not in done.output
    assert done.output.count("nothing answers there") == 1
    assert "error: could not read courier (see 'newsletter source check courier')" in done.stderr
    left = {one["source"]: one for one in site.json("collect")}
    assert left["courier"]["state"] == "waiting"
    assert left["courier"]["problem"].startswith("not asked until ")
    assert "to ask at once: 'newsletter collect courier'" in left["courier"]["problem"]
    asked = site.json("collect", "articles", "courier", status=1)
    states = {one["source"]: one["state"] for one in asked}
    assert states == {"articles": "unchanged", "courier": "failed"} or states == {
        "articles": "nothing new",
        "courier": "failed",
    }
    assert "failed 2×, asked again at" in site("source", "ls").stdout
    assert "Why, and what to do: 'newsletter source show " in site("source", "ls").stderr
    shown = site("source", "show", "courier").stdout
    assert "at once: newsletter collect courier" in shown
    assert site.json("source", "show", "courier")["health"] == "failing"


def test_checking_an_address_changes_nothing(site: Site, web: LocalSite) -> None:
    said = site("source", "check", f"{web.url}/feed.xml", "--allow-private").stdout
    assert "a feed, called 'The Courier', with 1 article" in said
    assert "The bridge · on offer" in said
    assert "! its one article has no text: only their titles will show" in said
    command = f"newsletter source add {web.url}/feed.xml --list weekly --allow-private"
    assert said.rstrip().endswith(f"Next: {command}")
    assert len(site.json("source", "ls")) == 1
    found = site.json("source", "check", f"{web.url}/feed.xml", "--allow-private")
    assert (found["offered"], found["articles"][0]["fate"]) == (1, "offered")
    assert found["next"] == command
    assert "add it with --read-articles" in [one["remedy"] for one in found["oddities"]]


def test_adding_shows_what_was_found_and_what_to_type_next(site: Site, web: LocalSite) -> None:
    add = ("source", "add", f"{web.url}/feed.xml", "--list", "weekly", "--allow-private")
    said = site(*add, "--name", "courier").stdout
    assert "a first collection would offer it\n" in said
    assert "→ newsletter source edit courier --read-articles" in said
    assert said.rstrip().endswith("Next: newsletter collect courier")
    assert not said.count("As readers would see it")
    again = site(*add, "--read-articles")
    assert "known already" in again.stdout
    assert "--read-articles changed nothing (see 'newsletter source edit courier')" in again.stderr
    assert site.json(*add)["added"] is False
    site("source", "edit", "courier", "--read-articles")
    assert "articles' pages  read for excerpts" in site("source", "show", "courier").stdout


def test_of_several_feeds_the_best_is_taken_where_nobody_can_be_asked(
    site: Site, web: LocalSite
) -> None:
    """What is empty is no choice; it can be taken all the same."""
    add = ("source", "add", f"{web.url}/", "--list", "weekly", "--allow-private")
    first = site(*add).stdout
    assert "There are several" not in first
    assert "is added: The Courier (feed)" in first
    taken = site.json(*add, "--take", "2")
    assert (taken["title"], taken["check"]["taken"]) == ("Quiet", 2)
    assert "there is no number 9" in site.error(*add, "--take", "9")
    checked = site("source", "check", f"{web.url}/", "--allow-private", "--take", "2").stdout
    assert "This is number 2 (another one with --take N)." in checked


def test_of_feeds_with_articles_it_is_asked_and_told_which_is_known(site: Site) -> None:
    named = ("feed", "sport", "comments", "empty")
    links = "".join(f"<link rel=alternate type=application/rss+xml href=/{n}.xml>" for n in named)
    sport = FULL.replace(b"The Courier", b"Sport").replace(b"bridge", b"match")
    talk = FULL.replace(b"The Courier", b"Comments on The Courier").replace(b"bridge", b"talk")
    there = {
        "/": Reply(f"<html><head>{links}</head><p>Welcome</p></html>".encode(), "text/html"),
        "/feed.xml": Reply(FULL, "application/rss+xml"),
        "/sport.xml": Reply(sport, "application/rss+xml"),
        "/comments.xml": Reply(talk, "application/rss+xml"),
        "/empty.xml": Reply(EMPTY, "application/rss+xml"),
    }
    with LocalSite(there.get) as web:
        to = ("--list", "weekly", "--allow-private")
        site("source", "add", f"{web.url}/feed.xml", *to, "--name", "courier")
        said = site("source", "add", f"{web.url}/", *to).stdout
    assert "There are several at" in said
    assert "The first is taken (another one with --take N)." in said
    assert "feed  The Courier: 1 article (known as 'courier')" in said
    assert "feed  Sport: 1 article" in said
    assert "Comments on" not in said
    assert "Quiet" not in said


def test_nothing_but_the_result_is_shown_to_those_who_want_quiet(
    site: Site, web: LocalSite
) -> None:
    add = ("source", "add", f"{web.url}/feed.xml", "--list", "weekly", "--allow-private")
    assert site("--quiet", *add).output == ""


def test_a_password_of_an_address_is_never_shown(site: Site, web: LocalSite) -> None:
    url = f"{web.url}/feed.xml".replace("http://", "http://odile:canari@")
    add = ("source", "add", url, "--list", "weekly", "--allow-private", "--name", "courier")
    shown = [
        site(*add).output,
        site(*add).output,
        site("collect").output,
        site("--json", "source", "ls").output,
        site("--json", "source", "show", "courier").output,
        site("--json", "source", "check", "courier").output,
        site("--json", "source", "edit", "courier", "--pause").output,
        site("log", "ls").output,
    ]
    assert "canari" not in "".join(shown)


def test_of_many_sources_only_those_with_news_have_a_line(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.cli.collecting.MANY", 1)
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "a.md").write_text("# A story\n\nIt is told.\n", "utf-8")
    site("--quiet", "source", "add", str(folder), "--list", "weekly")
    said = site("collect")
    assert "desk" in said.stdout
    assert "articles" not in said.stdout
    assert "Nothing new in 1 other source." in said.stdout
    assert "Nothing new in 2 sources." in site("collect").stderr
    assert "desk" in site("collect", "desk").stdout


def test_a_source_is_paused_offered_elsewhere_and_removed_once(site: Site) -> None:
    site("source", "edit", "articles", "--pause")
    assert "paused" in site("source", "ls").stdout
    assert "--yes" in site.error("source", "rm", "articles")
    assert "offers nothing more" in site("source", "rm", "articles", "--yes").stdout
    assert "removed already" in site("source", "rm", "articles").stdout
    assert len(site.json("article", "ls")) == 7


def test_editing_where_a_source_is_read_shows_what_is_there(site: Site) -> None:
    there = {
        "/feed.xml": Reply(FULL, "application/rss+xml"),
        "/page": Reply(
            b"<html><h2><a href=/a>The hall is open</a></h2><p>At last, on Saturday.</p>"
            b"<h2><a href=/b>The band plays again</a></h2><p>In the square.</p></html>",
            "text/html",
        ),
        "/soon": Reply(b"<html><p>We are back soon.</p></html>", "text/html"),
    }
    with LocalSite(there.get) as web:
        add = ("source", "add", f"{web.url}/feed.xml", "--list", "weekly", "--allow-private")
        site(*add, "--name", "courier")
        edit = ("source", "edit", "courier", "--kind", "page", "--location")
        assert "no list of articles found" in site.error(*edit, f"{web.url}/soon")
        assert site.json("source", "show", "courier")["kind"] == "feed"
        said = site(*edit, f"{web.url}/page").stdout
        assert "is a page that lists articles, with 2 articles" in said
        assert "The hall is open" in said
        assert said.rstrip().endswith("Next: newsletter collect courier")


def test_an_edit_that_was_made_before_says_that_nothing_was_changed(
    site: Site, web: LocalSite
) -> None:
    add = ("source", "add", f"{web.url}/feed.xml", "--list", "weekly", "--allow-private")
    site(*add, "--name", "courier")
    edit = ("source", "edit", "courier")
    for options in (
        ("--title", "The Courier"),
        ("--title", ""),
        ("--read-articles",),
        ("--pause",),
        ("--no-allow-private", "--resume"),
        ("--list", "weekly", "--topic", "Culture"),
        ("--location", f"{web.url}/empty.xml", "--allow-private"),
    ):
        assert "nothing was changed" not in site(*edit, *options).output
        again = site(*edit, *options).stdout
        assert "'courier' is as you said already: nothing was changed." in again
    assert site.json(*edit, "--title", "")["changed"] is False
    said = site(*edit, status=2).stderr
    assert "say what to change" in said


def test_the_newest_article_is_that_of_the_latest_date(site: Site) -> None:
    """And not the moment of the reading at which one came that is dated before it."""
    date = b"<pubDate>Mon, 02 Feb 2026 08:00:00 GMT</pubDate></item>"
    hall = ITEM.replace(b"bridge", b"hall").replace(b"</item>", date)
    both = FULL.replace(ITEM, ITEM + hall)
    there = {"/feed.xml": Reply(FULL, "application/rss+xml")}
    with LocalSite(there.get) as web:
        add = ("source", "add", f"{web.url}/feed.xml", "--list", "weekly", "--allow-private")
        site(*add, "--name", "courier")
        site("collect", "courier")
        there["/feed.xml"] = Reply(both, "application/rss+xml")
        site("collect", "courier")
        said = site("source", "show", "courier").stdout
    (line,) = [line for line in said.splitlines() if line.startswith("newest article")]
    assert "2026-02-02" in line


def test_a_table_in_a_pipe_has_no_blanks_at_its_ends(site: Site) -> None:
    lines = site("source", "ls").stdout.splitlines()
    assert lines == [line.rstrip() for line in lines]
    assert "articles" in lines[-1]


def test_a_name_that_is_typed_again_is_not_folded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.cli.output.WIDE", 60)
    name = "le-courrier-de-valmont-et-de-ses-environs"
    site("source", "edit", "articles", "--name", name)
    assert name in site("source", "ls").stdout
    assert name in site("collect").stdout


def test_selectors_that_are_none_are_refused_in_plain_words(site: Site) -> None:
    check = ("source", "check", "https://valmont.example/", "--selectors", "article=.actu[[")
    said = site.error(*check)
    assert "'.actu[[' is no CSS selector (it cannot be understood from its character" in said
    assert "DELIM" not in said
