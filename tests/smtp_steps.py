"""The words of a script for an SMTP server: what it may do when it is spoken to.

`answer(talk, verb, argument)` is asked at "CONNECT", for each command, and for the final dot
as ".". It returns what happens then:

    None                    the usual reply
    "250 OK"                this reply; with CR LF in it, several at once (merged, or too many)
    b"25"                   these bytes and no more (split, garbled)
    Pause(2), Pause(2, "…") so many seconds, then the usual reply, or this one
    RESET, CLOSE            the connection is cut (RST), or ended (FIN), with nothing said
    TAKE_AND_RESET, …CLOSE  at the dot: the same, and the message counts as taken
    SILENCE                 nothing is read or said any more
    CUT_TLS                 to STARTTLS: 220, and a reset in the midst of the handshake
    Within(1000, …)         to DATA: 354, and after so many bytes of the content, what follows
    (…, …)                  one after the other; a Pause in it is one, without a reply of its own

A message is taken as soon as an answer to its dot that begins with 2 is begun, whatever comes then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.I | re.M)


class Event(Enum):
    RESET = auto()
    CLOSE = auto()
    TAKE_AND_RESET = auto()
    TAKE_AND_CLOSE = auto()
    SILENCE = auto()
    CUT_TLS = auto()


RESET, CLOSE, SILENCE, CUT_TLS = Event.RESET, Event.CLOSE, Event.SILENCE, Event.CUT_TLS
TAKE_AND_RESET, TAKE_AND_CLOSE = Event.TAKE_AND_RESET, Event.TAKE_AND_CLOSE
TAKING = (TAKE_AND_RESET, TAKE_AND_CLOSE)


@dataclass(frozen=True)
class Pause:
    """So many seconds pass before the reply; None: the usual one. The message is taken before."""

    seconds: float
    reply: str | None = None


@dataclass(frozen=True, init=False)
class Within:
    """The content is read up to so many bytes; then this happens, in place of what follows."""

    size: int
    then: tuple[Step, ...]

    def __init__(self, size: int, *then: Step) -> None:
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "then", then)


Step = str | bytes | Pause | Event
Said = Step | Within | Sequence[Step] | None
Answer = Callable[["Talk", str, str], Said]


def drip(reply: str, gap: float = 0.0) -> tuple[Step, ...]:
    """The reply, one byte a segment, so many seconds apart."""
    steps: list[Step] = []
    for byte in f"{reply}\r\n".encode():
        steps += (bytes([byte]), Pause(gap))
    return tuple(steps)


class Pipelining(Enum):
    """What a server that offers PIPELINING does with commands it gets before it has answered."""

    HONEST = auto()
    SWALLOWS_COMMANDS = auto()  # what came together with a command is lost
    SWALLOWS_AFTER_DOT = auto()  # what came together with the final dot is lost
    OUT_OF_SEQUENCE = auto()  # each is answered 503
    HANGS_UP = auto()  # 554, and the connection is closed


@dataclass(frozen=True)
class Taken:
    """A message the server accepted; `content` is as it came, dots and all."""

    recipient: str
    content: bytes
    data_at: float  # monotonic time of its DATA
    talk: int
    at: float = 0.0  # monotonic time of its acceptance

    @property
    def message_id(self) -> str:
        found = _MESSAGE_ID.search(self.content)
        return found[1].decode() if found else ""


@dataclass
class Talk:
    """One connection: its number, how many messages it carried, and who the present one is for."""

    number: int
    messages: int = 0
    recipient: str = ""
    verbs: list[str] = field(default_factory=list)
    encrypted: bool = False
