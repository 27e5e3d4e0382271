"""A relay that says what its script says, a source of parcels, and the certainty of each."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from socket import SO_LINGER, SO_RCVBUF, SOL_SOCKET
from socket import socket as Socket
from typing import Any

from newsletter.mail.connection import Connection
from newsletter.mail.opening import open_transport
from newsletter.mail.replies import Accepted, Deferred, Fault, Outcome, Rejected
from newsletter.mail.settings import Envelope, RelaySettings, TimeLimits, Tls

MESSAGE = b"From: a@valmont.example\r\nTo: ana@b.example\r\n\r\nBonjour =C3=A0 tous\r\n"
# More than all the buffers between two ends of a connection hold.
LARGE = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 200_000
SHORT = TimeLimits(connect=2, greeting=2, command=2, data=2, block=2, final=2, quit=0.2)  # seconds


@dataclass(frozen=True)
class Parcel:
    recipient: str
    content: bytes = MESSAGE
    sender: str = "b+d17@bounces.valmont.example"
    envid: str | None = None
    size: int | None = None

    @property
    def envelope(self) -> Envelope:
        return Envelope(self.sender, self.recipient, self.envid, self.size)


ANA, BEN, CLEO, DAN = (Parcel(f"{name}@b.example") for name in ("ana", "ben", "cleo", "dan"))


@dataclass
class Basket:
    """A source of these parcels; `outcomes` is what was done with each, in that order."""

    parcels: list[Parcel]
    stale: tuple[Parcel, ...] = ()  # their marks are too old when their content is to start
    renewal: Callable[[], Awaitable[bool]] | None = None
    on_done: Callable[[Parcel], None] | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    taken: int = 0
    renewed: int = 0

    def take(self) -> Parcel | None:
        if self.taken == len(self.parcels):
            return None
        self.taken += 1
        return self.parcels[self.taken - 1]

    def fresh(self, parcel: Parcel) -> bool:
        return parcel not in self.stale

    async def renew(self, parcel: Parcel) -> bool:
        self.renewed += 1
        assert self.renewal is not None
        return await self.renewal()

    def done(self, parcel: Parcel, outcome: Outcome) -> None:
        assert parcel in self.parcels[: self.taken]
        assert parcel.recipient not in self.outcomes, "told twice"
        self.outcomes[parcel.recipient] = outcome
        if self.on_done is not None:
            self.on_done(parcel)

    @property
    def kinds(self) -> list[type[Outcome]]:
        """The kinds of outcome, in the order of the parcels that were taken and are done."""
        return [
            type(self.outcomes[parcel.recipient])
            for parcel in self.parcels
            if parcel.recipient in self.outcomes
        ]

    def not_accepted(self, parcel: Parcel, text: str = "") -> None:
        """It surely was not accepted, and nobody is charged for it."""
        outcome = self.outcomes[parcel.recipient]
        assert isinstance(outcome, Deferred), outcome
        assert outcome.fault is Fault.RELAY
        assert text in outcome.reason, outcome.reason

    def refused(self, parcel: Parcel, fault: Fault, text: str = "") -> None:
        outcome = self.outcomes[parcel.recipient]
        assert isinstance(outcome, Rejected), outcome
        assert outcome.fault is fault
        assert text in outcome.reason, outcome.reason

    def accepted(self, *parcels: Parcel) -> None:
        for parcel in parcels:
            assert isinstance(self.outcomes[parcel.recipient], Accepted), self.outcomes


def basket(*parcels: Parcel, **options: Any) -> Basket:
    return Basket(list(parcels), **options)


def settings(port: int, **changes: Any) -> RelaySettings:
    base: dict[str, Any] = {
        "name": "main",
        "host": "127.0.0.1",
        "port": port,
        "tls": Tls.NONE,
        "helo": "news.valmont.example",
        "limits": SHORT,
    }
    return RelaySettings(**(base | changes))


class Peer:
    """The relay's side of one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pipelining: bool
    ) -> None:
        self.reader, self.writer, self.pipelining = reader, writer, pipelining
        self.heard: list[bytes] = []

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def hear(self, *commands: str) -> bytes:
        """These commands, a line each; the last line."""
        line = b""
        for command in commands:
            line = await self.reader.readline()
            self.heard.append(line)
            assert line.upper().startswith(command.encode()), (command, line)
        return line

    async def greet(self, *extensions: str) -> None:
        await self.say("220 mx.b.example ESMTP")
        await self.hear("EHLO")
        words = ["mx.b.example", *extensions, *(["PIPELINING"] if self.pipelining else [])]
        await self.say(*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}")

    async def agree(self, *, until: str = "DATA") -> None:
        """Hear MAIL, RCPT and DATA and agree to those before `until`; hear it as well."""
        for command, answer in (("MAIL", "250 2.1.0 OK"), ("RCPT", "250 2.1.5 OK"), ("DATA", "")):
            await self.hear(command)
            if command == until:
                return
            await self.say(answer)

    async def content(self) -> bytes:
        """The go-ahead, and what came then, with the final dot."""
        await self.say("354 go ahead")
        return await self.reader.readuntil(b"\r\n.\r\n")

    async def take(self) -> bytes:
        """A whole message, but for the answer to its dot."""
        await self.agree()
        return await self.content()

    async def leave(self) -> None:
        await self.hear("QUIT")
        await self.say("221 bye")

    async def silence(self) -> bool:
        """Whether nothing comes for a moment."""
        try:
            async with asyncio.timeout(0.05):
                await self.reader.readexactly(1)
        except TimeoutError:
            return True
        return False

    async def hung_up(self) -> bool:
        """Whether the other end closes the connection, and says nothing before that."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True

    def reset(self) -> None:
        """TCP RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Played:
    heard: list[bytes]  # the commands that the script waited for
    broke_pipelining: bool
    proved_pipelining: bool


