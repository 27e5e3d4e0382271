"""What goes wrong with a source is told in one line, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsletter.setup.demo.serving import LocalSite, Reply

if TYPE_CHECKING:
    from conftest import Site

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Le Courrier de Valmont</title>
<link>/</link><description>Valmont</description><language>fr-FR</language>
<item><title>La halle rouvre</title><link>/halle</link><description>Samedi.</description></item>
</channel></rss>"""
PAGE = """<html lang=fr><h2><a href=/halle>La halle rouvre samedi</a></h2><p>Le marché couvert
retrouve ses étals.</p><h2><a href=/pont>Le pont est fermé</a></h2><p>On passe par Brisemont.</p>"""
LOGIN = """<!doctype html><html lang=fr><title>Connexion</title><h1>Connexion</h1>
<form method=post><input name=nom><input type="password" name=passe></form></html>"""
PRIVATE = ("--allow-private", "--kind", "page")
SCRIPTED = """<!doctype html><html lang=fr><title>Valmont</title><noscript>Activez JavaScript.
</noscript><div id=root></div><script src=/app.js></script></html>"""


@pytest.fixture
def pages() -> dict[str, Reply]:
    return {
        "/feed.xml": Reply(FEED, "application/rss+xml"),
        "/page": Reply(PAGE.encode(), "text/html; charset=utf-8"),
        "/scripted": Reply(SCRIPTED.encode(), "text/html; charset=utf-8"),
    }


@pytest.fixture
def web(pages: dict[str, Reply]) -> Iterator[LocalSite]:
    with LocalSite(pages.get) as running:
        yield running


def add(site: Site, address: str, *options: str) -> None:
    site("source", "add", address, "--list", "weekly", "--allow-private", *options)


def test_a_page_that_asks_for_a_password_is_told_so_and_is_not_advised_as_a_page(
    site: Site, web: LocalSite, pages: dict[str, Reply]
) -> None:
    add(site, f"{web.url}/feed.xml", "--name", "flux")
    login = Reply(LOGIN.encode(), "text/html; charset=utf-8")
    pages["/login"] = pages["/feed.xml"] = login
    told = f"error: {web.url}/login asks for a password: give an address that everybody may read"
    for kind in ((), ("--kind", "page")):
        address = (f"{web.url}/login", "--allow-private", *kind)
        assert site.error("source", "check", *address) == told
    said = " ".join(site("collect", "flux", status=1).output.split())
    assert "is a web page that asks for a password, not a feed" in said
    assert "--kind page" not in said
    assert "--location URL, of its feed" in site("source", "show", "flux").output


def test_one_article_of_a_folder_is_no_source(site: Site, web: LocalSite, tmp_path: Path) -> None:
    file = tmp_path / "cantine.md"
    file.write_text("---\ntitle: La cantine\n---\nElle rouvre lundi.\n", encoding="utf-8")
    told = f"error: {file} is one article (give its folder: {tmp_path})"
    for verb in ("add", "check"):
        assert site.error("source", verb, str(file)) == told
    add(site, f"{web.url}/feed.xml", "--name", "flux")
    assert site.error("source", "edit", "flux", "--location", str(file)) == told


def test_a_page_that_only_a_script_fills_is_told_so_with_what_to_give_instead(
    site: Site, web: LocalSite, pages: dict[str, Reply]
) -> None:
    add(site, f"{web.url}/page", "--name", "page", "--kind", "page")
    del pages["/feed.xml"]
    told = (
        f"{web.url}/scripted shows its articles by script only, and no script is run here: "
        "give the address of its feed, or of a page that lists them without one"
    )
    for kind in ((), ("--kind", "page")):
        address = (f"{web.url}/scripted", "--allow-private", *kind)
        assert site.error("source", "check", *address) == f"error: {told}"
    pages["/page"] = pages["/scripted"]
    site("collect", "page", status=1)
    shown = site.json("source", "show", "page")
    assert shown["problem"].startswith(f"{web.url}/page shows its articles by script only")
    edit = "newsletter source edit page --location URL"
    assert shown["remedy"] == f"{edit}, of its feed or another page"


