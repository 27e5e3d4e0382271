"""The ticker wakes the jobs: it reads when it is time, once more before a slot, and publishes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs.collecting import add_source
from newsletter.models import (
    Article,
    Issue,
    IssueState,
    Schedule,
    Slot,
    SlotState,
    Source,
    SourceKind,
    SourceList,
)
from newsletter.setup.demo.paper import Paper
from newsletter.ticker import Reader, run_ticker
from subscribers.lists import find_list
from subscribers.models import Subscription

MONDAY = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 6, 7, 0, tzinfo=UTC)  # 8 o'clock in Paris


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    inst = kit.install(tmp_path, "sqlite")
    kit.make_list(inst, now=MONDAY)
    kit.change(inst, Schedule, {"cron": "0 8 * * fri", "begins_at": MONDAY})
    yield inst
    inst.close()


def test_sources_are_read_every_so_often(inst: Installation) -> None:
    reader = Reader(inst)
    assert reader.tick(MONDAY)
    assert not reader.tick(MONDAY + timedelta(minutes=29))
    assert reader.tick(MONDAY + timedelta(minutes=30))


def test_sources_are_read_once_more_in_the_quarter_of_an_hour_before_a_slot(
    inst: Installation,
) -> None:
    reader = Reader(inst)
    assert reader.tick(FRIDAY - timedelta(minutes=20))
    assert not reader.tick(FRIDAY - timedelta(minutes=16))
    assert reader.tick(FRIDAY - timedelta(minutes=15))
    assert not reader.tick(FRIDAY - timedelta(minutes=14))


def test_a_source_left_alone_after_failures_is_asked_again_before_a_slot(
    inst: Installation,
) -> None:
    asked = _failing_source(inst, next_at=FRIDAY + timedelta(hours=9))
    reader = Reader(inst)
    assert reader.tick(FRIDAY - timedelta(minutes=40))
    assert asked() == 4, "it is left alone, since no slot is near"
    assert reader.tick(FRIDAY - timedelta(minutes=15))
    assert asked() == 5
    assert not reader.tick(FRIDAY - timedelta(minutes=14))
    assert asked() == 5, "once: then its back-off holds again"


def test_a_source_that_a_slot_waits_for_is_asked_again_as_soon_as_its_back_off_allows(
    inst: Installation,
) -> None:
    asked = _failing_source(inst, failures=0)
    reader = Reader(inst)
    assert reader.tick(FRIDAY - timedelta(minutes=15))
    assert asked() == 1
    assert not reader.tick(FRIDAY - timedelta(minutes=1))
    assert reader.tick(FRIDAY), "fifteen minutes later, though all others wait for half an hour"
    assert asked() == 2
    with inst.database.write() as session:  # the slot is decided: nobody waits any more
        schedule = session.scalars(sa.select(Schedule)).one()
        session.add(
            Slot(
                schedule_id=schedule.id,
                nominal="2026-11-06T08:00",
                due_at=FRIDAY,
                state=SlotState.EMPTY,
                reason="nothing new",
                decided_at=FRIDAY,
            )
        )
    reader.tick(FRIDAY + timedelta(minutes=16))
    kit.change(inst, Source, {"next_at": None})
    assert not reader.tick(FRIDAY + timedelta(minutes=29))


def _failing_source(
    inst: Installation, *, failures: int = 4, next_at: datetime | None = None
) -> Callable[[], int]:
    """A source that nobody answers for; how often it has failed in a row."""
    with inst.database.write() as session:
        source = Source(
            name="mairie", kind=SourceKind.FOLDER, location="/nowhere/at/all", created_at=MONDAY,
            failures=failures, next_at=next_at, read_at=FRIDAY - timedelta(minutes=50),
        )  # fmt: skip
        source.feeds.append(SourceList(mlist_id=find_list(session, "hebdo").id))
        session.add(source)

    def asked() -> int:
        with inst.database.read() as session:
            return session.scalars(sa.select(Source.failures)).one()

    return asked


def test_the_ticker_collects_and_publishes_by_itself_and_stops_when_told(
    inst: Installation,
) -> None:
    now = datetime.now(UTC)
    kit.add_readers(inst, 1, now=now)
    kit.frozen_letter(inst, now=now)  # the first issue, which an editor had let out
    old = now - timedelta(days=31)
    kit.add_readers(inst, 1, name="silent", now=old)
    asked = {"state": "pending", "confirmed_at": None, "invited_at": old}
    kit.change(inst, Subscription, asked, requested_at=old)
    with Paper(now) as paper:
        add_source(inst, paper.feed_url, slug="hebdo", allow_private=True, now=now, actor="test")
        every_minute = {"cron": "* * * * *", "begins_at": now - timedelta(minutes=2)}
        kit.change(inst, Schedule, every_minute)
        stop = threading.Event()
        kwargs = {"stop": stop, "forget_after": timedelta(0)}
        ticker = threading.Thread(target=run_ticker, args=(inst,), kwargs=kwargs)
        ticker.start()
        try:
            digest = _awaited(inst)
        finally:
            stop.set()
            ticker.join(timeout=20)
    assert not ticker.is_alive()
    assert digest.state is IssueState.FROZEN
    with inst.database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Article.id))) == 9
        assert session.scalar(sa.select(sa.func.count(Slot.id))) >= 1
        assert session.scalar(sa.select(sa.func.count(Subscription.id))) == 1, "forgets nobody"


def _awaited(inst: Installation) -> Issue:
    """The first digest that is frozen; fails after twenty seconds."""
    deadline = time.monotonic() + 20
    query = sa.select(Issue).where(Issue.schedule_id.is_not(None), Issue.frozen_at.is_not(None))
    while time.monotonic() < deadline:
        with inst.database.read() as session:
            if found := session.scalars(query).first():
                return found
        time.sleep(0.1)
    raise AssertionError("no digest was frozen")
