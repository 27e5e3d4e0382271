"""What an editor does with articles: lists, skips, pins, rewords and withdraws them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from newsletter.errors import NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.candidates import article_views
from newsletter.jobs.curating import (
    edit_article,
    list_articles,
    own_words_in,
    pin,
    show_article,
    skip,
    unpin,
    unskip,
    withdraw,
)
from newsletter.jobs.drafting import draft_digest
from newsletter.jobs.relisting import edit_mlist
from newsletter.models import Article, Delivery, DeliveryState, Issue, IssueState, Variant
from subscribers.models import AuditEvent, ExcerptStyle, MailingList, Subscriber
from tests.jobs.curating_kit import BRIEF, BY, POTAGER, add, due
from tests.jobs.paper_site import NOW, two_lists

inst = two_lists


def test_articles_are_listed_with_the_reason_for_each(inst: Installation) -> None:
    one, two = add(inst), add(inst, BRIEF)
    skip(inst, "weekly", str(two.id), **BY)
    rows = list_articles(inst, slug="weekly", now=NOW)
    assert [(row.title, row.why) for row in rows] == [
        ("Le potager de l'école", "taken: no issue of this schedule has carried it yet"),
        ("Concert", "left out: an editor skipped it"),
    ]
    assert rows[0].lists == (("weekly", "offered"),)
    assert [row.article.id for row in list_articles(inst, now=NOW)] == [two.id, one.id]


def test_a_list_is_told_in_the_order_of_its_issue_with_pins_and_topics(inst: Installation) -> None:
    topical = POTAGER.replace("Le potager", "Le verger").replace("/potager", "/verger")
    ids = [add(inst).id, add(inst, BRIEF).id, add(inst, topical).id]
    pin(inst, "weekly", str(ids[1]), position=2, **BY)
    pin(inst, "weekly", str(ids[2]), position=1, **BY)
    rows = list_articles(inst, slug="weekly", now=NOW)
    assert [(row.article.id, row.place, row.position) for row in rows] == [
        (ids[2], 1, 1), (ids[1], 2, 2), (ids[0], 3, None),
    ]  # fmt: skip
    assert rows[0].why == "taken: an editor pinned it, at position 1"
    assert list_articles(inst, now=NOW)[0].topics == ("culture",)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    assert list_articles(inst, slug="weekly", only="held", now=NOW) == []  # they were carried


def test_an_unknown_article_is_told_with_the_remedy(inst: Installation) -> None:
    for ref in ("99", "https://valmont.example/nothing", "9" * 30):
        with pytest.raises(NotFound, match="see 'article ls'"):
            show_article(inst, ref)


def test_skipping_can_be_taken_back(inst: Installation) -> None:
    ref = str(add(inst).id)
    assert skip(inst, "weekly", ref, **BY)
    assert not skip(inst, "weekly", ref, **BY)
    with inst.database.read() as session:
        verbs = session.scalars(sa.select(AuditEvent.verb)).all()
    assert verbs == ["article.add", "article.skip"]
    with pytest.raises(Refused, match="--undo"):
        pin(inst, "weekly", ref, **BY)
    assert due(inst) == {"Le potager de l'école": False}
    assert unskip(inst, "weekly", ref, **BY)
    assert not unskip(inst, "weekly", ref, **BY)
    assert due(inst) == {"Le potager de l'école": True}


def test_a_skipped_article_leaves_the_draft_and_unskipped_is_due_again(
    inst: Installation,
) -> None:
    ref = str(add(inst).id)
    add(inst, BRIEF)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    skip(inst, "weekly", ref, **BY)
    with inst.database.read() as session:
        issue = session.scalars(sa.select(Issue)).one()
        assert [c.reason for c in issue.choices if c.position is None] == ["skipped"]
    unskip(inst, "weekly", ref, **BY)
    assert due(inst)["Le potager de l'école"] is True


def test_a_pinned_article_comes_first_however_old(inst: Installation) -> None:
    old, _ = add(inst), add(inst, BRIEF)
    year = NOW + timedelta(days=365)
    pin(inst, "weekly", str(old.id), position=1, now=year, actor="editor")
    rows = list_articles(inst, slug="weekly", now=year)
    assert (rows[0].title, rows[0].due) == ("Le potager de l'école", True)
    assert not pin(inst, "weekly", str(old.id), position=1, now=year, actor="editor").changed
    assert unpin(inst, "weekly", str(old.id), now=year, actor="editor").changed


def test_a_pin_brings_back_what_its_source_no_longer_has(inst: Installation) -> None:
    article = add(inst)
    with inst.database.write() as session:
        session.get_one(Article, article.id).removed_at = NOW
    (row,) = list_articles(inst, slug="weekly", only="held", now=NOW)
    assert row.why == "left out: its source no longer has it"
    assert pin(inst, "weekly", str(article.id), **BY).changed
    assert list_articles(inst, slug="weekly", only="held", now=NOW) == []
    (row,) = list_articles(inst, slug="weekly", only="due", now=NOW)
    assert (row.place, row.pinned, row.why) == (1, True, "taken: an editor pinned it")


def test_pinning_in_another_list_offers_it_there(inst: Installation) -> None:
    article = add(inst)
    pin(inst, "alerts", str(article.id), **BY)
    assert due(inst, "alerts") == {"Le potager de l'école": True}


def test_a_pin_is_refused_where_it_would_bring_nothing(inst: Installation) -> None:
    ref = str(add(inst).id)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    assert pin(inst, "weekly", ref, **BY).changed  # the draft may still be made anew
    unpin(inst, "weekly", ref, **BY)
    with inst.database.write() as session:
        session.execute(sa.update(Issue).values(state=IssueState.SENT))
    with pytest.raises(Refused, match="does not come again in 'weekly': weekly/1 carried it"):
        pin(inst, "weekly", ref, **BY)
    assert not unpin(inst, "weekly", ref, **BY).changed


def test_an_editors_words_win_and_can_be_taken_back(inst: Installation) -> None:
    ref = str(add(inst).id)
    edit_article(
        inst,
        ref,
        title="Radis !",
        excerpt="Un.\n\nDeux.",
        image="https://valmont.example/botte.jpg",
        image_alt="Une botte",
        **BY,
    )
    with inst.database.read() as session:
        mlist = session.scalars(sa.select(MailingList)).first()
        assert mlist is not None
        (view,) = article_views(session, [int(ref)], mlist)
    assert (view.title, view.excerpt) == ("Radis !", ("Un.", "Deux."))
    assert view.image is not None
    assert view.image.alt == "Une botte"
    assert edit_article(inst, ref, image="", **BY).override["image"] is None
    assert edit_article(inst, ref, reset=True, **BY).override == {}
    with pytest.raises(Refused, match="https://"):
        edit_article(inst, ref, image="javascript:alert(1)", **BY)


def test_one_paragraph_of_an_excerpt_can_be_said_otherwise(inst: Installation) -> None:
    ref = str(add(inst).id)
    name, shown = show_article(inst, ref).shown or ("", None)
    assert (name, shown and shown.excerpt) == (
        "weekly",
        ("Les élèves récoltent leurs premiers radis.", "La vente a lieu samedi."),
    )
    edit_article(inst, ref, paragraphs={2: "La vente a lieu dimanche.", 3: "Venez !"}, **BY)
    own = show_article(inst, ref).article.override
    again = {2: "La vente a lieu dimanche.", 3: "Venez !"}
    assert edit_article(inst, ref, paragraphs=again, **BY).override == own
    shown = (show_article(inst, ref, slug="alerts").shown or ("", None))[1]
    assert shown is not None
    assert shown.excerpt[1:] == ("La vente a lieu dimanche.", "Venez !")
    edit_article(inst, ref, paragraphs={1: ""}, **BY)
    assert edit_article(inst, ref, **BY).override["excerpt"].startswith("La vente")
    with pytest.raises(Refused, match="paragraph 4: article 1 has 2"):
        edit_article(inst, ref, paragraphs={4: "Trop loin."}, **BY)
    with pytest.raises(Refused, match="cannot go"):
        edit_article(inst, ref, paragraphs={1: "", 2: ""}, **BY)
    with pytest.raises(Refused, match="control characters"):
        edit_article(inst, ref, paragraphs={1: "\x1b[2J"}, **BY)


def test_a_paragraph_of_a_list_of_whole_texts_costs_nobody_the_text(inst: Installation) -> None:
    edit_mlist(inst, "weekly", excerpt_style=ExcerptStyle.FULL, now=NOW, actor="editor")
    ref = str(add(inst).id)
    assert own_words_in(inst, ref) == {}
    edit_article(inst, ref, paragraphs={2: "La vente a lieu dimanche.", 3: "Venez !"}, **BY)
    edit_article(inst, ref, paragraphs={1: "Les élèves récoltent des navets."}, **BY)
    shown = (show_article(inst, ref, slug="weekly").shown or ("", None))[1]
    assert shown is not None
    assert shown.text_html.replace("\n", "") == (
        "<p>Les élèves récoltent des navets.</p><p>La vente a lieu dimanche.</p><p>Venez !</p>"
    )
    assert own_words_in(inst, ref) == {"weekly": True}
    # An excerpt is said for all of it.
    assert "paragraphs" not in edit_article(inst, ref, excerpt="Des navets !", **BY).override
    assert own_words_in(inst, ref) == {"weekly": False}
    edit_article(inst, ref, paragraphs={1: "Des choux !"}, **BY)
    assert own_words_in(inst, ref) == {"weekly": False}
    assert edit_article(inst, ref, excerpt="", **BY).override == {}


def test_a_withdrawn_article_leaves_drafts_and_is_never_chosen_again(inst: Installation) -> None:
    ref = str(add(inst).id)
    add(inst, BRIEF)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    gone = withdraw(inst, ref, **BY)
    assert (gone.drafts, gone.paused, gone.reached) == (("weekly/1",), (), ())
    assert due(inst)["Le potager de l'école"] is False
    assert withdraw(inst, ref, **BY).drafts == ()
    with pytest.raises(Refused, match="was withdrawn"):
        add(inst)
    with pytest.raises(Refused, match="was withdrawn"):
        pin(inst, "weekly", ref, **BY)


def test_withdrawing_pauses_an_issue_under_way_and_counts_who_got_it(inst: Installation) -> None:
    article, other = add(inst), add(inst, BRIEF)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    with inst.database.write() as session:
        issue = session.scalars(sa.select(Issue)).one()
        issue.state = IssueState.SENDING
        keys = (f"fr:{article.id},{other.id}", f"fr:{other.id}")
        for number, key in enumerate(keys):
            variant = Variant(
                issue_id=issue.id, key=key, language="fr", subject="", template="{}", page=""
            )
            person = Subscriber(
                address=f"p{number}@valmont.example", created_at=NOW, changed_at=NOW
            )
            session.add_all([variant, person])
            session.flush()
            session.add(
                Delivery(
                    issue_id=issue.id,
                    variant_id=variant.id,
                    subscriber_id=person.id,
                    address=person.address or "",
                    key_id="k",
                    state=DeliveryState.SENT,
                )
            )
    gone = withdraw(inst, str(article.id), **BY)
    assert (gone.paused, gone.reached) == (("weekly/1",), (("weekly/1", 1),))
    with inst.database.read() as session:
        issue = session.scalars(sa.select(Issue)).one()
    assert issue.state is IssueState.PAUSED
    assert "withdrawn by editor" in issue.note
