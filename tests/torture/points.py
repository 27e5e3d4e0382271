"""The named points of sending, at which a process kills itself; the product knows nothing of them.

Functions are wrapped by name. What goes over the wire is seen at the socket, and commits at the
database driver, so that the code between may be written in whatever way it likes.

Two mutations besides, for the harness to find: a sender without the mark, and one that keeps its
progress as a checkpoint.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from newsletter.delivery import marking, queue
from newsletter.jobs import freezing
from newsletter.models import Delivery, DeliveryState

SENDER_POINTS = tuple(
    f"{side} {name}"
    for name in ("claim", "mark", "DATA", "dot", "reply", "record", "commit")
    for side in ("before", "after")
)
FREEZE_POINTS = ("before freeze", "within freeze", "after freeze")
RANDOM = "random"  # no point: killed from the outside

MUTATIONS = ("no mark", "checkpoint")

_FUNCTIONS: dict[str, tuple[Any, str]] = {
    "claim": (queue, "claim"),
    "mark": (marking, "mark"),
    "record": (queue, "record"),
    "freeze": (freezing, "freeze"),
}


@dataclass
class Trap:
    """Goes off at the given passage, counted from 1."""

    passage: int

    def passed(self) -> bool:
        self.passage -= 1
        return self.passage == 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()  # nothing more is done, whatever thread this is


def arm(point: str, passage: int) -> None:
    """Have this process kill itself when it comes to a point for the so manieth time."""
    side, _, name = point.partition(" ")
    trap = Trap(passage)
    if point == "within freeze":
        _at_insert(trap)
    elif point == "after freeze":
        _at_commit(trap, side, only_after_insert=True)
    elif name == "commit":
        _at_commit(trap, side)
    elif name in ("DATA", "dot"):
        _at_send(trap, side, b"\r\nDATA\r\n" if name == "DATA" else b"\r\n.\r\n")
    elif name == "reply":
        _at_reply(trap, side)
    elif point != RANDOM:
        _at_function(trap, side, *_FUNCTIONS[name])


# --- Where -----------------------------------------------------------------------------------


def _replace(module: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Wrap a function of ours wherever it was imported to."""
    real = getattr(module, name)
    wrapped = wrap(real)
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("newsletter"):
            for key, value in list(vars(other).items()):
                if value is real:
                    setattr(other, key, wrapped)


