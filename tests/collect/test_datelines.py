"""Which articles of a front page a date speaks of: above one or several, below a title, at the end."""

# ruff: noqa: E501 - mark-up reads best in one piece

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.collect.blocks import lines_below
from newsletter.collect.datelines import Listed, dates_by_place
from newsletter.collect.markup import fragment
from newsletter.collect.pages import parse_page
from newsletter.collect.sheet import Sheet

URL = "https://courrier.example/"
D24, D23, D22, D20 = (datetime(2026, 1, day, tzinfo=UTC) for day in (24, 23, 22, 20))
A = Listed()
TITLES = (
    "Le pont rouvre aux piétons",
    "L’école perd une classe",
    "Le handball gagne encore",
    "La crue est passée",
    "Le cinéma rouvre ses portes",
)
Rows = list[datetime | str]


@pytest.mark.parametrize(
    ("marks", "dates"),
    [
        ([], []),
        ([A, A], [None, None]),
        ([D24, A, D23, A, D22, A], [D24, D23, D22]),
        ([D24, A, A, D22, A, A, A], [D24, D24, D22, D22, D22]),
        ([D24, A, A, A], [D24, D24, D24]),
        ([A, D24, A, D23, A, D22], [D24, D23, D22]),
        ([A, D24, A, A, D22], [D24, None, D22]),
        ([A, D24, A, D23, A], [D24, D23, None]),
    ],
    ids=[
        "nothing",
        "none",
        "above-each",
        "above-groups",
        "one-for-all",
        "ends",
        "some-ends",
        "most-ends",
    ],
)
def test_a_date_line_holds_for_what_is_under_it_or_for_the_one_article_above_it(
    marks: list[datetime | Listed], dates: list[datetime | None]
) -> None:
    assert dates_by_place(marks) == dates


@pytest.mark.parametrize(
    ("marks", "dates"),
    [
        ([D24, A, D23, A, D22, A, D20], [D23, D22, D20]),  # the page's day, then each at its end
        ([D24, A, A, D22, A, A, D20], [D24, D24, D22, D22]),  # groups, then the page's last change
        ([A, D24, A, A, D22, A, A], [None, D24, D24, D22, D22]),  # the lead, then groups
        ([D24, A, A, D22, A, A, D20, D23, D24, D22], [D24, D24, D22, D22]),  # an agenda below
        ([A, A, A, D20], [None, None, None]),  # when the page was printed
        ([A, D20], [D20]),
    ],
)
def test_a_line_at_one_end_of_the_page_does_not_turn_the_others(
    marks: list[datetime | Listed], dates: list[datetime | None]
) -> None:
    assert dates_by_place(marks) == dates


def test_an_articles_own_date_goes_first_and_does_not_end_a_group() -> None:
    assert dates_by_place([D24, A, Listed(D20), A]) == [D24, D20, D24]
    assert dates_by_place([D24, Listed(D23), Listed(D20)]) == [D23, D20]
    assert dates_by_place([Listed(D24), D23, A, A, D22, A, A]) == [D24, D23, D23, D22, D22]


# --- pages --------------------------------------------------------------------------------------

FRENCH = {D24: "24 janvier 2026", D23: "Vendredi 23 janvier 2026", D22: "22/01/2026"}
ENGLISH = {D24: "January 24, 2026", D23: "Published on 23 January 2026", D22: "Jan 22, 2026"}
ABOVE: Rows = [D24, "0", D23, "1", D22, "2"]
GROUPS: Rows = [D24, "0", "1", "2", D22, "3", "4"]
BELOW: Rows = ["0", D24, "+", "1", D23, "+", "2", D22, "+"]
ENDS: Rows = ["0", "+", D24, "1", "+", D23, "2", "+", D22]


def rows(layout: Rows) -> list[tuple[str, str | datetime]]:
    """What stands on the page, in order: a title, its text with its link, a date."""
    whole = "+" not in layout
    out: list[tuple[str, str | datetime]] = []
    title = ""
    for row in layout:
        if isinstance(row, datetime):
            out.append(("date", row))
        elif row == "+":
            out.append(("text", title))
        else:
            title = TITLES[int(row)]
            out += [("title", title), ("text", title)] if whole else [("title", title)]
    return out


