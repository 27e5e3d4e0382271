"""Undoes a Content-Encoding step by step, so that no bomb is ever larger than its limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

_STEP = 64 * 1024
# Names that scripts and proxies write there of bytes that are as they are.
_NO_CODINGS = frozenset({"", "identity", "none", "utf-8", "8bit", "binary"})
_GZIP_MAGIC = b"\x1f\x8b"


class TooLarge(Exception):
    """More came out than the limit allows."""


class Damaged(Exception):
    """The bytes are not what their Content-Encoding says, or end too early."""


class Unpacker(Protocol):
    """Takes bytes as they arrive and gives back what they hold, in pieces of 64 KB at most: a few
    bytes of a bomb hold more than memory does."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def close(self) -> None: ...


def unpacker(encoding: str, *, limit: int) -> Unpacker | None:
    """The unpacker for a Content-Encoding, or None if we do not know it.

    It raises TooLarge before more than `limit` bytes came out of it, and Damaged.
    """
    name = encoding.strip().lower()
    if name in _NO_CODINGS:
        return _Plain(limit)
    if name in ("gzip", "x-gzip", "deflate"):
        return _Zlib(limit, gzip=name != "deflate")
    return None


class _Plain:
    def __init__(self, limit: int) -> None:
        self._left = limit

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge
        yield data

    def close(self) -> None:
        return


class _Zlib:
    """gzip of one or more members, or deflate with or without its zlib header (RFC 9110 §8.4.1)."""

    def __init__(self, limit: int, *, gzip: bool) -> None:
        self._left = limit
        self._gzip = gzip
        self._engine = zlib.decompressobj(31 if gzip else 15)
        self._begun = False  # something was unpacked already
        self._inside = False  # in the middle of a member
        self._over = False  # what follows the last member is of no interest
        self._kept = b""  # the first byte of what may be another member

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._kept = self._kept + data, b""
        more = bool(data)
        while more and not self._over:
            if self._begun and not self._inside:
                if data == _GZIP_MAGIC[:1]:
                    self._kept = data
                    break
                if not (self._gzip and data.startswith(_GZIP_MAGIC)):
                    self._over = True
                    break
                self._engine = zlib.decompressobj(31)
            room = min(_STEP, self._left + 1)
            try:
                piece = self._engine.decompress(data, room)
            except zlib.error as error:
                if self._gzip or self._begun:
                    raise Damaged(str(error)) from error
                # Some servers send bare deflate, without the header that the standard wants.
                self._engine, self._begun, self._inside = zlib.decompressobj(-15), True, True
                continue
            self._begun = True
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            self._inside = not self._engine.eof
            yield piece
            data = self._engine.unconsumed_tail if self._inside else self._engine.unused_data
            more = bool(data) or (self._inside and len(piece) == room)

    def close(self) -> None:
        if self._inside:
            raise Damaged("it ends too early")
