"""A relay that takes all mail and keeps none: Debian's smtp-sink, or where it is missing our own.

As a program of its own, `python sink.py` serves on a free port, writes it as its first line, and
ends with its standard input.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def tool(name: str) -> str | None:
    """The path of one of Postfix's test programs, or None."""
    return shutil.which(name) or shutil.which(name, path=PLACES)


@dataclass(frozen=True)
class Sink:
    """A running sink: what it is, and where."""

    name: str
    port: int


@contextmanager
def running_sink(*, own: bool = False) -> Iterator[Sink]:
    """A sink in a process of its own; `own` takes ours even where smtp-sink is at hand."""
    program = None if own else tool("smtp-sink")
    if program is None:
        process = subprocess.Popen(
            [sys.executable, Path(__file__)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        sink = Sink("our own sink (Python)", int(process.stdout.readline()))
    else:
        with socket.create_server((HOST, 0)) as listening:
            port = listening.getsockname()[1]
        user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it insists
        process = subprocess.Popen([program, *user, f"{HOST}:{port}", "256"])
        sink = Sink("smtp-sink", port)
        _wait_for(process, port)
    try:
        yield sink
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    process.terminate()
    raise SystemExit("smtp-sink did not start")


class _Conversation(asyncio.Protocol):
    """The server's side of SMTP, as far as a polite client needs it."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = b""
        self._in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = b"\r\n.\r\n" if self._in_content else b"\r\n"
            line, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            if self._in_content:
                self._in_content = False
                self.transport.write(b"250 2.0.0 Ok\r\n")
            else:
                self._command(line[:4].upper())

    def _command(self, verb: bytes) -> None:
        if verb == b"EHLO":
            self.transport.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            self._in_content = True
            self.transport.write(b"354 End data with <CR><LF>.<CR><LF>\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 Bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 2.0.0 Ok\r\n")


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Conversation, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
