"""From a slot to an issue: once, with what is new, and when an editor lets it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from smtp_script import ScriptedServer
from sqlalchemy.orm import Session

from newsletter.compose.content import Rendered
from newsletter.delivery import books, marking, queue
from newsletter.delivery.policy import Next
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import alerting, auditing, drafting, freezing, sending, steering
from newsletter.jobs.publishing import Published, publish_due
from newsletter.jobs.scheduling import add_schedule, default_schedule, skip_slot
from newsletter.models import (
    Approval,
    Article,
    DeliveryState,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Schedule,
    Slot,
    SlotState,
    Variant,
)
from subscribers.lists import find_list
from subscribers.models import AfterAlert, MailingList

BEGIN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)  # a Monday
FRIDAY = datetime(2026, 11, 6, 7, 0, tzinfo=UTC)  # 8 o'clock in Paris
WEEK = timedelta(days=7)


@pytest.fixture
def inst(install: kit.Install) -> Installation:
    """The list "hebdo" with 3 readers, every Friday at 8; its first issue is behind it."""
    inst = install()
    weekly(inst, cron="0 8 * * fri", begins_at=BEGIN, name="weekly")
    kit.add_readers(inst, 3, now=BEGIN, alerts=True)
    kit.frozen_letter(inst, now=BEGIN)
    return inst


def weekly(inst: Installation, **values: object) -> None:
    kit.change(inst, Schedule, values)


def at(inst: Installation, now: datetime) -> list[Published]:
    return publish_due(inst, now=now)


def slots(inst: Installation) -> list[Slot]:
    with inst.database.read() as session:
        return list(session.scalars(sa.select(Slot).order_by(Slot.due_at)))


def issues(inst: Installation, kind: IssueKind = IssueKind.DIGEST) -> list[Issue]:
    with inst.database.read() as session:
        return list(session.scalars(sa.select(Issue).filter_by(kind=kind).order_by(Issue.id)))


def carried(inst: Installation, issue: Issue) -> set[int]:
    with inst.database.read() as session:
        return set(
            session.scalars(
                sa.select(IssueArticle.article_id).where(
                    IssueArticle.issue_id == issue.id, IssueArticle.position.is_not(None)
                )
            )
        )


def test_a_slot_becomes_one_issue_however_often_it_is_asked(inst: Installation) -> None:
    articles = kit.add_articles(inst, ["pont", "marche"], now=BEGIN)
    assert at(inst, FRIDAY - timedelta(seconds=1)) == []
    assert at(inst, FRIDAY)[0].state is SlotState.PUBLISHED
    for minutes in range(0, 120, 20):
        assert at(inst, FRIDAY + timedelta(minutes=minutes)) == []
    [issue] = issues(inst)
    assert issue.state is IssueState.FROZEN
    assert issue.audience == 3
    assert carried(inst, issue) == set(articles)
    [slot] = slots(inst)
    assert (slot.nominal, slot.issue_id) == ("2026-11-06T08:00", issue.id)


def test_two_schedulers_at_once_make_one_issue(inst: Installation) -> None:
    kit.add_articles(inst, ["pont"], now=BEGIN)
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def tick() -> None:
        start.wait()
        try:
            at(inst, FRIDAY)
        except BaseException as error:  # noqa: BLE001  # told below
            failed.append(error)

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    [issue] = issues(inst)
    assert kit.states(inst, issue.id) == {"queued": 3}
    assert len(slots(inst)) == 1


def test_slots_nobody_was_there_for_are_recorded_and_one_issue_is_made(
    inst: Installation,
) -> None:
    kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, FRIDAY + 3 * WEEK + timedelta(hours=1))
    states = [slot.state for slot in slots(inst)]
    assert states == [SlotState.MISSED] * 3 + [SlotState.PUBLISHED]
    assert slots(inst)[0].reason == "nobody was there within 12 h"
    assert len(issues(inst)) == 1
    at(inst, FRIDAY + 3 * WEEK + timedelta(hours=2))
    assert len(slots(inst)) == 4


def test_a_slot_overtaken_by_a_newer_one_says_so(inst: Installation) -> None:
    weekly(inst, cron="* * * * *")
    kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, BEGIN + timedelta(minutes=2, seconds=5))
    first, second = slots(inst)
    assert (first.state, second.state) == (SlotState.MISSED, SlotState.PUBLISHED)
    assert first.reason == f"overtaken by the slot of {second.nominal[-5:]}"


def test_beyond_the_grace_nothing_is_sent_late(inst: Installation) -> None:
    kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, FRIDAY + timedelta(hours=13))
    [slot] = slots(inst)
    assert slot.state is SlotState.MISSED
    assert issues(inst) == []


def test_nothing_new_makes_no_issue_and_says_why(inst: Installation) -> None:
    [said] = at(inst, FRIDAY)
    assert (said.state, said.number) == (SlotState.EMPTY, None)
    [slot] = slots(inst)
    assert slot.reason
    assert issues(inst) == []


def test_too_little_waits_for_more_and_nothing_is_repeated(inst: Installation) -> None:
    weekly(inst, minimum=2)
    first = kit.add_articles(inst, ["pont"], now=BEGIN)
    assert at(inst, FRIDAY)[0].state is SlotState.EMPTY
    second = kit.add_articles(inst, ["marche"], now=FRIDAY + timedelta(days=1))
    at(inst, FRIDAY + WEEK)
    at(inst, FRIDAY + 2 * WEEK)
    [issue] = issues(inst)
    assert carried(inst, issue) == {*first, *second}


def test_what_its_source_takes_away_before_the_freeze_is_left_out_and_may_come_again(
    inst: Installation,
) -> None:
    weekly(inst, approval=Approval.HOLD, hold_minutes=120)
    bridge, market = kit.add_articles(inst, ["pont", "marche"], now=BEGIN)
    at(inst, FRIDAY)
    kit.change(inst, Article, {"removed_at": FRIDAY}, id=bridge)
    at(inst, FRIDAY + timedelta(minutes=121))
    [issue] = issues(inst)
    assert issue.state is IssueState.FROZEN
    with inst.database.read() as session:
        choices = {
            choice.article_id: (choice.position is not None, choice.reason)
            for choice in session.get_one(Issue, issue.id).choices
        }
    assert choices == {bridge: (False, "removed_upstream"), market: (True, "due")}
    kit.change(inst, Article, {"removed_at": None}, id=bridge)
    [said] = [p for p in at(inst, FRIDAY + WEEK) if p.nominal]
    assert said.reason.startswith("1 article")


def test_the_first_issue_of_a_list_waits_for_an_editor(install: kit.Install) -> None:
    inst = install(2)
    weekly(inst, cron="0 8 * * fri", begins_at=BEGIN, approval=Approval.AUTO)
    kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, FRIDAY)
    at(inst, FRIDAY + timedelta(hours=5))
    [issue] = issues(inst)
    assert issue.state is IssueState.DRAFT
    assert "waits for an editor" in issue.note
    assert kit.states(inst) == {}
    steering.approve(inst, str(issue.id), now=FRIDAY, actor="t")
    kit.add_articles(inst, ["marche"], now=FRIDAY)
    at(inst, FRIDAY + WEEK)
    assert [issue.state for issue in issues(inst)] == [IssueState.FROZEN] * 2


def test_a_held_issue_goes_out_unless_somebody_stops_it(inst: Installation) -> None:
    weekly(inst, approval=Approval.HOLD, hold_minutes=120)
    articles = kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, FRIDAY)
    at(inst, FRIDAY + timedelta(minutes=119))
    [issue] = issues(inst)
    assert issue.state is IssueState.DRAFT
    assert issue.note.startswith("held until")
    at(inst, FRIDAY + timedelta(minutes=120))
    assert issues(inst)[0].state is IssueState.FROZEN
    assert carried(inst, issue) == set(articles)

    kit.add_articles(inst, ["marche"], now=FRIDAY)
    at(inst, FRIDAY + WEEK)
    steering.cancel(inst, str(issues(inst)[1].id), reason="no", now=FRIDAY + WEEK, actor="t")
    at(inst, FRIDAY + WEEK + timedelta(hours=3))
    assert issues(inst)[1].state is IssueState.CANCELLED


def test_a_skipped_slot_is_left_out_and_its_articles_come_next(inst: Installation) -> None:
    articles = kit.add_articles(inst, ["pont"], now=BEGIN)
    with inst.database.write() as session:
        skip_slot(session, default_schedule(session, find_list(session, "hebdo")), BEGIN)
    assert at(inst, FRIDAY) == []
    at(inst, FRIDAY + WEEK)
    [issue] = issues(inst)
    assert carried(inst, issue) == set(articles)
    assert [slot.state for slot in slots(inst)] == [SlotState.SKIPPED, SlotState.PUBLISHED]


def test_a_daily_and_a_weekly_reader_both_get_every_article_once(inst: Installation) -> None:
    kit.add_articles(inst, ["ancien"], now=BEGIN)
    at(inst, FRIDAY)
    with inst.database.write() as session:
        add_schedule(session, find_list(session, "hebdo"), cron="0 7 * * *", now=FRIDAY)
    kit.add_readers(inst, 2, name="daily", cadence="daily", now=FRIDAY)
    new: list[int] = []
    for day in range(1, 15):
        now = FRIDAY + timedelta(days=day)
        if day % 3:
            new += kit.add_articles(inst, [f"jour{day}"], now=now - timedelta(hours=2))
        at(inst, now - timedelta(hours=1))
        at(inst, now)
    got: dict[str, list[int]] = {}
    for delivery in kit.deliveries(inst):
        [issue] = [i for i in issues(inst) if i.id == delivery.issue_id] or [None]
        if issue is not None:
            got.setdefault(delivery.address, []).extend(carried(inst, issue))
    assert len(got) == 5
    for address, articles in got.items():
        assert len(articles) == len(set(articles)), f"{address} got one twice"
        if address.startswith("daily"):
            assert set(articles) == set(new)  # a new schedule repeats nothing of before
        else:
            assert set(new) < set(articles)


@pytest.mark.parametrize("after", AfterAlert)
def test_the_article_of_an_alert_is_marked_or_left_out_of_the_digest(
    inst: Installation, after: AfterAlert
) -> None:
    kit.change(inst, MailingList, {"after_alert": after})
    pont, marche = kit.add_articles(inst, ["pont", "marche"], now=BEGIN)
    plan = alerting.plan_alert(
        inst, "hebdo", subject="Le pont est fermé", body="Dès ce soir.",
        article="https://valmont.example/pont", now=BEGIN,
    )  # fmt: skip
    alerting.send_alert(inst, plan, now=BEGIN, actor="t")
    at(inst, FRIDAY)
    [digest] = issues(inst)
    left_out = after is AfterAlert.LEAVE_OUT
    assert carried(inst, digest) == ({marche} if left_out else {pont, marche})
    with inst.database.read() as session:
        reason = session.get_one(IssueArticle, (digest.id, pont)).reason
    assert reason == ("alerted_left_out" if left_out else "alerted_mark")


@pytest.mark.parametrize("after", AfterAlert)
def test_a_draft_made_before_the_alert_marks_its_article_or_goes_out_without_it(
    inst: Installation, after: AfterAlert
) -> None:
    kit.change(inst, MailingList, {"after_alert": after})
    pont, marche = kit.add_articles(inst, ["pont", "marche"], now=BEGIN)
    draft = drafting.draft_digest(inst, "hebdo", now=BEGIN, actor="t").issue
    plan = alerting.plan_alert(
        inst, "hebdo", subject="Le pont est fermé", body="Dès ce soir.",
        article="https://valmont.example/pont", now=BEGIN,
    )  # fmt: skip
    alerting.send_alert(inst, plan, now=BEGIN, actor="t")
    steering.approve(inst, str(draft.id), now=FRIDAY, actor="t")
    left_out = after is AfterAlert.LEAVE_OUT
    assert carried(inst, draft) == ({marche} if left_out else {pont, marche})
    with inst.database.read() as session:
        reason = session.get_one(IssueArticle, (draft.id, pont)).reason
        [page] = session.scalars(sa.select(Variant.page).where(Variant.issue_id == draft.id))
    assert reason == ("alerted_left_out" if left_out else "alerted_mark")
    assert page.count("A fait l’objet d’une alerte") == (0 if left_out else 1)


def test_a_cancelled_issue_that_reached_nobody_releases_its_articles(inst: Installation) -> None:
    articles = kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, FRIDAY)
    [first] = issues(inst)
    steering.cancel(inst, str(first.id), reason="a mistake", now=FRIDAY, actor="t")
    assert kit.states(inst, first.id) == {"cancelled": 3}
    at(inst, FRIDAY + WEEK)
    assert carried(inst, issues(inst)[1]) == set(articles)


def test_a_cancelled_issue_that_reached_somebody_keeps_its_articles(inst: Installation) -> None:
    kit.add_articles(inst, ["pont"], now=BEGIN)
    at(inst, FRIDAY)
    [first] = issues(inst)
    one = kit.deliveries(inst, issue_id=first.id)[0]
    kit.change(inst, type(one), {"state": DeliveryState.SENT, "due_at": None}, id=one.id)
    steering.cancel(inst, str(first.id), reason="a mistake", now=FRIDAY, actor="t")
    assert [p.state for p in at(inst, FRIDAY + WEEK)] == [SlotState.EMPTY]


def test_readers_without_a_matching_topic_are_counted_as_skipped(
    install: kit.Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(port=server.port)
    kit.make_list(inst, "quartiers", topics=(("pont", "Le pont"), ("marche", "Le marché")), now=now)
    for topic in ("pont", "marche"):
        kit.add_readers(
            inst, 2, "quartiers", name=topic, topics=frozenset({topic}), now=now
        )  # fmt: skip
    kit.add_readers(inst, 1, "quartiers", name="all", now=now)
    kit.add_articles(inst, ["pont"], "quartiers", topics=frozenset({"pont"}), now=now)
    drafted = drafting.draft_digest(inst, "quartiers", now=now, actor="t")
    issue = steering.approve(inst, str(drafted.issue.id), now=now, actor="t")
    assert issue.audience == 5
    assert kit.states(inst) == {"queued": 3, "skipped": 2}
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 3, "skipped": 2}
    assert {d.reply for d in kit.deliveries(inst, state=DeliveryState.SKIPPED)} == {
        "no topic matched"
    }
    assert auditing.audit_issue(inst, str(issue.id)).balanced


def test_a_digest_needs_something_new_and_a_letter_does_not(
    install: kit.Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(2, port=server.port)
    with pytest.raises(Refused, match="no issue of 'hebdo' was made"):
        drafting.draft_digest(inst, "hebdo", now=now, actor="t")
    letter = kit.frozen_letter(inst, now=now)
    assert letter.state is IssueState.FROZEN
    sending.deliver(inst)
    assert len(server.taken) == 2


def test_an_alert_is_sent_once_within_the_hour_unless_asked_again(
    install: kit.Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(port=server.port)
    kit.add_readers(inst, 2, alerts=True, now=now)

    def alert(later: timedelta = timedelta(), *, again: bool = False) -> int:
        words = {"subject": "Crue", "body": "La rivière monte."}
        plan = alerting.plan_alert(inst, "hebdo", **words, now=now + later)
        assert plan.preview.audience == 2
        return alerting.send_alert(inst, plan, again=again, now=now + later, actor="t").id

    first = alert()
    assert alert(timedelta(minutes=59)) == first
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(alert())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {first}
    sending.deliver(inst)
    assert len(server.taken) == 2
    assert alert(again=True) != first
    assert alert(timedelta(minutes=61)) != first


def test_a_draft_whose_time_is_long_past_waits_for_an_editor(inst: Installation) -> None:
    letter = drafting.draft_letter(
        inst, "hebdo", subject="Neuf heures", body="Texte", send_at=BEGIN, now=BEGIN, actor="test"
    )
    (said,) = (p for p in publish_due(inst, now=BEGIN + timedelta(days=21)) if not p.nominal)
    assert said.reason == (
        "missed: its time was 2026-11-02 13:00 (Europe/Paris), more than 12 hours ago"
    )
    found = kit.the_issue(inst, letter.id)
    assert (found.state, found.ready_at) == (IssueState.DRAFT, None)
    assert "approve it again" in found.note
    assert publish_due(inst, now=BEGIN + timedelta(days=21)) == []


def test_a_draft_that_cannot_be_rendered_is_held_back_and_keeps_nobody_waiting(
    inst: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for subject in ("Cassée", "Bonne"):
        drafting.draft_letter(
            inst, "hebdo", subject=subject, body="Texte", send_at=BEGIN, now=BEGIN, actor="test"
        )
    whole = freezing.render

    def breaks(inst: Installation, session: Session, issue: Issue, **named: Any) -> Rendered:
        if issue.subject == "Cassée":
            raise ValueError("a mistake of ours")
        return whole(inst, session, issue, **named)

    monkeypatch.setattr(freezing, "render", breaks)
    broken, good = publish_due(inst, now=BEGIN)
    assert (broken.state, good.state) == (IssueState.DRAFT, IssueState.FROZEN)
    assert "ValueError" in broken.reason
    assert publish_due(inst, now=BEGIN) == []


def test_articles_of_a_cancelled_issue_are_due_again_once_nothing_is_under_way(
    inst: Installation,
) -> None:
    """One message was with the relay when the issue was cancelled, and the relay put it off."""
    kit.add_articles(inst, ["pont", "marche"], now=BEGIN)
    drafted = drafting.draft_digest(inst, "hebdo", now=BEGIN, actor="test")
    issue = steering.approve(inst, f"hebdo/{drafted.issue.number}", now=BEGIN, actor="test")
    worker = kit.register(inst)
    claimed = next(c for c in kit.claim(inst, worker) if c.consignment.issue_id == issue.id)
    with inst.database.write() as session:
        clock = inst.database.clock(session)
        marking.mark(session, worker, [claimed.id], now=clock, lease=timedelta(minutes=1))
    steering.cancel(inst, f"hebdo/{issue.number}", reason="no", now=BEGIN, actor="test")
    with pytest.raises(Refused, match="nothing new"):
        drafting.draft_digest(inst, "hebdo", now=BEGIN, actor="test")
    with inst.database.write() as session:
        put_off = Next(DeliveryState.QUEUED, BEGIN, 421, "busy", charged=False)
        queue.record(session, worker, {claimed.id: put_off}, BEGIN)
        books.cancel(session, BEGIN)
    again = drafting.draft_digest(inst, "hebdo", now=BEGIN, actor="test")
    assert len(again.choice.taken) == 2
