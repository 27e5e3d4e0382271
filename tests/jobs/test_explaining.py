"""Why an article is in or not, and why a list sent what it sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs.collecting import add_source, collect
from newsletter.jobs.curating import add_article, skip, withdraw
from newsletter.jobs.drafting import draft_digest
from newsletter.jobs.explaining import Explanation, explain_article, explain_issue
from newsletter.models import Article, Schedule, Slot, SlotState
from tests.jobs.paper_site import NOW, Answer, Site, serve, two_lists

inst = two_lists


@pytest.fixture
def site(inst: Installation) -> Iterator[Site]:
    with serve() as running:
        url = running.rss("/feed", *(running.item(n) for n in range(1, 8)))
        add_source(
            inst, url, slug="weekly", name="courier", allow_private=True, now=NOW, actor="editor"
        )
        collect(inst, now=NOW)
        yield running


def article(inst: Installation, title: str) -> str:
    with inst.database.read() as session:
        return str(session.scalars(sa.select(Article.id).where(Article.title == title)).one())


def said(told: Explanation, words: str) -> bool:
    return any(words in line for line in told.lines)


def test_an_article_tells_where_it_was_seen_and_what_the_next_slot_would_do(
    inst: Installation, site: Site
) -> None:
    told = explain_article(inst, article(inst, "Nouvelle 1"), now=NOW)
    assert said(told, "first seen in source 'courier' on 2026-03-20 08:00 (UTC)")
    assert said(told, "weekly: on offer, since 2026-03-20 08:00 (UTC)")
    assert said(told, "schedule 'weekly', next slot 2026-03-27 08:00 (Europe/Paris): taken:")
    assert [t.reason for t in told.articles] == ["due"]


def test_a_seeded_article_says_so(inst: Installation, site: Site) -> None:
    told = explain_article(inst, f"{site.url}/articles/7", now=NOW)
    assert said(told, "counted as seen")
    assert said(told, "left out: it was there before this list began")


def test_an_article_tells_all_that_became_of_it(inst: Installation, site: Site) -> None:
    ref = article(inst, "Nouvelle 1")
    again = "Nouvelle 1, et ses fanfares"
    steps = [
        [site.item(1, title=again), *(site.item(n) for n in range(2, 8))],
        [site.item(1, title=again, age=timedelta(minutes=5)), *(site.item(n) for n in range(2, 8))],
        [site.item(n) for n in range(2, 8)],
    ]
    for hour, items in enumerate(steps, 1):
        site.rss("/feed", *items)
        collect(inst, now=NOW + timedelta(hours=hour))
    now = NOW + timedelta(hours=4)
    told = explain_article(inst, ref, now=now)
    assert said(told, "first seen in source 'courier' on 2026-03-20 08:00 (UTC), taken away there")
    assert said(told, "taken away there after 2026-03-20 10:00 (UTC), as ")
    assert said(told, "09:00 (UTC): edited at its source (title); it was called 'Nouvelle 1'")
    assert said(told, "10:00 (UTC): re-dated by its source, from 2026-03-20 07:00 (UTC) to ")
    assert said(told, "11:00 (UTC): taken away from source 'courier': held back")
    assert said(told, "held back since 2026-03-20 11:00 (UTC): its source took it away")
    assert said(told, "weekly: offered, but held back, since 2026-03-20 08:00 (UTC)")
    assert said(told, "left out: its source no longer has it")
    site.rss("/feed", *steps[1])
    collect(inst, now=now)
    told = explain_article(inst, ref, now=now)
    assert said(told, "still there on 2026-03-20 12:00 (UTC), as ")
    assert said(told, "12:00 (UTC): in source 'courier' again")
    assert [t.reason for t in told.articles] == ["due"]


def test_what_was_held_says_so_and_not_that_it_was_there_before(
    inst: Installation, site: Site
) -> None:
    old = (site.item(n, age=timedelta(days=n)) for n in range(100, 130))
    site.rss("/feed", *old, site.item(1))
    collect(inst, now=NOW + timedelta(hours=1))
    told = explain_article(inst, article(inst, "Nouvelle 100"), now=NOW + timedelta(hours=1))
    assert said(told, "held: source 'courier' showed 30 old articles at once")
    assert said(told, "weekly: counted as seen: it was held, with the other old ones")


def test_a_list_that_was_never_offered_an_article_says_so(inst: Installation, site: Site) -> None:
    told = explain_article(inst, article(inst, "Nouvelle 1"), slug="alerts", now=NOW)
    assert said(told, "alerts: never offered")
    assert not said(told, "weekly:")


def test_an_article_tells_which_issue_carried_it(inst: Installation, site: Site) -> None:
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    told = explain_article(inst, article(inst, "Nouvelle 1"), now=NOW)
    assert said(told, "weekly/1 (digest, draft): carries it as number 1")
    assert said(told, "left out: weekly/1, a draft, has it")


def test_an_article_by_hand_is_known_by_its_words(inst: Installation) -> None:
    text = "# Concert\n\nLa fanfare joue dimanche à onze heures."
    ref = str(add_article(inst, "weekly", text, now=NOW, actor="editor").article.id)
    assert said(explain_article(inst, ref, now=NOW), ", known by its words")


def test_a_withdrawn_article_tells_it(inst: Installation, site: Site) -> None:
    ref = article(inst, "Nouvelle 1")
    withdraw(inst, ref, now=NOW, actor="editor")
    assert said(explain_article(inst, ref, now=NOW), "withdrawn by an editor on 2026-03-20")


def test_an_issue_tells_every_decision_with_its_reason(inst: Installation, site: Site) -> None:
    skip(inst, "weekly", article(inst, "Nouvelle 2"), now=NOW, actor="editor")
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    told = explain_issue(inst, "weekly/1", now=NOW)
    assert [t.title for t in told.articles if t.taken] == [f"Nouvelle {n}" for n in (1, 3, 4, 5)]
    assert said(told, "Nouvelle 2: left out: an editor skipped it")
    assert said(told, "waits for 'newsletter issue approve weekly/1'")


def test_a_list_tells_what_comes_next_and_why_nothing_went_out(
    inst: Installation, site: Site
) -> None:
    told = explain_issue(inst, "weekly", now=NOW)
    assert said(told, "as things stand, no issue: nobody would get its 5 articles")
    assert len([t for t in told.articles if t.taken]) == 5
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    with inst.database.write() as session:
        schedule = session.scalars(sa.select(Schedule).order_by(Schedule.id)).first()
        assert schedule is not None
        session.add(
            Slot(
                schedule_id=schedule.id,
                nominal="2026-03-13T08:00",
                due_at=NOW - timedelta(days=7),
                state=SlotState.EMPTY,
                reason="nothing new",
                decided_at=NOW,
            )
        )
    site.answers["/feed"] = Answer(status=500)
    collect(inst, now=NOW)
    told = explain_issue(inst, "weekly", now=NOW)
    assert said(told, "weekly/1 is draft: ")
    assert said(told, "as things stand, no issue: nothing new")
    assert said(told, "slot 2026-03-13 08:00 was empty: nothing new")
    assert said(told, "source 'courier' could not be read since 2026-03-20 09:00 (Europe/Paris)")


def test_what_does_not_exist_is_told(inst: Installation) -> None:
    with pytest.raises(NotFound):
        explain_issue(inst, "weekly/9", now=NOW)
    with pytest.raises(NotFound):
        explain_article(inst, "9", now=NOW)


def test_an_article_that_feeds_no_list_says_so(inst: Installation) -> None:
    added = add_article(inst, "alerts", "# Concert\n\nDimanche.", now=NOW, actor="editor")
    told = explain_article(inst, str(added.article.id), now=NOW)
    assert said(told, "alerts: on offer")
    assert said(told, "it has no address")
