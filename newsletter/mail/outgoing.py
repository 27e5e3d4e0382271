"""What goes out on a connection, and whether a message's final dot can have left with it."""

from __future__ import annotations

import asyncio
from socket import SO_SNDBUF, SOL_SOCKET

__all__ = ["Outgoing"]

_SEND_BUFFER = 256 * 1024  # bytes, so that a usual message leaves in one piece
_SLACK = 2  # the dot's own CRLF: some servers take the message without it
_TLS_SLACK = 4096  # what encryption may add to what follows the dot


class Outgoing:
    """Writes to the transport of a connection.

    While `held`, a part of the last message with its dot is still in our own buffer: if the
    connection is dropped now, the dot has not left and never will. The system's buffer counts as
    left, and so does all that a TLS layer may have passed on.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.held = False
        self._transport = transport
        over_tls = transport.get_extra_info("ssl_object") is not None
        self._slack = _TLS_SLACK if over_tls else _SLACK
        self._unsent = 0
        sock = transport.get_extra_info("socket")
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
        transport.write(data)
        if transport.is_closing():
            self.held = True
            return False
        unsent = transport.get_write_buffer_size()
        mark = after + self._slack
        if unsent > mark:
            # The protocol's `resume_writing` is called once the dot may have left.
            transport.set_write_buffer_limits(high=mark, low=mark)
            self.held = True
            self._unsent = unsent
        return True

    def moved(self) -> bool:
        """Whether anything has left since this was asked last."""
        before, self._unsent = self._unsent, self._transport.get_write_buffer_size()
        return self._unsent < before

    def drop(self) -> None:
        """Close the connection at once. What has not left yet never will."""
        # close() would first write what is left, perhaps the final dot.
        self._transport.abort()
