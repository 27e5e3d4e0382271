"""The outbox: a relay that writes each message to a folder and sends nothing.

Each file, `NNNNNN-address.eml`, holds the exact bytes of one message, numbered in the order they
came. It appears whole or not at all: written under another name, synced, then renamed.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from pathlib import Path
from typing import Any, Self

from newsletter.errors import RelayError
from newsletter.mail.carrying import Parcel, Source
from newsletter.mail.replies import Accepted, Deferred, Fault, Reply, Unknown
from newsletter.mail.settings import OutboxSettings

__all__ = ["OutboxConnection"]

_NOT_IN_NAMES = re.compile(r"[^\w@.+-]")
_COUNTER = ".last-number"


class OutboxConnection:
    """Carries as a relay's `Connection` does, to a folder."""

    def __init__(self, settings: OutboxSettings) -> None:
        self.settings = settings
        self.broke_pipelining = self.proved_pipelining = False
        self._stopping = False
        self._offered = asyncio.Event()

    @classmethod
    async def open(cls, settings: OutboxSettings) -> Self:
        """Make the folder if it is not there yet; raises RelayError."""
        try:
            await asyncio.to_thread(settings.folder.mkdir, 0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RelayError(
                f"{settings.where} cannot be made ({error}); correct its folder or its rights",
                waits_for_admin=True,
            ) from error
        return cls(settings)

    async def carry(self, source: Source[Any], *, most: int, idle: float) -> None:
        """Keep what `source` gives until `most` were taken, it had nothing for `idle` seconds,
        `stop()`, or the folder cannot be written.

        Cancelling leaves the message being written to itself: it is kept, or not, as `Unknown`.
        """
        taken = 0
        while taken < most and not self._stopping:
            self._offered.clear()
            parcel = source.take()
            if parcel is not None:
                taken += 1
                if not await self._carried(source, parcel):
                    return
                continue
            try:
                async with asyncio.timeout(idle):
                    await self._offered.wait()
            except TimeoutError:
                return

    async def _carried(self, source: Source[Any], parcel: Parcel) -> bool:
        """One message; False when the folder takes none."""
        if not source.fresh(parcel) and not await source.renew(parcel):
            return True
        where = self.settings.where
        if self._stopping:
            source.done(parcel, Deferred(Fault.RELAY, f"{where}: stopped by us; not begun"))
            return False
        writing = asyncio.to_thread(
            _keep, self.settings.folder, parcel.envelope.recipient, parcel.content
        )
        try:
            path = await writing
        except OSError as error:
            source.done(parcel, Deferred(Fault.RELAY, f"{where}: {error}; nothing was kept"))
            return False
        except asyncio.CancelledError:
            source.done(parcel, Unknown(f"{where}: interrupted by us while it was being kept"))
            raise
        source.done(parcel, Accepted(Reply(250, f"kept as {path.name}", ".")))
        return True

    def offer(self) -> None:
        """There may be something to take."""
        self._offered.set()

    def stop(self) -> None:
        """Take nothing more; `carry` returns when the message being kept is on disk."""
        self._stopping = True
        self._offered.set()

    async def close(self) -> None:
        """Nothing is open between two messages."""


def _keep(folder: Path, recipient: str, message: bytes) -> Path:
    """Write the message under the next number; the file's path."""
    # No separator is left, and the number comes first: no address can lead out of the folder.
    # 50 characters are at most 200 of the 255 bytes a name may have.
    address = _NOT_IN_NAMES.sub("_", recipient)[:50]
    path = folder / f"{_next_number(folder):06d}-{address}.eml"
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with open(unfinished, "xb", opener=_for_us_alone) as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # or the new name may be lost with the power
    finally:
        os.close(descriptor)
    return path


def _for_us_alone(path: str, flags: int) -> int:
    """Messages hold links by which anybody may act for their reader."""
    return os.open(path, flags, 0o600)


def _next_number(folder: Path) -> int:
    """A number that no process has used in this folder, counted in a locked file."""
    with (folder / _COUNTER).open("a+") as counter:
        fcntl.flock(counter, fcntl.LOCK_EX)
        counter.seek(0)
        text = counter.read().strip()
        if text.isdigit():
            last = int(text)
        else:  # new, or lost with the power: the files know
            names = (path.name.partition("-")[0] for path in folder.glob("*.eml"))
            last = max((int(name) for name in names if name.isdigit()), default=0)
        counter.seek(0)
        counter.truncate()
        counter.write(str(last + 1))
        return last + 1
