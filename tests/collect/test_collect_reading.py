"""What is found at an address or a path that somebody typed, and where links are found."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import os
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.collect.discover import discover, is_comments, is_side_feed, usual_feeds
from newsletter.collect.edits import changes, fields
from newsletter.collect.fetch import Limits
from newsletter.collect.identity import identify
from newsletter.collect.reading import Place, Reading, Ways, find, find_all, is_path, read
from newsletter.errors import CollectError, FetchError, ParseError
from newsletter.models import Article, SourceKind
from tests.jobs.paper_site import NOW, Answer, Site

WAYS = Ways(NOW, Limits(connect=5, total=20))
LISTING = "".join(
    f"<article><h2><a href=/articles/{n}>Nouvelle {n}</a></h2><p>Texte {n} de la vallée.</p></article>"
    for n in (1, 2, 3)
)
TITLES = ("Pont-Vieux : les travaux reprennent", "La médiathèque prête", "Jardin de l’école")
SAVED = "\n\n".join(
    f"{t}\n\nUn alinéa sur ce sujet, en entier.\n\n{t} Lire la suite" for t in TITLES
)


def named(*addresses: str) -> str:
    return "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{path}">'
        for path, _, title in (address.partition(" ") for address in addresses)
    )


def everything(location: str, **others: object) -> tuple[Reading, ...]:
    return find_all(location, WAYS, allow_private=True, **others)  # type: ignore[arg-type]


def paths(readings: tuple[Reading, ...], site: Site) -> list[str]:
    return [r.place.location.removeprefix(site.url) for r in readings]


def test_the_feeds_that_a_page_names_come_best_first_with_the_page_itself(site: Site) -> None:
    site.rss("/comments/feed/", site.item(8), title="Commentaires")
    site.rss("/category/sport/feed/", site.item(7), title="Sport")
    site.rss("/feed/", site.item(1), site.item(2), title="Tout")
    head = named(
        "/comments/feed/ Flux des commentaires", "/category/sport/feed/ Sport", "/feed/ Flux"
    )
    readings = everything(site.page("/", LISTING, head))
    assert paths(readings, site) == ["/feed/", "/", "/category/sport/feed/", "/comments/feed/"]
    assert [len(r.feed.entries) for r in readings if r.feed] == [2, 3, 1, 1]
    assert any("it names a feed, which is taken" in note for note in readings[0].notes)
    assert find(site.page("/", LISTING, head), WAYS, allow_private=True).place == readings[0].place


def test_the_feed_of_a_part_is_best_where_that_part_is_asked_for(site: Site) -> None:
    site.rss("/feed/", site.item(1), site.item(2))
    site.rss("/category/sport/feed/", site.item(7), title="Sport")
    head = named("/feed/ Tout", "/category/sport/feed/ Sport")
    readings = everything(site.page("/category/sport/", LISTING, head))
    assert paths(readings, site) == ["/category/sport/feed/", "/feed/", "/category/sport/"]


def test_two_feeds_that_list_the_same_are_one_and_the_fuller_is_taken(site: Site) -> None:
    site.rss("/short", site.item(1, text="Court."))
    site.rss("/full", site.item(1, text="Tout le texte, " * 20))
    readings = everything(site.page("/", LISTING, named("/short Court", "/full Tout")))
    assert paths(readings, site) == ["/full", "/"]


def test_an_empty_feed_gives_way_to_the_page(site: Site) -> None:
    site.rss("/feed/")
    assert paths(everything(site.page("/", LISTING, named("/feed/ Flux"))), site) == ["/", "/feed/"]


def test_a_feed_at_a_usual_address_is_found_where_the_page_names_none(site: Site) -> None:
    site.rss("/feed.xml", site.item(1))
    site.answers["/rss.xml"] = Answer(b"<html><body>non</body></html>", type="text/html")
    readings = everything(site.page("/", LISTING))
    assert paths(readings, site) == ["/feed.xml", "/"]
    assert any("names no feed; there is one" in note for note in readings[0].notes)
    assert len(site.asked) <= 9


def test_the_program_that_made_the_page_says_where_its_feed_is() -> None:
    spip = b'<meta name="generator" content="SPIP 4.2"><body>'
    assert usual_feeds("https://v.example/", spip)[0] == "https://v.example/spip.php?page=backend"
    wordpress = b'<link href="/wp-content/themes/x.css">'
    found = usual_feeds("https://v.example/blog/", wordpress)
    assert found[:2] == ("https://v.example/blog/feed/", "https://v.example/feed/")
    assert len(found) == len(set(found)) == 8
    assert all(address.startswith("https://v.example/") for address in found)
    assert is_side_feed("https://v.example/tag/pont/feed/")
    assert not is_side_feed("https://v.example/feed/")


@pytest.mark.parametrize(
    ("address", "title", "is_side"),
    [
        ("https://v.example/feed/", "Comment économiser » Flux", False),
        ("https://comment-faire.example/feed/", "", False),
        ("https://forum-valmont.example/feed/", "Forum de Valmont » Flux", False),
        ("https://forum.example/feed/", "Le Forum des associations", False),
        ("https://v.example/comment-trier/feed/", "Comment trier", False),
        ("https://v.example/comments/feed/", "", True),
        ("https://v.example/?feed=comments-rss2", "", True),
        ("https://v.example/feeds/comments/default", "", True),
        ("https://v.example/comments.xml", "", True),
        ("https://v.example/spip.php?page=backend-forum", "", True),
        ("https://v.example/forum/feed", "", True),
        ("https://v.example/x/", "Comment économiser » Flux des commentaires", True),
        ("https://v.example/pont/feed/", "Valmont » Le pont : flux de commentaires", True),
        ("https://v.example/bruecke/feed/", "Valmont » Die Brücke-Kommentar-Feed", True),
    ],
)
def test_a_feed_of_comments_is_known_and_a_site_called_comment_is_none(
    address: str, title: str, is_side: bool
) -> None:
    assert is_comments(address, title) is is_side
    assert is_side_feed(address, title) is is_side


@pytest.mark.parametrize(
    "mark_up",
    [
        '<link rel="feed" href="/flux">',
        '<link rel="alternate" title="Flux RSS" href="/flux">',
        '<link rel="alternate" href="/flux.rss">',
        '<link rel="alternate" type="application/rss+xml" href="feed://v.example/flux">',
        '<a href="feed:https://v.example/flux">Suivre</a>',
        '<a href="/flux">Flux RSS</a>',
        '<a href="/flux"><img src="/f.png" alt="RSS"></a>',
        '<a href="/flux" title="S’abonner au flux Atom"><i class="icon"></i></a>',
        '<a href="/spip.php?page=backend">RSS 2.0</a>',
        '<a href="https://www.v.example/flux.xml">Flux</a>',
    ],
)
def test_a_feed_that_a_page_names_in_its_own_way_is_found(mark_up: str) -> None:
    page = f"<html><body><p>Valmont</p>{mark_up}</body></html>".encode()
    (found,) = discover(page, "https://v.example/")
    assert found.url.replace("//www.", "//").startswith("https://v.example/")


@pytest.mark.parametrize(
    "mark_up",
    [
        '<link rel="alternate" hreflang="en" href="/en/">',
        '<link rel="alternate" media="print" href="/rss-print">',
        '<a href="/articles/flux-rss">La mairie ouvre son flux RSS, et dit comment on le lit</a>',
        '<a href="https://elsewhere.example/rss">RSS</a>',
        '<a href="/contact">RSS</a>',
        '<a href="/flux-migratoires">Flux migratoires</a>',
        '<a href="/flux/migratoires">Flux</a>',
        '<a href="/feed-the-birds">Feed the birds</a>',
        '<link rel="alternate" type="application/rss+xml" href="/feed/"><a href="/rss">RSS</a>',
    ],
)
def test_what_is_no_feed_of_the_page_is_not_taken_for_one(mark_up: str) -> None:
    page = f"<html><body><p>Valmont</p>{mark_up}</body></html>".encode()
    assert [link.url for link in discover(page, "https://v.example/")] in (
        [],
        ["https://v.example/feed/"],
    )


def test_a_link_that_readers_click_on_is_tried_but_never_told_unread(site: Site) -> None:
    """It may lead anywhere; and what the page asks of its readers is more to know."""
    link = '<a href="/rss">Flux RSS</a>'
    site.page("/", f"<p>Bonjour.</p>{link}<form><input type=password></form>")
    for kind in (SourceKind.FEED, SourceKind.PAGE):
        with pytest.raises(ParseError, match="asks for a password"):
            everything(site.url + "/", kind=kind)
    site.rss("/rss", site.item(1))
    (found,) = everything(site.url + "/")
    assert found.place.location == site.url + "/rss"


def test_a_page_asked_for_as_a_page_is_read_as_one_and_nothing_else_is_asked(site: Site) -> None:
    readings = everything(site.page("/", LISTING, named("/feed/ Flux")), kind=SourceKind.PAGE)
    assert paths(readings, site) == ["/"]
    assert [asked for asked, _ in site.asked] == ["/"]


def test_a_server_that_is_gone_is_not_asked_eight_times(site: Site) -> None:
    site.page("/", "<p>Bonjour.</p>")
    site.answers["/feed/"] = Answer(b"", 503)
    with pytest.raises(ParseError, match="no list of articles"):
        everything(site.url + "/")
    assert [asked for asked, _ in site.asked] == ["/", "/feed/"]


def test_selectors_mean_a_page_and_tell_how_much_each_matched(site: Site) -> None:
    body = "".join(
        f"<div class=k><b>Titre {n}</b><i>12 mars 2026</i><a href=/{n}>→</a></div>" for n in (1, 2)
    )
    found = everything(
        site.page("/", body), selectors={"article": ".k", "title": "b", "date": "i", "image": "img"}
    )[0]
    assert found.feed is not None
    assert [e.title for e in found.feed.entries] == ["Titre 1", "Titre 2"]
    assert found.matched == {"article": 2, "title": 2, "date": 2, "image": 0}
    assert any("selector 'image' (img) finds nothing" in line for line in found.feed.oddities)
    assert found.place.kind is SourceKind.PAGE


# --- files ------------------------------------------------------------------------------------


def test_a_page_saved_as_text_is_read_and_read_again_only_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "une.txt"
    file.write_text(
        SAVED.replace("suite", "suite <https://v.example/a>", 1)
        .replace("prête Lire la suite", "prête Lire la suite <https://v.example/b>")
        .replace("école Lire la suite", "école Lire la suite <https://v.example/c>")
    )
    found = find(str(file), WAYS)
    assert (found.place.kind, found.place.location) == (SourceKind.PAGE, str(file))
    assert found.feed is not None
    assert [e.title for e in found.feed.entries] == list(TITLES)
    assert [e.url for e in found.feed.entries] == [f"https://v.example/{n}" for n in "abc"]
    assert read(found.place, WAYS).feed is None
    os.utime(file, ns=(1, 1))
    assert read(found.place, WAYS).feed is not None


def test_a_file_without_a_site_counts_its_missing_links_and_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "une.txt"
    file.write_text(SAVED)
    found = find(f"file://{file}", WAYS)
    assert found.feed is not None
    assert found.missing_links == 3
    assert [e.url for e in found.feed.entries] == [None] * 3
    assert (
        "3 of 3 articles have no link: say which site they are from (--site)" in found.feed.oddities
    )
    assert found.place.etag is None  # so that it is looked at again


def test_saved_html_says_itself_where_it_is_from(tmp_path: Path) -> None:
    file = tmp_path / "une.html"
    file.write_text(
        "<!-- saved from url=(0023)https://courrier.example/ -->\n"
        f"<html><body>{LISTING}</body></html>"
    )
    found = find(str(file), WAYS)
    assert found.place.site == "https://courrier.example/"
    assert found.feed is not None
    assert found.feed.entries[0].url == "https://courrier.example/articles/1"


def test_saved_feeds_are_feeds(tmp_path: Path, site: Site) -> None:
    site.rss("/feed", site.item(1))
    file = tmp_path / "flux.xml"
    file.write_bytes(site.answers["/feed"].body)
    found = find(str(file), WAYS)
    assert (found.place.kind, len(found.feed.entries if found.feed else ())) == (SourceKind.FEED, 1)


def test_no_address_is_not_the_folder_that_we_are_in(tmp_path: Path) -> None:
    with chdir(tmp_path), pytest.raises(CollectError, match="no address was given"):
        find(" ", WAYS)


def test_a_folder_has_one_address_however_its_path_is_written(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "paper").mkdir()
    with chdir(tmp_path / "paper"):
        assert find("../articles/", WAYS).place.location == str(tmp_path / "articles")


def test_what_is_no_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="no such folder or file"):
        find(str(tmp_path / "rien.txt"), WAYS)
    os.mkfifo(tmp_path / "tuyau.txt")
    with pytest.raises(CollectError, match="is no file"):
        find(str(tmp_path / "tuyau.txt"), WAYS)
    (tmp_path / "gros.txt").write_bytes(b"x" * 100)
    with pytest.raises(CollectError, match="larger than 50 bytes"):
        find(str(tmp_path / "gros.txt"), replace(WAYS, limits=Limits(unpacked=50)))
    assert is_path("/a/b.txt")
    assert not is_path("https://v.example/a.txt")


# --- links ------------------------------------------------------------------------------------


def saved(tmp_path: Path, site: Site) -> Reading:
    (tmp_path / "une.txt").write_text(SAVED)
    place = Place(
        str(tmp_path / "une.txt"), SourceKind.PAGE, allow_private=True, site=f"{site.url}/"
    )
    return read(place, WAYS)


def test_titles_are_looked_up_in_the_feed_and_then_in_the_sitemap(
    tmp_path: Path, site: Site
) -> None:
    site.page("/", "<p>Bonjour</p>", named("/feed/ Flux"))
    site.rss("/feed/", site.item(4, title=TITLES[0].upper()))
    site.answers["/robots.txt"] = Answer(
        f"Sitemap: {site.url}/plan.xml".encode(), type="text/plain"
    )
    site.answers["/plan.xml"] = Answer(
        f"<sitemapindex><sitemap><loc>{site.url}/tags.xml</loc></sitemap>"
        f"<sitemap><loc>{site.url}/posts.xml</loc></sitemap></sitemapindex>".encode()
    )
    site.answers["/posts.xml"] = Answer(
        f"<urlset><url><loc>{site.url}/2026/la-mediatheque-prete/</loc></url></urlset>".encode()
    )
    found = saved(tmp_path, site)
    assert found.feed is not None
    assert [e.url for e in found.feed.entries] == [
        f"{site.url}/articles/4",
        f"{site.url}/2026/la-mediatheque-prete/",
        f"{site.url}/",  # found nowhere
    ]
    assert found.missing_links == 1
    assert any(line.startswith("1 of 3 articles have no link") for line in found.feed.oddities)
    assert found.feed.home == f"{site.url}/"


def test_nothing_is_looked_up_where_no_link_is_missing(tmp_path: Path, site: Site) -> None:
    found = find(site.page("/", LISTING), WAYS, kind=SourceKind.PAGE, allow_private=True)
    assert found.missing_links == 0
    assert [asked for asked, _ in site.asked] == ["/"]


def test_a_site_that_does_not_answer_is_asked_once_and_told(tmp_path: Path, site: Site) -> None:
    site.answers["/"] = Answer(b"", 503)
    found = saved(tmp_path, site)
    assert found.missing_links == 3
    assert [asked for asked, _ in site.asked] == ["/"]
    assert found.feed is not None
    assert any("503" in line for line in found.feed.oddities)


def test_the_address_of_the_site_is_no_identity_and_replaces_no_link(
    tmp_path: Path, site: Site
) -> None:
    feed = saved(tmp_path, site).feed
    assert feed is not None
    seen, _ = identify(feed.entries, home=feed.home, now=NOW)
    assert [s.url_key for s in seen] == [None] * 3
    assert len({s.key for s in seen}) == 3
    known = Article(**{**fields(seen[0]), "url": "https://v.example/a", "url_key": "//v.example/a"})
    assert "url" not in changes(known, seen[0])


def test_articles_of_a_page_without_links_are_looked_up_too(site: Site) -> None:
    body = "".join(f"<h2>{t}</h2><p>Un alinéa.</p><button>Lire la suite</button>" for t in TITLES)
    site.answers["/sitemap.xml"] = Answer(
        f"<urlset><url><loc>{site.url}/jardin-de-lecole</loc></url></urlset>".encode()
    )
    found = find(site.page("/", body), WAYS, kind=SourceKind.PAGE, allow_private=True)
    assert found.feed is not None
    assert [e.url for e in found.feed.entries] == [
        f"{site.url}/",
        f"{site.url}/",
        f"{site.url}/jardin-de-lecole",
    ]
    assert found.missing_links == 2
    assert found.place.etag is None


def test_an_address_that_cannot_be_reached_is_an_error(site: Site) -> None:
    with pytest.raises(FetchError):
        everything(site.url + "/nulle-part")


@pytest.mark.parametrize(
    ("dates", "read_as"),
    [
        (["14 avril 2026", "", ""], [None] * 3),
        (["14 avril 2026", "19 mars 2026", ""], ["2026-04-14", "2026-03-19", "2026-03-19"]),
        (["14 avril 2026", "", "19 mars 2026"], ["2026-04-14", "2026-04-14", "2026-03-19"]),
        (["19 mars 2026", "", ""], ["2026-03-19"] * 3),
    ],
    ids=["an event", "and the news", "grouped", "the day of the page"],
)
def test_articles_do_not_wait_for_the_day_of_an_event_above_them(
    site: Site, dates: list[str], read_as: list[str | None]
) -> None:
    body = "".join(
        f"{date and f'<p>{date}</p>'}<h2><a href=/{n}>{TITLES[n]}</a></h2><p>Un alinéa.</p>"
        for n, date in enumerate(dates)
    )
    found = find(site.page("/", body), WAYS, kind=SourceKind.PAGE, allow_private=True)
    assert found.feed is not None
    days = [e.published and e.published.date().isoformat() for e in found.feed.entries]
    assert days == read_as
    assert any("under one day ahead" in line for line in found.feed.oddities) is (None in read_as)
