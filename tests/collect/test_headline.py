"""What of a heading is the title of an article, and what only a label beside it."""

from __future__ import annotations

import re

import pytest

from newsletter.collect.entry import Feed
from newsletter.collect.pages import parse_page


def page(body: str) -> Feed:
    return parse_page(body.encode(), url="https://courrier.example/", charset="utf-8")


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("<span class=date>21.01.2026</span> <span>Le pont rouvre</span>", "Le pont rouvre"),
        ("<span>Le pont rouvre</span> <small>21 janvier 2026</small>", "Le pont rouvre"),
        ("<time datetime=2026-01-21>21 janv.</time> – Le pont rouvre", "Le pont rouvre"),
        ("Le pont rouvre (<span class=date>21.01.2026</span>)", "Le pont rouvre"),
        ("<span class=premium>Abonnés</span> Le pont rouvre", "Le pont rouvre"),
        ("<i>Réservé aux abonnés</i>Le pont rouvre", "Le pont rouvre"),
        ("Le pont rouvre <b>Article réservé aux abonné·e·s</b>", "Le pont rouvre"),
        ("<b>Abonnés</b> <b>21/01/2026</b> Le pont rouvre", "Le pont rouvre"),
        ("Marché du <b>21 janvier 2026</b>", "Marché du 21 janvier 2026"),
        ("Abonnés : <b>dix de plus</b>", "Abonnés : dix de plus"),
        ("Dix <b>abonnés</b> de plus", "Dix abonnés de plus"),
    ],
)
@pytest.mark.parametrize(
    "box",
    [
        "<li><a href=/{0}>{1}</a> <i>21.01.2026</i></li>",
        "<article><h2><a href=/{0}>{1}</a></h2><p>Il rouvre samedi.</p></article>",
        "<div><h2>{1}</h2><p>Il rouvre samedi.</p><a href=/{0}>Lire la suite</a></div>",
    ],
)
def test_a_date_and_a_label_for_subscribers_are_no_part_of_a_title(
    box: str, inside: str, title: str
) -> None:
    feed = page(f"<main>{''.join(box.format(n, inside) for n in range(3))}</main>")
    assert {entry.title for entry in feed.entries} == {title}


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("Le pont rouvre – <b>Abonnés</b>", "Le pont rouvre"),
        ("Le pont rouvre (<em>abonnés</em>)", "Le pont rouvre"),
        ("<b>21/01/2026</b> | Le pont rouvre", "Le pont rouvre"),
        ("<em class=flag>Abonnés</em> Le pont rouvre", "Le pont rouvre"),
        ("<em><span class=flag>Premium</span></em> Le pont rouvre", "Le pont rouvre"),
        ("Le pont rouvre <i>Abonnés</i> <i>21/01/2026</i>", "Le pont rouvre"),
        ("<i><span>Premium</span></i> · Le pont rouvre", "Le pont rouvre"),
        *(
            (inside, re.sub("<.*?>", "", inside))
            for inside in (
                "La mairie remercie ses <strong>abonnés</strong>",
                "La mairie remercie ses <span class=nom>abonnés</span>",
                "Le guide <em>Premium</em>",
                "Le guide <em><span>Premium</span></em>",
                "<em>Abonné</em> absent",
                "<span>Abonnés</span> absents",
                "<span>Abonnés</span> : que du bonheur",
                "<b>Members only</b> night",
                "<em>11 septembre 2001</em>, vingt ans après",
                "<time>11 septembre 2001</time>, vingt ans après",
                "<b>1er mai 2026</b> : le muguet",
                "Version <code>1.2.2024</code>",
                "Valmont bat Brisemont <b>3-2-2024</b>",
                "Fermé depuis le <time>21 janvier 2026</time>",
                "Du 3 au <time>21 janvier 2026</time>",
                "Open since <span>21 January 2026</span>",
                "Rendez-vous pour <time>21 janvier 2026</time>",
                "Nos vœux pour <span class=date>2026</span>",
                "Budget <time>2026</time>",
                "<span class=date>14-18</span> : les poilus",
            )
        ),
    ],
)
def test_where_a_label_may_be_a_word_of_the_title_the_title_stays_whole(
    inside: str, title: str
) -> None:
    card = "<article><h2><a href=/{0}>{1}</a></h2><p>Il rouvre samedi.</p></article>"
    feed = page(f"<main>{''.join(card.format(n, inside) for n in range(2))}</main>")
    assert {entry.title for entry in feed.entries} == {title}


def test_a_heading_that_is_but_a_label_keeps_it() -> None:
    feed = page("".join(f"<h2><a href=/{n}><b>Premium</b></a></h2><p>Oui, {n}.</p>" for n in "ab"))
    assert [entry.title for entry in feed.entries] == ["Premium", "Premium"]
