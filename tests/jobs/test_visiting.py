"""Articles' own pages are read where their source cuts them, politely, and never to its harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.collect.entry import Image
from newsletter.installation import Installation
from newsletter.jobs.articles import list_articles
from newsletter.jobs.explaining import explain_article
from newsletter.models import Article, Offer, OfferState, Source, SourceKind, SourceList
from subscribers.models import ExcerptStyle, MailingList
from tests.jobs.paper_site import NOW, Answer, Site
from tests.jobs.visiting_kit import (
    CUT,
    DAY,
    WHOLE,
    article,
    asked,
    entry,
    inst,
    page,
    shows,
    source,
    told,
    visits,
)

__all__ = ["inst"]  # the fixture


def test_a_cut_article_gets_its_text_and_its_picture_from_its_own_page_once(
    inst: Installation, site: Site
) -> None:
    head = (
        '<meta property="og:image" content="/tuba-1200.jpg">'
        '<meta property="og:image:alt" content="Le tuba">'
    )
    site.answers["/articles/1"] = page(1, head=head)
    number = source(inst)
    shows(inst, number, entry(site, 1))
    report = visits(inst, number)[number]
    assert (report.read, report.texts, report.pictures, report.failed) == (1, 1, 1, 0)
    found = article(inst, 1)
    assert found.page_html == WHOLE
    assert found.page_image == {
        "url": f"{site.url}/tuba-1200.jpg", "alt": "Le tuba", "width": None, "height": None,
    }  # fmt: skip
    assert (found.summary_html, found.image, found.page_read_at) == (CUT, None, NOW)
    assert visits(inst, number, now=NOW + DAY) == {}
    assert asked(site) == ["/articles/1"]
    assert site.asked[-1][1]["User-Agent"].startswith("newsletter-publisher/")


def test_only_pages_that_may_give_what_is_lacking_are_asked_for(
    inst: Installation, site: Site
) -> None:
    picture = Image(f"{site.url}/a.jpg")
    number = source(inst)
    other = source(inst, "autre", read_articles=False)
    folder = source(inst, "dossier", kind=SourceKind.FOLDER)
    shows(inst, number, entry(site, 1, text=WHOLE, image=picture))
    shows(inst, other, entry(site, 2))
    shows(inst, folder, entry(site, 3))
    assert visits(inst, number, other, folder) == {}
    assert site.asked == []


def test_a_list_that_shows_whole_texts_has_them_read_where_there_is_only_a_summary(
    inst: Installation, site: Site
) -> None:
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    shows(inst, number, entry(site, 1, text="<p>Un concert.</p>", image=Image(f"{site.url}/a.jpg")))
    assert visits(inst, number) == {}
    with inst.database.write() as session:
        session.execute(sa.update(MailingList).values(excerpt_style=ExcerptStyle.FULL))
    assert visits(inst, number)[number].texts == 1


def test_an_article_that_was_seeded_or_withdrawn_or_overridden_is_not_read(
    inst: Installation, site: Site
) -> None:
    number = source(inst)
    shows(inst, number, *(entry(site, n, image=Image(f"{site.url}/{n}.jpg")) for n in (1, 2, 3)))
    kit.change(inst, Offer, {"state": OfferState.SEEDED}, article_id=article(inst, 1).id)
    kit.change(inst, Article, {"withdrawn_at": NOW}, id=article(inst, 2).id)
    kit.change(inst, Article, {"override": {"excerpt": "Venez !"}}, id=article(inst, 3).id)
    assert visits(inst, number) == {}


def test_what_robots_txt_forbids_is_not_read_and_the_source_does_not_fail(
    inst: Installation, site: Site
) -> None:
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /articles/", type="text/plain")
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    shows(inst, number, entry(site, 1))
    report = visits(inst, number)[number]
    assert (report.read, report.failed) == (0, 1)
    assert "robots.txt" in report.problems[0]
    assert asked(site) == []
    with inst.database.read() as session:
        held = session.get_one(Source, number)
        assert (held.failures, held.problem) == (0, "")
    assert "robots.txt" in told(article(inst, 1))[-1]


def test_a_page_that_fails_is_tried_again_twice_a_day_apart(inst: Installation, site: Site) -> None:
    number = source(inst)
    site.answers["/articles/1"] = Answer(b"", 500, "text/html")
    shows(inst, number, entry(site, 1))
    for hours in (0, 1, 23, 24, 30, 48, 72, 96, 120):
        visits(inst, number, now=NOW + timedelta(hours=hours))
    assert asked(site) == ["/articles/1"] * 3
    assert told(article(inst, 1)) == [
        f"22 Mar: its own page gave no text: {site.url}/articles/1 answered 500: try again later, "
        "or check the address in a browser (3 times by then)"
    ]


def test_a_page_that_failed_gives_its_text_the_next_day(inst: Installation, site: Site) -> None:
    number = source(inst)
    shows(inst, number, entry(site, 1))
    assert visits(inst, number)[number].failed == 1
    site.answers["/articles/1"] = page(1)
    assert visits(inst, number, now=NOW + DAY)[number].texts == 1
    assert visits(inst, number, now=NOW + 2 * DAY) == {}


def test_an_edited_article_is_read_again(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    shows(inst, number, entry(site, 1))
    visits(inst, number)
    edited = entry(site, 1, text=CUT.replace("samedi", "dimanche"))
    shows(inst, number, edited, now=NOW + DAY)
    site.answers["/articles/1"] = page(1, text=WHOLE.replace("samedi", "dimanche"))
    visits(inst, number, now=NOW + DAY)
    assert "dimanche" in article(inst, 1).page_html
    assert visits(inst, number, now=NOW + 2 * DAY) == {}


def test_a_wall_is_told_and_its_picture_is_taken(inst: Installation, site: Site) -> None:
    wall = WHOLE + "<p>La suite est réservée aux abonnés.</p>"
    site.answers["/articles/1"] = page(
        1, text=wall, head='<meta property="og:image" content="/tuba.jpg">'
    )
    number = source(inst)
    shows(inst, number, entry(site, 1))
    report = visits(inst, number)[number]
    assert (report.texts, report.pictures, report.failed) == (0, 1, 1)
    found = article(inst, 1)
    assert found.page_html == ""
    assert found.page_image is not None
    assert told(found)[-1] == "20 Mar: its own page gave no text: it is only for subscribers"


def test_what_a_page_tells_those_who_share_it_stands_in_where_nothing_else_is_said(
    inst: Installation, site: Site
) -> None:
    wall = "<p>La fanfare joue.</p><p>La suite est réservée aux abonnés.</p>"
    head = '<meta name="description" content="Un tuba &amp; un concert samedi, place du marché.">'
    for n in (1, 2):
        site.answers[f"/articles/{n}"] = page(n, text=wall, head=head)
    number = source(inst)
    shows(inst, number, entry(site, 1, text=""), entry(site, 2))
    visits(inst, number)
    assert article(inst, 1).page_html == "<p>Un tuba &amp; un concert samedi, place du marché.</p>"
    assert article(inst, 2).page_html == ""  # the source itself says more


def test_an_undated_article_takes_the_date_of_its_page_and_keeps_it(
    inst: Installation, site: Site
) -> None:
    head = '<meta property="article:published_time" content="{}">'
    site.answers["/articles/1"] = page(1, head=head.format("2026-03-12T09:00:00+01:00"))
    site.answers["/articles/2"] = page(2, head=head.format("2026-03-12T09:00:00+01:00"))
    site.answers["/articles/3"] = page(3, head=head.format("2062-03-12"))
    number = source(inst)
    undated = [entry(site, n, published=None) for n in (1, 3)]
    shows(inst, number, *undated, entry(site, 2))
    visits(inst, number)
    assert asked(site) == ["/articles/1", "/articles/3", "/articles/2"]
    shows(inst, number, *undated, entry(site, 2), now=NOW + DAY, last_read=NOW)
    assert article(inst, 1).published_at == datetime(2026, 3, 12, 8, tzinfo=UTC)
    assert "its own page dates it 12 Mar" in told(article(inst, 1))[-1]
    assert article(inst, 2).published_at == NOW - timedelta(hours=2)
    assert article(inst, 3).published_at is None


def test_twenty_pages_of_a_source_are_read_at_once_the_newest_first(
    inst: Installation, site: Site
) -> None:
    number = source(inst)
    entries = [entry(site, n) for n in range(1, 24)]
    for n in range(1, 24):
        site.answers[f"/articles/{n}"] = page(n)
    shows(inst, number, *entries, backfill=30)
    assert visits(inst, number)[number].read == 20
    assert asked(site) == [f"/articles/{n}" for n in range(1, 21)]
    assert visits(inst, number, now=NOW + timedelta(minutes=5))[number].read == 3


def test_six_articles_that_share_one_link_have_no_page_of_their_own(
    inst: Installation, site: Site
) -> None:
    number = source(inst)
    shows(inst, number, *(entry(site, n, url=f"{site.url}/accueil") for n in range(1, 7)))
    assert visits(inst, number) == {}


def test_the_same_picture_on_several_pages_is_the_site_s(inst: Installation, site: Site) -> None:
    head = '<meta property="og:image" content="/medias/tete.jpg">'
    own = '<meta property="og:image" content="/medias/tuba.jpg">'
    for n in (1, 3):
        site.answers[f"/articles/{n}"] = page(n, head=head)
    site.answers["/articles/2"] = page(2, head=own)
    number = source(inst)
    shows(inst, number, entry(site, 1), entry(site, 2))
    visits(inst, number)
    assert article(inst, 1).page_image is not None  # nothing tells yet
    shows(
        inst, number, entry(site, 1), entry(site, 2), entry(site, 3), now=NOW + DAY, last_read=NOW
    )
    visits(inst, number, now=NOW + DAY)
    assert (article(inst, 1).page_image, article(inst, 3).page_image) == (None, None)
    kept = article(inst, 2).page_image
    assert kept is not None
    assert kept["url"].endswith("/tuba.jpg")


def test_pages_that_give_one_address_are_one_article(inst: Installation, site: Site) -> None:
    kit.make_list(inst, "agence", now=NOW)
    head = f'<link rel="canonical" href="{site.url}/articles/1">'
    site.answers["/articles/1"] = page(1, head=head)
    site.answers["/syndication/9"] = page(1, head=head)
    first, second = source(inst), source(inst, "agence")
    with inst.database.write() as session:  # the second list has the second source alone
        session.add(SourceList(source_id=second, mlist_id=kit.mlist_id(inst, "agence")))
    shows(inst, first, entry(site, 1))
    visits(inst, first)
    # Neither guid, address nor text are those that are known.
    copy = entry(
        site, 1, guid="x9", url=f"{site.url}/syndication/9", text=CUT.replace("samedi", "bientôt")
    )
    shows(inst, second, copy, now=NOW + DAY)
    assert visits(inst, second, now=NOW + DAY)[second].same == 1
    with inst.database.read() as session:
        one, other = session.scalars(sa.select(Article).order_by(Article.id)).all()
    due = {
        slug: [row.article.id for row in list_articles(inst, slug=slug, only="due", now=NOW + DAY)]
        for slug in ("hebdo", "agence")
    }
    assert due == {"hebdo": [one.id], "agence": [other.id]}  # nobody there got the first
    assert other.canonical_url == f"{site.url}/articles/1"
    assert f"the same as article {one.id}" in told(other)[-1]


@pytest.mark.parametrize("first", ["copy", "original"])
def test_a_copy_whose_server_names_the_original_elsewhere_is_one_with_it(
    inst: Installation, site: Site, first: str
) -> None:
    there = "https://agence.example/depeches/1"
    site.answers["/articles/1"] = page(1)
    site.answers["/articles/1"].headers["Link"] = f"<{there}>; rel=canonical"
    ours, theirs = source(inst), source(inst, "agence", read_articles=False)
    copy = entry(site, 1)
    original = entry(site, 1, guid="x9", url=there, text=CUT.replace("samedi", "bientôt"))
    brought = [(ours, copy), (theirs, original)]
    for n, (number, given) in enumerate(brought if first == "copy" else reversed(brought)):
        now = NOW + n * DAY
        shows(inst, number, given, now=now)
        visits(inst, ours, now=now)
    rows = list_articles(inst, slug="hebdo", only="due", now=NOW + DAY)
    assert len(rows) == 1
    with inst.database.read() as session:
        articles = session.scalars(sa.select(Article).order_by(Article.id)).all()
    explained = [explain_article(inst, str(one.id), now=NOW + DAY).lines for one in articles]
    lines = "\n".join(line for one in explained for line in one)
    assert f"its own page gives its address as {there}" in lines
    if first == "copy":  # found by that address, it is no other article
        assert len(articles) == 1
        assert "brought by source 'agence' too; known by its address, so not new" in lines
    else:
        assert (len(articles), rows[0].article.url) == (2, there)
        assert f"the same as article {articles[0].id}, by the address" in "\n".join(explained[1])
        assert f"the same as article {articles[1].id}, by the address" in "\n".join(explained[0])


def test_an_address_that_several_pages_of_a_source_name_is_nobody_s(
    inst: Installation, site: Site
) -> None:
    head = f'<link rel="canonical" href="{site.url}/actualites/">'
    reports = [f"Compte rendu du conseil, séance {word}" for word in ("une", "deux", "trois")]
    entries = [entry(site, n, title=title) for n, title in enumerate(reports, 1)]
    for n, title in enumerate(reports, 1):
        site.answers[f"/articles/{n}"] = page(n, head=head, title=title)
    number = source(inst)
    shows(inst, number, entries[2])
    assert visits(inst, number)[number].same == 0
    # The oldest has made room meanwhile: it is not beside the others in the feed.
    shows(inst, number, *entries[:2], now=NOW + DAY, last_read=NOW)
    assert visits(inst, number, now=NOW + DAY)[number].same == 0
    with inst.database.read() as session:
        assert set(session.scalars(sa.select(Article.canonical_url))) == {None}
    assert len(list_articles(inst, slug="hebdo", only="due", now=NOW + DAY)) == 3
