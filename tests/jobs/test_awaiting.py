"""What could not be read, or was not, is never "nothing new": a slot waits for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import newsletter_kit as kit
import pytest

from newsletter.installation import Installation
from newsletter.jobs.explaining import explain_issue
from newsletter.jobs.publishing import Published, publish_due
from newsletter.models import Schedule, SlotState, Source, SourceKind, SourceList
from subscribers.lists import find_list

BEGIN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)  # a Monday
FRIDAY = datetime(2026, 11, 6, 7, 0, tzinfo=UTC)  # 8 o'clock in Paris
WEEK = timedelta(days=7)


@pytest.fixture
def inst(install: kit.Install) -> Installation:
    """The list "hebdo" with 3 readers, every Friday at 8; its first issue is behind it."""
    inst = install()
    kit.change(inst, Schedule, {"cron": "0 8 * * fri", "begins_at": BEGIN, "name": "weekly"})
    kit.add_readers(inst, 3, now=BEGIN, alerts=True)
    kit.frozen_letter(inst, now=BEGIN)
    return inst


def at(inst: Installation, now: datetime) -> list[Published]:
    return publish_due(inst, now=now)


def test_a_source_that_could_not_be_read_is_never_nothing_new(inst: Installation) -> None:
    with inst.database.write() as session:
        source = Source(name="mairie", kind=SourceKind.FEED, location="http://mairie.example/feed",
                        title="La mairie", failures=1, created_at=BEGIN)  # fmt: skip
        session.add(source)
        session.flush()
        session.add(SourceList(source_id=source.id, mlist_id=find_list(session, "hebdo").id))
    assert at(inst, FRIDAY) == []  # nothing else is there: it waits
    assert at(inst, FRIDAY + timedelta(hours=6)) == []
    kit.add_articles(inst, ["pont"], now=FRIDAY)
    [said] = [p for p in at(inst, FRIDAY + timedelta(hours=6)) if p.nominal]
    assert said.state is SlotState.PUBLISHED
    assert "without mairie, which could not be read" in said.reason

    assert at(inst, FRIDAY + WEEK) == []
    [empty] = at(inst, FRIDAY + WEEK + timedelta(hours=11, minutes=59, seconds=30))
    assert empty.state is SlotState.EMPTY
    assert "without mairie, which could not be read" in empty.reason


def a_source(inst: Installation, **fields: Any) -> None:
    with inst.database.write() as session:
        source = Source(name="mairie", kind=SourceKind.PAGE, location="http://mairie.example/",
                        created_at=BEGIN, **fields)  # fmt: skip
        session.add(source)
        session.flush()
        session.add(SourceList(source_id=source.id, mlist_id=find_list(session, "hebdo").id))


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
@pytest.mark.parametrize("read_at", [None, FRIDAY - timedelta(hours=2)])
def test_a_source_that_nobody_read_is_waited_for_too(
    inst: Installation, read_at: datetime | None
) -> None:
    a_source(inst, read_at=read_at)
    kit.add_articles(inst, ["pont"], now=BEGIN)
    assert at(inst, FRIDAY) == []
    kit.change(inst, Source, {"read_at": FRIDAY + timedelta(minutes=1)})
    [said] = [p for p in at(inst, FRIDAY + timedelta(minutes=2)) if p.nominal]
    assert (said.state, said.reason, said.without) == (SlotState.PUBLISHED, "1 article", ())


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
@pytest.mark.parametrize("idle", ["active", "gone_at"])
def test_a_source_that_is_off_or_gone_is_not_waited_for(inst: Installation, idle: str) -> None:
    a_source(inst, failures=3, **{idle: False if idle == "active" else BEGIN})
    [said] = at(inst, FRIDAY)
    assert (said.state, said.reason) == (SlotState.EMPTY, "nothing new")


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_an_empty_slot_says_which_source_is_unusually_silent(inst: Installation) -> None:
    a_source(
        inst, read_at=FRIDAY, newest_at=FRIDAY - timedelta(days=12), usual_gap_minutes=2 * 1440
    )
    [said] = at(inst, FRIDAY)
    silence = "source 'mairie' has been silent for 12 days (usually 2 days at most)"
    assert (said.state, said.reason) == (SlotState.EMPTY, f"nothing new; {silence}")
    assert silence in explain_issue(inst, "hebdo", now=FRIDAY).lines
