"""How an article looks to the readers of a list, and which of its topics it is of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.compose.content import Image
from newsletter.installation import Installation
from newsletter.jobs.articles import show_article
from newsletter.jobs.candidates import candidates
from newsletter.jobs.explaining import explain_article
from newsletter.jobs.previewing import preview
from newsletter.jobs.relisting import edit_mlist
from newsletter.jobs.rewording import reworded
from newsletter.jobs.viewing import article_view
from newsletter.models import Article, Schedule
from subscribers.models import ExcerptStyle, MailingList

PAGE = "<p>Le pont rouvre samedi, à dix heures.</p><p>La fanfare jouera. Le café est offert.</p>"
CUT = "<p>Le pont rouvre samedi, à dix […]</p>"
MORE = (
    '<p>L’article <a href="https://a.example/">Le pont</a> est apparu en premier sur Valmont.</p>'
)


def mlist(style: ExcerptStyle = ExcerptStyle.PARAGRAPHS, words: int = 60) -> MailingList:
    return MailingList(slug="hebdo", language="fr", excerpt_words=words, excerpt_style=style)


def article(**values: Any) -> Article:
    return Article(**{
        **{"title": "Le pont", "url": "https://valmont.example/pont", "override": {}},
        **{"summary_html": "", "content_html": "", "page_html": "", "language": "fr"}, **values,
    })  # fmt: skip


def excerpt(style: ExcerptStyle = ExcerptStyle.PARAGRAPHS, **values: Any) -> tuple[str, ...]:
    return article_view(article(**values), mlist(style)).excerpt


def full(**values: Any) -> str:
    return article_view(article(**values), mlist(ExcerptStyle.FULL)).text_html


BOTH = ("Le pont rouvre samedi, à dix heures.", "La fanfare jouera. Le café est offert.")


def test_an_excerpt_is_in_paragraphs_or_in_one_line() -> None:
    assert excerpt(content_html=PAGE) == BOTH
    assert excerpt(ExcerptStyle.LINE, content_html=PAGE) == (" ".join(BOTH),)
    assert excerpt(ExcerptStyle.LINE) == ()
    short = "".join(f"<p>Phrase numéro {n}.</p>" for n in range(9))
    assert len(excerpt(content_html=short)) == 4
    assert "numéro 8" in excerpt(ExcerptStyle.LINE, content_html=short)[0]


@pytest.mark.parametrize("style", ExcerptStyle)
def test_the_articles_own_page_stands_in_for_a_text_that_is_missing_or_cut(
    style: ExcerptStyle,
) -> None:
    line = style is ExcerptStyle.LINE
    for found in ({}, {"summary_html": CUT}, {"content_html": CUT}, {"summary_html": "<p>Le pont"}):
        shown = excerpt(style, page_html=PAGE, **found)
        assert shown == ((" ".join(BOTH),) if line else BOTH), found
    kept = {"summary_html": "<p>Un résumé de l’auteur.</p>", "page_html": PAGE}
    assert excerpt(style, **kept) == ("Un résumé de l’auteur.",)


def test_an_editors_own_excerpt_wins_whatever_the_list_shows() -> None:
    own = {"excerpt": "Un.\n\nDeux."}
    for style in ExcerptStyle:
        view = article_view(article(content_html=PAGE, override=own), mlist(style))
        assert (view.excerpt, view.text_html) == (("Un.", "Deux."), "")


def test_an_editors_own_paragraphs_stand_in_a_full_text() -> None:
    text = f"<p>Le <a href='https://a.example/'>pont</a> rouvre. Enfin !</p><h2>Où ?</h2>{PAGE}"
    own = {"excerpt": "Le pont ouvre.", "paragraphs": [["Le pont rouvre.", "Le pont <ouvre>."]]}
    shown = full(content_html=text, override=own)
    assert shown == f"<p>Le pont &lt;ouvre&gt;. Enfin !</p><h2>Où ?</h2>{PAGE}"
    # Once its source says otherwise, what the editor wrote is still what readers see.
    later = article(content_html=PAGE, override=own)
    view = article_view(later, mlist(ExcerptStyle.FULL))
    assert (view.excerpt, view.text_html) == (("Le pont ouvre.",), "")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ([BOTH[0], ""], "<p>La fanfare jouera. Le café est offert.</p>"),
        (["La fanfare jouera.", ""], f"<p>{BOTH[0]}</p><p>Le café est offert.</p>"),
        (["La fanfare jouera. Le…", "Venez !"], f"<p>{BOTH[0]}</p><p>Venez !</p>"),
        ([BOTH[1], f"{BOTH[1]}\n\nVenez !"], f"{PAGE}<p>Venez !</p>"),
        ([BOTH[0], "Un.\n\nDeux."], f"<p>Un.</p><p>Deux.</p><p>{BOTH[1]}</p>"),
        (["Autre chose.", "Un."], None),
    ],
)
def test_a_paragraph_is_replaced_where_it_stands(change: list[str], shown: str | None) -> None:
    assert reworded(PAGE, [change]) == shown
    assert reworded(PAGE + PAGE, [change]) is None  # which of the two?


def test_a_list_of_full_texts_shows_the_content_else_the_page_else_a_whole_summary() -> None:
    assert full(content_html=PAGE, page_html="<p>Autre.</p>", summary_html="<p>Bref.</p>") == PAGE
    assert full(content_html=CUT, page_html=PAGE, summary_html="<p>Bref.</p>") == PAGE
    assert full(page_html=PAGE, summary_html="<p>Bref.</p>") == PAGE
    assert full(summary_html=PAGE) == PAGE
    assert full(summary_html=CUT) == full(content_html=CUT) == full() == ""
    assert excerpt(ExcerptStyle.FULL, summary_html=CUT) == excerpt(summary_html=CUT)
    assert article_view(article(content_html=PAGE), mlist()).text_html == ""


def test_what_a_site_hung_on_to_a_full_text_is_taken_off() -> None:
    share = "<p>Partager sur Facebook</p><p> </p><hr>"
    assert full(content_html=f"{PAGE}{share}{MORE}") == PAGE
    picture = '<p><img src="https://a.example/b.jpg"></p>'
    assert full(content_html=PAGE + picture) == PAGE + picture
    assert full(content_html=f"a &lt; b{MORE}") == "a &lt; b"
    assert full(content_html=f"{PAGE}{MORE} fin") == f"{PAGE}{MORE} fin"


def test_the_pages_picture_stands_in_for_one_that_the_source_does_not_give() -> None:
    theirs, page, own = ({"url": f"https://a.example/{n}.jpg", "alt": n} for n in "123")
    found = [
        article_view(article(**values), mlist()).image
        for values in (
            {"image": theirs, "page_image": page},
            {"page_image": page},
            {"page_image": page, "override": {"image": own}},
            {"page_image": page, "override": {"image": None}},
        )
    ]
    assert found == [Image(**theirs), Image(**page), Image(**own), None]


def test_a_digest_of_full_texts_holds_them_and_one_of_excerpts_does_not(
    inst: Installation, now: datetime
) -> None:
    [number] = kit.add_articles(inst, ["pont"], now=now)
    kit.change(
        inst, Article, {"content_html": PAGE + "<h2>Et après ?</h2><p>Le quai.</p>"}, id=number
    )
    before = preview(inst, "hebdo", now=now).variants[0]
    edit_mlist(inst, "hebdo", excerpt_style=ExcerptStyle.FULL, now=now, actor="claire")
    [variant] = preview(inst, "hebdo", now=now).variants
    assert "Et après\u202f?</h3>" in variant.page
    assert "Et après\u202f?\n----------" in variant.text
    assert "Et après" not in before.page + before.text


def test_a_topics_pattern_holds_for_what_is_on_offer_already(
    inst: Installation, now: datetime
) -> None:
    pont, quai = kit.add_articles(inst, ["pont", "quai"], now=now)
    kit.change(inst, Article, {"topics": frozenset({"cine-club"})}, id=quai)
    edit_mlist(
        inst, "hebdo", topics=(("culture", "Culture"), ("travaux", "Travaux")),
        matches={"culture": "ciné*", "travaux": "/pont"}, now=now, actor="claire",
    )  # fmt: skip

    def topics() -> dict[int, frozenset[str]]:
        with inst.database.read() as session:
            schedule = session.scalars(sa.select(Schedule)).one()
            return {c.article: frozenset(c.topics) for c in candidates(session, schedule, now)}

    assert topics() == {pont: {"travaux"}, quai: {"culture"}}
    edit_mlist(inst, "hebdo", matches={"culture": ""}, now=now, actor="claire")
    assert topics() == {pont: {"travaux"}, quai: frozenset()}


def test_it_is_told_why_an_article_is_of_a_topic(inst: Installation, now: datetime) -> None:
    [number] = kit.add_articles(inst, ["pont"], topics=frozenset({"local"}), now=now)
    kit.change(inst, Article, {"topics": frozenset({"cine-club"})}, id=number)
    edit_mlist(
        inst, "hebdo", topics=(("culture", "Culture"), ("local", "Valmont")),
        matches={"culture": "ciné*"}, now=now, actor="claire",
    )  # fmt: skip
    said = "\n".join(explain_article(inst, str(number), now=now).lines)
    assert "under culture (category cine-club, by cine*), local (as its source is)" in said
    assert list(show_article(inst, str(number)).topics["hebdo"]) == ["culture", "local"]
