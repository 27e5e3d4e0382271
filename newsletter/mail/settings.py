"""What a connection must know: the relay, its time limits, and the envelope of one message."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from newsletter.mail.mailboxes import needs_smtputf8

__all__ = ["Envelope", "OutboxSettings", "RelaySettings", "TimeLimits", "Tls"]


class Tls(StrEnum):
    """How a connection is encrypted. What is asked for is required: never plaintext instead."""

    NONE = "none"
    STARTTLS = "starttls"  # RFC 3207, usually port 587
    IMPLICIT = "implicit"  # RFC 8314 §3.3, port 465


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long to wait, in seconds; the defaults are the least that RFC 5321 §4.5.3.2 allows."""

    connect: float = 60  # name and TCP; the RFC leaves this one to us
    greeting: float = 300
    command: float = 300  # EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET
    data: float = 120  # the 354 after DATA
    block: float = 180  # the content does not move on at all
    final: float = 600  # after the final dot; giving up earlier makes duplicates
    quit: float = 5  # nothing depends on this answer


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """An SMTP server we hand mail to."""

    name: str
    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    connections: int = 4  # at most, at once
    helo: str | None = None  # the name we introduce ourselves with; None: this machine's
    ca_file: Path | None = None  # beside the system's certificates
    verify: bool = True  # that the certificate is valid and is the host's
    pipelining: bool = True  # where it is offered (RFC 2920)
    pipelining_proven: bool = False  # an earlier connection to it did it
    limits: TimeLimits = TimeLimits()

    @property
    def where(self) -> str:
        """The relay as errors name it."""
        return f"relay '{self.name}' ({self.host}:{self.port})"

    @property
    def is_local(self) -> bool:
        """Whether the relay is on this very machine."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """A folder in place of a server: messages are kept there as files and sent to nobody."""

    name: str
    folder: Path
    connections: int = 1

    @property
    def where(self) -> str:
        """The outbox as errors name it."""
        return f"outbox '{self.name}' ({self.folder})"

    @property
    def is_local(self) -> bool:
        """An outbox is always on this machine."""
        return True


class Envelope(NamedTuple):
    """The sender and the one recipient of a transaction (RFC 5321)."""

    sender: str  # where bounces go; "" for none
    recipient: str
    envid: str | None = None  # returned in delivery reports (RFC 3461 §4.4)
    size: int | None = None  # of the message, in octets, if it is known

    @property
    def smtputf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it (RFC 6531)."""
        return needs_smtputf8(self.recipient) or needs_smtputf8(self.sender)
