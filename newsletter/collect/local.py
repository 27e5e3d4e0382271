"""Reads a feed or a page that was saved as a file on this machine."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from newsletter.collect.fetch import Fetched
from newsletter.collect.markup import absolute
from newsletter.errors import CollectError

_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".json": "application/json",
}
# What browsers and their extensions write at the head of a page that they save.
_SAVED_FROM = re.compile(
    rb"<!--\s*(?:saved from url=\(\d+\)\s*|Page saved with SingleFile\s+url:\s*)(https?://[^\s<>]+)"
)
_CANONICAL = re.compile(
    rb"""<link\b(?=[^<>]{0,300}\brel=["']?canonical\b)[^<>]{0,300}?\bhref=["']?(https?://[^\s"'<>]+)""",
    re.I,
)


def read_file(path: Path, *, etag: str | None, largest: int) -> Fetched:
    """What a file holds, as if it had been fetched: 304 if neither size nor date changed.

    `largest` is in bytes. Raises CollectError where there is no such file, or none to be read.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise CollectError(f"{path} is no file (give a page or feed that was saved)")
        if about.st_size > largest:
            raise CollectError(f"{path} is larger than {largest:,} bytes (save less of the page)")
        mark = f'"{about.st_size}-{about.st_mtime_ns}"'
        unchanged = mark == etag
        body = b"" if unchanged else path.read_bytes()
    except FileNotFoundError as error:
        raise CollectError(
            f"no such folder or file: {path} (give the path of a folder of .md files, "
            "or of a page saved as .txt or .html)"
        ) from error
    except OSError as error:
        raise CollectError(
            f"{path} cannot be read ({error.strerror}): let the user that runs this read it"
        ) from error
    kind = _TYPES.get(path.suffix.lower(), "")
    return Fetched(304 if unchanged else 200, str(path), None, body, kind, None, mark, None)


def saved_from(body: bytes) -> str | None:
    """The address that a page was saved from, where the file says so."""
    match = _SAVED_FROM.search(body[:4096]) or _CANONICAL.search(body[:100_000])
    return absolute(None, match[1].decode("utf-8", "replace")) if match else None
