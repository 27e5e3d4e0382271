"""An SMTP server for tests that answers by script (`smtp_steps`), misbehaves as it is told, and
counts what it took.

A server that offers PIPELINING (RFC 2920) keeps to it, or breaks it as `pipelining` says.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from socket import SO_LINGER, SOL_SOCKET, TCP_NODELAY
from time import monotonic
from typing import Self

from smtp_steps import (
    CLOSE,
    CUT_TLS,
    RESET,
    SILENCE,
    TAKE_AND_CLOSE,
    TAKE_AND_RESET,
    TAKING,
    Answer,
    Event,
    Pause,
    Pipelining,
    Said,
    Step,
    Taken,
    Talk,
    Within,
    drip,
)

__all__ = [
    "CLOSE", "CUT_TLS", "EXTENSIONS", "PIPELINED", "RESET", "SILENCE", "TAKE_AND_CLOSE",
    "TAKE_AND_RESET", "Answer", "Pause", "Pipelining", "Said", "ScriptedServer", "Step", "Taken",
    "Talk", "Within", "drip",
]  # fmt: skip

EXTENSIONS = ("SIZE 50000000", "8BITMIME", "DSN")
PIPELINED = (*EXTENSIONS, "PIPELINING")

_NO_RECIPIENT = "554 5.5.1 no valid recipients"


class ScriptedServer:
    """Listens from its making until `close`, in a thread of its own; on 127.0.0.1 unless told.

    `extensions` is what it offers beside STARTTLS, which it offers when it has `tls`.
    """

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        extensions: Iterable[str] = EXTENSIONS,
        pipelining: Pipelining = Pipelining.HONEST,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        host: str = "127.0.0.1",
    ) -> None:
        self.answer: Answer = answer or (lambda *_: None)
        self.extensions = tuple(extensions)
        self.pipelining = pipelining
        self.tls = tls
        self.implicit = implicit
        self.go_ahead_without_recipient = False  # 354 to DATA though RCPT was refused (RFC 2920)
        self.taken: list[Taken] = []
        self.talks: list[Talk] = []
        self.open = 0
        self.most_open = 0
        self.pipelined = 0  # commands that came before the one ahead of them was answered
        self.most_to_domain: Counter[str] = Counter()  # transactions open at once
        self._to_domain: Counter[str] = Counter()
        self._lines: set[_Line] = set()
        self._faults: list[BaseException] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._start(host), self._loop)
        self._server, self.port = starting.result(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def recipients(self) -> Counter[str]:
        return Counter(taken.recipient for taken in list(self.taken))

    @property
    def by_message_id(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for taken in list(self.taken):
            found.setdefault(taken.message_id, []).append(taken.content)
        return found

    @property
    def doubled(self) -> dict[str, int]:
        """Copies beyond the first, by Message-ID."""
        return {name: len(all_) - 1 for name, all_ in self.by_message_id.items() if len(all_) > 1}

    @property
    def verbs(self) -> Counter[str]:
        return Counter(verb for talk in list(self.talks) for verb in list(talk.verbs))

    def say(self, text: str) -> None:
        """A reply that nobody asked for, on every connection that is open."""
        self._loop.call_soon_threadsafe(
            lambda: [line.transport.write(f"{text}\r\n".encode()) for line in self._lines]
        )

    def close(self) -> None:
        """End all connections. Raises what the script itself raised, since that is a bug of it."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
        if self._faults:
            raise self._faults.pop()

    async def _start(self, host: str) -> tuple[asyncio.Server, int]:
        context = self.tls if self.implicit else None
        server = await self._loop.create_server(lambda: _Line(self), host, 0, ssl=context)
        return server, server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        for line in list(self._lines):
            line.over = True
            line.transport.abort()
        await asyncio.sleep(0)

    def opened(self, line: _Line) -> Talk:
        self._lines.add(line)
        talk = Talk(len(self.talks), encrypted=self.implicit)
        self.talks.append(talk)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        return talk

    def closed(self, line: _Line) -> None:
        self._lines.discard(line)
        self.open -= 1

    def failed(self, error: BaseException) -> None:
        self._faults.append(error)

    def begun(self, domain: str) -> None:
        self._to_domain[domain] += 1
        self.most_to_domain[domain] = max(self.most_to_domain[domain], self._to_domain[domain])

    def ended(self, domain: str) -> None:
        self._to_domain[domain] -= 1


