"""Whether commands may be sent in groups (RFC 2920), and when a server shows that they may not."""

from __future__ import annotations

import re

from newsletter.mail.expected import DOT
from newsletter.mail.replies import Reply

__all__ = ["GROUP_SECONDS", "Pipelining", "out_of_turn"]

# Once a group's first reply is there, the others need no new thought of the server, or little:
# after that much time they were swallowed.
GROUP_SECONDS = 60.0

_PROTEST = re.compile(r"pipelin|synchroni[sz]", re.I)


class Pipelining:
    """What one connection's groups of commands met with.

    A server that offers PIPELINING is taken at its word until one of these, when `broke` is set:
    its replies are not one for each command; it answers a part of a group and then nothing; it
    says that a command came out of turn though the one before it was accepted; or it drops the
    connection over the first group that it gets. The last may be chance, and is no sign any more
    where the server is `proven`: a group that travelled behind a final dot was answered in full.
    """

    __slots__ = ("_answered", "_joined", "_used", "broke", "hurried", "on", "proven")

    def __init__(self, *, on: bool, proven: bool = False) -> None:
        self.on = on
        self.broke = False
        self.proven = proven
        self.hurried = False  # a part of the last group was answered
        self._used = False
        self._joined = False  # the last group travelled behind a final dot
        self._answered = False  # a group was answered in full

    def written(self, *, joined: bool) -> None:
        """MAIL, RCPT and DATA in one write, behind a final dot or not."""
        self._used, self._joined, self.hurried = True, joined, False

    def answered(self) -> None:
        """The last reply of a group."""
        self.hurried = False
        self._answered = True
        self.proven |= self._used and self._joined

    def out_of_step(self) -> None:
        """It cannot be known which reply answers what."""
        self.broke |= self._used

    def swallowed(self) -> None:
        """A reply did not come in time."""
        self.broke |= self._used and self.hurried

    def lost(self, *, dot_unanswered: bool) -> None:
        """The server dropped the connection over a group that it had not answered in full."""
        if self._used and not self.proven:
            # Right after a message it may be mere habit.
            self.broke |= dot_unanswered if self._joined else not self._answered


def out_of_turn(reply: Reply) -> bool:
    """Whether it complains of the order of commands: 500, 503, 554 5.5.x, or by its words."""
    if reply.code in (421, 500, 503, 550, 554) and _PROTEST.search(reply.text):
        return True
    if reply.command == DOT:
        return False
    detail = reply.enhanced or ""
    return reply.code in (500, 503) or (reply.code == 554 and detail.startswith("5.5."))
