"""The one thing delivery knows about relays: a connection that takes messages in two steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from newsletter.mail.outbox import OutboxConnection
from newsletter.mail.relay import Connection
from newsletter.mail.replies import Outcome
from newsletter.mail.settings import Envelope, OutboxSettings, RelaySettings

__all__ = ["Transport", "open_connection"]


class Transport(Protocol):
    """A relay's `Connection` or an `OutboxConnection`; see `relay` for the two steps."""

    @property
    def usable(self) -> bool: ...

    async def begin(self, envelope: Envelope) -> Outcome | None: ...

    async def content(
        self,
        message: bytes,
        *,
        renew: Callable[[], Awaitable[bool]] | None = None,
        renew_after: float = 1.0,
    ) -> Outcome: ...

    async def reset(self) -> None: ...

    async def close(self) -> None: ...


async def open_connection(settings: RelaySettings | OutboxSettings) -> Transport:
    """An open connection to the relay or outbox; raises RelayError."""
    if isinstance(settings, OutboxSettings):
        return await OutboxConnection.open(settings)
    return await Connection.open(settings)
