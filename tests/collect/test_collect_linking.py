"""Whose link an article gets, whose feed a page has, and where the password of a source goes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from newsletter.collect.fetch import Limits
from newsletter.collect.identity import identify
from newsletter.collect.lookup import Known, find_links
from newsletter.collect.place import is_path, shown, with_password_of
from newsletter.collect.reading import Place, Reading, Ways, find_all, read
from newsletter.models import SourceKind
from tests.jobs.paper_site import NOW, Answer, Site, serve

WAYS = Ways(NOW, Limits(connect=5, total=20))
SECRET = "s3cret"
TITLES = ("La fanfare cherche un tuba", "La médiathèque prête aussi", "Une crue sans dégâts")
BARE = "".join(
    f"<p><b>{t}</b></p><p>Un alinéa qui parle de cela, en entier.</p><p>{t} Lire la suite</p>"
    for t in TITLES
)


def guarded(site: Site) -> str:
    """The address of the site with a name and a password."""
    return site.url.replace("://", f"://me:{SECRET}@")


def passwords(site: Site) -> dict[str, bool]:
    """Whether each path was asked for with the right password."""
    right = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
    return {path: headers.get("Authorization") == right for path, headers in site.asked}


def listed(reading: Reading) -> list[str | None]:
    assert reading.feed is not None
    return [entry.url for entry in reading.feed.entries]


# --- passwords --------------------------------------------------------------------------------


def test_the_password_of_a_page_is_no_part_of_an_article(site: Site) -> None:
    site.page("/prive", BARE)
    found = read(Place(f"{guarded(site)}/prive", SourceKind.PAGE, True), WAYS)
    assert listed(found) == [f"{site.url}/prive"] * 3
    assert SECRET not in repr(found.feed)
    assert found.feed is not None
    assert found.feed.home == f"{site.url}/prive"
    assert found.place.location == f"{guarded(site)}/prive"
    assert set(passwords(site).values()) == {True}


def test_nor_is_that_of_the_site_that_a_page_was_saved_from(site: Site, tmp_path: Path) -> None:
    for number, text in enumerate([BARE, "<h2><a href=/un>La crue</a></h2><p>Un texte.</p>" * 2]):
        file = tmp_path / f"une-{number}.html"
        file.write_text(f"<html><body>{text}<h2><a href=/deux>Le tuba</a></h2></body></html>")
        found = read(Place(str(file), SourceKind.PAGE, True, site=f"{guarded(site)}/"), WAYS)
        assert all(str(url).startswith(f"{site.url}/") for url in listed(found))
        assert SECRET not in repr(found.feed)


def test_the_password_goes_to_the_feeds_of_its_own_server_and_to_no_other(site: Site) -> None:
    with serve() as other:
        head = "".join(
            f'<link rel=alternate type="application/rss+xml" href="{url}">'
            for url in ("/membres.xml", f"{other.url}/ailleurs.xml")
        )
        site.page("/blog.html", BARE, head)
        site.rss("/membres.xml", site.item(1))
        other.rss("/ailleurs.xml", other.item(2))
        readings = find_all(f"{guarded(site)}/blog.html", WAYS, allow_private=True)
        asked = passwords(site)
        assert asked["/membres.xml"]
        assert all(asked.values())
        assert not any("Authorization" in headers for _, headers in other.asked)
        assert other.asked
    assert readings[0].place.location == f"{guarded(site)}/membres.xml"
    assert SECRET not in repr([(r.notes, r.feed) for r in readings])


def test_guessed_feeds_and_sitemaps_are_asked_with_the_password_too(site: Site) -> None:
    site.page("/blog.html", BARE)
    site.answers["/robots.txt"] = Answer(f"Sitemap: {site.url}/plan.xml".encode())
    find_all(f"{guarded(site)}/blog.html", WAYS, allow_private=True)
    asked = passwords(site)
    assert {"/feed/", "/plan.xml"} <= asked.keys()
    assert all(asked.values())


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        ("https://me:pw@v.example/feed", "https://v.example/feed"),
        ("https://me@v.example/feed", "https://v.example/feed"),
        ("https://me:p@w@v.example:8080/feed", "https://v.example:8080/feed"),
        ("https://me:pa/ss@v.example/feed", "https://v.example/feed"),
        ("https://me:1/2@v.example/feed", "https://v.example/feed"),
        ("https://me:p#s?s@v.example/feed", "https://v.example/feed"),
        ("https://me:[pw@v.example/feed", "https://v.example/feed"),
        ("me:pw@v.example/feed", "v.example/feed"),
        ("feed:https://me:pw@v.example/feed", "feed:https://v.example/feed"),
        ("feed://me:pw@v.example/feed", "feed://v.example/feed"),
        # What only looks like one stays.
        ("https://v.example/@fanfare.rss", "https://v.example/@fanfare.rss"),
        ("https://v.example:8080/@fanfare.rss", "https://v.example:8080/@fanfare.rss"),
        ("https://v.example/?a=x:y@z", "https://v.example/?a=x:y@z"),
        ("v.example/@fanfare", "v.example/@fanfare"),
        ("http://[::1]:8080/@x", "http://[::1]:8080/@x"),
        ("/home/me/a:b@c.txt", "/home/me/a:b@c.txt"),
        ("https://v.example/feed", "https://v.example/feed"),
    ],
)
def test_no_password_shows_however_it_was_mistyped(location: str, seen: str) -> None:
    assert shown(location) == seen


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://v.example/b", "https://me:pw@v.example/b"),
        ("https://v.example:443/b", "https://me:pw@v.example:443/b"),
        ("http://v.example/b", "http://v.example/b"),
        ("https://v.example:8443/b", "https://v.example:8443/b"),
        ("https://www.v.example/b", "https://www.v.example/b"),
        ("https://you@v.example/b", "https://you@v.example/b"),
        ("https://v.example:x/b", "https://v.example:x/b"),
    ],
)
def test_a_password_is_carried_within_one_origin(address: str, asked: str) -> None:
    assert with_password_of("https://me:pw@v.example/a", address) == asked
    assert with_password_of("https://v.example/a", address) == address


# --- links ------------------------------------------------------------------------------------


def test_two_articles_of_one_title_stay_two(site: Site, tmp_path: Path) -> None:
    texts = ("Samedi : bal des pompiers à la salle.", "Dimanche : vide-grenier sur la place.")
    file = tmp_path / "une.txt"
    file.write_text("\n\n".join(f"Agenda\n\n{text}\n\nAgenda Lire la suite" for text in texts))
    site.rss("/", site.item(9, title="Agenda"))
    found = read(Place(str(file), SourceKind.PAGE, True, site=f"{site.url}/"), WAYS)
    assert found.feed is not None
    assert listed(found) == [f"{site.url}/"] * 2
    assert found.missing_links == 2
    seen, _ = identify(found.feed.entries, home=found.feed.home, now=NOW)
    assert len({one.key for one in seen}) == 2


def test_an_article_that_is_there_twice_is_looked_up_all_the_same(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "une.txt"
    file.write_text("Agenda\n\nSamedi : bal des pompiers.\n\nAgenda Lire la suite\n\n" * 2)
    site.rss("/", site.item(9, title="Agenda"))
    found = read(Place(str(file), SourceKind.PAGE, True, site=f"{site.url}/"), WAYS)
    assert set(listed(found)) == {f"{site.url}/articles/9"}


def test_the_address_of_another_article_of_the_page_is_not_taken(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "une.txt"
    file.write_text(
        f"Agenda\n\nSamedi : bal.\n\nAgenda Lire la suite <{site.url}/articles/9>\n\n"
        "AGENDA\n\nDimanche : vide-grenier sur la place.\n\nAGENDA Lire la suite"
    )
    site.rss("/", site.item(9, title="Agenda"))
    found = read(Place(str(file), SourceKind.PAGE, True, site=f"{site.url}/"), WAYS)
    assert listed(found) == [f"{site.url}/articles/9", f"{site.url}/"]


def test_a_title_that_stands_twice_is_not_looked_up() -> None:
    known = [Known("Agenda", "https://v.example/a"), Known("Fanfare", "https://v.example/f")]
    assert find_links(["Agenda", "Fanfare", "Agenda"], known) == {"Fanfare": "https://v.example/f"}


def test_a_title_is_looked_up_on_the_front_page_at_last(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "une.txt"
    titles = (*TITLES, "Le menu de la cantine", "Agenda", "Le bal des pompiers", "Au marché")
    file.write_text(
        "\n\n".join(f"{t}\n\nUn alinéa qui parle de cela.\n\n{t} Lire la suite" for t in titles)
    )
    links = {
        "/a?id=1": f"{TITLES[0].upper()} <span>Lire la suite</span>",
        "/a?id=2": TITLES[1],
        "/a?id=3": "Agenda",  # one word: a part of the site
        "/a?id=4": "Le bal des pompiers",
        "/a?id=5": "Le bal des pompiers",  # of two, nobody knows which
        "https://autre.example/a": "Au marché",
        "/": TITLES[2],
    }
    body = "<nav><a href='/a?id=6'>Le menu de la cantine</a></nav>"
    body += "".join(f"<div><a href='{url}'>{text}</a></div>" for url, text in links.items())
    site.page("/", body)
    found = read(Place(str(file), SourceKind.PAGE, True, site=f"{site.url}/"), WAYS)
    home = f"{site.url}/"
    assert listed(found) == [f"{site.url}/a?id=1", f"{site.url}/a?id=2", *[home] * 5]
    assert found.missing_links == 5
    assert [path for path, _ in site.asked].count("/") == 1


def test_a_title_beside_its_link_on_the_front_page_is_known_too(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "une.txt"
    file.write_text(f"{TITLES[0]}\n\nUn alinéa qui parle de cela.\n\n{TITLES[0]} Lire la suite")
    boxes = (
        f"<article><h2>{t}</h2><p>Un alinéa.</p><a href='/?p={n}'>Lire la suite</a></article>"
        for n, t in enumerate(TITLES)
    )
    site.page("/", "".join(boxes))
    found = read(Place(str(file), SourceKind.PAGE, True, site=f"{site.url}/"), WAYS)
    assert listed(found) == [f"{site.url}/?p=0"]


# --- whose feed -------------------------------------------------------------------------------

DUPONT = "".join(
    f"<div><h2><a href=/~dupont/{n}.html>Article {n} de Dupont</a></h2><p>Un texte.</p></div>"
    for n in range(3)
)


def test_the_feed_of_the_whole_host_is_not_that_of_a_page_below(site: Site) -> None:
    site.page("/~dupont/", DUPONT)
    site.rss("/feed/", site.item(1), site.item(2))
    readings = find_all(f"{site.url}/~dupont/", WAYS, allow_private=True)
    assert [r.place.location for r in readings] == [f"{site.url}/~dupont/", f"{site.url}/feed/"]
    assert any("there is one" in note for note in readings[0].notes)
    assert any("the page is taken" in note for note in readings[0].notes)
    assert not any("names other feeds" in note for note in readings[0].notes)


def test_a_guessed_feed_that_lists_what_the_page_lists_is_its_feed(site: Site) -> None:
    site.page(
        "/~dupont/",
        DUPONT + f"<div><h2><a href={site.url}/articles/2>Deux</a></h2><p>Oui.</p></div>",
    )
    site.rss("/feed/", site.item(1), site.item(2))
    readings = find_all(f"{site.url}/~dupont/", WAYS, allow_private=True)
    assert readings[0].place.location == f"{site.url}/feed/"


def test_a_guessed_feed_that_calls_the_page_its_home_is_its_feed(site: Site) -> None:
    site.page("/", DUPONT)
    site.rss("/feed/", site.item(1))
    readings = find_all(f"{site.url}/", WAYS, allow_private=True)
    assert readings[0].place.location == f"{site.url}/feed/"


def test_what_looks_like_a_host_is_one_beside_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blog.example.org").mkdir()
    (tmp_path / "blog.example.org" / "feed.xml").write_text("x")
    (tmp_path / "articles").mkdir()
    (tmp_path / "une.txt").write_text("x")
    assert not is_path("blog.example.org")
    assert not is_path("blog.example.org/feed.xml")
    assert is_path("./blog.example.org")
    assert is_path("articles")
    assert is_path("une.txt")
