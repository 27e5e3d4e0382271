"""Unsubscribes against a running send, and a web face that writes while SQLite sends."""

from __future__ import annotations

import asyncio
import statistics
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import ScriptedServer

from newsletter.installation import Installation
from newsletter.jobs import sending
from subscribers import leaving, suppression
from subscribers.models import SuppressionReason

sys.path.insert(0, str(Path(__file__).parents[1] / "torture"))

from races import race

RACES = 100


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_nothing_is_begun_after_an_answered_stop(
    tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    """By whatever way somebody stops mail; `make races` does it ten thousand times."""
    tally = race(tmp_path, kind, RACES, each=RACES)
    record_property("races", str(tally))
    assert tally.kept, tally
    assert tally.races == RACES
    assert tally.stopped, "nobody was in time: the test shows nothing"


def leave(inst: Installation, address: str) -> None:
    with inst.database.write() as session:
        reader = kit.subscription_of(session, address)
        leaving.unsubscribe(session, reader, source="page", now=datetime.now(UTC))


def suppress(inst: Installation, address: str) -> None:
    with inst.database.write() as session:
        suppression.suppress(
            session, address, SuppressionReason.COMPLAINT, source="arf", now=datetime.now(UTC)
        )


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_the_web_writes_while_sqlite_sends(
    install: Install,
    server: ScriptedServer,
    now: datetime,
    record_property: Callable[[str, object], None],
) -> None:
    inst = install(600, port=server.port)
    web = kit.reopen(inst.config.folder)
    others = kit.add_readers(inst, 150, name="other", now=now)
    with inst.database.write() as session:  # not readers of the issue that is sent
        for address in others:
            kit.subscription_of(session, address).digests = False
    kit.frozen_letter(inst, now=now)
    over = threading.Event()
    took: list[float] = []
    failed: list[BaseException] = []

    def visitors() -> None:
        for address in others:
            if over.is_set():
                return
            began = monotonic()
            try:
                leave(web, address)
            except BaseException as error:  # noqa: BLE001  # counted
                failed.append(error)
            took.append(monotonic() - began)
            sleep(0.005)

    thread = threading.Thread(target=visitors)
    thread.start()
    sending.deliver(inst)
    over.set()
    thread.join()
    web.close()
    assert failed == []
    assert len(server.taken) == 600
    assert len(took) >= 10
    p50, p99 = statistics.median(took), sorted(took)[int(len(took) * 0.99)]
    record_property("web writes", f"{len(took)}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    print(f"{len(took)} writes: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    assert p99 < 5


@pytest.mark.parametrize("install", ["postgresql"], indirect=True)
def test_a_domain_is_suppressed_while_its_readers_are_marked(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    """It updates all of them, in whatever order; the marks hold some: neither may fail."""
    inst = install(200, port=server.port)
    kit.frozen_letter(inst, now=now)
    failed: list[BaseException] = []

    def admin() -> None:
        while len(server.taken) < 60:
            sleep(0.002)
        try:
            suppress(inst, "@valmont.example")
        except BaseException as error:  # noqa: BLE001  # told below
            failed.append(error)

    thread = threading.Thread(target=admin)
    thread.start()
    asyncio.run(kit.a_worker(inst).run())
    thread.join()
    assert failed == []
    found = kit.states(inst)
    assert found["sent"] == len(server.taken)
    assert found["sent"] + found.get("suppressed", 0) == 200
