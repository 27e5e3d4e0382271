"""A wire of some length: `python proxy.py PORT MILLISECONDS` passes on what it is given, later.

It listens on a free port of 127.0.0.1, writes that as its first line, holds back every piece for
half of a round trip, in either direction, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"


class End(asyncio.Protocol):
    """One end of a connection; what comes in leaves by the other end, `delay` seconds later.

    Nothing is held up because much is on its way: a long wire has room for all of it.
    """

    def __init__(self, delay: float, other: End | None = None) -> None:
        self.delay = delay
        self.other = other
        self.transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self.delay, self._pass_on, data)

    def _pass_on(self, data: bytes) -> None:
        assert self.other is not None
        if self.other.transport is not None:
            self.other.transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self._loop.call_later(self.delay, self.other.transport.close)


class Near(End):
    """The end that a sender connects to."""

    def __init__(self, delay: float, port: int) -> None:
        super().__init__(delay)
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        self._connecting = self._loop.create_task(self._connect(transport))

    async def _connect(self, near: asyncio.Transport) -> None:
        _, self.other = await self._loop.create_connection(
            lambda: End(self.delay, self), HOST, self._port
        )
        near.resume_reading()


async def _serve(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Near(delay, port), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running_proxy(port: int, milliseconds: float) -> Iterator[int]:
    """The port of a proxy before `port`, with this round trip, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__), str(port), str(milliseconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 2000))
