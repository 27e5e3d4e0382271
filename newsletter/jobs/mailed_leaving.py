"""How people leave by mail: to the mailto address of List-Unsubscribe (RFC 2369 §3.2).

Whoever reads that mailbox hands each message over. The token is the authority, as it is in the
one-click POST; who the sender says they are is not asked, and nobody is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from newsletter.installation import Installation
from newsletter.jobs import leaving
from newsletter.jobs.leaving import Left
from subscribers.errors import InvalidToken
from subscribers.tokens import Purpose

_AROUND = "<>[]()\"'.,;:"  # what people and programs put around a word
_MOST = 50  # words of a subject that are looked at


def leave_by_mail(inst: Installation, subject: str, body: str = "", *, now: datetime) -> Left:
    """End the subscription whose token a mail brings, both texts decoded; twice is once.

    It stands among the words of the subject, or is the first line of the text, for programs that
    lose subjects. Not further down: an answer that quotes one of our messages, with its links, is
    no wish to leave. A mail without a token of ours does nothing.
    """
    for word in _words(subject, body):
        try:
            inst.tokens.read_id(Purpose.UNSUBSCRIBE, word, now)
        except InvalidToken:
            continue
        return leaving.leave(inst, word, source="mail", ip=None, now=now)
    return Left(None, None, ())


def _words(subject: str, body: str) -> Iterator[str]:
    for word in subject.split()[:_MOST]:
        yield word.strip(_AROUND)
    for line in body.splitlines():
        if line.strip():
            yield line.strip().strip(_AROUND)
            return
