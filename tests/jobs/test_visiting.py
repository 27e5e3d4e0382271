"""Articles' own pages are read where their source cuts them, politely, and never to its harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.fetch import Fetched
from newsletter.collect.history import tell
from newsletter.collect.reading import Ways
from newsletter.collect.store import store
from newsletter.installation import Installation
from newsletter.jobs import visiting, wanting_pages
from newsletter.jobs.articles import list_articles
from newsletter.jobs.explaining import explain_article
from newsletter.jobs.previewing import preview
from newsletter.jobs.visiting import VisitReport, visit
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceKind, SourceList
from subscribers.models import ExcerptStyle, MailingList
from tests.jobs.paper_site import NOW, Answer, Site, serve

CUT = "<p>La fanfare joue samedi sur la place du marché, devant la […]</p>"
WHOLE = (
    "<p>La fanfare joue samedi sur la place du marché, devant la mairie et le lavoir.</p>"
    "<p>On y entend le nouveau tuba, acheté grâce à la vente des gâteaux de février.</p>"
)
DAY = timedelta(days=1)


@pytest.fixture(params=kit.BOTH)
def inst(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    opened = kit.install(tmp_path, request.param)
    kit.make_list(opened, "hebdo", now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def page(number: int, *, head: str = "", text: str = WHOLE, title: str = "") -> Answer:
    title = title or f"Concert numéro {number} de la fanfare"
    body = (
        f"<html lang=fr><head><title>{title} – Le Courrier</title>{head}</head><body><nav>A</nav>"
        f"<article><h1>{title}</h1><div class='entry-content'>{text}</div></article></body></html>"
    )
    return Answer(body.encode(), type="text/html")


def entry(site: Site, number: int, *, text: str = CUT, **others: Any) -> Entry:
    title = f"Concert numéro {number} de la fanfare"
    address = f"{site.url}/articles/{number}"
    return replace(
        Entry(f"n{number}", address, title, text, published=NOW - timedelta(hours=number)), **others
    )


def source(inst: Installation, name: str = "courrier", **fields: Any) -> int:
    with inst.database.write() as session:
        made = Source(
            name=name,
            location=f"http://127.0.0.1/{name}",
            allow_private=True,
            created_at=NOW - 30 * DAY,
            **({"kind": SourceKind.FEED, "read_articles": True} | fields),
        )
        session.add(made)
        session.flush()
        session.add(SourceList(source_id=made.id, mlist_id=kit.mlist_id(inst)))
        return made.id


def shows(
    inst: Installation, number: int, *entries: Entry, now: datetime = NOW, **more: Any
) -> None:
    with inst.database.write() as session:
        held = session.get_one(Source, number)
        store(session, held, Feed("Le Courrier", "fr", None, entries), now=now, **more)
        held.read_at = now


def visits(inst: Installation, *sources: int, now: datetime = NOW) -> dict[int, VisitReport]:
    return visit(inst, sources, ways=Ways(now), now=now)


def article(inst: Installation, number: int) -> Article:
    with inst.database.read() as session:
        query = sa.select(Article).where(Article.title.startswith(f"Concert numéro {number} "))
        return session.scalars(query.order_by(Article.id)).one()


def asked(site: Site) -> list[str]:
    return [path for path, _ in site.asked if path != "/robots.txt"]


def told(found: Article) -> list[str]:
    return [tell(event, lambda at: f"{at:%d %b}") or "" for event in found.history]


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


# --- what its source lists no more --------------------------------------------------------------


def vanish(inst: Installation, site: Site, **fields: Any) -> int:
    """A source that listed five articles, and does not list the third any more."""
    number = source(inst, **fields)
    entries = [entry(site, n, text=WHOLE, image=Image(f"{site.url}/{n}.jpg")) for n in range(1, 6)]
    shows(inst, number, *entries)
    del entries[2]
    shows(inst, number, *entries, now=NOW + DAY, last_read=NOW)
    assert article(inst, 3).removed_at == NOW + DAY
    return number


@pytest.mark.parametrize("reads", [True, False])
def test_what_is_only_unlisted_is_not_held_back(
    inst: Installation, site: Site, reads: bool
) -> None:
    site.answers["/articles/3"] = page(3)
    number = vanish(inst, site, read_articles=reads)
    report = visits(inst, number, now=NOW + DAY)[number]
    assert (report.still_there, report.gone, report.failed) == (1, 0, 0)
    found = article(inst, 3)
    assert found.removed_at is None
    assert found.page_html == (WHOLE if reads else "")
    assert "its own page is there" in told(found)[1]  # after it was taken away
    assert visits(inst, number, now=NOW + 2 * DAY) == {}
    assert asked(site) == ["/articles/3"]


FRONT = Answer(b"<h1>Le Courrier de Valmont</h1><p>Bienvenue sur notre site.</p>", type="text/html")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", 404, "text/html"),
        Answer(b"", 410, "text/html"),
        Answer(b"", 403, "text/html"),
        Answer(b"<h1>Page introuvable</h1>", type="text/html"),
        Answer(b"", 302, headers={"Location": "/"}),
        Answer(b"", 301, headers={"Location": "/articles/2"}),
        Answer(b"%PDF-1.4", type="application/pdf"),
    ],
    ids=["404", "410", "403", "said-with-200", "to-the-front-page", "to-another", "pdf"],
)
def test_what_is_gone_or_cannot_be_told_stays_held_back(
    inst: Installation, site: Site, answer: Answer
) -> None:
    site.answers.update({"/articles/3": answer, "/articles/2": page(2), "/": FRONT})
    number = vanish(inst, site)
    report = visits(inst, number, now=NOW + DAY)[number]
    assert (report.still_there, report.gone) == (0, 1)
    assert article(inst, 3).removed_at == NOW + DAY


def test_the_page_of_what_is_gone_is_asked_twice_again_a_day_apart(
    inst: Installation, site: Site
) -> None:
    number = vanish(inst, site)
    for hours in (24, 25, 48, 72, 96):
        visits(inst, number, now=NOW + timedelta(hours=hours))
    assert asked(site) == ["/articles/3"] * 3


def test_no_more_pages_are_asked_for_than_a_source_may_have_at_once(
    inst: Installation, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanting_pages, "MOST", 1)
    number = vanish(inst, site)
    kept = [entry(site, n, text=WHOLE, image=Image(f"{site.url}/{n}.jpg")) for n in (1, 4, 5)]
    shows(inst, number, *kept, now=NOW + 2 * DAY, last_read=NOW + DAY)
    visits(inst, number, now=NOW + 2 * DAY)
    assert asked(site) == ["/articles/2"]
    visits(inst, number, now=NOW + 2 * DAY)
    assert asked(site) == ["/articles/2", "/articles/3"]


# --- a host that keeps us waiting ---------------------------------------------------------------


def test_what_there_is_no_time_for_waits_for_the_next_visit(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    shows(inst, number, entry(site, 1))
    none = visit(inst, [number], ways=Ways(NOW), now=NOW, longest=-1)
    assert none[number] == VisitReport(waiting=1)
    assert visits(inst, number)[number].texts == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_for_patience_is_let_be(
    inst: Installation, site: Site, status: int
) -> None:
    for n in (1, 2, 3):
        site.answers[f"/articles/{n}"] = Answer(b"", status, "text/html")
    number = source(inst)
    shows(inst, number, *(entry(site, n) for n in (1, 2, 3)))
    report = visits(inst, number)[number]
    assert (report.failed, report.waiting) == (1, 2)
    assert asked(site) == ["/articles/1"]
    assert article(inst, 2).page_read_at is None


def test_one_host_that_does_not_answer_delays_no_other(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1)
    dead = "http://127.0.0.1:9"
    number = source(inst)
    lost = [entry(site, n, url=f"{dead}/articles/{n}") for n in range(2, 5)]
    shows(inst, number, entry(site, 1), *lost)
    report = visits(inst, number)[number]
    assert (report.texts, report.read) == (1, 1)
    assert report.failed + report.waiting == 3


def test_a_page_that_changes_hands_meanwhile_is_left(inst: Installation, site: Site) -> None:
    number = source(inst)
    shows(inst, number, entry(site, 1))

    class Withdrawing(visiting.Polite):
        """An editor withdraws the article while its page is asked for."""

        def get(self, url: str, *, allow_private: bool) -> Fetched:
            fetched = super().get(url, allow_private=allow_private)
            kit.change(inst, Article, {"withdrawn_at": NOW})
            return fetched

    site.answers["/articles/1"] = page(1)
    polite = Withdrawing(Ways(NOW))
    assert visit(inst, [number], ways=Ways(NOW), now=NOW, polite=polite)[number].read == 0
    assert asked(site) == ["/articles/1"]
    assert (article(inst, 1).page_html, article(inst, 1).page_read_at) == ("", None)


def test_nothing_is_read_of_what_was_on_offer_long_ago(inst: Installation, site: Site) -> None:
    number = source(inst)
    shows(inst, number, entry(site, 1))
    kit.change(inst, Offer, {"offered_at": NOW - 8 * DAY})
    assert visits(inst, number) == {}
    with inst.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Sighting)) == 1


def test_what_a_private_source_links_elsewhere_must_be_public(
    inst: Installation, site: Site
) -> None:
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    with inst.database.write() as session:  # another name of this machine
        session.get_one(Source, number).location = "http://localhost/courrier"
    shows(inst, number, entry(site, 1))
    report = visits(inst, number)[number]
    assert report.read == 0
    assert "not a public address" in report.problems[0]


# --- who wrote it, and in which language ----------------------------------------------------------


def by(author: str) -> str:
    return f'<meta name="author" content="{author}">'


def test_what_its_source_leaves_out_of_an_article_its_page_says_and_it_stays_said(
    inst: Installation, site: Site
) -> None:
    for n in (1, 2):
        site.answers[f"/articles/{n}"] = page(n, head=by("Odile Marchand"))
    number = source(inst)
    entries = entry(site, 1), entry(site, 2, author="Jean Petit", language="fr-BE")
    shows(inst, number, *entries)
    visits(inst, number)
    shows(inst, number, *entries, now=NOW + DAY, last_read=NOW)
    first, second = article(inst, 1), article(inst, 2)
    assert (first.author, first.language) == ("Odile Marchand", "fr")
    assert (second.author, second.language) == ("Jean Petit", "fr-BE")
    assert told(first) == [
        "20 Mar: unsigned at its source; its own page names Odile Marchand",
        "20 Mar: its source names no language; its own page is in 'fr'",
    ]
    assert first.changed_at == NOW  # nothing to read it again for
    # What the source says later is taken; what it took back itself is gone.
    shows(inst, number, replace(entries[0], author="Odile M."), replace(entries[1], author=None),
          now=NOW + 2 * DAY, last_read=NOW + DAY)  # fmt: skip
    assert (article(inst, 1).author, article(inst, 1).language) == ("Odile M.", "fr")
    assert (article(inst, 2).author, article(inst, 2).language) == (None, "fr-BE")


def test_a_page_that_is_read_again_may_say_it_otherwise(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1, head=by("Odil Marchant"))
    number = source(inst)
    shows(inst, number, entry(site, 1))
    visits(inst, number)
    site.answers["/articles/1"] = page(1, head=by("Odile Marchand"))
    edited = entry(site, 1, text=CUT.replace("samedi", "dimanche"))
    shows(inst, number, edited, now=NOW + DAY, last_read=NOW)
    assert article(inst, 1).author == "Odil Marchant"
    visits(inst, number, now=NOW + DAY)
    shows(inst, number, edited, now=NOW + 2 * DAY, last_read=NOW + DAY)
    assert article(inst, 1).author == "Odile Marchand"
    assert "names Odile Marchand (2 times by then)" in told(article(inst, 1))[-1]


def test_a_mail_in_another_language_says_which_one_an_article_s_page_is_in(
    inst: Installation, site: Site
) -> None:
    kit.make_list(inst, "weekly", now=NOW, language="en")
    site.answers["/articles/1"] = page(1, head=by("Odile Marchand"))
    number = source(inst)
    with inst.database.write() as session:
        session.add(SourceList(source_id=number, mlist_id=kit.mlist_id(inst, "weekly")))
    shows(inst, number, entry(site, 1))
    before = preview(inst, "weekly", now=NOW).variants[0].page
    visits(inst, number)
    after = preview(inst, "weekly", now=NOW).variants[0].page
    mark = '<td class="side story" lang="fr" dir="ltr"'
    assert (mark in before, mark in after) == (False, True)
    assert "by Odile Marchand" in after
    # To a list in French it is nothing that need be said.
    assert mark not in preview(inst, "hebdo", now=NOW).variants[0].page
