"""Metrics: what they count, who documents them, and what a look costs."""

from __future__ import annotations

import logging
import re
import socket
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from newsletter_kit import Install, add_readers, claim, frozen_letter, register
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from newsletter.config import Metrics
from newsletter.delivery import domains, limits
from newsletter.delivery.domains import Rules
from newsletter.installation import Installation
from newsletter.jobs import steering
from newsletter.jobs.measuring import FAMILIES, exposition
from newsletter.jobs.metering import PromMeter, serving
from newsletter.jobs.scheduling import add_schedule
from newsletter.models import Delivery, DeliveryState, Issue
from subscribers.lists import find_list

DOCS = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")

Samples = dict[str, dict[tuple[str, ...], float]]


def read(text: str) -> Samples:
    """Values by metric and by the values of its labels, in the order of their names' alphabet."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def measured(inst: Installation, now: datetime) -> Samples:
    return read(exposition(inst, now=now).decode())


def test_the_queue_is_counted_by_state_issue_and_domain(install: Install, now: datetime) -> None:
    inst = install()
    add_readers(inst, 6, domain="a.example", now=now)
    add_readers(inst, 2, name="other", domain="b.example", now=now)
    issue = frozen_letter(inst, now=now)
    worker = register(inst)
    claim(inst, worker, 3)
    with inst.database.write() as session:
        left = sa.select(Delivery.id).where(Delivery.worker_id.is_(None)).limit(1)
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id.in_(left))
            .values(state=DeliveryState.UNKNOWN, due_at=None)
        )
    found = measured(inst, now + timedelta(seconds=90))
    states = found["newsletter_deliveries"]
    assert (states["queued",], states["claimed",], states["unknown",]) == (4, 3, 1)
    assert sum(states.values()) == 8
    assert found["newsletter_issue_deliveries"]["hebdo/1", "letter", "queued"] == 4
    assert found["newsletter_issues"]["sending",] == 1
    assert found["newsletter_in_hand"]["local", "claimed"] == 3
    assert found["newsletter_queue_age_seconds"]["alert",] == 0
    assert sum(found["newsletter_domain_waiting"].values()) == 4
    assert found["newsletter_workers"][()] == 1
    with inst.database.read() as session:
        assert session.scalars(sa.select(Issue.id)).all() == [issue.id]


def test_the_age_of_the_queue_is_that_of_what_is_due_longest_and_may_go(
    install: Install, now: datetime
) -> None:
    inst = install(readers=3)
    issue = frozen_letter(inst, now=now - timedelta(minutes=10))
    age = measured(inst, now)["newsletter_queue_age_seconds"]["issue",]
    assert 600 <= age <= 660
    steering.pause(inst, str(issue.id), reason="", now=now, actor="test")
    assert measured(inst, now)["newsletter_queue_age_seconds"]["issue",] == 0


def test_relays_and_domains_that_do_not_work_are_told(install: Install, now: datetime) -> None:
    inst = install()
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
        limits.pause(session, "local", "moving house", now)
        said = {f"x{n:02}.example": "450 4.7.1 too many messages" for n in range(30)}
        domains.slowed(session, Rules(), said, now)
    found = measured(inst, now)
    assert found["newsletter_relay_state"]["local", "paused"] == 1
    assert found["newsletter_relay_state"]["local", "open"] == 0
    assert found["newsletter_domains_resting"][()] == 30
    assert len(found["newsletter_domain_resting"]) == 20


def test_a_slot_that_nobody_decided_is_told(inst: Installation) -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    with inst.database.write() as session:
        add_schedule(session, find_list(session, "hebdo"), cron="0 7 * * *", now=noon)
    assert measured(inst, noon)["newsletter_slots_due"][()] == 0
    assert measured(inst, noon + timedelta(days=1))["newsletter_slots_due"][()] == 1


def test_no_reader_is_named(install: Install, now: datetime) -> None:
    inst = install(readers=5)
    frozen_letter(inst, now=now)
    text = exposition(inst, now=now).decode()
    assert "newsletter_domain_waiting{" in text
    assert "@" not in text
    assert "reader" not in text.replace("# HELP", "")
    assert "Léa" not in text


def test_only_the_largest_domains_have_a_series(install: Install, now: datetime) -> None:
    inst = install()
    for n in range(25):
        add_readers(inst, 1 + n, name=f"at{n}-", domain=f"d{n}.example", now=now)
    frozen_letter(inst, now=now)
    waiting = measured(inst, now)["newsletter_domain_waiting"]
    assert {domain for domain, _ in waiting} == {f"d{n}.example" for n in range(5, 25)}


def test_a_look_asks_no_more_of_a_long_queue_than_indexes_answer(
    install: Install, now: datetime
) -> None:
    """No statement reads the whole table of deliveries."""
    inst = install(readers=3, kind="sqlite")
    frozen_letter(inst, now=now)
    asked: list[tuple[str, tuple[object, ...]]] = []
    sa.event.listen(
        inst.database.engine,
        "before_cursor_execute",
        lambda *call: asked.append((call[2], call[3])),
    )
    exposition(inst, now=now)
    of_deliveries = [each for each in asked if "FROM delivery" in each[0]]
    assert len(of_deliveries) >= 6
    with inst.database.engine.connect() as connection:
        for statement, parameters in of_deliveries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            assert not any(step.startswith("SCAN delivery") for step in steps), (statement, steps)


# --- A sender's own ----------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_sender_tells_its_outcomes_and_times_on_its_port() -> None:
    port = free_port()
    with serving(Metrics(worker_port=1), port) as meter:
        assert meter is not None
        for _ in range(3):
            meter.recorded("main", "sent", 0.03)
        meter.recorded("main", "deferred", 2.0)
        meter.claimed(20, 0.004)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            found = read(answer.read().decode())
    assert found["newsletter_outcomes_total"]["main", "sent"] == 3
    assert found["newsletter_outcomes_total"]["main", "deferred"] == 1
    assert found["newsletter_delivery_seconds_bucket"]["0.05", "main"] == 3
    assert found["newsletter_delivery_seconds_count"]["main",] == 4
    assert found["newsletter_claimed_total"][()] == 20
    assert "process_resident_memory_bytes" in found
    with socket.socket() as again:  # the port is free again
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_port_that_is_taken_costs_no_mail(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with caplog.at_level(logging.WARNING), serving(Metrics(), port) as meter:
            assert meter is None
    assert f"cannot listen on 127.0.0.1:{port}" in caplog.text


def test_without_a_port_nothing_is_measured() -> None:
    with serving(Metrics()) as meter:
        assert meter is None


# --- Docs --------------------------------------------------------------------------------------


def test_every_metric_is_documented_with_its_labels_and_no_other_is(
    install: Install, now: datetime
) -> None:
    inst = install(readers=1, kind="sqlite")
    frozen_letter(inst, now=now)
    registry = CollectorRegistry()
    PromMeter(registry)
    own = {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in registry.collect()
    }
    told = dict(re.findall(r"^\| `(newsletter_\w+)` \|([^|]*)\|", DOCS, re.M))
    assert set(told) == set(FAMILIES) | own
    for name, family in FAMILIES.items():
        assert tuple(re.findall(r"`(\w+)`", told[name])) == family.labels
    assert set(measured(inst, now)) <= set(FAMILIES)
