"""The freeze's one statement: what it looks at, and what happens beside it."""

from __future__ import annotations

import threading
from datetime import datetime

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from newsletter.delivery import blanking, enqueueing
from newsletter.installation import Installation
from newsletter.jobs import drafting, forgetting, purging
from newsletter.models import Delivery, Issue, IssueState, Variant
from subscribers.models import Subscriber, Subscription


def draft(inst: Installation, now: datetime) -> int:
    return drafting.draft_letter(
        inst, "hebdo", subject="Un", body="Bonjour.", now=now, actor="test"
    ).id


def enqueue(inst: Installation, session: sa.orm.Session, issue: Issue, now: datetime) -> int:
    variant = Variant(
        issue_id=issue.id, key="fr:", language="fr", subject="Un", template='[""]', page=""
    )
    session.add(variant)
    session.flush()
    return enqueueing.enqueue_issue(
        session,
        issue,
        {("fr", None): variant.id},
        cadence=None,
        is_default_cadence=True,
        key_id=inst.keys.current,
        now=now,
    )


def plans(session: sa.orm.Session, statement: sa.Executable) -> list[str]:
    """How SQLite would go about it, one line a step."""
    text = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]


def test_an_audience_is_written_as_it_is_read_and_never_sorted(
    inst: Installation, now: datetime
) -> None:
    """A million rows to sort would be held in memory."""
    if not inst.database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plan by the numbers it finds")
    kit.add_readers(inst, 3, now=now)
    number = draft(inst, now)
    with inst.database.write() as session:
        told: list[str] = []

        def explain(_connection: object, cursor: object, statement: str, *_rest: object) -> None:
            if statement.startswith("INSERT INTO delivery"):
                told.append(statement)

        sa.event.listen(inst.database.engine, "before_cursor_execute", explain)
        assert enqueue(inst, session, session.get_one(Issue, number), now) == 3
        sa.event.remove(inst.database.engine, "before_cursor_execute", explain)
        [statement] = told
        blanks = (None,) * statement.count("?")
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", blanks)
        plan = [row[3] for row in steps]
    assert any("ix_subscription_mlist_id_state (mlist_id=? AND state=?)" in step for step in plan)
    assert not [step for step in plan if "ORDER BY" in step or step.startswith("SCAN sub")]


def test_a_persons_deliveries_are_found_without_reading_all(
    inst: Installation, now: datetime
) -> None:
    if not inst.database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plan by the numbers it finds")
    with inst.database.read() as session:
        plan = plans(session, blanking.deliveries_of(session, [1, 2]))
        plan += plans(session, sa.select(Subscription.id).where(purging.never_confirmed(now)))
    assert not [step for step in plan if step.startswith("SCAN delivery")]


def test_who_is_forgotten_during_a_freeze_is_forgotten_in_it_too(
    inst: Installation, now: datetime
) -> None:
    if inst.database.is_sqlite:
        pytest.skip("SQLite has one writer: a freeze and an erasure never overlap")
    kit.add_readers(inst, 2, now=now)
    number = draft(inst, now)
    with inst.database.read() as session:
        person = session.scalars(sa.select(Subscriber.id).order_by(Subscriber.id)).first()
    assert person is not None
    answered = threading.Event()

    def forget() -> None:
        assert forgetting.forget(inst, person, source="cli", actor="test", now=now)
        answered.set()

    with inst.database.write() as session:
        issue = session.get_one(Issue, number, with_for_update=True)
        assert enqueue(inst, session, issue, now) == 2
        thread = threading.Thread(target=forget)
        thread.start()
        assert not answered.wait(0.3)  # it waits for what the freeze has written
        issue.state = IssueState.FROZEN
    thread.join(10)
    assert answered.is_set()
    with inst.database.read() as session:
        addresses = session.execute(sa.select(Delivery.subscriber_id, Delivery.address)).all()
    assert [address for whose, address in addresses if whose == person] == [""]
    assert len([address for _, address in addresses if address]) == 1
