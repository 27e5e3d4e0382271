"""What is at a source is told in plain words, and nothing is changed by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import newsletter_kit as kit
import pytest

from newsletter.errors import CollectError, NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.checking import SourceReport, check_source
from newsletter.jobs.collecting import collect
from newsletter.jobs.overseeing import list_sources, show_source
from newsletter.jobs.rehearsing import Fate
from newsletter.models import Article, Source
from tests.jobs.paper_site import NOW, Answer, Site, two_lists
from tests.jobs.source_kit import add, count, later, source

inst = two_lists


def odd(report: SourceReport) -> dict[str, str]:
    return {finding.text: finding.remedy for finding in report.oddities}


def test_checking_says_what_would_be_taken_and_changes_nothing(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", *(site.item(n) for n in range(1, 9)))
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert "a first collection would offer the newest 5 and count 3 as seen" in report.lines
    assert [item.fate for item in report.items] == [Fate.OFFERED] * 5 + [Fate.SEEN] * 3
    add(inst, url, name="courier")
    collect(inst, now=NOW)
    site.rss("/feed", site.item(0), site.item(1, title="Nouvelle 1, corrigée"), site.item(2))
    report = check_source(inst, "courier", now=later(hours=1))
    assert "1 article new; 1 would be on offer" in report.lines
    assert [item.fate for item in report.items] == [Fate.OFFERED, Fate.EDITED, Fate.KNOWN]
    assert report.offered == 1
    assert report.next == "newsletter collect courier"
    assert (count(inst, Article), count(inst, Source)) == (8, 1)
    assert source(inst, "courier").read_at == NOW
    with pytest.raises(NotFound):
        check_source(inst, "nope", now=NOW)


def test_what_checking_promises_is_what_collecting_does(inst: Installation, site: Site) -> None:
    """The store itself is asked: whatever it decides, both say the same."""
    url = site.rss("/feed", *(site.item(n) for n in range(1, 4)))
    add(inst, url, name="courier")
    collect(inst, now=NOW)
    flood = [site.item(n, age=timedelta(days=n)) for n in range(100, 130)]
    coming = site.item(50, age=timedelta(days=-2))
    site.rss("/feed", coming, site.item(0), *flood)
    report = check_source(inst, "courier", now=later(hours=1))
    (done,) = collect(inst, now=later(hours=1))
    fates = [item.fate for item in report.items]
    assert fates[:2] == [Fate.WAITS, Fate.OFFERED]
    assert (fates.count(Fate.HELD), report.offered) == (done.held, done.offered) == (30, 2)
    assert "30 would be held back, since too many old ones appeared at once" in report.lines


def test_what_was_taken_away_at_the_source_is_told_before_and_after_it_is_held(
    inst: Installation, site: Site
) -> None:
    add(inst, site.rss("/feed", *(site.item(n) for n in range(1, 9))), name="courier")
    collect(inst, now=NOW)
    site.rss("/feed", *(site.item(n) for n in range(1, 9) if n != 3))
    report = check_source(inst, "courier", now=later(hours=1))
    assert "1 article would be held back, since the source has taken it away" in report.lines
    collect(inst, now=later(hours=1))
    (held,) = [line for line in check_source(inst, "courier", now=NOW).lines if "held" in line]
    assert held.startswith("held back, since it is gone from the source: 'Nouvelle 3' (article ")
    assert "newsletter article pin " in held
    assert "--list weekly'" in held
    (row,) = list_sources(inst, now=later(hours=1))
    assert row.health.words == "well; 1 held back"
    shown = show_source(inst, "courier", now=NOW)
    assert [article.title for article in shown.held] == ["Nouvelle 3"]
    assert shown.latest[0].title == "Nouvelle 1"


def test_an_article_that_another_source_brought_is_told_as_such(
    inst: Installation, site: Site
) -> None:
    text = "La fanfare de Valmont joue samedi sur la place du marché, à dix-sept heures."
    add(inst, site.rss("/one", site.item(1, text=text)), name="gazette")
    collect(inst, now=NOW)
    url = site.rss("/two", site.item(1, text=text), site.item(2))
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert [(item.fate, item.others) for item in report.items] == [
        (Fate.ELSEWHERE, ("gazette",)),
        (Fate.OFFERED, ()),
    ]
    assert "1 of 2 come from source 'gazette' too: each goes out once" in report.lines


def test_the_first_article_is_shown_as_a_reader_would_see_it(
    inst: Installation, site: Site
) -> None:
    text = "La fanfare joue samedi. " + "Elle répète depuis des mois dans la halle. " * 20
    url = site.rss("/feed", site.item(1, text=text))
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert report.sample is not None
    assert report.sample.title == "Nouvelle 1"
    assert report.sample.excerpt[0].startswith("La fanfare joue samedi. Elle répète")
    assert len(report.sample.excerpt[0].split()) <= 60


def test_a_page_of_a_known_feed_is_that_source(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/feed.xml", site.item(1)), name="courier")
    site.page(
        "/",
        '<head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>'
        "<body><p>Bienvenue</p></body>",
    )
    report = check_source(inst, site.url + "/", now=NOW, allow_private=True)
    assert "it names a feed, which is taken" in report.notes[0]
    assert report.source == "courier"
    assert report.next == "newsletter collect courier"


def test_what_is_to_be_typed_next_is_the_whole_command(inst: Installation, site: Site) -> None:
    url = site.rss("/feed", site.item(1))
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert report.next == f"newsletter source add {url} --list SLUG --allow-private"
    add(inst, url, name="courier")
    report = check_source(inst, "courier", read_articles=True, now=NOW)
    assert report.next == "newsletter source edit courier --read-articles"


def test_a_source_that_moved_says_where_to(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/old", site.item(1)), name="courier")
    new = site.rss("/new", site.item(1))
    site.answers["/old"] = Answer(status=301, headers={"Location": "/new"})
    report = check_source(inst, "courier", now=NOW)
    moved = f"moved for good from {site.url}/old to {new}: the next collection follows it"
    assert moved in report.lines
    assert not odd(report)
    assert source(inst, "courier").location == site.url + "/old"


def test_articles_that_are_cut_are_read_on_their_own_pages_where_robots_may(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", site.item(1, text="La fanfare joue samedi et […]"))
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert odd(report)["its one article is cut off by the source"] == "add it with --read-articles"
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /articles/", type="text/plain")
    report = check_source(inst, url, read_articles=True, now=NOW, allow_private=True)
    assert "the robots.txt of its site lets no program read its articles' pages" in odd(report)
    assert odd(report)["its one article is cut off by the source"] == ""
    assert not [path for path, _ in site.asked if path.startswith("/articles/")]


def test_a_page_that_answers_with_something_else_is_told(inst: Installation, site: Site) -> None:
    url = site.rss("/feed", site.item(1, text="La fanfare joue samedi et […]"))
    report = check_source(inst, url, read_articles=True, now=NOW, allow_private=True)
    (trouble,) = [text for text in odd(report) if "the page of 'Nouvelle 1'" in text]
    assert "answered 404" in trouble


def test_a_password_in_an_address_shows_nowhere(inst: Installation, site: Site) -> None:
    url = site.rss("/feed", site.item(1)).replace("http://", "http://odile:canari@")
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert "canari" not in repr(report)
    add(inst, url, name="courier")
    collect(inst, now=NOW)
    assert "canari" not in repr(check_source(inst, "courier", now=NOW))


def test_only_what_is_there_can_be_taken(inst: Installation, site: Site) -> None:
    url = site.rss("/feed", site.item(1))
    with pytest.raises(Refused, match="there is no number 2: one thing can be read"):
        check_source(inst, url, take=2, now=NOW, allow_private=True)
    with pytest.raises(Refused, match="selectors are for pages"):
        check_source(inst, url, kind="feed", selectors="article=p", now=NOW, allow_private=True)


@pytest.mark.long
def test_checking_and_overseeing_go_on_postgresql_too(tmp_path: Path, site: Site) -> None:
    inst = kit.install(tmp_path, "postgresql")
    kit.make_list(inst, "weekly", now=NOW)
    add(inst, site.rss("/feed", *(site.item(n) for n in range(1, 9))), name="courier")
    collect(inst, now=NOW)
    site.rss("/feed", site.item(0), *(site.item(n) for n in range(1, 9) if n != 3))
    report = check_source(inst, "courier", now=later(hours=1))
    assert "1 article new; 1 would be on offer" in report.lines
    assert (count(inst, Article), count(inst, Source)) == (8, 1)
    other = site.rss("/other", site.item(1), site.item(20))
    report = check_source(inst, other, now=later(hours=1), allow_private=True)
    assert [item.fate for item in report.items] == [Fate.ELSEWHERE, Fate.OFFERED]
    collect(inst, now=later(hours=1))
    assert [row.health.words for row in list_sources(inst, now=NOW)] == ["well; 1 held back"]
    shown = show_source(inst, "courier", now=NOW)
    assert shown.latest[0].title == "Nouvelle 0"
    assert [article.title for article in shown.held] == ["Nouvelle 3"]
    inst.close()


def test_a_known_source_that_cannot_be_read_says_what_to_type(
    inst: Installation, site: Site
) -> None:
    add(inst, site.rss("/feed", site.item(1)), name="courier")
    collect(inst, now=NOW)
    site.answers["/feed"] = Answer(status=404)
    with pytest.raises(CollectError, match=r"newsletter source edit courier --location URL\)$"):
        check_source(inst, "courier", now=NOW)
    site.page("/feed", "<p>Nous revenons bientôt.</p>")
    with pytest.raises(CollectError, match="today it answers with a web page; it is asked again"):
        check_source(inst, "courier", now=NOW)


def test_with_pages_read_by_hand_it_is_told_what_they_give_and_which_are_closed(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", *(site.item(n) for n in range(1, 4)))
    text = "<p>" + "La fanfare joue sur la place du marché, samedi soir. " * 12 + "</p>"
    site.page("/articles/1", f"<article><h1>Nouvelle 1</h1>{text}</article>")
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /articles/2", type="text/plain")
    report = check_source(inst, url, now=NOW, allow_private=True)
    assert not [line for line in report.lines if "the page of" in line]
    report = check_source(inst, url, read_articles=True, now=NOW, allow_private=True)
    (told,) = [line for line in report.lines if "the page of" in line]
    assert told == "the page of 'Nouvelle 1' gives a text of 120 words and no picture"
    text = "robots.txt keeps 1 of 3 articles' pages from being read: 'Nouvelle 2'"
    assert "let newsletter-publisher in" in odd(report)[text]


def test_pages_that_gave_nothing_are_named_with_the_reason(inst: Installation, site: Site) -> None:
    url = site.rss("/feed", site.item(1, text="La fanfare joue samedi et […]"), site.item(2))
    add(inst, url, name="courier", read_articles=True)
    collect(inst, now=NOW)
    unread = show_source(inst, "courier", now=NOW).unread
    assert {article.title for article, _ in unread} == {"Nouvelle 1", "Nouvelle 2"}
    assert all("answered 404" in why for _, why in unread)


def test_what_is_only_dated_anew_is_counted(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/feed", *(site.item(n) for n in range(1, 5))), name="courier")
    collect(inst, now=NOW)
    dated = (site.item(n, age=timedelta(hours=n, minutes=30)) for n in range(2, 5))
    site.rss("/feed", site.item(1, title="Nouvelle 1, corrigée"), *dated)
    report = check_source(inst, "courier", now=later(hours=1))
    told = "nothing new: all of it is known, 1 article edited, 3 articles re-dated"
    assert told in report.lines
    assert [item.fate for item in report.items] == [Fate.EDITED] + [Fate.REDATED] * 3


def test_articles_without_a_link_of_their_own_are_told_in_one_line(
    inst: Installation, site: Site
) -> None:
    titles = "La fanfare cherche un tuba", "La médiathèque prête aussi", "Une crue sans dégâts"
    texts = (f"<p><b>{t}</b></p><p>Un alinéa.</p><p>{t} Lire la suite</p>" for t in titles)
    site.page("/", "".join(texts))
    report = check_source(inst, f"{site.url}/", now=NOW, kind="page", allow_private=True)
    lines = [line for line in odd(report) if "link" in line or "apart" in line]
    assert [line[:41] for line in lines] == ["3 of 3 articles have no link of their own"]
    add(inst, f"{site.url}/", name="mairie", kind="page")
    (collected,) = collect(inst, now=NOW)
    assert sum("link" in line for line in collected.oddities) == 1


def test_drafts_of_a_folder_are_counted_and_an_empty_one_is_told(
    inst: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    empty = check_source(inst, str(folder), now=NOW)
    assert odd(empty) == {
        "it holds no article: there is no Markdown file (.md, .markdown) in it": (
            "put one there, or give another folder"
        )
    }
    for name, front in (
        ("a", "draft: true"),
        ("b", "draft: true"),
        ("c", "expiryDate: 2026-01-01"),
    ):
        (folder / f"{name}.md").write_text(f"---\ntitle: La fanfare\n{front}\n---\nUn tuba.")
    report = check_source(inst, str(folder), now=NOW)
    assert "2 drafts and 1 expired article left out" in report.lines
    assert odd(report) == {}
    added = add(inst, str(folder), name="redaction")
    assert collect(inst, now=NOW)[0].oddities == ()  # it is as its author wants it
    (folder / "c.md").unlink()
    assert "2 drafts left out" in check_source(inst, added.name, now=NOW).lines


def test_a_page_and_its_feed_are_told_of_each_other(inst: Installation, site: Site) -> None:
    feed = site.rss("/feed", *(site.item(n) for n in range(3)))
    articles = "".join(
        f"<article><h2><a href='/articles/{n}'>Nouvelle {n}</a></h2><p>La fanfare.</p></article>"
        for n in range(3)
    )
    link = f"<link rel=alternate type=application/rss+xml href='{feed}'>"
    site.page("/", articles, link)
    add(inst, f"{site.url}/", name="mairie", kind="page")
    told = check_source(inst, feed, now=NOW, allow_private=True).lines
    assert (
        "source 'mairie' reads the page of this feed already: what both show goes out once" in told
    )
    add(inst, feed, name="flux")
    told = check_source(inst, "mairie", now=NOW).lines
    assert "source 'flux' reads the feed of this page already: what both show goes out once" in told