def as_text(layout: Rows, words: dict[datetime, str], more: str) -> str:
    lines = ["La Une"]
    for kind, what in rows(layout):
        if isinstance(what, datetime):
            lines.append(words[what])
        elif kind == "title":
            lines.append(what)
        else:
            lines += ["Un paragraphe sur ce sujet, assez long.", f"{what} {more}"]
    return "\n\n".join(lines)


def as_html(layout: Rows, words: dict[datetime, str], more: str, date: str = "<p>{}</p>") -> str:
    pieces = ["<title>La Une</title><main>"]
    for kind, what in rows(layout):
        if isinstance(what, datetime):
            pieces.append(date.format(words[what], iso=what.date()))
        elif kind == "title":
            pieces.append(f"<h2>{what}</h2>")
        else:
            href = TITLES.index(what)
            pieces.append(
                f"<p>Un paragraphe sur ce sujet, assez long.</p><p><a href=/{href}>{what} {more}</a></p>"
            )
    return "\n".join([*pieces, "</main>"])


def dates(page: str, kind: str) -> list[tuple[str, datetime | None]]:
    feed = parse_page(page.encode(), url=URL, content_type=kind, charset="utf-8", site=URL)
    return [(e.title, e.published) for e in feed.entries]


LAYOUTS = pytest.mark.parametrize(
    ("layout", "days"),
    [
        (ABOVE, (D24, D23, D22)),
        (GROUPS, (D24, D24, D24, D22, D22)),
        (BELOW, (D24, D23, D22)),
        (ENDS, (D24, D23, D22)),
        ([D24, "0", "1", "2"], (D24, D24, D24)),
    ],
    ids=["above", "groups", "below", "end", "one"],
)
TONGUES = pytest.mark.parametrize(
    ("words", "more"), [(FRENCH, "Lire la suite"), (ENGLISH, "Read more")], ids=["fr", "en"]
)


@LAYOUTS
@TONGUES
def test_a_page_and_the_same_page_saved_as_text_give_the_same_dates(
    layout: Rows, days: tuple[datetime, ...], words: dict[datetime, str], more: str
) -> None:
    expected = list(zip(TITLES, days, strict=False))
    assert dates(as_html(layout, words, more), "text/html") == expected
    assert dates(as_text(layout, words, more), "text/plain") == expected


@LAYOUTS
@pytest.mark.parametrize(
    "date",
    [
        "<p class=date>{}</p>",
        "<time datetime={iso}>un jour</time>",
        "<p><time datetime={iso}>{}</time></p>",
        "<h3>{}</h3>",
        "<div><span>{}</span></div><hr>",
        "<p>{}</p><p>Sports</p>",
    ],
)
def test_it_does_not_matter_how_a_date_line_is_marked_up(
    layout: Rows, days: tuple[datetime, ...], date: str
) -> None:
    page = as_html(layout, FRENCH, "Lire la suite", date)
    assert dates(page, "text/html") == list(zip(TITLES, days, strict=False))


@pytest.mark.parametrize(
    "box", ["<article>{}</article>", "<div class=h-entry>{}</div>", "<div>{}</div>"]
)
def test_a_date_between_boxes_holds_for_all_boxes_under_it(box: str) -> None:
    card = "<h2><a href=/{0}>{1}</a></h2><p>Un paragraphe sur ce sujet.</p>"
    cards = [box.format(card.format(n, title)) for n, title in enumerate(TITLES)]
    dated = box.format(card.format(9, "Le marché") + "<time datetime=2026-01-20>mardi</time>")
    body = f"<main><h3>24 janvier 2026</h3>{cards[0]}{dated}{cards[1]}<p>22 janvier 2026</p>{cards[2]}{cards[3]}</main>"
    assert [day for _, day in dates(body, "text/html")] == [D24, D20, D24, D22, D22]


