"""An SMTP server for tests that answers by script, and counts what it took.

`answer(talk, verb, argument)` is asked for each command, and for the final dot as ".". It returns
the reply, None for the usual one, a `Pause` before it, `RESET` to cut the connection with nothing
said, or `TAKE_AND_RESET` at the dot: the message counts as taken, and nobody is told.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from socket import SO_LINGER, SOL_SOCKET
from time import monotonic
from typing import Self


@dataclass(frozen=True)
class Pause:
    """So many seconds pass before the reply; None: the usual one. The message is taken before."""

    seconds: float
    reply: str | None = None


RESET = "reset"
TAKE_AND_RESET = "take and reset"

Answer = Callable[["Talk", str, str], "str | Pause | None"]

USUAL = {
    "EHLO": "250-mx.valmont.example\r\n250-SIZE 50000000\r\n250-8BITMIME\r\n250 DSN",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 go on",
    ".": "250 2.0.0 taken",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(frozen=True)
class Taken:
    recipient: str
    content: bytes
    data_at: float  # monotonic time of its DATA
    talk: int

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.content)["Message-ID"])


@dataclass
class Talk:
    """One connection: its number, how many messages it carried, and who the present one is for."""

    number: int
    messages: int = 0
    recipient: str = ""
    verbs: list[str] = field(default_factory=list)


class ScriptedServer:
    """Listens on 127.0.0.1 from its making until `close`, in a thread of its own."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or (lambda *_: None)
        self.taken: list[Taken] = []
        self.talks: list[Talk] = []
        self.open = 0
        self.most_open = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        self._server, self.port = starting.result(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def recipients(self) -> Counter[str]:
        return Counter(taken.recipient for taken in self.taken)

    @property
    def by_message_id(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for taken in list(self.taken):
            found.setdefault(taken.message_id, []).append(taken.content)
        return found

    def close(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _start(self) -> tuple[asyncio.Server, int]:
        server = await asyncio.start_server(self._met, "127.0.0.1", 0, limit=2**20)
        return server, server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        talk = Talk(len(self.talks))
        self.talks.append(talk)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(talk, reader, writer)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _talk(
        self, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not await self._say(talk, writer, "CONNECT", "", "220 mx.valmont.example"):
            return
        while line := await reader.readline():
            verb, _, argument = line.decode().strip().partition(" ")
            verb = verb.upper()
            talk.verbs.append(verb)
            if verb == "RCPT":
                talk.recipient = argument.partition("<")[2].partition(">")[0]
            asked = monotonic()
            usual = USUAL.get(verb, "500 5.5.2 what?")
            said = await self._say(talk, writer, verb, argument, usual)
            if not said or verb == "QUIT":
                return
            if verb == "DATA" and said.startswith("354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                taken = Taken(talk.recipient, content[:-3], asked, talk.number)
                if not await self._say(talk, writer, ".", "", USUAL["."], taken):
                    return

    async def _say(
        self,
        talk: Talk,
        writer: asyncio.StreamWriter,
        verb: str,
        argument: str,
        usual: str,
        taken: Taken | None = None,
    ) -> str:
        """The reply that was given; empty when the connection is over."""
        reply, seconds = self.answer(talk, verb, argument), 0.0
        if isinstance(reply, Pause):
            reply, seconds = reply.reply, reply.seconds
        if reply is None:
            reply = usual
        if taken is not None and (reply.startswith("2") or reply == TAKE_AND_RESET):
            self.taken.append(taken)
            talk.messages += 1
        await asyncio.sleep(seconds)
        if reply in (RESET, TAKE_AND_RESET):
            sock = writer.get_extra_info("socket")
            sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return ""
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return "" if reply.startswith("421") else reply
