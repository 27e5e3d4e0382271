"""Sources as an editor manages them: added, listed, shown, edited, removed."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import CollectError, Refused
from newsletter.installation import Installation
from newsletter.jobs.articles import show_article
from newsletter.jobs.collecting import (
    add_source,
    check_source,
    collect,
    edit_source,
    list_sources,
    remove_source,
    show_source,
)
from newsletter.jobs.sources import find_at
from newsletter.jobs.viewing import article_views
from newsletter.models import Article, Sighting, Source, SourceKind
from subscribers.errors import UnknownList
from subscribers.lists import find_list
from subscribers.models import Topic
from tests.jobs.paper_site import NOW, Answer, Site, two_lists
from tests.jobs.source_kit import add, count, later, source

inst = two_lists


def test_a_feed_is_added_once_and_then_also_for_another_list(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", site.item(1))
    first = add(inst, url, topic="Vie locale")
    again = add(inst, url + "/")
    both = add(inst, url, slug="alerts")
    assert first.id == again.id == both.id
    assert (first.kind, first.name, first.title) == (
        SourceKind.FEED,
        "le-courrier-de-valmont",
        "Le Courrier de Valmont",
    )
    assert [entry.mlist.slug for entry in both.feeds] == ["weekly", "alerts"]
    assert both.feeds[0].topic == "vie-locale"
    assert count(inst, Topic, Topic.slug == "vie-locale") == 1


def test_an_address_written_otherwise_is_the_same_source(inst: Installation, site: Site) -> None:
    url = site.rss("/feed", site.item(1))
    head = f"<link rel=alternate type=application/rss+xml href={url}>"
    site.page("/", "", head)
    first = add(inst, url)
    others = [f"{url}/", url.replace("http:", "https:"), f"feed:{url}", f"feed://{url[7:]}"]
    asked = len(site.asked)
    assert {add(inst, other).id for other in others} == {first.id}
    assert len(site.asked) == asked  # it is known without a look at it
    assert {add(inst, page).id for page in (site.url, f"{site.url}/")} == {first.id}
    assert count(inst, Source) == 1


def test_what_cannot_be_read_is_not_stored(inst: Installation, site: Site) -> None:
    site.answers["/texte"] = Answer(b"bonjour", type="text/plain")
    for path in ("/nothing", "/texte"):
        with pytest.raises(CollectError):
            add(inst, site.url + path)
    with pytest.raises(CollectError, match="no such folder"):
        add(inst, "/no/such/folder")
    with pytest.raises(UnknownList, match="no list 'monthly'"):
        add(inst, site.rss("/feed"), slug="monthly")
    assert count(inst, Source) == 0


def test_a_private_address_needs_to_be_allowed(inst: Installation, site: Site) -> None:
    with pytest.raises(CollectError, match="--allow-private"):
        add_source(inst, site.rss("/feed"), slug="weekly", now=NOW, actor="test")


def test_the_feed_that_a_page_names_is_taken_instead_of_the_page(
    inst: Installation, site: Site
) -> None:
    feed = site.rss("/feed.xml", site.item(1))
    head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    added = add(inst, site.page("/", "<p>Bienvenue</p>", head))
    assert (added.kind, added.location) == (SourceKind.FEED, feed)
    report = check_source(inst, site.url + "/", now=NOW, allow_private=True)
    assert "it names a feed, which is taken" in report.notes[0]


def test_a_page_without_a_feed_is_read_as_a_page(inst: Installation, site: Site) -> None:
    articles = "".join(
        f'<article><h2><a href="/a/{n}">Nouvelle {n}</a></h2><p>Le pont est ouvert.</p></article>'
        for n in range(3)
    )
    added = add(inst, site.page("/une", articles))
    assert added.kind is SourceKind.PAGE
    (got,) = collect(inst, now=NOW)
    assert (got.state, got.new) == ("new", 3)


def test_a_source_can_be_listed_shown_edited_and_removed(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/feed", site.item(1)), name="courier")
    collect(inst, now=NOW)
    (row,) = list_sources(inst, now=NOW)
    assert (row.lists, row.articles, row.newest_at) == (("weekly",), 1, NOW)
    shown = show_source(inst, "courier", now=NOW)
    assert shown.row.source.name == "courier"
    assert [article.title for article in shown.latest] == ["Nouvelle 1"]
    site.rss("/feed", site.item(1).replace("<guid>n1", "<guid>again"))
    collect(inst, now=NOW)
    assert list_sources(inst, now=NOW)[0].articles == 1
    assert show_article(inst, "1").sources == ("courier",)
    new = site.rss("/new", site.item(2))
    edited = edit_source(
        inst, "courier", new_name="gazette", location=new, active=False, now=NOW, actor="test"
    ).source
    assert (edited.name, edited.location, edited.active) == ("gazette", new, False)
    assert collect(inst, now=NOW) == []
    with pytest.raises(CollectError):
        edit_source(inst, "gazette", location=site.url + "/nothing", now=NOW, actor="test")
    assert remove_source(inst, "gazette", now=NOW, actor="test")
    assert (count(inst, Source), count(inst, Sighting), count(inst, Article)) == (0, 0, 1)


def test_a_name_is_used_once(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/one"), name="courier")
    with pytest.raises(Refused, match="there is a source 'courier' already"):
        add(inst, site.rss("/two"), name="courier")
    with pytest.raises(Refused, match="expected lower-case"):
        add(inst, site.rss("/two"), name="Le Courrier")


TEASERS = "".join(
    f'<div class="actu"><b>Nouvelle {n}</b><p>Il est ouvert.</p><a href="/a/{n}">→</a></div>'
    for n in range(3)
)
WRITTEN = "article=.actu; title=b; link=a; excerpt=p"


def test_a_page_is_read_by_the_selectors_that_an_editor_gives(
    inst: Installation, site: Site
) -> None:
    url = site.page("/actus", TEASERS)
    added = add(inst, url, selectors=WRITTEN)
    assert (added.kind, added.selectors) == (
        SourceKind.PAGE,
        {"article": ".actu", "title": "b", "link": "a", "excerpt": "p"},
    )
    (got,) = collect(inst, now=NOW)
    assert got.new == 3
    with pytest.raises(CollectError, match="is no CSS selector"):
        edit_source(inst, added.name, selectors="article=p..x", now=NOW, actor="test")
    with pytest.raises(CollectError, match="finds nothing"):
        edit_source(inst, added.name, selectors="article=.nothing", now=NOW, actor="test")
    assert source(inst, added.name).selectors == added.selectors
    site.page("/actus", "".join(f'<h2><a href="/a/{n}">Nouvelle {n}</a></h2>' for n in range(3)))
    edited = edit_source(inst, added.name, selectors="-", now=NOW, actor="test")
    assert edited.source.selectors is None


def test_a_source_that_is_read_otherwise_is_compared_with_nothing(
    inst: Installation, site: Site
) -> None:
    """Else what only the old place had would count as taken away."""
    add(inst, site.rss("/feed", *(site.item(n) for n in range(1, 9))), name="courier")
    collect(inst, now=NOW)
    assert source(inst, "courier").shown
    new = site.rss("/other", *(site.item(n) for n in range(20, 29)))
    edit_source(inst, "courier", location=new, now=NOW, actor="test")
    assert (source(inst, "courier").shown, source(inst, "courier").etag) == (None, None)
    (got,) = collect(inst, now=later(hours=1))
    assert (got.missing, count(inst, Article, Article.removed_at.is_not(None))) == (0, 0)


def test_an_edit_that_changes_nothing_of_where_a_source_is_keeps_what_is_known_of_it(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", site.item(1))
    add(inst, url, name="courier")
    collect(inst, now=NOW)
    before = source(inst, "courier")
    edit_source(inst, "courier", location=url, read_articles=True, now=NOW, actor="test")
    after = source(inst, "courier")
    assert (after.shown, after.etag, after.read_articles) == (before.shown, before.etag, True)


def test_a_saved_page_remembers_its_site(inst: Installation, tmp_path: Path) -> None:
    saved = tmp_path / "une.txt"
    saved.write_text(
        "Le pont est ouvert\n\nOn y passe depuis mardi.\n\nLe pont est ouvert Lire la suite\n\n"
        "Le lavoir est fermé\n\nOn y lavait encore.\n\nLe lavoir est fermé Lire la suite\n",
        "utf-8",
    )
    added = add(inst, str(saved), name="une", site="http://127.0.0.1:9/")
    assert (added.kind, added.site) == (SourceKind.PAGE, "http://127.0.0.1:9/")
    assert add(inst, str(saved), name="une").id == added.id
    (got,) = collect(inst, now=NOW)
    assert got.new == 2
    with pytest.raises(Refused, match="expected an address such as"):
        edit_source(inst, "une", site="nowhere at all", now=NOW, actor="test")
    assert edit_source(inst, "une", site="-", now=NOW, actor="test").source.site is None


def test_of_several_feeds_the_one_that_was_chosen_is_added(inst: Installation, site: Site) -> None:
    site.rss("/feed", site.item(1), site.item(2))
    site.rss("/culture/feed", site.item(2), title="Culture")
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{path}">'
        for title, path in (("Tout", "/feed"), ("Culture", "/culture/feed"))
    )
    url = site.page("/", "<p>Bienvenue</p>", links)
    readings = find_at(inst, url, allow_private=True, now=NOW)
    locations = [reading.place.location for reading in readings]
    assert locations == [site.url + "/feed", site.url + "/culture/feed"]
    added = add(inst, url, reading=readings[1])
    assert (added.title, added.location) == ("Culture", site.url + "/culture/feed")
    assert add(inst, url).location == site.url + "/feed"


def test_the_source_of_what_is_added_by_hand_has_no_address(inst: Installation, site: Site) -> None:
    with inst.database.write() as session:
        session.add(Source(name="manual", kind=SourceKind.MANUAL, location="", created_at=NOW))
    for change in ({"location": site.rss("/feed")}, {"selectors": "article=p"}, {"new_name": "x"}):
        with pytest.raises(Refused, match="keeps its name and has no address"):
            edit_source(inst, "manual", now=NOW, actor="test", **change)
    with pytest.raises(CollectError, match="no address was given"):
        add(inst, "")


def test_readers_know_a_source_by_the_name_that_an_editor_gives_it(
    inst: Installation, site: Site
) -> None:
    """What each reading writes of its title does not undo it; none, and its own again, are said."""
    add(inst, site.rss("/feed", site.item(1)), name="courrier", title=" La  Une ")
    add(inst, site.rss("/autre", site.item(2), title="Autre"), name="autre")
    collect(inst, now=NOW)

    def named() -> list[str]:
        with inst.database.read() as session:
            mlist = find_list(session, "weekly")
            ids = list(session.scalars(sa.select(Article.id).order_by(Article.title)))
            return [view.source or "" for view in article_views(session, ids, mlist)]

    def edit(title: str) -> None:
        edit_source(inst, "courrier", title=title, now=later(hours=1), actor="test")

    assert named() == ["La Une", "Autre"]
    edit("-")
    assert named() == ["", "Autre"]
    edit("")
    assert named() == ["Le Courrier de Valmont", "Autre"]
