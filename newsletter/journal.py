"""A small file beside the keys that survives a restored database.

It holds the installation's epoch, which the database holds as well and which both advance together:
a database whose epoch is behind the file's was restored from a backup. And it holds what people
asked since: unsubscribes and who took them back, complaints and erasures, which `db adopt` replays,
since a backup must never bring back somebody who left. And it holds the numbers of the issues that
were frozen, since a number is used once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

CHUNK = 65536  # bytes read at once
AT_ONCE = 8  # epochs that may end together, and be written in any order


@dataclass(frozen=True)
class Line:
    """One line of the journal: `verb` is epoch, left, back, complained, erased, blanked or sent.

    `value` is the epoch, or the id of the subscription (left, back) or subscriber (others; who is
    blanked is forgotten without a seal). Of a frozen
    issue (sent) it is the number in its list, and `mlist` that list's id.
    """

    verb: str
    value: int
    at: datetime
    mlist: int | None = None


class Journal:
    """Append-only; each line is on the disk before `append` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, verb: str, value: int, at: datetime, *, mlist: int | None = None) -> None:
        """Write one line in a single O_APPEND write, so that processes may share the file."""
        self._write([_line(verb, value, at, mlist)])

    def append_all(self, verb: str, values: Iterable[int], at: datetime) -> None:
        """As `append` for each of these, with one wait for the disk; for none, nothing."""
        if lines := [_line(verb, value, at) for value in values]:
            self._write(lines)

    def _write(self, lines: list[str]) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, "".join(lines).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self) -> Iterator[Line]:
        """All whole lines; one cut short by a crash is passed over."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as stream:
            for text in stream:
                if line := _parse(text):
                    yield line

    def epoch(self) -> int:
        """The latest epoch; 0 when there is none. Reads from the end: the file only grows.

        Epochs that end at once may change places, so the last line is not always the latest.
        """
        lines = (_parse(text) for text in self._backwards())
        epochs = (line.value for line in lines if line is not None and line.verb == "epoch")
        return max(islice(epochs, AT_ONCE), default=0)

    def _backwards(self) -> Iterator[str]:
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            rest = b""
            while end > 0:
                start = max(end - CHUNK, 0)
                stream.seek(start)
                first, *whole = (stream.read(end - start) + rest).split(b"\n")
                for text in reversed(whole):
                    yield text.decode("utf-8", "replace")
                rest, end = first, start
            yield rest.decode("utf-8", "replace")

    def moments(self, epoch: int) -> tuple[datetime | None, datetime | None]:
        """When this epoch began, and when the last line was written; None: it is not there."""
        began = last = None
        for line in self.lines():
            last = line.at
            if line.verb == "epoch" and line.value == epoch:
                began = line.at
        return began, last

    def since(self, epoch: int) -> list[Line]:
        """What people asked after the database was at `epoch`."""
        found: list[Line] = []
        reached = 0
        for line in self.lines():
            if line.verb == "epoch":
                reached = max(reached, line.value)  # two that end at once may change places
            elif reached >= epoch:
                found.append(line)
        return found


def _line(verb: str, value: int, at: datetime, mlist: int | None = None) -> str:
    about = {} if mlist is None else {"list": mlist}
    return json.dumps({"at": at.astimezone(UTC).isoformat(), **about, verb: value}) + "\n"


def _parse(text: str) -> Line | None:
    try:
        data: dict[str, Any] = json.loads(text)
        at = datetime.fromisoformat(data.pop("at"))
        mlist = data.pop("list", None)
        ((verb, value),) = data.items()
        return Line(verb, int(value), at, None if mlist is None else int(mlist))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
