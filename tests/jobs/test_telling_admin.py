"""The admin is written to once a day for each cause, and by nobody's wish but their own."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import ScriptedServer

from newsletter import ticker
from newsletter.delivery import limits
from newsletter.installation import Installation
from newsletter.jobs import drafting, sending
from newsletter.jobs.relaying import pause_relay
from newsletter.jobs.telling_admin import tell_admin, tell_troubles
from newsletter.models import Article, Delivery, Notice, Schedule, Source, SourceKind, SourceList

ADMIN = "admin@valmont.example"


def with_admin(inst: Installation) -> Installation:
    site = inst.config.site.model_copy(update={"admin": ADMIN})
    return dataclasses.replace(inst, config=inst.config.model_copy(update={"site": site}))


@pytest.fixture
def told(install: Install) -> Installation:
    return with_admin(install())


def text_of(inst: Installation, delivery: Delivery) -> str:
    """What was written, its lines joined again."""
    with inst.database.read() as session:
        template: str = session.get_one(Notice, delivery.notice_id).template
    return template.replace("=\\r\\n", "")


def test_a_cause_is_told_once_a_day(told: Installation, now: datetime) -> None:
    first = tell_admin(told, "relay local", "relay 'local' is paused", now=now)
    assert first is not None
    assert first.address == ADMIN
    assert tell_admin(told, "relay local", "again", now=now + timedelta(hours=23)) is None
    assert tell_admin(told, "relay other", "another", now=now) is not None
    assert tell_admin(told, "relay local", "again", now=now + timedelta(days=1)) is not None


def test_without_an_admin_nothing_is_queued(inst: Installation, now: datetime) -> None:
    assert tell_admin(inst, "relay local", "relay 'local' is paused", now=now) is None
    assert kit.states(inst) == {}


def test_a_relay_paused_by_a_fault_is_told(told: Installation, now: datetime) -> None:
    with told.database.write() as session:
        limits.register(session, told.config.relays, now)
        limits.pause(session, "local", "535 wrong password", now)
    (delivery,) = tell_troubles(told, now=now)
    assert delivery.address == ADMIN
    assert tell_troubles(told, now=now) == []


def test_a_relay_paused_by_hand_is_not(told: Installation, now: datetime) -> None:
    pause_relay(told, "local", reason="moving house", now=now, actor="cli:ada")
    assert tell_troubles(told, now=now) == []


def test_a_source_is_told_once_it_has_failed_for_a_day(told: Installation, now: datetime) -> None:
    with told.database.write() as session:
        session.add(
            Source(
                name="mairie",
                kind=SourceKind.FEED,
                location="https://mairie.valmont.example/feed",
                created_at=now,
                failures=5,
                problem="HTTP 500",
            )
        )
    assert tell_troubles(told, now=now + timedelta(hours=23)) == []
    assert len(tell_troubles(told, now=now + timedelta(hours=25))) == 1


def test_a_source_that_falls_silent_is_told_once_in_that_silence(
    told: Installation, now: datetime
) -> None:
    with told.database.write() as session:
        session.add(
            Source(
                name="mairie",
                kind=SourceKind.FEED,
                location="https://mairie.valmont.example/feed",
                created_at=now,
                read_at=now,
                newest_at=now,
                usual_gap_minutes=2 * 24 * 60,
            )
        )
    assert tell_troubles(told, now=now + timedelta(days=7)) == []
    (delivery,) = tell_troubles(told, now=now + timedelta(days=8))
    silence = "has been silent for 8 days (usually 2 days at most)"
    assert silence in text_of(told, delivery)
    assert tell_troubles(told, now=now + timedelta(days=30)) == []
    kit.change(told, Source, {"newest_at": now + timedelta(days=31)})
    assert len(tell_troubles(told, now=now + timedelta(days=60))) == 1
    kit.change(told, Source, {"failures": 1, "newest_at": now})
    assert "silent" not in str(tell_troubles(told, now=now + timedelta(days=60)))


def test_a_slot_decided_without_a_source_is_told(told: Installation, now: datetime) -> None:
    kit.change(told, Schedule, {"cron": "* * * * *", "begins_at": now - timedelta(minutes=2)})
    kit.change(told, Schedule, {"grace_minutes": 1})
    with told.database.write() as session:
        source = Source(
            name="mairie",
            kind=SourceKind.FEED,
            location="https://mairie.valmont.example/feed",
            created_at=now,
            read_at=now - timedelta(hours=3),
            failures=2,
            problem="HTTP 500",
        )
        source.feeds.append(SourceList(mlist_id=kit.mlist_id(told)))
        session.add(source)
    ticker._publish(told, now)
    (delivery,) = kit.deliveries(told)
    assert "was decided without what could not be read: mairie (HTTP 500)" in text_of(
        told, delivery
    )


def test_an_issue_too_large_for_somebody_is_told_once(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = with_admin(install(port=server.port))
    kit.add_readers(inst, 3, now=now)
    kit.frozen_letter(inst, now=now)
    server.answer = lambda _, verb, __: "552 5.3.4 message too big" if verb == "." else None
    sending.deliver(inst)
    (delivery,) = tell_troubles(inst, now=now)
    with inst.database.read() as session:
        text = session.get_one(Notice, delivery.notice_id).template
    assert "hebdo/1 is too large for 3 of its recipients" in text
    assert "552 5.3.4 message too big" in text or "message too big" in text
    assert tell_troubles(inst, now=now) == []


def test_a_draft_that_cannot_be_frozen_is_told_by_the_ticker(
    told: Installation, now: datetime
) -> None:
    kit.add_articles(told, ["Pont"], now=now)
    drafting.draft_digest(told, "hebdo", send_at=now, now=now, actor="cli:ada")
    kit.change(told, Article, {"withdrawn_at": now})
    ticker._publish(told, now)
    (delivery,) = kit.deliveries(told)
    assert delivery.address == ADMIN


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_the_mail_arrives(install: Install, server: ScriptedServer, now: datetime) -> None:
    inst = with_admin(install(port=server.port))
    tell_admin(inst, "source 1", "source «été» <fails>", now=now)
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 1}
