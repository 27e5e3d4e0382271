"""A sender that makes room for others closes connections, and blames nobody for it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from threading import Thread
from time import monotonic, sleep

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import Pause, ScriptedServer, Talk

from newsletter.delivery import limits
from newsletter.installation import Installation
from newsletter.models import Relay, RelayState


def slow_to_begin(talk: Talk, verb: str, argument: str) -> Pause | None:
    return Pause(1.0) if verb == "MAIL" and not talk.messages else None


def ask_for_a_part(inst: Installation, server: ScriptedServer, now: datetime) -> None:
    """Another sender, once all connections are open."""
    deadline = monotonic() + 20
    while server.open < 2:
        assert monotonic() < deadline, "the sender sends nothing"
        sleep(0.005)
    other = kit.register(inst)
    with inst.database.write() as session:
        limits.shares(session, other, inst.config.relays, {"local": 2}, now, in_use={"local": 0})


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_a_connection_given_up_for_another_sender_is_no_fault_of_the_relay(
    install: Install, server: ScriptedServer, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = slow_to_begin
    inst = install(6, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    other = Thread(target=ask_for_a_part, args=(inst, server, now))
    other.start()
    asyncio.run(kit.a_worker(inst).run())
    other.join()
    assert "stopped by us" not in caplog.text
    assert kit.states(inst) == {"sent": 6}
    assert set(server.recipients.values()) == {1}
    with inst.database.read() as session:
        relay = session.get_one(Relay, "local")
        assert (relay.state, relay.problem) == (RelayState.OPEN, "")


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_connections_to_a_relay_with_a_rate_are_kept_between_its_messages(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(24, port=server.port, rate=10, connections=4)
    kit.frozen_letter(inst, now=now)
    asyncio.run(kit.a_worker(inst).run())
    assert kit.states(inst) == {"sent": 24}
    assert len(server.talks) <= 4
