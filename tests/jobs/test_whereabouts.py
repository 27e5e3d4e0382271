"""In which issues articles are, whatever database says so."""

from __future__ import annotations

import sqlalchemy as sa
from newsletter_kit import Install, add_readers

from newsletter.jobs.alerting import plan_alert, send_alert
from newsletter.jobs.drafting import draft_digest
from newsletter.jobs.parting import join_articles
from newsletter.jobs.whereabouts import issues_by_article, too_late_for
from newsletter.models import Issue, IssueState
from tests.jobs.curating_kit import BRIEF, add
from tests.jobs.paper_site import NOW


def test_an_issue_is_named_unless_it_was_cancelled_before_anybody_had_it(
    install: Install,
) -> None:
    inst = install()
    one = add(inst, slug="hebdo").id
    draft_digest(inst, "hebdo", now=NOW, actor="editor")
    other = add(inst, BRIEF, "hebdo").id
    for state, words, late in (
        (IssueState.DRAFT, ["in the draft hebdo/1"], []),
        (IssueState.SENDING, ["goes out with hebdo/1"], ["hebdo/1"]),
        (IssueState.SENT, ["sent with hebdo/1"], ["hebdo/1"]),
        (IssueState.CANCELLED, [], []),
    ):
        with inst.database.write() as session:
            session.execute(sa.update(Issue).values(state=state))
        found = issues_by_article(inst, [one, other], now=NOW)
        assert [issue.words for issue in found.get(one, ())] == words
        assert other not in found
        assert [issue.label for issue in too_late_for(inst, str(one))] == late
        assert too_late_for(inst, str(one), slug="mairie") == []


def test_drafts_are_named_first_and_which_of_two_that_are_one_they_leave_out(
    install: Install,
) -> None:
    inst = install()
    one, two = add(inst, slug="hebdo").id, add(inst, BRIEF, "hebdo").id
    add_readers(inst, 1, alerts=True, now=NOW)
    about = {"subject": "Attention", "body": "Le quai est fermé.", "article": str(two)}
    send_alert(inst, plan_alert(inst, "hebdo", **about, now=NOW), now=NOW, actor="editor")
    draft_digest(inst, "hebdo", now=NOW, actor="editor")
    join_articles(inst, str(one), str(two), now=NOW, actor="editor")
    found = issues_by_article(inst, [one, two], now=NOW)
    assert {article: [issue.words for issue in issues] for article, issues in found.items()} == {
        one: ["in the draft hebdo/2"],
        two: ["to be left out of the draft hebdo/2", "goes out with hebdo/1"],
    }
