"""One SMTP conversation on a transport that is already connected, encrypted and introduced.

aiosmtplib opens the connection; then this protocol takes over its transport, for three things that
decide whether mail is lost or doubled and that a general client does not tell apart: a reply that
nobody asked for, whether the final dot can have left, and what was still waiting to be written.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque

from newsletter.mail.replies import Reply

__all__ = ["Wire", "WireError"]

_REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)", re.S)
_MAX_REPLY = 64 * 1024
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class WireError(Exception):
    """The conversation is over; the text says why. Never leaves this package."""


class Wire(asyncio.Protocol):
    """Writes commands, hands out replies, and is dead for good at the first irregularity.

    `dead` is why nothing can be said on it any more, or None while all is well.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.dead: str | None = None
        self._transport = transport
        self._buffer = bytearray()
        self._lines: list[bytes] = []  # of the reply that is coming in
        self._code = b""
        self._replies: deque[tuple[int, str]] = deque()
        self._owed = 0  # replies the server still has to give
        self._waiter: asyncio.Future[None] | None = None
        # More or other replies than were asked for: which answers what cannot be known any more.
        self._out_of_step = False
        self._paused = False
        # So `_paused` means exactly: a part of what was written has not been passed on yet.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)

    def write(self, data: bytes) -> None:
        """Write `data`, which is owed one reply. Raises WireError on a dead wire."""
        self._check()
        self._owed += 1
        self._transport.write(data)
        if self._transport.is_closing():
            self.kill("the connection was lost before anything was written")
            self._check()

    async def flushed(self, limit: float) -> bool:
        """Whether all that was written has left; False when the server answers before that.

        `limit` is how many seconds may pass without any progress. When this is False or raises
        WireError it is certain that the last byte written has not left, and it never will.
        """
        while self._paused and not self._replies:
            before = self._transport.get_write_buffer_size()
            if not await self._wait(limit) and self._paused:
                if self._transport.get_write_buffer_size() < before:
                    continue
                self.kill(f"it took none of the message for {limit:g} s")
            self._check()
        if self._paused:
            self.kill("it answered before it had the whole message")
        return not self._paused

    async def reply(self, command: str, limit: float) -> Reply:
        """The next reply, which answers `command`. Raises WireError; `limit` is in seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        while not self._replies:
            self._check()
            if not await self._wait(deadline - loop.time()) and not self._replies:
                self.kill(f"no answer to {command} within {limit:g} s")
        code, text = self._replies.popleft()
        reply = Reply(code, text, command)
        if self._out_of_step:
            raise WireError(f"{self.dead} (beside {reply})")
        return reply

    def kill(self, why: str) -> None:
        """Drop the connection at once. What has not left yet never will."""
        if self.dead is None:
            self.dead = why
        # close() would first write what is left, perhaps the final dot.
        self._transport.abort()
        self._wake()

    def _check(self) -> None:
        if self.dead is not None:
            raise WireError(self.dead)

    async def _wait(self, seconds: float) -> bool:
        """Whether something happened on the wire within so many seconds."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiter
        except TimeoutError:
            return False
        finally:
            self._waiter = None
        return True

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0 and self.dead is None:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            self._line_received(line)
        if len(self._buffer) > _MAX_REPLY:
            self.kill("a reply without end")
        self._wake()

    def _line_received(self, line: bytes) -> None:
        found = _REPLY_LINE.fullmatch(line)
        if found is None or (self._lines and found[1] != self._code):
            self._out_of_step = True
            self.kill(f"not an SMTP reply: {_readable(line[:200])!r}")
            return
        self._code = found[1]
        self._lines.append(found[3].strip())
        if sum(map(len, self._lines)) > _MAX_REPLY:
            self.kill("a reply without end")
        elif found[2] != b"-":
            text = _readable(b"\n".join(self._lines))
            self._lines.clear()
            if self._owed:
                self._owed -= 1
                self._replies.append((int(self._code), text))
            else:
                # Before hanging up a server may say 421 at any time (RFC 5321 §3.8).
                self._out_of_step = self._code != b"421"
                self.kill(f"a reply to nothing: {self._code.decode()} {text}")

    def eof_received(self) -> bool:
        self.kill("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.kill(f"the connection was lost ({exc})" if exc else "the connection was closed")

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        # A connection that is being aborted also "resumes", with its buffer thrown away.
        if self.dead is None:
            self._paused = False
            self._wake()


def _readable(raw: bytes) -> str:
    """A server's text for people and logs: UTF-8 where it is, no control characters."""
    return _UNPRINTABLE.sub("\ufffd", raw.decode("utf-8", "backslashreplace"))
