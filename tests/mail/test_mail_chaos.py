"""Whatever a relay refuses, splits or drops: each parcel is told once, and nothing is doubled."""

from __future__ import annotations

import asyncio
import re
from random import Random
from typing import Any

import pytest
from scripted_relay import Parcel, basket, settings

from newsletter.mail.connection import Connection
from newsletter.mail.opening import Opened
from newsletter.mail.replies import Accepted, Unknown

ROUNDS = 150  # connections for each way of speaking
PARCELS = 8
LONG = b"x" * 70 + b"\r\n"


class Relay(asyncio.Transport):
    """The transport, the way to the relay and the relay: all of them as chance has it.

    It keeps to the protocol, but refuses and hangs up at any place. `took` is who it has accepted
    a message for, whether or not it was able to say so.
    """

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.chance = chance
        self.took: list[str] = []
        self._protocol: Any = None
        self._unsent = bytearray()  # in the transport's buffer
        self._heard = bytearray()
        self._said = bytearray()
        self._limits = (1 << 16, 1 << 14)
        self._paused = False
        self._closed = False
        self._recipient: str | None = None
        self._in_content = False
        self._loop = asyncio.get_running_loop()

    # The transport

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self if name == "socket" else None

    def getsockopt(self, *_: int) -> int:
        return 1 << 30

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._limits = (high or 0, low or 0)
        self._paused = len(self._unsent) > self._limits[0]

    def get_write_buffer_size(self) -> int:
        return len(self._unsent)

    def is_closing(self) -> bool:
        return self._closed

    def write(self, data: Any) -> None:
        if self._chance(100):
            self._hang_up()
            return
        self._unsent += data
        self._send()
        self._loop.call_soon(self._go_on)

    def abort(self) -> None:
        self._closed = True

    # The way

    def _chance(self, one_in: int) -> bool:
        return self.chance.randrange(one_in) == 0

    def _send(self) -> None:
        """A part of what was written leaves, or all of it."""
        part = (
            len(self._unsent) if self._chance(2) else self.chance.randrange(len(self._unsent) + 1)
        )
        self._heard += self._unsent[:part]
        del self._unsent[:part]

    def _go_on(self) -> None:
        if self._closed:
            return
        if self._unsent:
            self._send()
            if self._paused and len(self._unsent) <= self._limits[1]:
                self._paused = False
                self._protocol.resume_writing()
        if self._chance(200):
            self._hang_up()
            return
        self._listen()
        part = len(self._said) if self._chance(2) else self.chance.randrange(len(self._said) + 1)
        said = bytes(self._said[:part])
        del self._said[:part]
        if said:
            buffer = self._protocol.get_buffer(-1)
            buffer[: len(said)] = said
            self._protocol.buffer_updated(len(said))
        if not self._closed:
            self._loop.call_soon(self._go_on)

    def _hang_up(self) -> None:
        if not self._closed:
            self._closed = True
            self._unsent.clear()
            self._loop.call_soon(self._protocol.connection_lost, None)

    # The relay

    def _listen(self) -> None:
        while not self._closed:
            end = re.search(rb"(?:^|\r\n)\.\r\n" if self._in_content else rb"\r\n", self._heard)
            if end is None:
                return
            line = bytes(self._heard[: end.end()])
            del self._heard[: end.end()]
            if self._chance(150):
                self._said += b"421 4.3.2 going down\r\n"
                return
            if self._in_content:
                self._ended(empty=line == b".\r\n")
            else:
                self._command(line)

    def _ended(self, *, empty: bool) -> None:
        self._in_content = False
        if self._recipient is None or self._chance(8):
            assert empty or self._recipient is not None
            self._said += self.chance.choice([b"554 5.6.0 no\r\n", b"452 4.2.2 full\r\n"])
        else:
            self.took.append(self._recipient)
            if self._chance(25):
                self._hang_up()  # accepted, and nobody is told
            self._said += b"250-2.0.0 queued\r\n250 as 17\r\n" if self._chance(5) else b"250 ok\r\n"

    def _command(self, line: bytes) -> None:
        verb = line[:4]
        if verb == b"RCPT":
            self._recipient = None
            if self._chance(6):
                self._said += self.chance.choice([b"550 5.1.1 no\r\n", b"450 4.2.1 later\r\n"])
            else:
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                self._said += b"250 OK\r\n"
        elif verb == b"DATA":
            goes_on = self._recipient is not None and not self._chance(12)
            self._in_content = goes_on or (self._recipient is None and self._chance(2))
            self._said += b"354 go on\r\n" if self._in_content else b"554 5.7.1 no\r\n"
        elif verb in (b"MAIL", b"RSET"):
            self._recipient = None
            self._said += b"250 OK\r\n"
        else:
            assert line == b"QUIT\r\n", line
            self._said += b"221 bye\r\n"


async def one(seed: int, *, pipelining: bool) -> None:
    chance = Random(seed)
    parcels = [
        Parcel(f"r{number}@b.example", LONG * chance.choice([1, 30, 400]))
        for number in range(PARCELS)
    ]
    box = basket(*parcels)
    server = Relay(chance)
    extensions = {"pipelining": ""} if pipelining else {}
    connection = Connection(settings(25), Opened(server, extensions))
    async with asyncio.timeout(10):
        await connection.carry(box, most=100, idle=0)
    assert len(box.outcomes) == box.taken
    assert len(set(server.took)) == len(server.took)
    for recipient, outcome in box.outcomes.items():
        if recipient in server.took:
            assert isinstance(outcome, Accepted | Unknown), (recipient, outcome)
        else:
            assert not isinstance(outcome, Accepted), (recipient, outcome)


@pytest.mark.parametrize("pipelining", [True, False], ids=["in groups", "one by one"])
def test_each_parcel_is_told_once_and_never_less_than_what_happened(pipelining: bool) -> None:
    async def run() -> None:
        for seed in range(ROUNDS):
            await one(seed, pipelining=pipelining)

    asyncio.run(run())
