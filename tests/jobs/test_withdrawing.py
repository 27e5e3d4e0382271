"""What is withdrawn leaves drafts and archive, and who got it can be told; on both databases."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from newsletter_kit import Install, add_articles, add_readers, change, the_issue

from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import alerting, curating, drafting, steering
from newsletter.jobs.withdrawing import Reader, is_public, who_got, withdraw
from newsletter.mail.message import Template
from newsletter.models import (
    Article,
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueState,
    Variant,
)
from subscribers.lists import find_list

PONT, FANFARE, MARCHE = (
    "Le pont de l’Écluse rouvre enfin samedi à dix heures",
    "La fanfare cherche deux clarinettes",
    "Le marché change de place",
)


def weekly(
    inst: Installation, titles: Sequence[str], now: datetime, *, intro: str = "", readers: int = 2
) -> tuple[Issue, list[int]]:
    """A frozen digest of these articles, the first one foremost."""
    add_readers(inst, readers, now=now)
    ids = add_articles(inst, titles, now=now)
    for place, article in enumerate(ids):
        curating.pin(inst, "hebdo", str(article), position=place, now=now, actor="test")
    issue = drafting.draft_digest(inst, "hebdo", intro=intro, now=now, actor="test").issue
    return steering.approve(inst, str(issue.id), now=now, actor="test"), ids


def variants(inst: Installation, issue: Issue) -> list[Variant]:
    with inst.database.read() as session:
        query = sa.select(Variant).where(Variant.issue_id == issue.id).order_by(Variant.id)
        return list(session.scalars(query))


def text(page: str) -> str:
    return " ".join(
        html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.S)).split()
    )


def test_a_withdrawn_article_is_cut_out_of_the_page_and_of_all_that_names_it(
    inst: Installation, now: datetime
) -> None:
    intro = f"Cette semaine : [le pont](https://valmont.example/{PONT.replace(' ', '%20')})."
    issue, ids = weekly(inst, [PONT, FANFARE, MARCHE], now, intro=intro)
    [before] = variants(inst, issue)
    assert "pont de" in before.subject
    gone = withdraw(inst, str(ids[0]), now=now, actor="test")
    assert (gone.pages, gone.paused) == (("hebdo/1",), ("hebdo/1",))
    [after] = variants(inst, issue)
    assert "pont" not in after.page.casefold()
    assert "Un article a été retiré de ce numéro." in text(after.page)
    assert FANFARE in text(after.page)
    assert MARCHE in text(after.page)
    assert "Nº\u00a01" in after.page
    assert after.subject == "Le Courrier de Valmont nº\u00a01"
    assert f"<title>{after.subject}</title>" in after.page.replace("&nbsp;", "\u00a0")
    # What goes out, should an editor resume it, is byte for byte what was made.
    assert after.template == before.template
    assert "pont" in str(Template.from_json(after.template).segments)


def test_the_rest_of_the_issue_stays_as_it_was(inst: Installation, now: datetime) -> None:
    issue, ids = weekly(inst, [PONT, FANFARE, MARCHE], now, intro="Bonne lecture à tous.")
    [before] = variants(inst, issue)
    withdraw(inst, str(ids[1]), now=now, actor="test")
    [after] = variants(inst, issue)
    assert after.subject == before.subject
    assert "fanfare" not in after.page
    for kept in ("Bonne lecture à tous.", PONT, MARCHE, f"<title>{before.subject}"):
        assert kept in html.unescape(after.page)
    withdraw(inst, str(ids[2]), now=now, actor="test")
    [last] = variants(inst, issue)
    assert text(last.page).count("Un article a été retiré de ce numéro.") == 2
    assert PONT in text(last.page)


def test_a_page_whose_template_marks_nothing_is_given_up_whole(
    install: Install, now: datetime, tmp_path: Path
) -> None:
    inst = install()
    issue, ids = weekly(inst, [PONT, FANFARE], now)
    [made] = variants(inst, issue)
    bare = re.sub(r"<!--/?(article|intro|glance)-->", "", made.page)
    change(inst, Variant, {"page": bare}, id=made.id)
    withdraw(inst, str(ids[1]), now=now, actor="test")
    [after] = variants(inst, issue)
    assert "fanfare" not in after.page
    assert "Ce numéro n’est plus affiché" in after.page
    assert after.subject == "Le Courrier de Valmont nº\u00a01"


def test_a_page_that_still_names_the_article_is_given_up_whole(
    inst: Installation, now: datetime
) -> None:
    issue, ids = weekly(inst, [PONT, FANFARE], now)
    [made] = variants(inst, issue)
    contents = made.page.replace("</body>", f"<p>Au sommaire : {FANFARE}</p></body>")
    change(inst, Variant, {"page": contents}, id=made.id)
    withdraw(inst, str(ids[1]), now=now, actor="test")
    assert "Ce numéro n’est plus affiché" in variants(inst, issue)[0].page


def test_an_alert_about_it_says_nothing_more(inst: Installation, now: datetime) -> None:
    add_readers(inst, 1, now=now, alerts=True)
    [article] = add_articles(inst, [PONT], now=now)
    plan = alerting.plan_alert(
        inst, "hebdo", subject="Le pont est fermé", body="La rivière monte.",
        article=f"https://valmont.example/{PONT}", now=now,
    )  # fmt: skip
    issue = alerting.send_alert(inst, plan, now=now, actor="test")
    withdraw(inst, str(article), now=now, actor="test")
    [after] = variants(inst, issue)
    assert "Cette alerte a été retirée." in text(after.page)
    assert not re.search(r"pont|rivière", after.page)
    assert after.subject == "Le Courrier de Valmont nº\u00a01"
    assert the_issue(inst, issue.id).state is IssueState.PAUSED


def test_no_alert_is_made_about_what_was_withdrawn(inst: Installation, now: datetime) -> None:
    add_readers(inst, 1, now=now, alerts=True)
    [article] = add_articles(inst, [PONT], now=now)
    about = {"subject": "Le pont", "body": "Il ferme.", "now": now}
    plan = alerting.plan_alert(inst, "hebdo", article=f"https://valmont.example/{PONT}", **about)
    withdraw(inst, str(article), now=now, actor="test")
    with pytest.raises(Refused, match="was withdrawn"):
        alerting.plan_alert(inst, "hebdo", article=f"https://valmont.example/{PONT}", **about)
    with pytest.raises(Refused, match="was withdrawn"):  # it was planned before, and sent after
        alerting.send_alert(inst, plan, now=now, actor="test")
    with inst.database.write() as session:
        assert session.scalars(sa.select(Issue)).all() == []  # and no draft is left behind
        mlist = find_list(session, "hebdo")
        issue = drafting.new_issue(session, mlist, IssueKind.ALERT, nominal_at=now, now=now)
        issue.subject, issue.body, issue.article_id = "Le pont", "Il ferme.", article
    with pytest.raises(Refused, match="issue cancel"):  # a draft that somebody had made before
        steering.approve(inst, str(issue.id), now=now, actor="test")


def test_who_got_it_is_named_and_nobody_else(inst: Installation, now: datetime) -> None:
    add_readers(inst, 1, name="paul", now=now, topics=frozenset({"sport"}))
    issue, ids = weekly(inst, [PONT], now, readers=3)
    change(inst, Delivery, {"state": DeliveryState.SENT, "first_marked_at": now}, issue_id=issue.id)
    change(inst, Delivery, {"state": DeliveryState.FAILED}, address="reader1@valmont.example")
    change(inst, Delivery, {"address": ""}, address="reader2@valmont.example")
    gone = withdraw(inst, str(ids[0]), now=now, actor="test")
    assert gone.reached == (("hebdo/1", 3),)
    got = list(who_got(inst, str(ids[0])))
    assert [(r.issue, r.address, r.state) for r in got] == [
        ("hebdo/1", "paul0@valmont.example", "sent"),
        ("hebdo/1", "reader0@valmont.example", "sent"),
        ("hebdo/1", "", "sent"),
    ]
    assert isinstance(got[0], Reader)
    assert got[0].sent_at == now


def test_withdrawing_twice_changes_nothing_and_lets_a_resumed_issue_go_on(
    inst: Installation, now: datetime
) -> None:
    issue, ids = weekly(inst, [PONT, FANFARE], now)
    assert withdraw(inst, str(ids[0]), now=now, actor="test").is_new
    steering.resume(inst, str(issue.id), now=now, actor="test")
    before = variants(inst, issue)[0].page
    again = withdraw(inst, str(ids[0]), now=now, actor="test")
    assert (again.is_new, again.paused, again.pages) == (False, (), ())
    assert the_issue(inst, issue.id).state is IssueState.FROZEN
    assert variants(inst, issue)[0].page == before


def test_only_what_was_not_withdrawn_is_public(inst: Installation, now: datetime) -> None:
    ids = add_articles(inst, [PONT, FANFARE], now=now)
    withdraw(inst, str(ids[0]), now=now, actor="test")
    with inst.database.read() as session:
        assert session.scalars(sa.select(Article.id).where(is_public())).all() == [ids[1]]
