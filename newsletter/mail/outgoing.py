"""What goes out on a connection, and whether a message's final dot can have left with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from socket import SO_SNDBUF, SOL_SOCKET

__all__ = ["Outgoing"]

_SEND_BUFFER = 256 * 1024  # bytes, so that a usual message leaves in one piece
_SLACK = 2  # the dot's own CRLF: some servers take the message without it
_TLS_PIECE = 64 * 1024


class Outgoing:
    """Writes to the transport of a connection.

    While `held`, a part of the last message with its dot is still in our own buffer: if the
    connection is dropped now, the dot has not left and never will. What the system has taken
    counts as left. A TLS layer does not tell what it has passed on, so it gets a long message in
    pieces, and the dot counts as left when it has the last one.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.held = False
        self._transport = transport
        self._over_tls = transport.get_extra_info("ssl_object") is not None
        self._pieces = memoryview(b"")  # not yet given to the TLS layer
        self._unsent = 0
        sock = transport.get_extra_info("socket")
        with suppress(OSError):  # a socket that has just failed says so soon enough
            if sock.getsockopt(SOL_SOCKET, SO_SNDBUF) < _SEND_BUFFER:
                sock.setsockopt(SOL_SOCKET, SO_SNDBUF, _SEND_BUFFER)

    def command(self, data: bytes) -> bool:
        """Write `data`; False when the connection is lost, and nothing of it has left."""
        self._transport.write(data)
        return not self._transport.is_closing()

    def message(self, data: bytes, after: int) -> bool:
        """Write `data`, of which all but the last `after` bytes end with a final dot.

        False when the connection is lost, and nothing of it has left.
        """
        transport = self._transport
        if self._over_tls and len(data) > _TLS_PIECE:
            transport.set_write_buffer_limits(high=1, low=0)
            self._pieces = memoryview(data)
            self.resume()
            self.moved()
            return True
        transport.write(data)
        if transport.is_closing():
            self.held = True
            return False
        unsent = transport.get_write_buffer_size()
        mark = after + _SLACK
        if unsent > mark and not self._over_tls:
            # The protocol's `resume_writing` is called once the dot may have left.
            transport.set_write_buffer_limits(high=mark, low=mark)
            self.held = True
            self._unsent = unsent
        return True

    def resume(self) -> None:
        """Our buffer is empty, but for what follows the dot."""
        while self._pieces and not self._transport.get_write_buffer_size():
            piece, self._pieces = self._pieces[:_TLS_PIECE], self._pieces[_TLS_PIECE:]
            self._transport.write(piece)
        self.held = bool(self._pieces)

    def moved(self) -> bool:
        """Whether anything has left since this was asked last."""
        unsent = len(self._pieces) + self._transport.get_write_buffer_size()
        before, self._unsent = self._unsent, unsent
        return unsent != before

    def drop(self) -> None:
        """Close the connection at once. What has not left yet never will."""
        # close() would first write what is left, perhaps the final dot.
        self._transport.abort()
