"""A connection to a relay that carries one message after another, one recipient each.

A message takes two steps, so that the caller can commit its mark between them:

    outcome = await connection.begin(envelope)      MAIL, RCPT; None when the relay agrees
    … the mark is committed, or `reset` is called …
    outcome = await connection.content(message)     DATA, the message, the final dot

Before the final dot can have left, whatever goes wrong is `Deferred`: certainly not accepted.
From then on, whatever is not a clear answer is `Unknown`. The caller looks at `usable` after each
outcome; a connection that is not usable any more has been dropped.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Self

from newsletter.errors import MessageError
from newsletter.mail.mailboxes import addr_spec
from newsletter.mail.opening import Opened, open_transport
from newsletter.mail.replies import (
    Deferred,
    Fault,
    Outcome,
    Rejected,
    Reply,
    Unknown,
    outcome_of,
)
from newsletter.mail.settings import Envelope, RelaySettings, TimeLimits, Tls
from newsletter.mail.wire import Wire, WireError

__all__ = ["Connection", "Envelope", "RelaySettings", "TimeLimits", "Tls"]

_UNITEXT_UNSAFE = re.compile(r"[\x00-\x20+=\\\x7f]")
_XTEXT_UNSAFE = re.compile(r"[^!-*,-<>-~]")  # RFC 3461 §4: printable ASCII but "+" and "="


class Connection:
    """An open, authenticated connection to one relay."""

    def __init__(self, settings: RelaySettings, opened: Opened) -> None:
        self.settings = settings
        self.extensions = opened.extensions
        self._limits = settings.limits
        self._wire = Wire(opened.transport)
        self._in_transaction = False

    @classmethod
    async def open(cls, settings: RelaySettings) -> Self:
        """Connect, encrypt, introduce and log in; raises RelayError."""
        return cls(settings, await open_transport(settings))

    @property
    def usable(self) -> bool:
        """Whether another message may be begun."""
        return self._wire.dead is None

    async def begin(self, envelope: Envelope) -> Outcome | None:
        """MAIL and RCPT; None when the relay agrees to take the message, else why it does not.

        Raises MessageError when an address cannot stand in a command.
        """
        refused = self._unable(envelope)
        if refused is not None:
            return refused
        mail, rcpt = self._mail(envelope), self._rcpt(envelope)
        try:
            with self._dropped_if_interrupted():
                await self.reset()
                reply = await self._command("MAIL", mail)
                if 200 <= reply.code < 300:
                    self._in_transaction = True
                    reply = await self._command("RCPT", rcpt)
        except WireError as error:
            return self._lost(error)
        return None if 200 <= reply.code < 300 else self._judged(reply)

    async def content(
        self,
        message: bytes,
        *,
        renew: Callable[[], Awaitable[bool]] | None = None,
        renew_after: float = 1.0,
    ) -> Outcome:
        """DATA and the message, whose lines end in CRLF; what the relay answered.

        If the relay's go-ahead took longer than `renew_after` seconds, the caller's mark may be
        stale: `renew` is awaited, and unless it returns True the connection is dropped with
        nothing sent, since SMTP knows no other way back from there. That is `Deferred`.
        """
        stuffed = _dot_stuffed(message)
        with self._dropped_if_interrupted():
            try:
                asked = monotonic()
                reply = await self._command("DATA", b"DATA", self._limits.data)
                if not 300 <= reply.code < 400:
                    return self._judged(reply)
                late = monotonic() - asked > renew_after
                if late and renew is not None and not await renew():
                    self._wire.kill("its go-ahead came too late to be used")
                self._wire.write(stuffed)
                complete = await self._wire.flushed(self._limits.block)
            except WireError as error:
                return self._lost(error)
            try:
                reply = await self._reply(".", self._limits.final)
            except WireError as error:
                if not complete:
                    return self._lost(error)
                self._wire.kill(str(error))
                return Unknown(f"{self.settings.where}: {error}; the final dot was already sent")
        self._in_transaction = False
        if not complete and reply.code < 400:
            return self._lost(WireError(f"{self._wire.dead}: {reply}"))
        return self._judged(reply)

    async def reset(self) -> None:
        """Forget a begun transaction; does nothing when there is none.

        Raises nothing: a relay that refuses RSET has its connection dropped.
        """
        if not self._in_transaction or not self.usable:
            return
        self._in_transaction = False
        with suppress(WireError):
            reply = await self._command("RSET", b"RSET")
            if not 200 <= reply.code < 300:
                self._wire.kill(f"it refused RSET: {reply}")

    async def close(self) -> None:
        """Say QUIT if that is still possible, and close; never raises."""
        if self.usable:
            with suppress(WireError):
                await self._command("QUIT", b"QUIT", self._limits.quit)
        self._wire.kill("closed by us")

    def _unable(self, envelope: Envelope) -> Rejected | None:
        """Why this relay cannot even be asked; it would have to refuse."""
        where = self.settings.where
        if envelope.smtputf8 and "smtputf8" not in self.extensions:
            return Rejected(
                Fault.MESSAGE,
                f"{envelope.recipient} needs a server with SMTPUTF8, and {where} does not offer "
                "it; use another relay, or an address in ASCII",
            )
        largest = self.extensions.get("size", "")
        if envelope.size and largest.isdigit() and 0 < int(largest) < envelope.size:
            return Rejected(
                Fault.MESSAGE,
                f"the message has {envelope.size} bytes, and {where} takes {largest} (SIZE); "
                "shorten it",
            )
        return None

    def _mail(self, envelope: Envelope) -> bytes:
        """MAIL with the parameters that the server offered to understand."""
        words = [f"MAIL FROM:<{addr_spec(envelope.sender) if envelope.sender else ''}>"]
        if envelope.size and "size" in self.extensions:
            words.append(f"SIZE={envelope.size}")
        if envelope.smtputf8:
            words += ("BODY=8BITMIME", "SMTPUTF8")  # RFC 6531 §3.1; all else is 7 bits anyway
        if "dsn" in self.extensions:
            words.append("RET=HDRS")
            if envelope.envid:
                words.append(f"ENVID={_xtext(envelope.envid)}")
        return " ".join(words).encode()

    def _rcpt(self, envelope: Envelope) -> bytes:
        """RCPT, asking for reports on failure and delay where the server offers DSN (RFC 3461)."""
        recipient = addr_spec(envelope.recipient)
        words = [f"RCPT TO:<{recipient}>"]
        if "dsn" in self.extensions:
            words.append("NOTIFY=FAILURE,DELAY")
            if envelope.smtputf8:
                words.append(f"ORCPT=utf-8;{_unitext(recipient)}")
            else:
                words.append(f"ORCPT=rfc822;{_xtext(recipient)}")
        return " ".join(words).encode()

    async def _command(self, name: str, line: bytes, limit: float | None = None) -> Reply:
        self._wire.write(line + b"\r\n")
        return await self._reply(name, self._limits.command if limit is None else limit)

    async def _reply(self, name: str, limit: float) -> Reply:
        return await self._wire.reply(name, limit)

    def _judged(self, reply: Reply) -> Outcome:
        """What the reply means; a conversation that it ends or puts in doubt is dropped."""
        outcome = outcome_of(reply)
        at_odds = isinstance(outcome, Deferred) and outcome.fault is Fault.RELAY
        if (
            isinstance(outcome, Unknown)
            or reply.code == 421
            or (at_odds and reply.code // 100 != 4)
        ):
            self._wire.kill(str(reply))
        return outcome

    def _lost(self, error: WireError) -> Deferred:
        """The connection failed while the message could not have been accepted."""
        self._wire.kill(str(error))
        return Deferred(Fault.RELAY, f"{self.settings.where}: {error}; nothing was accepted")

    @contextmanager
    def _dropped_if_interrupted(self) -> Iterator[None]:
        """Drop the connection when the task is cancelled half-way through a conversation."""
        try:
            yield
        except WireError:
            raise
        except BaseException:
            self._wire.kill("interrupted by us")
            raise


def _dot_stuffed(message: bytes) -> bytes:
    """`message` as DATA wants it (RFC 5321 §4.5.2), with the final dot.

    Our own messages have no line that begins with a dot, so this is one search and no copy more.
    Raises MessageError if the last line is not ended, for then the dot would not be on its own.
    """
    if not message.endswith(b"\r\n"):
        raise MessageError("the message does not end in CRLF; build it with mail.message")
    if message.startswith(b"."):
        message = b"." + message
    if b"\r\n." in message:
        message = message.replace(b"\r\n.", b"\r\n..")
    return message + b".\r\n"


def _xtext(text: str) -> str:
    """RFC 3461 §4: "+" and two hexadecimal digits for what may not stand as it is."""
    return _XTEXT_UNSAFE.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _unitext(address: str) -> str:
    """RFC 6533 §3: an address with non-ASCII letters as they are."""
    return _UNITEXT_UNSAFE.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)