class _Line(asyncio.Protocol):
    """One connection. Works through its input at once, unless an answer makes it wait."""

    transport: asyncio.Transport
    talk: Talk

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.over = False
        self._buffer = bytearray()
        self._busy = False  # an answer is being given
        self._content: float | None = None  # monotonic time of the DATA whose content is coming
        self._within: Within | None = None
        self._searched = 0
        self._has_mail = False
        self._domain: str | None = None  # of the recipient who was accepted
        self._cut_tls = False

    # --- What asyncio calls ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(6, TCP_NODELAY, 1)
        self.talk = self.server.opened(self)
        self._ask("CONNECT", "", "220 mx.valmont.example")
        self._feed()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = True
        self._end_transaction()
        self.server.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._cut_tls:
            self._reset()
            return
        self._buffer += data
        self._feed()

    # --- Input -------------------------------------------------------------------------------

    def _feed(self) -> None:
        while not self._busy and not self.over:
            if not (self._feed_content() if self._content is not None else self._feed_command()):
                return

    def _feed_command(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = self._buffer[:end].decode("utf-8", "replace").strip()
        del self._buffer[: end + 1]
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        ahead = b"\n" in self._buffer
        self.server.pipelined += ahead
        self.talk.verbs.append(verb)
        if verb == "RCPT":
            self.talk.recipient = argument.partition("<")[2].partition(">")[0]
        self._ask(verb, argument, self._usual(verb))
        if ahead and verb not in ("STARTTLS", "QUIT"):
            self._break_pipelining(self._buffer.count(b"\n"))
        return True

    def _break_pipelining(self, commands: int) -> None:
        match self.server.pipelining:
            case Pipelining.SWALLOWS_COMMANDS:
                self._buffer.clear()
            case Pipelining.OUT_OF_SEQUENCE:
                self._buffer.clear()
                self._content = None
                self.transport.write(b"503 5.5.1 commands out of sequence\r\n" * commands)
            case Pipelining.HANGS_UP:
                self._buffer.clear()
                self.transport.write(b"554 5.5.0 synchronization error\r\n")
                self._close()
            case _:
                pass

    def _feed_content(self) -> bool:
        if self._within is not None and len(self._buffer) >= self._within.size:
            within, self._within, self._content = self._within, None, None
            self._buffer.clear()
            self._end_transaction()
            self._play(within.then, after=self._close)  # the rest of it is no command
            return True
        empty = self._buffer.startswith(b".\r\n")
        end = 0 if empty else self._buffer.find(b"\r\n.\r\n", max(self._searched - 4, 0))
        if end < 0:
            self._searched = len(self._buffer)
            return False
        content = bytes(self._buffer[: 0 if empty else end + 2])
        del self._buffer[: 3 if empty else end + 5]
        began, self._content, self._searched = self._content, None, 0
        assert began is not None
        usual = "250 2.0.0 taken" if self._domain is not None else _NO_RECIPIENT
        taken = Taken(self.talk.recipient, content, began, self.talk.number, monotonic())
        if b"\n" in self._buffer:
            self.server.pipelined += 1
            if self.server.pipelining is Pipelining.SWALLOWS_AFTER_DOT:
                self._buffer.clear()
        self._ask(".", "", usual, taken)
        if b"\n" in self._buffer and self.server.pipelining in (
            Pipelining.OUT_OF_SEQUENCE, Pipelining.HANGS_UP,
        ):  # fmt: skip
            self._break_pipelining(self._buffer.count(b"\n"))
        return True

    def _usual(self, verb: str) -> str:
        match verb:
            case "EHLO":
                offered = [*self.server.extensions]
                if self.server.tls is not None and not self.talk.encrypted:
                    offered.append("STARTTLS")
                lines = ["mx.valmont.example", *offered]
                return "\r\n".join(
                    f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines
                )
            case "STARTTLS" if self.server.tls is not None and not self.talk.encrypted:
                return "220 2.0.0 go ahead"
            case "AUTH":
                return "235 2.7.0 welcome"
            case "MAIL":
                return "503 5.5.1 nested MAIL" if self._has_mail else "250 2.1.0 OK"
            case "RCPT":
                return "250 2.1.5 OK" if self._has_mail else "503 5.5.1 MAIL first"
            case "DATA":
                free = self.server.go_ahead_without_recipient and self._has_mail
                return "354 go on" if self._domain is not None or free else _NO_RECIPIENT
            case "HELO" | "RSET" | "NOOP":
                return "250 2.0.0 OK"
            case "QUIT":
                return "221 2.0.0 bye"
            case _:
                return "500 5.5.2 what?"

    # --- Output ------------------------------------------------------------------------------

    def _ask(self, verb: str, argument: str, usual: str, taken: Taken | None = None) -> None:
        try:
            said = self.server.answer(self.talk, verb, argument)
        except BaseException as error:  # noqa: BLE001  # told when the server is closed
            self.server.failed(error)
            self._reset()
            return
        within = None
        if isinstance(said, Within):
            said, within = "354 go on", said
        if said is None or isinstance(said, str | bytes | Event):
            steps: tuple[Step, ...] = (usual if said is None else said,)
        elif isinstance(said, Pause):
            steps = (Pause(said.seconds), usual if said.reply is None else said.reply)
        else:
            steps = tuple(said)
        spoken = [step for step in steps if not isinstance(step, Pause)]
        texts = [step.encode() if isinstance(step, str) else step for step in spoken]
        code = b"".join(step for step in texts if isinstance(step, bytes))[:3]
        agreed = code[:1] == b"2"
        if taken is not None and self._domain is not None and (agreed or spoken[0] in TAKING):
            self.server.taken.append(taken)
            self.talk.messages += 1

        def after() -> None:
            self._said(verb, agreed, code, within)

        self._play(steps, after)

    def _play(self, steps: Sequence[Step], after: Callable[[], None]) -> None:
        """Do one step after the other, then `after`, in one go if there is no pause."""
        self._busy = True
        out = bytearray()
        for number, step in enumerate(steps):
            if isinstance(step, str):
                out += step.encode() + b"\r\n"
            elif isinstance(step, bytes):
                out += step
            elif isinstance(step, Pause):
                self._write(out)
                rest = steps[number + 1 :]

                def go_on(rest: Sequence[Step] = rest) -> None:
                    self._play(rest, after)
                    self._feed()

                if not self.over:
                    asyncio.get_running_loop().call_later(step.seconds, go_on)
                return
            else:
                self._write(out)
                self._happen(step)
                return
        self._write(out)
        self._busy = False
        if not self.over:
            after()

    def _write(self, out: bytearray) -> None:
        if out and not self.over:
            self.transport.write(bytes(out))
            out.clear()

    def _happen(self, event: Event) -> None:
        match event:
            case Event.RESET | Event.TAKE_AND_RESET:
                self._reset()
            case Event.CLOSE | Event.TAKE_AND_CLOSE:
                self._close()
            case Event.SILENCE:
                self.transport.pause_reading()
            case Event.CUT_TLS:
                self._busy = False
                self._cut_tls = True
                self.transport.write(b"220 2.0.0 go ahead\r\n")

    def _said(self, verb: str, agreed: bool, code: bytes, within: Within | None) -> None:
        """What the answer that was given changes."""
        if code == b"421" or verb == "QUIT" or (verb == "CONNECT" and not agreed):
            self._close()
        elif verb == "MAIL":
            self._has_mail = self._has_mail or agreed
        elif verb == "RCPT" and agreed:
            self._end_transaction()
            self._has_mail = True
            self._domain = self.talk.recipient.rpartition("@")[2]
            self.server.begun(self._domain)
        elif verb == "DATA" and code == b"354":
            self._content, self._within = monotonic(), within
        elif verb in (".", "RSET", "EHLO", "HELO"):
            self._end_transaction()
        elif verb == "STARTTLS" and agreed and self.server.tls is not None:
            self._busy = True
            self._buffer.clear()
            asyncio.get_running_loop().create_task(self._start_tls(self.server.tls))

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self.transport, self, context, server_side=True)
        except (OSError, ssl.SSLError):  # the client does not trust us: just what was wanted
            self._close()
            return
        if transport is None or self.over:
            return
        self.transport, self._busy, self.talk.encrypted = transport, False, True
        self._feed()

    def _end_transaction(self) -> None:
        self._has_mail = False
        if self._domain is not None:
            self.server.ended(self._domain)
            self._domain = None

    def _reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.over = True
        self.transport.abort()

    def _close(self) -> None:
        self.over = True
        self.transport.close()