def test_a_folder_is_a_path_and_no_address(site: Site, web: LocalSite) -> None:
    add(site, f"{web.url}/feed.xml", "--name", "courier")
    told = (
        "is an address, and a folder is a path on this machine "
        "(leave --kind out, or say feed or page)"
    )
    for command in (
        ("source", "add", f"{web.url}/page", "--kind", "folder"),
        ("source", "check", f"{web.url}/page", "--kind", "folder"),
        ("source", "add", "www.valmont.example/actualites", "--kind", "folder"),
        ("source", "edit", "courier", "--kind", "folder"),
        ("source", "check", "courier", "--kind", "folder"),
    ):
        assert told in site.error(*command)
    assert "no such folder: " in site.error("source", "add", "./nowhere", "--kind", "folder")


def test_options_of_another_kind_of_source_are_refused_and_change_nothing(
    site: Site, web: LocalSite
) -> None:
    add(site, f"{web.url}/feed.xml", "--name", "courier")
    add(site, f"{web.url}/page", "--name", "page", "--kind", "page")
    before = site.json("source", "ls")
    a_site, a_box = ("--site", "https://valmont.example"), ("--selectors", "article=h2")
    leave = "(leave it out, or give the address of a page)"
    for verb in ("edit", "check"):
        told = site.error("source", verb, "courier", *a_site)
        assert told == f"error: --site is for pages, and 'courier' is a feed {leave}"
        told = site.error("source", verb, "courier", *a_box)
        assert told == f"error: --selectors are for pages, and 'courier' is a feed {leave}"
        told = site.error("source", verb, "page", "--kind", "feed", *a_box)
        assert told == f"error: --selectors are for pages, and --kind says feed {leave}"
        told = site.error("source", verb, "articles", "--read-articles")
        assert told == (
            "error: --read-articles is for feeds and pages, and 'articles' is a folder "
            "(leave it out)"
        )
    new = ("--list", "weekly", "--allow-private")
    told = site.error("source", "add", f"{web.url}/feed.xml?2", *new, *a_site)
    assert told.endswith(f"/feed.xml?2 is a feed {leave}")
    there = str(site.folder / "articles")
    assert "is a folder" in site.error("source", "check", f"{there}/..", *a_site)
    assert site.json("source", "ls") == before


@pytest.mark.long
def test_what_a_page_was_given_goes_with_it_where_a_feed_is_read_instead(
    site: Site, web: LocalSite
) -> None:
    add(site, f"{web.url}/page", "--name", "page", "--kind", "page", "--site", f"{web.url}/")
    assert site.json("source", "show", "page")["site"] == f"{web.url}/"
    edited = site.json("source", "edit", "page", "--location", f"{web.url}/feed.xml")
    assert (edited["kind"], edited["site"]) == ("feed", None)
    assert site.json("source", "edit", "page", "--site", "-")["changed"] is False


def test_what_is_no_page_of_html_has_no_selectors(site: Site) -> None:
    saved = site.folder / "une.txt"
    saved.write_text("La halle\n\nElle rouvre.\n\nLa halle Lire la suite\n", "utf-8")
    there = ("./une.txt", "--list", "weekly")
    told = site.error("source", "add", *there, "--selectors", "article=p")
    assert told == (
        f"error: --selectors are for pages of HTML, and {saved} is plain text (leave it out, or "
        "take them away with '--selectors -')"
    )
    site("source", "add", *there, "--name", "une")
    for verb in ("check", "edit"):
        assert told == site.error("source", verb, "une", "--selectors", "article=p")
    assert "--selectors" not in site("source", "check", "une").stdout


def test_where_a_folder_is_called_a_feed_or_no_address_is_given_it_is_said(
    site: Site, web: LocalSite
) -> None:
    add(site, f"{web.url}/feed.xml", "--name", "courier")
    for kind in ("feed", "page"):
        told = site.error("source", "edit", "articles", "--kind", kind)
        assert told.endswith("/articles is a folder (leave --kind out)")
    told = site.error("source", "edit", "courier", "--location", "")
    assert "no address was given" in told


@pytest.mark.long
def test_what_is_added_by_hand_is_no_source_to_read_pause_or_forget(site: Site) -> None:
    (site.folder / "note.md").write_text("# Le loto\n\nDimanche.\n", "utf-8")
    site("article", "add", "note.md", "--list", "weekly", "--key", "k1")
    for option in ("--pause", "--read-articles", "--allow-private"):
        told = site.error("source", "edit", "manual", option)
        assert "it keeps its name and has no address to read" in told
    told = site.error("source", "rm", "manual", "--yes")
    assert "'newsletter article withdraw'" in told
    assert site.json("article", "add", "note.md", "--list", "weekly", "--key", "k1")["new"] is False


