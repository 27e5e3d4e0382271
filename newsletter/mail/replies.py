"""What a relay's answers mean: accepted, try again, never, or nobody knows; and whose fault it is.

Pure. The reply code alone says too little: 550 may be about a mailbox, about our reputation or
about a relay that does not know us. So the enhanced code (RFC 3463) and the command it answers
count first, and where servers give neither, the words they are known to use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Accepted",
    "Deferred",
    "Fault",
    "Outcome",
    "Rejected",
    "Reply",
    "Unknown",
    "not_begun",
    "nothing_accepted",
    "outcome_of",
    "unanswered",
]


class Fault(StrEnum):
    """What a refusal is about; only RECIPIENT may count against an address."""

    RECIPIENT = "recipient"  # this mailbox: unknown, full, greylisted
    MESSAGE = "message"  # what we handed over: its size, its content, a feature it needs
    STANDING = "standing"  # what they think of us (5.7.x): tell the admin, never suppress
    RELAY = "relay"  # the relay itself or the way to it: nobody is charged


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a server (RFC 5321 §4.2)."""

    code: int
    text: str  # in full, without the codes of its lines, which are joined by "\n"
    command: str  # what it answers: CONNECT, EHLO, AUTH, MAIL, RCPT, DATA, "." or RSET

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code (RFC 3463) at the start of the text, if it fits the code."""
        found = _ENHANCED.match(self.text)
        return found[0] if found and found[0][0] == str(self.code)[0] else None

    def __str__(self) -> str:
        return f"{self.code} {self.text} (to {self.command})".replace("\n", " / ")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took responsibility for the message."""

    reply: Reply

    def __str__(self) -> str:
        return str(self.reply)


@dataclass(frozen=True, slots=True)
class Deferred:
    """Surely not accepted, and worth another try.

    `waits_for_admin`: trying again cannot help until somebody changes the relay's settings.
    """

    fault: Fault
    reason: str  # the relay's answer in full, or what happened to the connection
    reply: Reply | None = None
    waits_for_admin: bool = False

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Rejected:
    """Surely not accepted, and never will be as it is."""

    fault: Fault
    reason: str
    reply: Reply | None = None

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Unknown:
    """The final dot may have reached the relay, and no clear answer came back (RFC 1047)."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Outcome = Accepted | Deferred | Rejected | Unknown

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_QUOTA = re.compile(r"quota|mailbox (?:size |is )?(?:full|exceed)|not enough space", re.I)
_SIZE = re.compile(r"(?:message|size)\b.{0,30}(?:too (?:big|large|long)|exceed)", re.I)
# A relay that does not take our mail at all. A quoted answer of a server further on ("… said:")
# is about that one recipient.
_RELAYING = re.compile(
    r"\brelay(?:ing)?\b.{0,30}(?:denied|not (?:permitted|allowed))|unable to relay|relay access",
    re.I,
)
_AUTH_CODES = frozenset({530, 534, 535, 538})  # RFC 4954 §6
_PROTOCOL_CODES = frozenset({500, 502, 503, 504, 555})  # the conversation itself went wrong
_OUR_ADDRESS = frozenset({"1.7", "1.8"})  # the *sender's* mailbox or system (RFC 3463 §3.2)
_ADMIN_POLICY = frozenset({"7.8", "7.9", "7.11"})  # credentials (RFC 4954 §6, RFC 5248)


def outcome_of(reply: Reply) -> Outcome:
    """What `reply` means for the one recipient of its transaction.

    `reply` refuses MAIL, RCPT or DATA, or is the final one (command "."), of which any 2xx counts
    as accepted: the RFC has a client look at the first digit only (RFC 5321 §4.3.2).
    """
    if reply.command == "." and 200 <= reply.code < 300:
        return Accepted(reply)
    if not 400 <= reply.code < 600:
        reason = f"{reply}: not an answer to that command"
        return Unknown(reason) if reply.command == "." else Deferred(Fault.RELAY, reason, reply)
    fault, permanent, waits = _judge(reply)
    if permanent:
        return Rejected(fault, str(reply), reply)
    return Deferred(fault, str(reply), reply, waits)


def nothing_accepted(where: str, why: str) -> Deferred:
    """The connection was lost before the final dot can have left."""
    return Deferred(Fault.RELAY, f"{where}: {why}; nothing was accepted")


def not_begun(where: str, why: str) -> Deferred:
    """The connection ended with this message waiting for its turn."""
    return Deferred(Fault.RELAY, f"{where}: {why}; not begun")


def unanswered(where: str, why: str) -> Unknown:
    """The connection was lost between the final dot and its answer."""
    return Unknown(f"{where}: {why}; the final dot was already sent")


def _judge(reply: Reply) -> tuple[Fault, bool, bool]:
    """Whose fault a 4xx or 5xx is, whether it is for ever, and whether only the admin can help."""
    code, text, command = reply.code, reply.text, reply.command
    permanent = code >= 500
    # Class, subject and detail; the class is already in `code`.
    detail = reply.enhanced[2:] if reply.enhanced else ""
    subject = detail.partition(".")[0]

    if code == 421 or command not in ("MAIL", "RCPT", "DATA", "."):
        return Fault.RELAY, False, code in _AUTH_CODES
    if code in _AUTH_CODES or detail in _ADMIN_POLICY:
        return Fault.RELAY, False, permanent
    if _RELAYING.search(text) and subject in ("", "7") and " said:" not in text:
        return Fault.RELAY, False, permanent
    if detail == "2.2" or (not detail and _QUOTA.search(text)):
        return Fault.RECIPIENT, False, False  # a full mailbox gets emptied, whatever the code says
    if detail in ("3.4", "2.3") or (not detail and _SIZE.search(text)):
        return Fault.MESSAGE, permanent, False
    if code == 552 and not detail:
        # RFC 5321 §4.5.3.1.10 wants it read as temporary at RCPT; elsewhere it is about size.
        return (
            (Fault.RECIPIENT, False, False) if command == "RCPT" else (Fault.MESSAGE, True, False)
        )
    if code in _PROTOCOL_CODES or (command == "DATA" and subject == "5"):
        return Fault.RELAY, False, False
    if command == "MAIL":
        # Nothing was said about the recipient yet. A sender that is refused for ever is refused
        # for all of them.
        return Fault.RELAY, False, permanent
    if detail in _OUR_ADDRESS or (permanent and subject == "7"):
        return Fault.STANDING, permanent, False
    if subject == "6" or (permanent and command != "RCPT" and subject not in ("1", "2", "4")):
        return Fault.MESSAGE, permanent, False
    # Also what a relay says about itself (4.3.x) once it knows the recipient: some say it about
    # one domain only, and a delivery that is never charged would be tried without end. And 5.5.0
    # at RCPT, which is how a large provider says "no such mailbox".
    return Fault.RECIPIENT, permanent, False
