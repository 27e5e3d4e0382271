"""The commands that open a transaction, as one server understands them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from newsletter.mail.mailboxes import addr_spec
from newsletter.mail.replies import Fault, Rejected
from newsletter.mail.settings import Envelope

__all__ = ["Commands"]

# Nearly every address; it is what `addr_spec` would return. The others go through that, which
# knows quoted strings, other alphabets and what is wrong.
_PLAIN = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9_+=-]*(?:\.[A-Za-z0-9_+=-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)
_UNITEXT_UNSAFE = re.compile(r"[\x00-\x20+=\\\x7f]")
_XTEXT_UNSAFE = re.compile(r"[^!-*,-<>-~]")  # RFC 3461 §4: printable ASCII but "+" and "="


class Commands:
    """Builds MAIL and RCPT for a server with these extensions.

    `extensions` maps a lower-case keyword of EHLO to its parameters (RFC 5321 §4.1.1.1).
    """

    def __init__(self, extensions: Mapping[str, str], where: str) -> None:
        self._where = where
        self._smtputf8 = "smtputf8" in extensions
        self._size = "size" in extensions
        self._dsn = "dsn" in extensions
        largest = extensions.get("size", "")
        self._largest = int(largest) if largest.isascii() and largest.isdigit() else 0
        self._sender: str | None = None  # whose beginning of MAIL was made last
        self._mail_from = ""

    def open(self, envelope: Envelope) -> tuple[bytes, bytes] | Rejected:
        """MAIL and RCPT, each a line with CRLF; or why this server would have to refuse.

        Raises MessageError when an address cannot stand in a command.
        """
        sender, recipient, size = envelope.sender, _spec(envelope.recipient), envelope.size
        if sender != self._sender:
            self._mail_from = f"MAIL FROM:<{_spec(sender) if sender else ''}>"
            self._sender = sender
        mail, rcpt = self._mail_from, f"RCPT TO:<{recipient}>"
        if size:
            if 0 < self._largest < size:
                return Rejected(
                    Fault.MESSAGE,
                    f"the message has {size} bytes, and {self._where} takes {self._largest} "
                    "(SIZE); shorten it",
                )
            if self._size:
                mail = f"{mail} SIZE={size}"
        utf8 = not (recipient.isascii() and mail.isascii())
        if utf8:
            if not self._smtputf8:
                return Rejected(
                    Fault.MESSAGE,
                    f"{envelope.recipient} needs a server with SMTPUTF8, and {self._where} does "
                    "not offer it; use another relay, or an address in ASCII",
                )
            mail += " BODY=8BITMIME SMTPUTF8"  # RFC 6531 §3.1; all else is 7 bits anyway
        if self._dsn:  # reports on failure and delay (RFC 3461)
            mail += " RET=HDRS"
            if envelope.envid:
                mail = f"{mail} ENVID={_xtext(envelope.envid)}"
            original = f"utf-8;{_unitext(recipient)}" if utf8 else f"rfc822;{_xtext(recipient)}"
            rcpt = f"{rcpt} NOTIFY=FAILURE,DELAY ORCPT={original}"
        return f"{mail}\r\n".encode(), f"{rcpt}\r\n".encode()


def _spec(address: str) -> str:
    """`address` as commands carry it. Raises MessageError for what is not one."""
    if len(address) <= 64 and _PLAIN.fullmatch(address):  # so no part of it is too long
        return address
    return addr_spec(address)


def _xtext(text: str) -> str:
    """RFC 3461 §4: "+" and two hexadecimal digits for what may not stand as it is."""
    if _XTEXT_UNSAFE.search(text) is None:
        return text
    return _XTEXT_UNSAFE.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _unitext(address: str) -> str:
    """RFC 6533 §3: an address with non-ASCII letters as they are."""
    return _UNITEXT_UNSAFE.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)
