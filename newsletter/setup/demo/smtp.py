"""A mail server for the demo that keeps all it gets, one Maildir a recipient, and sends none on."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import threading
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.errors import Refused

HOST = "127.0.0.1"
# Our own Maildir file names: when it came (µs since 1970), then which mail it was to come here.
_NAME = re.compile(r"(\d+)\.Q(\d+)\.demo(?::2,[A-Z]*)?\Z")


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it came to one recipient."""

    path: Path
    content: bytes  # exactly what followed DATA, with dot-stuffing undone (RFC 5321 §4.5.2)
    message: EmailMessage  # the same, parsed: message["Subject"] and so on
    order: int  # 1 for the first mail this drop ever took, whoever it was for
    at: datetime  # aware UTC


class MailDrop:
    """An SMTP server on 127.0.0.1, taking mail for anybody from its making until `close()`.

    A recipient's 250 is given once the file stands in `folder`, so a sender that was answered can
    be sure that `messages()` has it. Port 0 takes any free one. Raises Refused when the port
    cannot be had.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        orders = [order for owner in folder.iterdir() for _, _, order in _mails(owner)]
        self._last = max(orders, default=0)
        self._count = len(orders)
        try:
            listening = socket.create_server((HOST, port))
        except OSError as error:
            raise Refused(
                f"cannot take mail on {HOST}:{port} ({error.strerror}): "
                "stop what uses the port, or choose another"
            ) from error
        self._controller = _OnSocket(self, listening)
        self._controller.start()
        self.host = HOST
        self.port: int = self._controller.port

    @property
    def count(self) -> int:
        """How many mails were taken, one for each recipient, those of earlier runs included."""
        return self._count

    def messages(self, address: str) -> list[Received]:
        """Everything that came for an address, without regard to case, oldest first."""
        found: list[Received] = []
        for file, since, order in _mails(self._maildir(address)):
            try:
                content = file.read_bytes()
            except FileNotFoundError:
                continue  # a mail client on the same Maildir has moved it since
            message = message_from_bytes(content, policy=policy.default)
            at = datetime.fromtimestamp(since / 10**6, UTC)
            found.append(Received(file, content, message, order, at))
        return sorted(found, key=lambda mail: mail.order)

    def counts(self) -> dict[str, int]:
        """How many mails each address has, for the addresses that have any."""
        return {
            owner.read_text(encoding="utf-8"): sum(1 for _ in _mails(owner.parent))
            for owner in sorted(self.folder.glob("*/address"))
        }

    def close(self) -> None:
        """Stops taking mail; what came stays in its folder. A second call does nothing."""
        if self._controller.server is not None:
            self._controller.stop(no_assert=True)

    def __enter__(self) -> MailDrop:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        for address in dict.fromkeys(envelope.rcpt_tos):
            self._keep(address, content)
        return "250 2.0.0 OK"

    def _maildir(self, address: str) -> Path:
        """The recipient's folder: a name that is safe on every file system, and short enough."""
        folded = address.casefold()
        name = quote(folded, safe="@+").replace("..", "%2E%2E").removeprefix(".")
        if not name or len(name) > 120 or name != folded:
            name = f"{name[:80]}-{hashlib.sha256(folded.encode()).hexdigest()[:12]}"
        return self.folder / name

    def _keep(self, address: str, content: bytes) -> None:
        maildir = self._maildir(address)
        for part in ("tmp", "new", "cur"):
            (maildir / part).mkdir(parents=True, exist_ok=True)
        (maildir / "address").write_text(address, encoding="utf-8")
        with self._lock:
            self._last += 1
            now = datetime.now(UTC)
            name = f"{int(now.timestamp() * 10**6)}.Q{self._last}.demo"
            draft = maildir / "tmp" / name
            draft.write_bytes(content)
            draft.replace(maildir / "new" / name)  # a reader sees all of a mail or nothing
            self._count += 1


class _OnSocket(Controller):
    """aiosmtpd's controller, listening where we say: alone it cannot take whatever port is free."""

    def __init__(self, handler: MailDrop, listening: socket.socket) -> None:
        self._listening = listening
        host, port = listening.getsockname()
        super().__init__(handler, host, port, server_hostname="localhost", ident="Newsletter demo")

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


def _mails(maildir: Path) -> Iterator[tuple[Path, int, int]]:
    """Each mail of ours in a Maildir: its file, when (µs since 1970) and as which it came."""
    for part in ("new", "cur"):
        for file in maildir.glob(f"{part}/*"):
            if found := _NAME.match(file.name):
                yield file, int(found[1]), int(found[2])
