"""The one thing delivery knows about relays: a connection that carries what a source gives it."""

from __future__ import annotations

from typing import Any, Protocol

from newsletter.mail.carrying import Source
from newsletter.mail.connection import Connection
from newsletter.mail.outbox import OutboxConnection
from newsletter.mail.settings import OutboxSettings, RelaySettings

__all__ = ["Transport", "open_connection"]


class Transport(Protocol):
    """A relay's `Connection` or an `OutboxConnection`; `conversation` has the rules."""

    @property
    def broke_pipelining(self) -> bool: ...

    @property
    def proved_pipelining(self) -> bool: ...

    async def carry(self, source: Source[Any], *, most: int, idle: float) -> None: ...

    def offer(self) -> None: ...

    def stop(self) -> None: ...

    async def close(self) -> None: ...


async def open_connection(settings: RelaySettings | OutboxSettings) -> Transport:
    """An open connection to the relay or outbox; raises RelayError."""
    if isinstance(settings, OutboxSettings):
        return await OutboxConnection.open(settings)
    return await Connection.open(settings)
