"""Unsubscribes against a running send, and a web face that writes while SQLite sends."""

from __future__ import annotations

import asyncio
import random
import statistics
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import Pause, ScriptedServer

from newsletter.installation import Installation
from newsletter.jobs import sending
from newsletter.models import DeliveryState
from subscribers import leaving, suppression
from subscribers.models import Subscriber, SuppressionReason

NOT_MARKED = {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.CANCELLED,
              DeliveryState.SUPPRESSED}  # fmt: skip
READERS, LEAVERS = 300, 100


def leave(inst: Installation, address: str) -> None:
    with inst.database.write() as session:
        reader = kit.subscription_of(session, address)
        leaving.unsubscribe(session, reader, source="page", now=datetime.now(UTC))


def take_a_break(inst: Installation, address: str) -> None:
    until = datetime.now(UTC) + timedelta(days=9)
    kit.change(inst, Subscriber, {"paused_until": until}, address_key=address)


def suppress(inst: Installation, address: str) -> None:
    with inst.database.write() as session:
        suppression.suppress(
            session, address, SuppressionReason.COMPLAINT, source="arf", now=datetime.now(UTC)
        )


@pytest.mark.parametrize("stop", [leave, take_a_break, suppress], ids=lambda stop: stop.__name__)
def test_nothing_is_begun_after_an_answered_stop(
    install: Install,
    server: ScriptedServer,
    now: datetime,
    stop: Callable[[Installation, str], None],
) -> None:
    """Who is not marked when the answer is given gets nothing, and nobody a second later."""
    inst = install(READERS, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    server.answer = lambda _, verb, __: Pause(0.002) if verb == "." else None
    chance = random.Random(7)
    leavers = chance.sample(range(READERS), LEAVERS)
    leavers.sort(key=lambda n: n + chance.gauss(0, 12))  # about where the sender is by then
    answered: dict[str, tuple[float, DeliveryState]] = {}

    def people() -> None:
        for n in leavers:
            address = f"reader{n}@valmont.example"
            while len(server.taken) < n - 15 and len(server.taken) < READERS - LEAVERS:
                sleep(0.001)
            stop(inst, address)
            answered[address] = monotonic(), kit.the_delivery(inst, address).state

    thread = threading.Thread(target=people)
    thread.start()
    sending.deliver(inst)
    thread.join()
    sending.deliver(inst)

    begun = {taken.recipient: taken.data_at for taken in server.taken}
    stopped = [a for a, (_, state) in answered.items() if state in NOT_MARKED]
    assert len(answered) == LEAVERS
    assert stopped, "nobody was in time: the test shows nothing"
    assert [address for address in stopped if address in begun] == []
    late = {a: begun[a] - at for a, (at, _) in answered.items() if a in begun and begun[a] > at}
    assert all(seconds <= 1.5 for seconds in late.values()), late
    assert sum(kit.states(inst).values()) == READERS
    assert len(server.taken) == kit.states(inst)["sent"] == len(begun)


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
