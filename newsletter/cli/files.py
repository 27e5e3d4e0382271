"""Files that a command reads and writes: what is wrong with one is said in one line."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from newsletter.errors import Refused


def text_of(file: Path) -> str:
    """What a text file holds, `-` for stdin; raises Refused."""
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise Refused(f"{file}: {reason} (name a text file, or - for stdin)") from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Refused(f"{file}: is not UTF-8 (save it as UTF-8)") from error


@contextmanager
def written_bytes(file: Path) -> Iterator[BinaryIO]:
    """A file that appears whole or not at all, readable by its owner only: it holds addresses."""
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as stream:
            part.chmod(0o600)
            yield stream
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refused(f"{file}: cannot be written: {(error.strerror or '').lower()}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def written(file: Path) -> Iterator[TextIO]:
    """The same for text, in UTF-8."""
    with written_bytes(file) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()
