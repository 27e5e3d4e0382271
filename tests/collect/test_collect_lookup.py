"""Links by title, sitemaps, selectors and lines: the pure parts behind pages without links."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.collect.datelines import date_line
from newsletter.collect.lookup import Known, find_links
from newsletter.collect.readmore import is_more, title_on_more
from newsletter.collect.saved import articles_in_text
from newsletter.collect.selectors import InvalidSelectors, parse, written
from newsletter.collect.sitemap import parse_sitemap, sitemaps_in_robots

S = "https://v.example/"


def links(title: str, *pages: str, **titled: str) -> str | None:
    known = [Known("", S + p) for p in pages] + [Known(t, S + p) for p, t in titled.items()]
    found = find_links([title], known).get(title)
    return found.removeprefix(S) if found else None


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("Pont-Vieux\u00a0: les travaux – enfin\u00a0!", "2026/01/pont-vieux-les-travaux-enfin/"),
        ("Jardin de l’école", "jardin-de-lecole"),  # WordPress drops an apostrophe
        ("Jardin de l’école", "Jardin-de-l-ecole.html"),  # SPIP writes it as a hyphen
        ("Jardin de l’école", "article/1234-jardin-ecole.html"),
        ("La fanfare cherche un tuba", "fanfare-cherche-tuba-2"),
        ("Cœur de ville : œuvre d’art", "coeur-de-ville-oeuvre-d-art"),
        ("Les élèves de l’école ont semé des radis", "Les-eleves-de-l-ecole-ont-seme-des"),
        ("Le budget 2026", "le-budget-2026"),
        ("« Été »", "%C3%A9t%C3%A9-%C3%A9t%C3%A9"),
    ],
)
def test_a_title_is_known_by_the_address_that_is_made_of_its_words(
    title: str, address: str
) -> None:
    wanted = None if title == "« Été »" else address
    assert links(title, address, "autre-chose-encore", "contact/") == wanted


@pytest.mark.parametrize(
    ("title", "pages"),
    [
        ("Agenda de la semaine", ("agenda-de-la-semaine/", "agenda-de-la-semaine-2/")),
        ("Conseil municipal du 12 mars 2026", ("conseil-municipal-du-12-mars-2025",)),
        ("Fête du village 2026", ("fete-du-village",)),
        ("Le pont", ("pont",)),  # too short to tell
        ("La crue", ("spip.php?article3", "12")),
    ],
)
def test_no_link_is_taken_where_it_may_be_another_article(
    title: str, pages: tuple[str, ...]
) -> None:
    assert links(title, *pages) is None


def test_titles_go_before_addresses_and_a_cut_one_is_completed() -> None:
    assert links("LA CRUE SANS DEGATS", "la-crue-sans-degats", n12="La crue, sans dégâts") == "n12"
    assert (
        links("Les travaux du pont reprennent…", n1="Les travaux du pont reprennent lundi") == "n1"
    )
    assert links("Deux", a="Deux", b="Deux") is None
    one = [Known("Le même titre ici", S + "a")]
    assert find_links(["Le même titre ici", "LE MÊME TITRE, ICI"], one) == {}


def test_a_sitemap_gives_pages_with_titles_of_news_or_other_sitemaps() -> None:
    news = (
        '<?xml version="1.0"?><urlset xmlns:news="x">'
        "<url><loc>\n https://v.example/a?x=1&amp;y=2 </loc>"
        "<news:news><news:title><![CDATA[Le pont & l’eau]]></news:title></news:news></url>"
        "<url><loc>/b</loc></url><url><loc>javascript:x</loc></url></urlset>"
    )
    found = parse_sitemap(gzip.compress(news.encode()), url=S + "sitemap.xml.gz")
    assert [(p.url, p.title) for p in found.pages] == [
        (S + "a?x=1&y=2", "Le pont & l’eau"),
        (S + "b", ""),
    ]
    index = "<sitemapindex>" + "".join(
        f"<sitemap><loc>{S}{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in [
            ("category", "2026-03-01"),
            ("post-1", "2025-01-01"),
            ("post-2", "2026-01-01"),
            ("autres", "2026-02-01"),
        ]
    )
    assert parse_sitemap(index.encode(), url=S).sitemaps == tuple(
        f"{S}{name}.xml" for name in ("post-2", "post-1", "autres", "category")
    )
    assert [p.url for p in parse_sitemap(f"{S}a\n\n{S}b".encode(), url=S).pages] == [
        S + "a",
        S + "b",
    ]
    robots = b"User-agent: *\nDisallow: /x\nSITEMAP: /plan.xml\nSitemap: https://v.example/b.xml"
    assert sitemaps_in_robots(robots, url=S + "robots.txt") == (S + "plan.xml", S + "b.xml")


def test_a_packed_sitemap_that_never_ends_is_cut() -> None:
    assert parse_sitemap(gzip.compress(b"\0" * 9_000_000), url=S).pages == ()
    assert parse_sitemap(b"<urlset>" + b"<url><loc>" * 100_000, url=S).pages == ()
    assert parse_sitemap(b"\x1f\x8bxx", url=S).pages == ()


def test_selectors_are_read_from_a_line_and_written_as_one() -> None:
    line = 'title=h2 a[title="x;y"]\n article=.teaser ; link=a:not(.x); excerpt=p, div > p'
    read = parse(line)
    assert read == {
        "article": ".teaser",
        "title": 'h2 a[title="x;y"]',
        "link": "a:not(.x)",
        "excerpt": "p, div > p",
    }
    assert parse(written(read)) == read


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "'article' is missing"),
        ("title=h2", "'article' is missing"),
        (".teaser", "names no part of an article"),
        ("article=.a; colour=b", "selector 'colour': no such part"),
        ("article=p..x", "selector 'article': 'p..x' is no CSS selector"),
        ("article=.a; excerpt=", "selector 'excerpt' is empty"),
        ("article=.a; article=.b", "selector 'article' is given twice"),
        ("article=.a; title=h2::text", "selector 'title'"),
        ("article=.a; title=svg|a", "selector 'title'"),
        ("article=" + ":not(" * 90, "selector 'article'"),
    ],
)
def test_selectors_that_cannot_be_used_are_told_by_their_part(line: str, told: str) -> None:
    with pytest.raises(InvalidSelectors, match=told.replace("(", r"\(")) as caught:
        parse(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("La fanfare Lire la suite", "La fanfare"),
        ("LA FANFARELire la suite", "LA FANFARE"),
        ("Lire la suite de « La fanfare »", "La fanfare"),
        ("Continue reading The band →", "The band"),
        ("Das Orchester Weiterlesen", "Das Orchester"),
        ("[Leer más…]", ""),
        ("Continua a leggere", ""),
        ("Continua llegint", ""),
        ("Lees verder", ""),
        ("Leia mais »", ""),
        ("Suite à l’incendie, le pont ferme", None),
        ("Plus de trains cet été", None),
    ],
)
def test_the_words_that_lead_on_are_known_in_our_languages(text: str, title: str | None) -> None:
    assert title_on_more(text) == title
    assert is_more(text) is (title is not None)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("24 janvier 2026", "2026-01-24"),
        ("Publié le samedi 24 janvier 2026 à 10h30 par Jeanne Aubier", "2026-01-24"),
        ("24/01/2026 | Culture", "2026-01-24"),
        ("January 24, 2026", "2026-01-24"),
        ("Le pont rouvre le 24 janvier 2026", None),
        ("Budget 2026", None),
        ("24 janvier", None),
    ],
)
def test_a_line_that_is_a_date_and_nothing_else_is_known(line: str, day: str | None) -> None:
    moment = date_line(line)
    assert (moment.date().isoformat() if moment else None) == day


LINES = st.lists(
    st.sampled_from(
        ["Un titre", "Lire la suite", "Un titre Lire la suite", "Un texte entier, assez long.", "",
         "24 janvier 2026", "* ", "[1]", "<https://x>", "  1. https://v.example/", "## T",
         "[a](https://b.c)",
         "\x00\ud800", "«", "…", "=" * 40, "mot " * 40]
    )
    | st.text(max_size=30),
    max_size=30,
).map("\n".join)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(LINES)
@example("Lire la suite\n" * 3)
def test_no_text_brings_the_reader_of_lines_down(text: str) -> None:
    found, _ = articles_in_text(text, base=S)
    assert all(item.title for item in found)
    assert all(item.summary.count("<p>") <= 4 for item in found)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5))
def test_no_title_and_no_address_brings_the_looking_up_down(title: str, pages: list[str]) -> None:
    found = find_links([title], [Known(p, S + p) for p in pages])
    assert set(found) <= {title}
    parse_sitemap("".join(pages).encode("utf-8", "surrogatepass"), url=S)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(alphabet="article=; .#a[]()\"'>:*~|^$\n\\", max_size=40))
def test_no_selector_brings_its_reader_down(line: str) -> None:
    try:
        read = parse(line)
    except InvalidSelectors:
        return
    assert parse(written(read)) == read
