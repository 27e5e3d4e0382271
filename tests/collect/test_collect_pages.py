"""Front pages that list articles, as sites without a feed write them."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.discover import Link
from newsletter.collect.entry import Feed, Image
from newsletter.collect.excerpt import excerpt, is_cut
from newsletter.collect.feeds import parse_feed
from newsletter.collect.markup import fragment
from newsletter.collect.pages import discover, parse_page
from newsletter.collect.selectors import InvalidSelectors, select
from newsletter.errors import ParseError

DATA = Path(__file__).parent / "data"
URL = "https://courrier.example/"
NB = "\u00a0"


def page(body: str) -> Feed:
    return parse_page(f"<html lang=fr><body>{body}</body></html>".encode(), url=URL)


def saved(name: str) -> Feed:
    return parse_page((DATA / name).read_bytes(), url=URL)


def test_a_spip_front_page_gives_its_articles() -> None:
    feed = saved("spip.html")
    assert (feed.title, feed.language, feed.home) == ("Le Courrier de Valmont", "fr", URL)
    assert [e.title for e in feed.entries] == [
        f"Pont-Vieux{NB}: les travaux reprennent – enfin{NB}!",
        "La médiathèque prête aussi des outils",
        f"Jardin de l’école : « on sème{NB}! »",
    ]
    assert [e.url for e in feed.entries] == [f"{URL}spip.php?article{n}" for n in (112, 111, 110)]
    assert [e.published for e in feed.entries] == [
        None,
        None,
        datetime(2026, 3, 12, 9, 0, tzinfo=UTC),
    ]
    assert feed.entries[0].image == Image(f"{URL}IMG/pont.jpg", "", 150, 100)
    assert [excerpt(e.summary_html, "") for e in feed.entries] == [
        ("Le chantier du Pont-Vieux rouvre lundi.",),
        (
            "Une perceuse, deux escabeaux et une scie attendent les abonnés.",
            "Le prêt dure sept jours.",
        ),
        ("Les élèves ont semé des radis.",),
    ]
    assert feed.oddities == ()


def test_a_wordpress_front_page_gives_its_articles_and_names_its_feed() -> None:
    feed = saved("wordpress.html")
    first, second = feed.entries
    assert first.title == "La fanfare cherche un tuba"
    assert first.published == datetime(2026, 1, 24, 9, 0, tzinfo=UTC)
    assert first.image == Image(f"{URL}wp-content/fanfare.jpg", "La fanfare sur la place", 825, 510)
    assert excerpt(first.summary_html, "") == ("La fanfare municipale répète le jeudi soir.",)
    assert second.title == f"Marché du samedi{NB}: trois étals de plus"
    assert second.published is None
    assert feed.oddities == (f"the page names a feed, which tells more: {URL}feed/",)


def test_a_flat_page_gives_the_articles_between_its_headings() -> None:
    feed = saved("flat.html")
    assert [(e.title, e.url) for e in feed.entries] == [
        ("Sentiers : la boucle du moulin", f"{URL}a/moulin.html"),
        ("Une crue sans dégâts", f"{URL}a/crue.html"),
    ]
    assert (
        feed.entries[0].summary_html
        == "<p>La boucle du moulin est balisée.</p><p>Comptez deux heures.</p>"
    )


def test_feeds_are_discovered_articles_before_comments() -> None:
    assert discover((DATA / "wordpress.html").read_bytes(), URL) == [
        Link(f"{URL}feed/", "Le Courrier de Valmont » Flux", "application/rss+xml"),
        Link(f"{URL}comments/feed/", "Flux des commentaires", "application/rss+xml"),
    ]
    assert discover(b"", URL) == []


def test_an_endless_address_is_no_feed() -> None:
    page = f"<link rel=alternate type='application/rss+xml' href='/feed{'x' * 2000}'>"
    assert discover(page.encode(), URL) == []


@pytest.mark.parametrize(
    "more",
    ["Lire la suite", "Read more", "Continue reading", "Weiterlesen", "Leer más", "En savoir plus"],
)
def test_the_title_may_stand_only_on_the_link(more: str) -> None:
    feed = page(
        f"<div><div><p>Le pont rouvre.</p><a href=/1>Le pont <span class=sr-only>{more}</span></a></div>"
        f"<div><p>La fanfare joue.</p><a href=/2 title='{more} : La fanfare'>{more}…</a></div></div>"
    )
    assert [(e.title, e.url) for e in feed.entries] == [
        ("Le pont", f"{URL}1"),
        ("La fanfare", f"{URL}2"),
    ]
    assert [e.summary_html for e in feed.entries] == [
        "<p>Le pont rouvre.</p>",
        "<p>La fanfare joue.</p>",
    ]


def test_words_for_screen_readers_are_left_out_of_a_title() -> None:
    feed = page(
        "<article><h2><a href=/1><span class=screen-reader-text>Article : </span>Un</a></h2></article>"
        "<article><h2><a href=/2><span class=sr-only>Deux</span></a></h2></article>"
    )
    assert [e.title for e in feed.entries] == ["Un", "Deux"]


def test_the_page_itself_is_none_of_its_articles() -> None:
    links = "".join(
        f"<article><h2><a href={h}>T {h}</a></h2></article>" for h in ("/", "/#x", "/1", "/2")
    )
    assert [e.url for e in page(links).entries] == [f"{URL}1", f"{URL}2"]


def test_an_article_listed_twice_is_read_once() -> None:
    links = "".join(
        f"<article><h2><a href={h}>T</a></h2></article>" for h in ("/1", "/1/?utm_source=x", "/2")
    )
    assert [e.url for e in page(links).entries] == [f"{URL}1", f"{URL}2"]


def test_at_most_four_paragraphs_are_taken() -> None:
    text = "".join(f"<p>Alinéa {n}.</p>" for n in range(9))
    feed = page(
        f"<article><h2><a href=/1>Un</a></h2>{text}</article><article><h2><a href=/2>Deux</a></h2></article>"
    )
    assert feed.entries[0].summary_html.count("<p>") == 4


def test_json_ld_leads_and_the_page_fills_what_it_left_open() -> None:
    feed = page(
        """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
        {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "name": "Accueil", "item": "/x"}]},
        {"@type": "ItemList", "itemListElement": [
          {"@type": "ListItem", "position": 1, "item": {"@type": "NewsArticle", "headline": "Le pont &amp; l’eau",
            "url": "/1", "datePublished": "2026-03-12T08:00:00+01:00", "author": [{"name": "Ann"}],
            "image": {"url": "/p.jpg", "width": 800, "height": "450"}}},
          {"@type": "ListItem", "position": 2, "name": "La fanfare", "url": "/2"}]}]}</script>
        <script type="application/ld+json">{ broken</script>
        <div><div><h3><a href="/1">Le pont</a></h3><p>Il rouvre.</p></div><div><h3><a href="/2">La fanfare</a></h3>
        <p>Elle joue.</p></div></div>"""
    )
    first, second = feed.entries
    assert (first.title, first.author) == ("Le pont & l’eau", "Ann")
    assert first.published == datetime(2026, 3, 12, 7, 0, tzinfo=UTC)
    assert first.image == Image(f"{URL}p.jpg", "", 800, 450)
    assert first.summary_html == "<p>Il rouvre.</p>"
    assert (second.title, second.summary_html) == ("La fanfare", "<p>Elle joue.</p>")


def test_h_entries_are_read() -> None:
    feed = page(
        "".join(
            f"<div class=h-entry><a class='p-name u-url' href=/{n}>Titre {n}</a><p class=p-summary>Texte {n}.</p>"
            f"<time class=dt-published datetime=2026-03-1{n}>x</time><span class=p-category>Pont</span></div>"
            for n in (1, 2)
        )
    )
    assert [e.title for e in feed.entries] == ["Titre 1", "Titre 2"]
    assert feed.entries[0].summary_html == "<p>Texte 1.</p>"
    assert feed.entries[1].published == datetime(2026, 3, 12, tzinfo=UTC)
    assert feed.entries[0].topics == ("Pont",)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "is empty"),
        (b"{}", "is no web page"),
        (b"%PDF-1.4 x", "is no web page"),
        (
            b"<html><body><h1>Bienvenue</h1><p>Bonjour.</p></body></html>",
            "no list of articles found",
        ),
        (
            b"<html><head><link rel=alternate type=application/atom+xml href=/atom></head><body>x</body></html>",
            "it names a feed, give that address: https://courrier.example/atom",
        ),
    ],
)
def test_a_page_without_a_list_is_an_error_with_a_remedy(body: bytes, told: str) -> None:
    with pytest.raises(ParseError, match=told) as caught:
        parse_page(body, url=URL)
    assert "\n" not in str(caught.value)


def test_hostile_links_and_mark_up_do_not_pass() -> None:
    feed = page(
        "<article><h2><a href='javascript:x'>Mal</a></h2></article>"
        "<article><h2><a href=/1>Un</a></h2><p>&lt;script&gt;x&lt;/script&gt; Texte.</p></article>"
        "<article><h2><a href=/2>Deux</a></h2><p onclick=x>Texte.</p></article>"
    )
    assert [e.title for e in feed.entries] == ["Un", "Deux"]
    assert "<script" not in feed.entries[0].summary_html


def test_a_page_is_no_feed() -> None:
    body = (DATA / "spip.html").read_bytes()
    assert len(parse_page(body, url=URL).entries) == 3
    with pytest.raises(ParseError, match="is a web page, not a feed"):
        parse_feed(body, url=URL)


def teasers(count: int, folder: str = "a", first: int = 0) -> str:
    return "".join(
        f"<div class=t><h2><a href=/{folder}/{n}>Nouvelle {n} du bourg</a></h2><p>Le texte {n}, en entier.</p></div>"
        for n in range(first, first + count)
    )


def linked_data(*things: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(things)}</script>"


def article(number: int, **more: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "url": f"/a/{number}", "headline": f"Titre {number}", **more}


def test_machine_data_on_a_few_articles_hides_none_of_the_others() -> None:
    told = linked_data(article(0, datePublished="2026-03-12T08:00:00Z"), article(1))
    feed = page(told + teasers(6))
    assert [e.url for e in feed.entries] == [f"{URL}a/{n}" for n in range(6)]
    assert [e.title for e in feed.entries][:3] == ["Titre 0", "Titre 1", "Nouvelle 2 du bourg"]
    assert feed.entries[0].published == datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
    assert feed.entries[0].summary_html == "<p>Le texte 0, en entier.</p>"
    assert feed.oddities == ()


def test_two_entries_above_the_list_hide_none_of_it() -> None:
    above = "".join(
        f"<div class=hentry><h2 class=entry-title><a class=u-url href=/une/{n}>À la une {n}</a></h2><p>Un texte.</p></div>"
        for n in range(2)
    )
    urls = [e.url for e in page(above + teasers(6)).entries]
    assert urls == [f"{URL}une/{n}" for n in range(2)] + [f"{URL}a/{n}" for n in range(6)]


def test_headings_that_are_left_out_are_told_where_they_are_more_than_the_articles() -> None:
    told = linked_data(article(90), article(91))
    feed = page(told + teasers(6))
    assert [e.url for e in feed.entries] == [f"{URL}a/90", f"{URL}a/91"]
    assert len(feed.oddities) == 1
    assert feed.oddities[0].startswith("6 headings with links were not taken for articles")
    assert page(told + teasers(2)).oddities == ()


def test_json_ld_is_read_in_the_odd_shapes_that_sites_write() -> None:
    things = [
        article(1, articleSection=[{"@type": "Thing", "name": "Culture"}], author=["Ann"]),
        article(2, articleSection={"name": ["Sport"]}, author={"name": ["Bea", "Cleo"]}),
        {
            "@type": ["BlogPosting"],
            "url": ["/a/3"],
            "headline": ["Titre 3"],
            "articleSection": "Eau",
        },
        article(4, articleSection=[{"@id": "#x"}, None, 5]),
    ]
    plain = json.dumps(things)
    for said in (plain, f"<!--\n{plain}\n-->", f"//<![CDATA[\n{plain};\n//]]>"):
        feed = page(f"<script type='application/ld+json'>{said}</script><p>x</p>")
        assert [e.url for e in feed.entries] == [f"{URL}a/{n}" for n in (1, 2, 3, 4)]
        assert [e.topics for e in feed.entries] == [("Culture",), ("Sport",), ("Eau",), ()]
        assert [e.author for e in feed.entries] == ["Ann", "Bea", None, None]
        assert feed.entries[2].title == "Titre 3"


TAGS = st.sampled_from(
    ["<h2>", "</h2>", "<a href=/1>", "<a href='http://['>", "</a>", "<p>", "<article>", "</article>", "x", "Lire la suite",
     "<li>", "<div class=h-entry>", "<time datetime=9>", "<img src=//>", "<base href='//['>", "</div>", "\x00", "&#xD800;",
     "<script type=application/ld+json>", '{"@type":"Article"}', "</script>", "<nav>", "<!--", "<![CDATA[", "<svg>"]
)  # fmt: skip


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(TAGS, max_size=25).map("".join))
def test_no_page_brings_the_reader_down(body: str) -> None:
    assert "\n" not in refusal(body)


def refusal(body: str) -> str:
    """What the reader said against it, "" if nothing."""
    try:
        page(body)
    except ParseError as error:
        return str(error)
    return ""


def test_a_selector_that_compares_all_siblings_is_refused_only_where_they_are_too_many() -> None:
    box = "<div class=t><h2><a href=/x>Un titre</a></h2><p>a</p><p>b</p></div>"
    grouped = fragment(f"<section>{box * 40}</section>" * 100)
    assert len(select(grouped, "article", "div ~ div")) == 3900
    endless = fragment(box * 1500)
    for selector in ("div ~ div", "div:not(p ~ div)"):
        with pytest.raises(InvalidSelectors, match="asks after siblings"):
            select(endless, "article", selector)
    for harmless, many in (
        ("[class~=t]", 1500),
        ("div.t:nth-child(2n+1)", 750),
        ("div + div", 1499),
    ):
        assert len(select(endless, "article", harmless)) == many


@pytest.mark.parametrize(
    ("selector", "found"),
    [("h2 + p", "a"), ("h2 + div", ""), ("h2 + p + p", "b"), ("p + *", "bc"), ("h2 ~ p", "abc")],
)
def test_the_next_sibling_is_the_one_that_css_means(selector: str, found: str) -> None:
    tree = fragment("<h2>t</h2>\n<!-- x --><p>a</p> mot <p>b</p><p>c</p><div>d</div>")
    assert "".join(n.text for n in select(tree, "article", selector)).rstrip("d") == found


@pytest.mark.parametrize(
    "links", [["/agenda#loto", "/agenda#bal"], ["/inscription", "/inscription", "/inscription"]]
)
def test_articles_that_lead_to_one_page_are_as_many_as_they_are(links: list[str]) -> None:
    titles = ["Loto de l'école", "Bal des pompiers", "Cours de poterie"][: len(links)]
    read = page(
        "".join(
            f"<article><h2><a href='{link}'>{title}</a></h2><p>Rendez-vous à {hour} h.</p></article>"
            for hour, (link, title) in enumerate(zip(links, titles, strict=True))
        )
    )
    assert [entry.title for entry in read.entries] == titles


def test_an_article_that_is_linked_twice_is_one() -> None:
    read = page(
        "<article><h2><a href='/a'>La fanfare joue samedi</a></h2><p>Sur la place.</p></article>"
        "<article><h2><a href='/b'>Le pont rouvre</a></h2><p>Lundi.</p></article>"
        "<article><h2><a href='/a#suite'>La fanfare joue</a></h2></article>"
    )
    assert len(read.entries) == 2


CARDS = "".join(f"<div><h2><a href=/{n}>Le pont {n}</a></h2><p>Il rouvre.</p></div>" for n in "abc")


@pytest.mark.parametrize("name", ["archives", "agenda", "events", "search", "pages", "extra"])
@pytest.mark.parametrize("page_of", ["<main>{}</main>", "<div id=content>{}</div>", "{}"])
def test_a_list_is_read_whatever_its_name_where_the_page_shows_nothing_else(
    name: str, page_of: str
) -> None:
    part = f"<div class={name}>{CARDS}</div>"
    assert len(page(f"<nav>{CARDS}</nav>" + page_of.format(part)).entries) == 3
    news = "<h2><a href=/1>Le bac passe</a></h2><p>Samedi.</p><h2><a href=/2>Le gué</a></h2><p>Oui.</p>"
    titles = [e.title for e in page(page_of.format(f"<div>{news}</div>{part}")).entries]
    assert titles == ["Le bac passe", "Le gué"]


@pytest.mark.parametrize(
    "beside",
    [f"<div class=agenda>{CARDS}</div>", f"<main><div class=menu>{CARDS}</div></main>"],
)
def test_a_list_that_is_gone_is_not_taken_from_the_margin(beside: str) -> None:
    with pytest.raises(ParseError, match="no list of articles"):
        page(f"<main><p>Aucun article.</p></main>{beside}")


def test_what_an_editor_names_as_the_text_holds_neither_the_date_nor_the_way_to_the_rest() -> None:
    boxes = "".join(
        f"<div class=bloc><h3>Le pont {n}</h3><p class=date>1er novembre 2026</p><p>Il rouvre samedi.</p>"
        f"<p><a href=/{n}>Le pont {n} <span>Lire la suite</span></a></p></div>"
        for n in "abc"
    )
    for excerpt_in in ("p:not(.date)", "p", "div", ".bloc p"):
        feed = parse_page(
            f"<div>{boxes}</div>".encode(),
            url=URL,
            selectors={"article": ".bloc", "title": "h3", "excerpt": excerpt_in},
        )
        texts = [e.summary_html for e in feed.entries]
        assert texts == ["<p>Il rouvre samedi.</p>"] * 3
        assert not any(is_cut(text, "") for text in texts)
