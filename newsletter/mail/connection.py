"""A connection to a relay that carries what a source gives it; see `conversation` for the rules."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from newsletter.mail.carrying import Nothing, Source
from newsletter.mail.conversation import Conversation
from newsletter.mail.opening import Opened, open_transport
from newsletter.mail.outgoing import Outgoing
from newsletter.mail.settings import RelaySettings

__all__ = ["Connection"]

_RECEIVE_BUFFER = 8 * 1024  # bytes


class Connection(asyncio.BufferedProtocol):
    """An open, authenticated connection to one relay; `carry` or `close` may be called once."""

    def __init__(self, settings: RelaySettings, opened: Opened) -> None:
        self.settings = settings
        self.extensions = opened.extensions
        self._received = memoryview(bytearray(_RECEIVE_BUFFER))
        self._conversation = Conversation(settings, opened.extensions, Outgoing(opened.transport))
        # From now on it is ours what the server says, even if it is said before carry().
        opened.transport.set_protocol(self)

    @classmethod
    async def open(cls, settings: RelaySettings) -> Self:
        """Connect, encrypt, introduce and log in; raises RelayError."""
        return cls(settings, await open_transport(settings))

    @property
    def broke_pipelining(self) -> bool:
        """Whether the server offered PIPELINING and cannot do it, or it looks so.

        The next connection should then be opened with `pipelining=False`.
        """
        return self._conversation.pipelining.broke

    @property
    def proved_pipelining(self) -> bool:
        """Whether it has shown that it can; say so to the next one by `pipelining_proven`.

        Then a server that hangs up is not thought to have been confused by a group.
        """
        return self._conversation.pipelining.proven

    async def carry(self, source: Source[Any], *, most: int, idle: float) -> None:
        """Carry what `source` gives until `most` were taken, it had nothing for `idle` seconds,
        `stop()`, a fault of the relay, or the connection is lost. It is closed afterwards.

        Cancelling drops the connection before anything else; even then `done` is called for each
        parcel, but not for one whose mark is just being renewed. What `source` raises drops the
        connection too, and is raised.
        """
        conversation = self._conversation
        try:
            conversation.begin(source, most=most, idle=idle)
            await conversation.ended
            if conversation.renewing is not None:
                await conversation.renewing
            if conversation.error is not None:
                raise conversation.error
        except BaseException:
            conversation.lose("interrupted by us")
            if (renewing := conversation.renewing) is not None:
                renewing.cancel()
                await asyncio.wait([renewing])
            raise
        finally:
            conversation.watchdog.sleep()

    def offer(self) -> None:
        """There may be something to take."""
        self._conversation.offer()

    def stop(self) -> None:
        """Take nothing more; `carry` returns when what is under way has ended.

        A parcel whose content has not begun comes back as Deferred, "not begun".
        """
        self._conversation.stop()

    async def close(self) -> None:
        """Say QUIT, where nothing is to be carried."""
        await self.carry(Nothing(), most=0, idle=0)

    # --- What the event loop calls ---------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        self._conversation.hear(bytes(self._received[:nbytes]))

    def resume_writing(self) -> None:
        self._conversation.resumed()

    def eof_received(self) -> bool:
        self._lost("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(f"the connection was lost ({exc})" if exc else "the connection was closed")

    def _lost(self, why: str) -> None:
        self._conversation.act(lambda: self._conversation.lost(why))
