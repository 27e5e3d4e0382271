"""What an editor does with articles, on real tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.compose.choose import Reason
from newsletter.errors import CollectError, NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.candidates import article_views, candidates
from newsletter.jobs.collecting import add_source, collect
from newsletter.jobs.curating import (
    add_article,
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
from newsletter.jobs.explaining import explain_article
from newsletter.jobs.relisting import edit_mlist
from newsletter.models import (
    Article,
    Base,
    Carried,
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueState,
    Schedule,
    Variant,
)
from subscribers.models import AuditEvent, ExcerptStyle, MailingList, Subscriber
from tests.jobs.paper_site import NOW, installation, serve

POTAGER = """---
title: Le potager de l'école
url: https://valmont.example/potager
date: 2026-03-19
topics: [Culture]
image: {url: https://valmont.example/radis.jpg, alt: Des radis}
---
Les élèves récoltent leurs premiers radis.

La vente a lieu samedi.
"""
BRIEF = "# Concert\n\nLa fanfare joue dimanche à onze heures."
BY = {"now": NOW, "actor": "editor"}


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    opened = installation(tmp_path, "weekly", "alerts")
    yield opened
    opened.close()


def add(inst: Installation, markdown: Path | str = POTAGER, slug: str = "weekly") -> Article:
    return add_article(inst, slug, markdown, now=NOW, actor="editor").article


def due(inst: Installation, slug: str = "weekly") -> dict[str, bool | None]:
    return {row.title: row.due for row in list_articles(inst, slug=slug, now=NOW)}


def insert(inst: Installation, *rows: Base) -> None:
    with inst.database.write() as session:
        session.add_all(rows)


def weekly(inst: Installation) -> MailingList:
    with inst.database.read() as session:
        return session.scalars(sa.select(MailingList).where(MailingList.slug == "weekly")).one()


def test_an_article_by_hand_is_stored_once_and_on_offer(inst: Installation, tmp_path: Path) -> None:
    file = tmp_path / "potager.md"
    file.write_text(POTAGER, "utf-8")
    first = add_article(inst, "weekly", file, now=NOW, actor="editor")
    again = add_article(inst, "weekly", POTAGER, now=NOW, actor="editor")
    assert (first.is_new, first.offered) == (True, True)
    assert (again.article.id, again.is_new, again.offered) == (first.article.id, False, False)
    assert due(inst) == {"Le potager de l'école": True}
    article = show_article(inst, "https://valmont.example/potager?utm_source=mail").article
    assert article.url == "https://valmont.example/potager"
    assert article.image == {
        "url": "https://valmont.example/radis.jpg",
        "alt": "Des radis",
        "width": None,
        "height": None,
    }


def test_an_article_without_address_is_known_by_its_words(inst: Installation) -> None:
    assert add(inst, BRIEF).id == add(inst, BRIEF).id
    assert add(inst, BRIEF.replace("onze", "douze")).id != add(inst, BRIEF).id
    assert add(inst, BRIEF).title == "Concert"


def test_a_corrected_file_corrects_the_article(inst: Installation) -> None:
    before = add(inst)
    after = add(inst, POTAGER.replace("premiers", "tout premiers"))
    assert after.id == before.id
    assert "tout premiers" in after.content_html


def test_what_is_no_article_is_refused_by_name(inst: Installation, tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="no such file"):
        add(inst, tmp_path / "missing.md")
    with pytest.raises(Refused, match="is a draft"):
        add(inst, POTAGER.replace("title:", "draft: true\ntitle:"))
    with pytest.raises(Refused, match="front matter"):
        add(inst, "---\ntitle: [\n---\nBonjour")
    with pytest.raises(Refused, match="has no title"):
        add(inst, "Bonjour à tous.")


def test_a_key_makes_a_repeated_call_the_same_call(inst: Installation) -> None:
    first = add_article(inst, "weekly", POTAGER, key="cms-17", **BY)
    assert (first.is_new, first.offered, first.changed) == (True, True, True)
    again = add_article(inst, "weekly", POTAGER, key="cms-17", **BY)
    assert (again.article.id, again.changed) == (first.article.id, False)
    # What an editor decided meanwhile is not undone by a repeated call …
    skip(inst, "weekly", str(first.article.id), **BY)
    assert not add_article(inst, "weekly", POTAGER, key="cms-17", **BY).changed
    assert due(inst) == {"Le potager de l'école": False}
    # … and the list's twin is offered what only the first was.
    assert add_article(inst, "alerts", POTAGER, key="cms-17", **BY).offered


def test_a_known_key_with_another_text_is_an_edit(inst: Installation) -> None:
    first = add_article(inst, "weekly", BRIEF, key="brève 3", **BY).article
    edited = add_article(inst, "weekly", BRIEF.replace("onze", "douze"), key="brève 3", **BY)
    assert (edited.article.id, edited.is_new, edited.edited) == (first.id, False, True)
    assert "douze" in edited.article.content_html
    assert [event["what"] for event in edited.article.history] == ["edited"]
    told = explain_article(inst, str(first.id), now=NOW).lines
    assert any("as key:brève 3" in line for line in told)


def test_a_key_is_refused_for_another_article(inst: Installation) -> None:
    known = add_article(inst, "weekly", POTAGER, key="cms-17", **BY).article
    other = "---\ntitle: Le pont rouvre\nurl: https://valmont.example/pont\n---\nOn passe samedi."
    with pytest.raises(Refused, match=f"article {known.id}, 'Le potager de l'école'"):
        add_article(inst, "weekly", other, key="cms-17", **BY)
    assert show_article(inst, str(known.id)).article.title == "Le potager de l'école"
    for key in ("", " ", "a\nb", "x" * 201):
        with pytest.raises(Refused, match="printable characters"):
            add_article(inst, "weekly", other, key=key, **BY)
    assert add_article(inst, "weekly", other, key="x" * 200, **BY).is_new


def test_a_key_names_an_article_that_was_added_without_one(inst: Installation) -> None:
    first = add(inst)
    named = add_article(inst, "weekly", POTAGER, key="cms-17", **BY)
    assert (named.article.id, named.is_new) == (first.id, False)
    moved = POTAGER.replace("/potager", "/ecole/potager")
    assert add_article(inst, "weekly", moved, key="cms-17", **BY).article.id == first.id


def test_adding_by_hand_offers_what_was_counted_as_seen(inst: Installation) -> None:
    with serve() as site:
        url = site.rss("/feed", *(site.item(n) for n in range(1, 8)))
        add_source(inst, url, slug="weekly", allow_private=True, now=NOW, actor="editor")
        collect(inst, now=NOW)
        text = f"---\ntitle: Nouvelle 7\nurl: {site.url}/articles/7\n---\nLa fanfare."
        added = add_article(inst, "weekly", text, now=NOW, actor="editor")
    assert (added.is_new, added.offered) == (False, True)
    assert due(inst)["Nouvelle 7"] is True


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
    assert not pin(inst, "weekly", str(old.id), position=1, now=year, actor="editor")
    assert unpin(inst, "weekly", str(old.id), now=year, actor="editor")


def test_a_pin_brings_back_what_its_source_no_longer_has(inst: Installation) -> None:
    article = add(inst)
    with inst.database.write() as session:
        session.get_one(Article, article.id).removed_at = NOW
    (row,) = list_articles(inst, slug="weekly", only="held", now=NOW)
    assert row.why == "left out: its source no longer has it"
    assert pin(inst, "weekly", str(article.id), **BY)
    assert list_articles(inst, slug="weekly", only="held", now=NOW) == []
    (row,) = list_articles(inst, slug="weekly", only="due", now=NOW)
    assert (row.place, row.pinned, row.why) == (1, True, "taken: an editor pinned it")


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


def test_pinning_in_another_list_offers_it_there(inst: Installation) -> None:
    article = add(inst)
    pin(inst, "alerts", str(article.id), **BY)
    assert due(inst, "alerts") == {"Le potager de l'école": True}


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


def test_a_pin_is_refused_where_it_would_bring_nothing(inst: Installation) -> None:
    ref = str(add(inst).id)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    assert pin(inst, "weekly", ref, **BY)  # the draft may still be made anew
    unpin(inst, "weekly", ref, **BY)
    with inst.database.write() as session:
        session.execute(sa.update(Issue).values(state=IssueState.SENT))
    with pytest.raises(Refused, match="does not come again in 'weekly': weekly/1 carried it"):
        pin(inst, "weekly", ref, **BY)
    assert not unpin(inst, "weekly", ref, **BY)


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


def test_an_unknown_article_is_told_with_the_remedy(inst: Installation) -> None:
    for ref in ("99", "https://valmont.example/nothing", "9" * 30):
        with pytest.raises(NotFound, match="see 'article ls'"):
            show_article(inst, ref)


def test_what_went_out_as_an_alert_is_known_to_the_digest(inst: Installation) -> None:
    article, mlist = add(inst), weekly(inst)
    usual = {"mlist_id": mlist.id, "kind": IssueKind.ALERT, "nominal_at": NOW, "created_at": NOW}
    insert(inst, Issue(number=1, article_id=article.id, state=IssueState.DRAFT, **usual))
    with inst.database.read() as session:
        schedule = session.scalars(sa.select(Schedule).where(Schedule.mlist_id == mlist.id)).one()
        assert candidates(session, schedule, NOW)[0].alerted_in is None
    insert(
        inst,
        Issue(number=2, article_id=article.id, state=IssueState.SENT, frozen_at=NOW, **usual),
    )
    (row,) = list_articles(inst, slug="weekly", now=NOW)
    assert row.why == "taken, and marked: it went out as an alert in weekly/2"


def test_what_a_schedule_carried_is_told_only_when_asked_for(inst: Installation) -> None:
    article, mlist = add(inst), weekly(inst)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    with inst.database.read() as session:
        assert session.scalars(sa.select(Carried.article_id)).all() == [article.id]
        schedule = session.scalars(sa.select(Schedule).where(Schedule.mlist_id == mlist.id)).one()
        assert candidates(session, schedule, NOW) == []
        (found,) = candidates(session, schedule, NOW, only=[article.id])
    assert found.carried_in == "weekly/1"


def test_a_future_date_holds_an_article_until_its_day(inst: Installation) -> None:
    add(inst, POTAGER.replace("2026-03-19", "2026-03-27"))
    (row,) = list_articles(inst, slug="weekly", now=NOW)
    assert row.why.startswith("waits: it is dated 2026-03-27")
    (row,) = list_articles(inst, slug="weekly", now=NOW + timedelta(days=8))
    assert row.due


def test_an_article_dated_far_ahead_is_not_too_old_when_its_day_comes(
    inst: Installation,
) -> None:
    add(inst, POTAGER.replace("2026-03-19", "2026-05-10"))
    (row,) = list_articles(inst, slug="weekly", now=NOW + timedelta(days=52))
    assert row.due


def test_an_article_too_old_is_named_for_a_while_and_then_no_more(inst: Installation) -> None:
    add(inst)
    with inst.database.read() as session:
        schedule = session.scalars(sa.select(Schedule)).first()
        assert schedule is not None
        assert len(candidates(session, schedule, NOW + timedelta(days=36))) == 1
        assert candidates(session, schedule, NOW + timedelta(days=50)) == []
    (row,) = list_articles(inst, slug="weekly", now=NOW + timedelta(days=50))
    assert row.why == "left out: it has been on offer for 50 days, more than 35"
    assert Reason.TOO_OLD.value == "too_old"


def test_articles_name_their_source_where_a_list_has_several(inst: Installation) -> None:
    with serve() as site:
        for name in ("Gazette", "Courrier"):
            url = site.rss(f"/{name}", site.item(len(name)), title=name)
            add_source(inst, url, slug="weekly", allow_private=True, now=NOW, actor="editor")
        collect(inst, now=NOW)
    mlist = weekly(inst)
    with inst.database.read() as session:
        ids = list(session.scalars(sa.select(Article.id).order_by(Article.title)))
        views = article_views(session, ids, session.merge(mlist))
    assert [view.source for view in views] == ["Gazette", "Courrier"]
