"""Opening a connection: who is not let in, why, and what the admin is told."""

from __future__ import annotations

import asyncio
from socket import socket as Socket
from typing import Any

import pytest
from scripted_relay import Peer, relay, settings

from newsletter.errors import RelayError
from newsletter.mail.connection import Connection
from newsletter.mail.settings import TimeLimits


def test_a_password_never_travels_unencrypted_to_another_machine() -> None:
    remote = settings(25, host="192.0.2.1", username="news", password="canary-pass")
    with pytest.raises(RelayError, match="unencrypted") as caught:
        asyncio.run(Connection.open(remote))
    assert "canary" not in str(caught.value)


def test_a_relay_that_is_not_there_is_named_with_its_remedy() -> None:
    with Socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with pytest.raises(RelayError, match=rf"relay 'main' \(127.0.0.1:{port}\) cannot be reached"):
        asyncio.run(Connection.open(settings(port)))


def test_a_name_that_cannot_be_resolved_is_the_relays_fault() -> None:
    with pytest.raises(RelayError, match="cannot be resolved") as caught:
        asyncio.run(Connection.open(settings(25, host="no-such-host.invalid")))
    assert not caught.value.waits_for_admin


def opened(script: Any, **changes: Any) -> None:
    async def run() -> None:
        async with relay(script) as (port, _):
            await Connection.open(settings(port, **changes))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("greeting", "remedy"),
    [
        ("554 5.7.1 we do not know you", "554 5.7.1 we do not know you"),
        ("421 too busy", "421 too busy"),
        ("HTTP/1.1 400 Bad Request", "does not speak SMTP"),
        (None, "closed the connection"),
    ],
)
def test_a_relay_that_does_not_let_us_in_is_quoted(greeting: str | None, remedy: str) -> None:
    async def script(peer: Peer) -> None:
        if greeting is not None:
            await peer.say(greeting)

    with pytest.raises(RelayError) as caught:
        opened(script)
    assert remedy in str(caught.value)
    assert "relay 'main' (127.0.0.1:" in str(caught.value)
    assert not caught.value.waits_for_admin


def test_a_relay_that_never_greets_is_given_up() -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read()

    with pytest.raises(RelayError, match="did not answer CONNECT in time"):
        opened(script, limits=TimeLimits(greeting=0.1))
