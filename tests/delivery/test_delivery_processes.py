"""Sender processes that are stopped and put to sleep; counted at the server."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import newsletter_kit as kit
import sqlalchemy as sa
from newsletter_kit import Install
from smtp_script import Pause, ScriptedServer, Talk

from newsletter.installation import Installation
from newsletter.jobs import auditing, sending
from newsletter.models import DeliveryState, Worker

sys.path.insert(0, str(Path(__file__).parents[1] / "torture"))

from senders import Senders

SHORT = 4  # seconds of lease: longer than a machine stands still, mostly


def slowly(talk: Talk, verb: str, argument: str) -> Pause | None:
    return Pause(0.02) if verb == "." else None


def until(server: ScriptedServer, count: int) -> None:
    deadline = monotonic() + 30
    while len(server.taken) < count:
        assert monotonic() < deadline, "the sender sends nothing"
        sleep(0.005)


def test_sigterm_ends_a_sender_in_good_order(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    server.answer = slowly
    inst = install(300, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    with Senders(inst.config.folder, 30) as senders:
        pids = [senders.start(), senders.start()]
        until(server, 20)
        assert [senders.kill(pid, signal.SIGTERM) for pid in pids] == [0, 0]
    sent = len(server.taken)
    assert sent < 300
    assert kit.states(inst) == {"sent": sent, "queued": 300 - sent}
    with inst.database.read() as session:
        assert [worker.ended_at is None for worker in session.query(Worker)] == [False, False]
    server.answer = lambda *_: None
    sending.deliver(inst)
    assert set(server.recipients.values()) == {1}
    assert len(server.taken) == 300


def test_a_sender_that_slept_beyond_its_lease_sends_nothing_that_was_recovered(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    server.answer = slowly
    inst = install(200, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    with Senders(inst.config.folder, SHORT) as senders:
        pid = senders.start()
        until(server, 20)
        put_to_sleep(pid, inst)
        sleep(SHORT + 0.1)
        kit.silent_since(inst, now - timedelta(hours=1))  # to us, whose lease is longer
        sending.deliver(inst)  # recovers what the sleeper had, and sends the rest
        found = kit.states(inst)
        assert set(found) <= {"sent", "unknown"}
        assert found.get("unknown", 0) <= 4 * 2
        assert len(server.taken) >= 200 - found.get("unknown", 0)
        taken = set(server.recipients)
        os.kill(pid, signal.SIGCONT)
        assert senders.wait(pid) == 1  # it was declared dead, and says so
    assert set(server.recipients.values()) == {1}
    late = set(server.recipients) - taken
    assert late <= {d.address for d in kit.deliveries(inst, state=DeliveryState.UNKNOWN)}
    assert _settled(inst)


def put_to_sleep(pid: int, inst: Installation) -> None:
    """Stop the process between two of its transactions: in one, it would hold everybody's locks."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        sleep(0.02)
        if not _in_transaction(inst):
            return
        os.kill(pid, signal.SIGCONT)
        sleep(0.013)


def _in_transaction(inst: Installation) -> bool:
    if inst.database.file is None:
        with inst.database.read() as session:
            return bool(
                session.scalar(
                    sa.text(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                        "AND pid <> pg_backend_pid() AND state <> 'idle'"
                    )
                )
            )
    with closing(sqlite3.connect(inst.database.file, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def _settled(inst: Installation) -> bool:
    """What is unknown is tried again in its time, and then the books balance."""
    kit.let_time_pass(inst, DeliveryState.UNKNOWN)
    sending.deliver(inst)
    return auditing.audit_issue(inst, "hebdo/1").balanced


def test_a_sender_waits_for_new_issues(install: Install, server: ScriptedServer) -> None:
    inst = install(3, port=server.port)
    with Senders(inst.config.folder, 30) as senders:
        pid = senders.start()
        deadline = monotonic() + 10
        while not sending.sender_alive(inst, now=datetime.now(UTC)):
            assert monotonic() < deadline
            sleep(0.02)
        kit.frozen_letter(inst, now=datetime.now(UTC))
        until(server, 3)
        assert senders.kill(pid, signal.SIGTERM) == 0
    assert auditing.audit_issue(inst, "hebdo/1").balanced
    assert not sending.sender_alive(inst, now=datetime.now(UTC))