@asynccontextmanager
async def relay(
    script: Script, *, pipelining: bool = True, receive_buffer: int = 0, tls: Any = None
) -> AsyncIterator[tuple[int, asyncio.Future[Peer]]]:
    """A relay that plays `script` to its first caller: its port, and the end of the play."""
    played: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, pipelining)
        try:
            await script(peer)
        except Exception as error:  # noqa: BLE001  handed to the test
            if not played.done():
                played.set_exception(error)
        finally:
            writer.close()
            if not played.done():
                played.set_result(peer)

    listener = Socket()
    if receive_buffer:
        listener.setsockopt(SOL_SOCKET, SO_RCVBUF, receive_buffer)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listener, limit=2**26, ssl=tls)
    try:
        yield listener.getsockname()[1], played
    finally:
        server.close()
        await server.wait_closed()


Client = Callable[[Connection], Awaitable[None]]


def play(
    script: Script,
    parcels: Basket,
    *,
    pipelining: bool = True,
    wished: bool = True,
    receive_buffer: int = 0,
    most: int = 100,
    idle: float = 0.0,
    client: Client | None = None,
    **changes: Any,
) -> Played:
    """A connection carries `parcels` to a relay that plays `script`; raises an error of either.

    `pipelining` is offered by the relay, and `wished` by us; `client` is what to do in
    place of plain `carry`.
    """

    async def run() -> Played:
        async with relay(script, pipelining=pipelining, receive_buffer=receive_buffer) as found:
            port, played = found
            # The limits that are tried begin after the opening, which is not what is tried here.
            opened = await open_transport(settings(port))
            connection = Connection(settings(port, pipelining=wished, **changes), opened)
            async with asyncio.timeout(10):
                if client is None:
                    await connection.carry(parcels, most=most, idle=idle)
                else:
                    await client(connection)
                peer = await played
            return Played(peer.heard, connection.broke_pipelining, connection.proved_pipelining)

    return asyncio.run(run())
