"""A relay that takes fewer connections than it is configured with goes on with those it takes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from time import monotonic

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import ScriptedServer, Talk

from newsletter.delivery import health
from newsletter.models import Relay, RelayState


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_a_relay_that_refuses_one_connection_more_goes_on_with_the_others(
    install: Install, server: ScriptedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(talk: Talk, verb: str, argument: str) -> str | None:
        too_many = verb == "CONNECT" and server.open > 2
        return "421 4.7.0 too many connections" if too_many else None

    server.answer = answer
    inst = install(60, port=server.port, connections=4)
    kit.frozen_letter(inst, now=now)
    monkeypatch.setattr(health, "FIRST_REST", timedelta(minutes=1))
    started = monotonic()
    asyncio.run(kit.a_worker(inst).run())
    assert kit.states(inst) == {"sent": 60}
    assert set(server.recipients.values()) == {1}
    assert monotonic() - started < 40, "the relay was left to rest"
    with inst.database.read() as session:
        assert session.get_one(Relay, "local").state is RelayState.OPEN