@pytest.mark.parametrize(
    "title", ["<h3><a href=/{0}>{1}</a></h3>", "<h3>{1}</h3>", "<p><b>{1}</b></p>"]
)
@pytest.mark.parametrize("item", ["{0}{1}{2}", "{1}{0}{2}", "{1}{2}{0}"])
@pytest.mark.parametrize(
    "box", ["<div class=bloc>{}</div>", "<article>{}</article>", "<li>{}</li>"]
)
def test_a_date_within_the_box_of_an_article_is_that_ones_alone(
    title: str, item: str, box: str
) -> None:
    def days(*written: str) -> list[datetime | None]:
        body = ""
        for n, words in enumerate(written):
            text = f"<p>Un paragraphe sur ce sujet.</p><p><a href=/{n}>Lire la suite</a></p>"
            date = f"<p class=quand>{words}</p>"
            body += box.format(item.format(date, title.format(n, TITLES[n]), text))
        return [day for _, day in dates(f"<main>{body}</main>", "text/html")]

    assert days("24 janvier 2026", "", "", "22/01/2026") == [D24, None, None, D22]
    assert days("", "24 janvier 2026", "") == [None, D24, None]


def test_the_name_of_the_site_is_no_article_that_dates_could_follow() -> None:
    card = "<h2><a href=/{0}>{1}</a></h2><p>Un paragraphe sur ce sujet.</p>"
    cards = [card.format(n, title) for n, title in enumerate(TITLES[:4])]
    body = f"<h1><a href=/>Le Courrier</a></h1><p>24 janvier 2026</p>{cards[0]}{cards[1]}<p>22 janvier 2026</p>{cards[2]}{cards[3]}"
    assert [day for _, day in dates(body, "text/html")] == [D24, D24, D22, D22]


def test_days_in_boxes_of_their_own_are_told_apart_whether_they_hold_one_article_or_more() -> None:
    def day(date: str, *numbers: int) -> str:
        cards = "".join(
            f"<h3><a href=/{n}>{TITLES[n]}</a></h3><p>Un paragraphe sur ce sujet.</p>"
            for n in numbers
        )
        return f"<section><h2>{date}</h2>{cards}</section>"

    body = f"<main>{day('24 janvier 2026', 0)}{day('23 janvier 2026', 1, 2)}{day('22 janvier 2026', 3, 4)}</main>"
    assert dates(body, "text/html") == list(zip(TITLES, (D24, D23, D23, D22, D22), strict=True))


def test_text_without_links_to_the_rest_is_dated_by_the_same_rule() -> None:
    text = "Un paragraphe assez long pour être le début d’un article."
    above = (
        f"24 janvier 2026\n\nUn\n\n{text}\n\nDeux\n\n{text}\n\n22 janvier 2026\n\nTrois\n\n{text}\n"
    )
    ends = f"Un\n\n{text}\n\n24 janvier 2026\n\nDeux\n\n{text}\n\n23 janvier 2026\n\nTrois\n\n{text}\n\n22 janvier 2026\n"
    below = f"Un\n\n24 janvier 2026\n\n{text}\n\nDeux\n\n23 janvier 2026\n\n{text}\n\nTrois\n\n22 janvier 2026\n\n{text}\n"
    assert [day for _, day in dates(above, "text/plain")] == [D24, D24, D22]
    assert [day for _, day in dates(ends, "text/plain")] == [D24, D23, D22]
    assert [day for _, day in dates(below, "text/plain")] == [D24, D23, D22]


# --- lines that only a style parts ------------------------------------------------------------

NEWS = (
    ("24/01/2026", "Conseil municipal lundi", "Ordre du jour : le budget, la piscine."),
    ("20/01/2026", "Collecte des sapins", "Déposez-les place du Marché."),
    ("1er décembre 2025", "Inscriptions à la cantine", "Avant le 15 du mois prochain."),
)