def _at_function(trap: Trap, side: str, module: Any, name: str) -> None:
    def wrap(real: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            given = [a for a in (*args, *kwargs.values()) if isinstance(a, list | tuple | dict)]
            going = (not given or any(given)) and trap.passed()  # nothing to mark: no passage
            if going and side == "before":
                die()
            result = real(*args, **kwargs)
            if going:
                die()
            return result

        return wrapped

    _replace(module, name, wrap)


def _at_insert(trap: Trap) -> None:
    """The deliveries of an issue are written, and not committed."""

    def executed(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO delivery ") and trap.passed():
            die()

    sa.event.listen(sa.Engine, "after_cursor_execute", executed)


def _at_commit(trap: Trap, side: str, *, only_after_insert: bool = False) -> None:
    real = DefaultDialect.do_commit
    seen = not only_after_insert

    def executed(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal seen
        seen = seen or statement.startswith("INSERT INTO delivery ")

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        going = seen and trap.passed()
        if going and side == "before":
            die()
        real(self, connection)
        if going:
            die()

    sa.event.listen(sa.Engine, "after_cursor_execute", executed)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _at_send(trap: Trap, side: str, what: bytes) -> None:
    """Just before or just after the DATA or the dot itself was handed to the kernel."""
    tails: dict[int, bytes] = {}  # the last bytes that were sent, by file descriptor
    short = what[2:]  # what the command is itself, without the end of the line before

    def search(fd: int, data: bytes) -> int | None:
        """Where `short` begins in data that now goes off, if it is there and the trap goes."""
        tail = tails.get(fd, b"\r\n")
        both, at = tail + data, 0
        while (at := both.find(what, at)) >= 0:
            at += 2
            if at + len(short) > len(tail) and trap.passed():
                return max(at - len(tail), 0)
        return None

    real_send, real_sendmsg = socket.socket.send, socket.socket.sendmsg

    def send(self: socket.socket, data: Any, *flags: int) -> int:
        if self.family is not socket.AF_UNIX:
            at = search(self.fileno(), bytes(data))
            if at is not None:
                real_send(self, bytes(data)[: at + (len(short) if side == "after" else 0)])
                die()
        sent = real_send(self, data, *flags)
        if self.family is not socket.AF_UNIX:
            gone = bytes(data)[:sent]
            tails[self.fileno()] = (tails.get(self.fileno(), b"\r\n") + gone)[1 - len(what) :]
        return sent

    def sendmsg(self: socket.socket, buffers: Any, *rest: Any) -> int:
        if rest:
            return real_sendmsg(self, buffers, *rest)
        return send(self, b"".join(buffers))

    socket.socket.send = send  # type: ignore[method-assign]
    socket.socket.sendmsg = sendmsg  # type: ignore[method-assign]


def _at_reply(trap: Trap, side: str) -> None:
    """The reply to a dot has come: before anybody looks at it, or after it was understood."""

    def noticed(data: bytes) -> None:
        for _ in range(bytes(data).count(b" taken\r\n")):
            if trap.passed():
                if side == "before":
                    die()
                # The protocol gets it in this turn of the loop; the next one is the first after.
                asyncio.get_running_loop().call_soon(die)

    real_recv, real_recv_into = socket.socket.recv, socket.socket.recv_into

    def recv(self: socket.socket, *args: Any) -> bytes:
        data = real_recv(self, *args)
        noticed(data)
        return data

    def recv_into(self: socket.socket, buffer: Any, *args: Any) -> int:
        count = real_recv_into(self, buffer, *args)
        noticed(bytes(memoryview(buffer)[:count]))
        return count

    socket.socket.recv = recv  # type: ignore[method-assign]
    socket.socket.recv_into = recv_into  # type: ignore[method-assign]


# --- What must be found ----------------------------------------------------------------------


def mutate(mutation: str) -> None:
    """Make this process a sender that breaks the promise."""
    if mutation == "no mark":
        _replace(marking, "mark", _unwritten)
    elif mutation == "checkpoint":
        _replace(queue, "claim", _passed_at_fetch)
        _replace(marking, "mark", _as_if_claimed)
    elif mutation:
        raise ValueError(mutation)


def _unwritten(mark: Any) -> Any:
    """Marks are given and looked at, but none is ever committed."""

    def marked(session: sa.orm.Session, *args: Any, **kwargs: Any) -> Any:
        nested = session.begin_nested()
        marks = mark(session, *args, **kwargs)
        nested.rollback()
        return marks

    return marked


def _passed_at_fetch(claim: Any) -> Any:
    """A batch counts as done when it is fetched."""

    def claimed(session: sa.orm.Session, *args: Any, **kwargs: Any) -> Any:
        found = claim(session, *args, **kwargs)
        _set(session, [one.id for one in found], state=DeliveryState.SENT, worker_id=None)
        return found

    return claimed


def _as_if_claimed(mark: Any) -> Any:
    def marked(session: sa.orm.Session, worker_id: int, ids: Any, **kwargs: Any) -> Any:
        nested = session.begin_nested()
        _set(session, ids, state=DeliveryState.CLAIMED, worker_id=worker_id)
        marks = mark(session, worker_id, ids, **kwargs)
        nested.rollback()
        return marks

    return marked


def _set(session: sa.orm.Session, ids: Any, **values: Any) -> None:
    session.execute(
        sa.update(Delivery).where(Delivery.id.in_(list(ids))).values(**values),
        execution_options={"synchronize_session": False},
    )
