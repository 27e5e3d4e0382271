"""The one thing delivery knows about relays: a connection that takes messages in two steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from newsletter.mail import connection, relay
from newsletter.mail.carrying import Source
from newsletter.mail.opening import Opened, open_transport
from newsletter.mail.outbox import OutboxConnection
from newsletter.mail.replies import Outcome
from newsletter.mail.settings import Envelope, OutboxSettings, RelaySettings

__all__ = ["Transport", "open_connection"]


class Transport(Protocol):
    """A relay's connection or an `OutboxConnection`: `carry`, or the two steps one by one."""

    @property
    def broke_pipelining(self) -> bool: ...

    async def carry(self, source: Source[Any], *, most: int, idle: float) -> None: ...

    def offer(self) -> None: ...

    def stop(self) -> None: ...

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


class _Either(relay.Connection):
    """A relay's connection that can be used both ways, until nobody takes the two steps."""

    def __init__(self, settings: RelaySettings, opened: Opened) -> None:
        super().__init__(settings, opened)
        self._new: connection.Connection | None = None
        self._opened_transport = opened

    @property
    def broke_pipelining(self) -> bool:
        return self._new is not None and self._new.broke_pipelining

    async def carry(self, source: Source[Any], *, most: int, idle: float) -> None:
        self._new = connection.Connection(self.settings, self._opened_transport)
        await self._new.carry(source, most=most, idle=idle)

    def offer(self) -> None:
        if self._new is not None:
            self._new.offer()

    def stop(self) -> None:
        if self._new is not None:
            self._new.stop()


async def open_connection(settings: RelaySettings | OutboxSettings) -> Transport:
    """An open connection to the relay or outbox; raises RelayError."""
    if isinstance(settings, OutboxSettings):
        return await OutboxConnection.open(settings)
    return _Either(settings, await open_transport(settings))