@pytest.mark.parametrize("between", ["", "\n  "])
def test_a_date_a_title_and_a_text_in_spans_are_three_lines(between: str) -> None:
    boxes = "".join(
        f"<div>{between.join([f'<span>{d}</span>', f'<span>{t}</span>', f'<span>{x}</span>', f'<a href=/{n}>En savoir plus</a>'])}</div>"
        for n, (d, t, x) in enumerate(NEWS)
    )
    page = f"<body><div><div>Menu</div></div><div>{boxes}</div>"
    feed = parse_page(page.encode(), url=URL, charset="utf-8")
    assert [(e.title, e.summary_html, e.published) for e in feed.entries] == [
        ("Conseil municipal lundi", f"<p>{NEWS[0][2]}</p>", D24),
        ("Collecte des sapins", f"<p>{NEWS[1][2]}</p>", D20),
        ("Inscriptions à la cantine", f"<p>{NEWS[2][2]}</p>", datetime(2025, 12, 1, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("inside", "lines"),
    [
        ("<span>Le pont rouvre</span><span>La rive gauche attend.</span>", ["Le pont rouvre", "La rive gauche attend."]),
        ("<span>L</span><span>e pont rouvre ce matin</span>", ["Le pont rouvre ce matin"]),
        ("<span>Le pont rou</span><span>vre ce matin</span>", ["Le pont rouvre ce matin"]),
        ("<b>Le pont</b> <i>Des Arts</i>", ["Le pont Des Arts"]),
        ("Dès le <span>24 janvier 2026</span><span>Fermé</span>", ["Dès le 24 janvier 2026Fermé"]),
    ],
)  # fmt: skip
def test_words_are_parted_only_where_two_lines_meet(inside: str, lines: list[str]) -> None:
    box = next(fragment(f"<div>{inside}</div>").iter("div"))
    assert [line for line, _ in lines_below(Sheet(box, ""), box[0])] == lines


@pytest.mark.parametrize(
    "date",
    [
        "<div class=date><span>24</span><span>janv.</span><span>2026</span></div>",
        "<div class=date><span>24</span> <span>01</span> <span>2026</span></div>",
        "<div class=box><div>24</div><div>janvier</div><div>2026</div></div>",
        "<time><span>Jan</span><span>24</span><span>2026</span></time>",
        "<p><b>24</b><i>janv. 2026</i></p>",
    ],
)
def test_a_day_a_month_and_a_year_in_boxes_of_their_own_are_a_date(date: str) -> None:
    text = "<h2><a href=/{0}>{1}</a></h2><p>Le bal du 3 février 2026 est complet.</p>"
    cards = "".join(
        f"<div>{date}{text.format(n, title)}</div>" for n, title in enumerate(TITLES[:3])
    )
    feed = parse_page(f"<main>{cards}</main>".encode(), url=URL, charset="utf-8")
    assert [e.published for e in feed.entries] == [D24] * 3
    assert {e.summary_html for e in feed.entries} == {
        "<p>Le bal du 3 février 2026 est complet.</p>"
    }


# --- titles that end in a date ------------------------------------------------------------------

COUNCILS = ("Conseil municipal – 15 mars 2026", "Conseil municipal · 8 février 2026", "Le loto")
PIECE = "<p>Un paragraphe assez long pour être du texte d’article, avec une fin.</p>"


@pytest.mark.parametrize(
    "box",
    [
        "<div><h3><a href=/{0}>{1}</a></h3>" + PIECE + "</div>",
        "<div><a href=/{0}><h3>{1}</h3></a>" + PIECE + "</div>",
        "<article><h3><a href=/{0}><span>{1}</span></a></h3>" + PIECE + "</article>",
        "<h3>{1}</h3>" + PIECE + "<p><a href=/{0}>{1} Lire la suite</a></p>",
        "<p><b>{1}</b></p>" + PIECE + "<p><a href=/{0}>Lire la suite</a></p>",
    ],
)
def test_a_heading_that_names_something_beside_a_date_is_a_title_and_dates_nothing(
    box: str,
) -> None:
    page = "".join(box.format(n, title) for n, title in enumerate(COUNCILS))
    assert dates(f"<main>{page}</main>", "text/html") == [(title, None) for title in COUNCILS]


@pytest.mark.parametrize("line", ["## {0}\n\n{1}\n", "{0}\n\n{1}\n\n{0} Lire la suite\n"])
def test_so_it_is_in_a_page_saved_as_text(line: str) -> None:
    text = "Un paragraphe assez long pour être du texte d’article."
    page = "\n".join(line.format(title, text) for title in COUNCILS)
    assert dates(f"La Une\n\n{page}", "text/plain") == [(title, None) for title in COUNCILS]


def test_a_list_of_links_whose_titles_end_in_a_date_dates_no_other_article() -> None:
    links = "".join(f"<li><a href=/{n}>{title}</a></li>" for n, title in enumerate(COUNCILS))
    cards = "".join(
        f"<article><h2><a href=/{n}>{title}</a></h2>{PIECE}</article>"
        for n, title in enumerate(TITLES)
    )
    page = f"<main><ul>{links}</ul>{cards}</main>"
    assert dates(page, "text/html") == [(title, None) for title in TITLES]
