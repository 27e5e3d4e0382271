"""What was withdrawn is read nowhere any more: not in the archive, not by the link of a mail."""

from __future__ import annotations

import sqlalchemy as sa
from valmont import NOW, Town

from newsletter.jobs import drafting, steering
from newsletter.jobs.adding import add_article
from newsletter.jobs.imprint import links_of
from newsletter.jobs.withdrawing import withdraw
from newsletter.models import Issue, IssueState, Variant

PONT = "---\ntitle: Le pont de l’Écluse rouvre samedi\n---\nOn passe à pied dès dix heures."
BAL = "---\ntitle: Le bal des pompiers\n---\nIl a lieu sous la halle."


def test_a_withdrawn_article_is_read_nowhere_any_more(town: Town) -> None:
    town.subscribe()
    by = {"now": NOW, "actor": "test"}
    bridge = add_article(town.inst, "hebdo", PONT, **by).article
    add_article(town.inst, "hebdo", BAL, **by)
    issue = drafting.draft_digest(town.inst, "hebdo", **by).issue
    steering.approve(town.inst, str(issue.id), **by)
    with town.inst.database.write() as session:
        session.execute(sa.update(Issue).values(state=IssueState.SENT))
        variant = session.scalars(sa.select(Variant.id)).one()
    links = links_of(town.inst)
    browser = links.browser(issue.id, variant).removeprefix("https://news.example.org")
    pages = ("/archive/hebdo", "/archive/hebdo/1", browser)
    shown = [town.client.get(path).text for path in pages]
    assert all("pont de l’Écluse" in page for page in shown[1:])
    withdraw(town.inst, str(bridge.id), **by)
    for path in pages:
        answer = town.client.get(path)
        assert answer.status_code == 200
        assert "Écluse" not in answer.text
        assert "à pied" not in answer.text
    for path in pages[1:]:
        assert "Un article a été retiré de ce numéro." in town.client.get(path).text
        assert "Le bal des pompiers" in town.client.get(path).text
