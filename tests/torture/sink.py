"""A mail server in a process of its own, which takes all it gets and counts it by Message-ID.

    python tests/torture/sink.py --seed 1 --delay 0.01 --pipelining

Prints its port; for each line it reads, it waits until its clients have gone and prints what it
took as JSON. It ends when its input does.

A while passes between the final dot and the reply. Half of the messages are taken at the dot, the
other half only if the client is still there for the reply: real servers do either, and one who
was killed in between cannot know which.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Self

EXTENSIONS = ("SIZE 50000000", "8BITMIME", "DSN")
GONE_SECONDS = 10.0  # for the last clients to go

Copies = dict[str, list[tuple[str, str]]]
"""For each Message-ID the recipient and the SHA-256 of each copy."""


@dataclass
class Sink:
    """What all connections share."""

    seed: int
    delay: float  # the longest, in seconds, between the dot and its reply
    pipelining: bool
    taken: Copies = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)  # what no client may do
    talks: set[Talk] = field(default_factory=set)
    most: int = 0  # connections open at once

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def take(self, recipient: str, content: bytes) -> None:
        head = content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        name = head.lower().partition("\r\nmessage-id:")[2].partition(">")[0].strip(" \r\n<")
        copy = (recipient, hashlib.sha256(content).hexdigest())
        self.taken.setdefault(name, []).append(copy)


class Talk(asyncio.Protocol):
    """One connection. Replies are given in order, and one at a time where the dot's is slow."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = bytearray()
        self.recipient = ""
        self.in_content = False
        self.waits = False  # for its own reply to the dot
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.sink.talks.add(self)
        self.sink.most = max(self.sink.most, len(self.sink.talks))
        self.say("220 mx.valmont.example")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.talks.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def say(self, *lines: str) -> None:
        if not self.transport.is_closing():
            self.transport.write("".join(f"{line}\r\n" for line in lines).encode())

    def go_on(self) -> None:
        """Answer what came in, up to a message whose reply takes its time."""
        while not self.waits:
            mark = b"\r\n.\r\n" if self.in_content else b"\r\n"
            end = self.buffer.find(mark)
            if end < 0:
                return
            piece = bytes(self.buffer[: end + 2])
            del self.buffer[: end + len(mark)]
            if self.in_content:
                self.dot(piece)
            else:
                self.command(piece.decode().strip())

    def command(self, line: str) -> None:
        verb = line.upper().partition(" ")[0]
        # RFC 2920 §3.1: EHLO and DATA end a group; without the extension every command does.
        if self.buffer and (verb in ("EHLO", "DATA", "QUIT") or not self.sink.pipelining):
            self.sink.broken.append(f"did not wait for the reply to {verb}")
        match verb:
            case "EHLO":
                offered = [*EXTENSIONS, *(["PIPELINING"] if self.sink.pipelining else [])]
                self.say("250-mx.valmont.example", *(f"250-{one}" for one in offered[:-1]))
                self.say(f"250 {offered[-1]}")
            case "RCPT":
                self.recipient = line.partition("<")[2].partition(">")[0]
                self.say("250 2.1.5 OK")
            case "DATA":
                self.in_content = True
                self.say("354 go on")
            case "QUIT":
                self.say("221 2.0.0 bye")
                self.transport.close()
            case "MAIL" | "RSET":
                self.say("250 2.0.0 OK")
            case _:
                self.sink.broken.append(f"said {line!r}")
                self.say("500 5.5.2 what?")

    def dot(self, content: bytes) -> None:
        self.in_content, self.waits = False, True
        at_once = self.sink.chance.random() < 0.5
        if at_once:
            self.sink.take(self.recipient, content)
        pause = self.sink.delay * self.sink.chance.random() ** 3  # most are quick, some are slow
        loop = asyncio.get_running_loop()
        loop.call_later(pause, self.answer, None if at_once else content)

    def answer(self, content: bytes | None) -> None:
        self.waits = False
        if self not in self.sink.talks or self.transport.is_closing():
            return
        if content is not None:
            self.sink.take(self.recipient, content)
        self.say("250 2.0.0 taken")
        self.go_on()


async def serve(sink: Sink) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Talk(sink), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        deadline = loop.time() + GONE_SECONDS
        while sink.talks and loop.time() < deadline:
            await asyncio.sleep(0.005)
        if sink.talks:
            sink.broken.append("did not hang up")
        found = {"taken": sink.taken, "broken": sink.broken, "most": sink.most}
        print(json.dumps(found), flush=True)


@dataclass(frozen=True)
class Takings:
    """What a sink took, and what its clients did that no client may."""

    taken: Copies
    broken: list[str]
    most: int


class SinkProcess:
    """The sink seen from the outside; it ends with the block."""

    def __init__(self, *, seed: int = 0, delay: float = 0.01, pipelining: bool = True) -> None:
        words = ["--seed", str(seed), "--delay", str(delay)]
        self._process = subprocess.Popen(
            [sys.executable, __file__, *words, *(["--pipelining"] if pipelining else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = int(self._read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(GONE_SECONDS)

    def count(self) -> Takings:
        """What it took so far, once all its clients have gone."""
        assert self._process.stdin is not None
        self._process.stdin.write("count\n")
        self._process.stdin.flush()
        return Takings(**json.loads(self._read()))

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.01)
    parser.add_argument("--pipelining", action="store_true")
    asyncio.run(serve(Sink(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
