"""When a server that offered PIPELINING (RFC 2920) shows that it cannot do it. Pure.

A server is taken at its word until one of these: its replies are not one for each command; it
answers a part of a group and then nothing; it says that a command came out of turn, though the
one before it was accepted; or it drops the connection over the first group it gets.
"""

from __future__ import annotations

import re

from newsletter.mail.replies import Reply

__all__ = ["GROUP_SECONDS", "out_of_turn"]

# Once a group's first reply is there, the others need no new thought of the server, or little:
# that much, and they were swallowed.
GROUP_SECONDS = 60.0

_PROTEST = re.compile(r"pipelin|synchroni[sz]", re.I)


def out_of_turn(reply: Reply) -> bool:
    """Whether it complains of the order of the commands (503, 500, 554 5.5.1, some 421 and 554)."""
    if reply.code in (500, 503):
        return True
    detail = reply.enhanced or ""
    return (reply.code == 554 and detail.startswith("5.5.")) or (
        reply.code in (421, 550, 554) and _PROTEST.search(reply.text) is not None
    )