def test_a_name_that_cannot_be_one_is_refused_with_one_that_can(site: Site, web: LocalSite) -> None:
    new = ("source", "add", f"{web.url}/feed.xml", "--allow-private", "--name")
    told = site.error(*new, "Le Courrier (à la une)")
    assert told == (
        "error: source name 'Le Courrier (à la une)': expected lower-case letters, digits, "
        "'.', '_', '-', 64 at most, such as 'le-courrier-a-la-une'"
    )
    assert "such as 'a'" in site.error("source", "edit", "articles", "--name", ".A")
    assert "such as 'courier'" in site.error("source", "edit", "articles", "--name", "")


@pytest.mark.long
def test_a_topic_can_be_taken_from_a_source(site: Site) -> None:
    edit = ("source", "edit", "articles", "--list", "weekly", "--topic")
    site(*edit, "Culture")
    assert "weekly (topic culture)" in site("source", "show", "articles").stdout
    assert site.json(*edit, "-")["changed"] is True
    assert "topic" not in site("source", "show", "articles").stdout
    assert site.json(*edit, "")["changed"] is False


@pytest.mark.long
def test_a_private_address_that_is_no_longer_allowed_says_how_to_allow_it(
    site: Site, web: LocalSite
) -> None:
    add(site, f"{web.url}/feed.xml", "--name", "courier")
    site("source", "edit", "courier", "--no-allow-private")
    told = site.error("source", "check", "courier")
    assert told.endswith(
        "which is not a public address (newsletter source edit courier --allow-private)"
    )
    site("collect", "courier", status=1)
    remedy = site.json("source", "show", "courier")["remedy"]
    assert remedy == "newsletter source edit courier --allow-private"


def test_a_list_that_a_source_offers_nothing_to_is_told_so(site: Site) -> None:
    rm = ("source", "rm", "articles", "--list", "weekly", "--yes")
    assert "offers nothing more to 'weekly'." in site(*rm).stdout
    again = site(*rm).stdout
    assert again == "Source 'articles' offers nothing to 'weekly': nothing was changed.\n"


def test_a_dash_is_no_site_and_no_selectors_of_a_new_source_either(
    site: Site, web: LocalSite
) -> None:
    new = (f"{web.url}/page", "--allow-private", "--kind", "page", "--site", "-")
    for nothing in ("-", ""):
        checked = site.json("source", "check", *new, "--selectors", nothing)
        assert checked["articles"][0]["url"] == f"{web.url}/halle"
    added = site.json("source", "add", *new, "--selectors", "-")
    assert (added["site"], added["selectors"]) == (None, None)


@pytest.mark.long
def test_what_another_source_reads_is_not_proposed_and_says_how_to_share_it(
    site: Site, web: LocalSite, pages: dict[str, Reply]
) -> None:
    home = FEED.replace(b"<link>/</link>", b"<link>/page</link>", 1)
    pages["/feed.xml"] = Reply(home.replace(b"<link>/halle</link>", b""), "application/rss+xml")
    check = ("source", "check", f"{web.url}/feed.xml", "--allow-private")
    assert f"or read its page: add {web.url}/page --kind page" in remedies(site, *check)
    add(site, f"{web.url}/page", "--name", "page", "--kind", "page")
    assert "read its page" not in remedies(site, *check)
    told = site.error("source", "edit", "articles", "--location", f"{web.url}/page", *PRIVATE)
    assert told == (
        "error: source 'page' reads that address already "
        "(to let it offer to another list: newsletter source edit page --list SLUG)"
    )


@pytest.mark.long
def test_selectors_go_along_to_another_page_and_where_that_is_a_feed_it_is_said(
    site: Site, web: LocalSite, pages: dict[str, Reply]
) -> None:
    pages["/moved"] = pages["/page"]
    add(site, f"{web.url}/page", "--name", "page", "--selectors", "article=h2")
    edit = ("source", "edit", "page", "--location")
    told = site.error(*edit, f"{web.url}/feed.xml")
    assert told.endswith("; they go along with it, unless you say --kind feed or '--selectors -'")
    assert site.json(*edit, f"{web.url}/moved")["selectors"] == {"article": "h2"}
    assert site.json(*edit, f"{web.url}/feed.xml", "--kind", "feed")["selectors"] is None


def remedies(site: Site, *command: str) -> str:
    return " ".join(str(odd["remedy"]) for odd in site.json(*command)["oddities"])
