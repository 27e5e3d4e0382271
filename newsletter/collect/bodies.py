"""Takes in the body of an answer: unpacked, bounded, and in a file of its own where it is large.

Many answers wait at once to be parsed; together they must not fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

import httpx

from newsletter.collect.pinned import Deadline, TooMuch
from newsletter.collect.unpack import Damaged, TooLarge, unpacker
from newsletter.errors import FetchError

LARGE = 256 * 1024  # bytes; a larger body waits on disk


@dataclass(frozen=True, slots=True)
class Limits:
    """How much time and space one fetch may take."""

    connect: float = 10.0  # seconds, with the look-up of the name
    total: float = 30.0  # seconds, over all redirects
    transferred: int = 8 * 1024 * 1024  # bytes on the wire
    unpacked: int = 24 * 1024 * 1024  # bytes after Content-Encoding
    redirects: int = 5
    cut: bool = False  # what is beyond these sizes is left out, and no error


class TooLong(Exception):
    """The body is longer than we take."""


def take_body(
    answer: httpx.Response, here: str, limits: Limits, deadline: Deadline
) -> bytes | IO[bytes]:
    """The body of the answer that came from `here`; an open file, removed when it is closed or
    forgotten, where it is large. Raises FetchError."""
    encoding = answer.headers.get("content-encoding", "")
    unpack = unpacker(encoding, limit=limits.unpacked)
    if unpack is None:
        raise FetchError(
            f"{here} sends an unknown Content-Encoding, {encoding[:40]!r}: "
            "ask its operator to send gzip"
        )
    with ExitStack() as stack:
        body = stack.enter_context(SpooledTemporaryFile(max_size=LARGE))
        try:
            for chunk in _chunks(answer, limits, deadline):
                for piece in unpack.feed(chunk):
                    body.write(piece)
            unpack.close()
        except TooLarge as error:
            if not limits.cut:
                raise _too_much(here, "unpacks to", limits.unpacked) from error
        except (TooLong, TooMuch) as error:
            if not limits.cut:
                raise _too_much(here, "sends", limits.transferred) from error
        except Damaged as error:
            raise FetchError(
                f"{here} sent damaged {encoding} data ({error}): try again later"
            ) from error
        if body.tell() > LARGE:
            stack.pop_all()  # it stays open
            return body
        body.seek(0)
        return body.read()


def _chunks(answer: httpx.Response, limits: Limits, deadline: Deadline) -> Iterator[bytes]:
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:18]) > limits.transferred and not limits.cut:
        raise TooLong
    left = limits.transferred
    for chunk in answer.iter_raw():
        deadline.left()
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            raise TooLong


def _too_much(here: str, does: str, most: int) -> FetchError:
    return FetchError(
        f"{here} {does} more than {most / 1024 / 1024:.3g} MB: "
        "give the address of a shorter feed or page"
    )
