"""What a digest may carry, until when, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from newsletter.compose.choose import Reason
from newsletter.installation import Installation
from newsletter.jobs.candidates import article_views, candidates
from newsletter.jobs.collecting import add_source, collect
from newsletter.jobs.curating import list_articles
from newsletter.jobs.drafting import draft_digest
from newsletter.models import Article, Base, Carried, Issue, IssueKind, IssueState, Schedule
from subscribers.models import MailingList
from tests.jobs.curating_kit import POTAGER, add
from tests.jobs.paper_site import NOW, serve, two_lists

inst = two_lists


def insert(inst: Installation, *rows: Base) -> None:
    with inst.database.write() as session:
        session.add_all(rows)


def weekly(inst: Installation) -> MailingList:
    with inst.database.read() as session:
        return session.scalars(sa.select(MailingList).where(MailingList.slug == "weekly")).one()


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


def test_a_day_alone_begins_at_midnight_where_its_list_is(inst: Installation) -> None:
    add(inst, POTAGER.replace("2026-03-19", "2026-03-27"))
    begins = datetime(2026, 3, 26, 23, 0, tzinfo=UTC)  # midnight there
    (row,) = list_articles(inst, slug="weekly", now=begins - timedelta(minutes=1))
    assert row.why.startswith("waits: it is dated 2026-03-27 00:00 (Europe/Paris)")
    (row,) = list_articles(inst, slug="weekly", now=begins)
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
