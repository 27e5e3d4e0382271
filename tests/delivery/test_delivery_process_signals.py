"""Sender processes that are told to stop, or that are many; and an editor's hand in mid-send."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import newsletter_kit as kit
import pytest
from faults import balanced, everyone, run
from newsletter_kit import Install
from smtp_script import PIPELINED, SILENCE, Pause, Said, ScriptedServer, Talk

from newsletter.delivery import clerk, worker
from newsletter.installation import Installation
from newsletter.jobs import sending, steering
from newsletter.models import DeliveryState, RelayShare, Worker

sys.path.insert(0, str(Path(__file__).parents[1] / "torture"))

from senders import Senders


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(extensions=PIPELINED) as server:
        yield server


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline, "it does not come to that"
        sleep(0.005)


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_a_sender_that_is_told_to_stop_begins_nothing_more(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    """What has begun ends, even where its answer is slow."""
    server.answer = lambda _, verb, __: Pause(0.5) if verb == "." else None
    inst = install(60, port=server.port, connections=3)
    kit.frozen_letter(inst, now=now)
    with Senders(inst.config.folder, 30) as senders:
        pid = senders.start()
        until(lambda: len(server.taken) >= 3)
        begun, began = server.verbs["DATA"], monotonic()
        assert senders.kill(pid, signal.SIGTERM) == 0
        assert monotonic() - began < 20
    sent = len(server.taken)
    assert sent <= begun + 3 * 3, "far more than were under way when the signal came"
    assert kit.states(inst) == {"sent": sent, "queued": 60 - sent}
    assert {d.tries for d in kit.deliveries(inst, state=DeliveryState.QUEUED)} == {0}
    server.answer = lambda *_: None
    sending.deliver(inst)
    assert server.recipients == everyone(60)


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_a_second_signal_ends_a_sender_at_once(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    """Where a relay never answers; what was begun is unknown then."""
    server.answer = lambda _, verb, __: SILENCE if verb == "." else None
    inst = install(10, port=server.port, connections=1)
    kit.frozen_letter(inst, now=now)
    with Senders(inst.config.folder, 30) as senders:
        pid = senders.start()
        until(lambda: server.verbs["DATA"] >= 1)
        sleep(0.1)
        os.kill(pid, signal.SIGTERM)
        assert not senders.ended(0.3)
        began = monotonic()
        while not senders.ended(0.5):  # two that come as one are one: the machine stood still
            os.kill(pid, signal.SIGTERM)
            assert monotonic() - began < 20
        assert senders.wait(pid) == -signal.SIGTERM
    assert 1 <= kit.states(inst)["transmitting"] <= 4
    kit.silent_since(inst, now - timedelta(hours=1))
    later = kit.reopen(inst.config.folder)
    server.answer = lambda *_: None
    run(later)
    later.close()
    unknown = kit.states(inst)["unknown"]
    assert 1 <= unknown <= 4
    assert kit.states(inst) == {"sent": 10 - unknown, "unknown": unknown}


def test_four_senders_send_each_message_once(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    def slowly(talk: Talk, verb: str, argument: str) -> Said:
        return Pause(0.004) if verb == "." else None

    server.answer = slowly
    inst = install(200, port=server.port, connections=8)
    with Senders(inst.config.folder, 30) as senders:
        pids = started(inst, senders, 4)
        kit.frozen_letter(inst, now=now)
        until(lambda: kit.states(inst) == {"sent": 200})
        assert [senders.kill(pid, signal.SIGTERM) for pid in pids] == [0, 0, 0, 0]
    assert server.recipients == everyone(200)
    assert balanced(inst)


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_an_issue_that_is_stopped_in_mid_send_begins_nothing_more(
    install: Install, server: ScriptedServer, now: datetime, verb: str
) -> None:
    """With several senders, and commands sent ahead."""
    server.answer = lambda _, heard, __: Pause(0.01) if heard == "." else None
    inst = install(200, port=server.port, connections=6)
    with Senders(inst.config.folder, 30) as senders:
        pids = started(inst, senders, 2)
        kit.frozen_letter(inst, now=now)
        until(lambda: len(server.taken) >= 50)
        stop(inst, verb)
        stopped = monotonic()
        until(lambda: not {"claimed", "transmitting"} & set(kit.states(inst)))
        sent = len(server.taken)
        assert 50 <= sent < 200
        assert all(t.data_at < stopped + 1.5 for t in server.taken)
        left = "queued" if verb == "pause" else "cancelled"
        assert kit.states(inst) == {"sent": sent, left: 200 - sent}
        if verb == "pause":
            steering.resume(inst, "hebdo/1", now=datetime.now(UTC), actor="t")
            until(lambda: kit.states(inst) == {"sent": 200})
        assert [senders.kill(pid, signal.SIGTERM) for pid in pids] == [0, 0]
    assert server.doubled == {}
    assert balanced(inst)


def test_an_idle_sender_keeps_no_place_from_the_others(
    install: Install, server: ScriptedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is open for a while after the last message, and then it says so."""
    monkeypatch.setattr(clerk, "UPKEEP_SECONDS", 0.1)
    monkeypatch.setattr(worker, "IDLE_CONNECTION_SECONDS", 0.6)
    inst = install(10, port=server.port, connections=1)
    kit.frozen_letter(inst, now=now)
    stop = threading.Event()
    idle = threading.Thread(target=sending.run_worker, args=(inst,), kwargs={"stop": stop})
    idle.start()

    def kept() -> int:
        with inst.database.read() as session:
            return sum(row.connections for row in session.query(RelayShare))

    try:
        until(lambda: len(server.taken) == 10)
        assert kept() == 1
        until(lambda: kept() == 0, seconds=5)
    finally:
        stop.set()
        idle.join()


def started(inst: Installation, senders: Senders, count: int) -> list[int]:
    """So many senders, all of which are there."""
    pids = [senders.start() for _ in range(count)]

    def there() -> int:
        with inst.database.read() as session:
            return session.query(Worker).count()

    until(lambda: there() == count)
    return pids


def stop(inst: Installation, verb: str) -> None:
    act = steering.pause if verb == "pause" else steering.cancel
    act(inst, "hebdo/1", reason="a mistake", now=datetime.now(UTC), actor="t")
