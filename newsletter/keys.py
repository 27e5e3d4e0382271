"""keys.toml: the secrets that sign links, kept outside the database, readable by their owner only.

Rotated keys stay in the file: an unsubscribe link must work for ever.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import tomlkit

from newsletter.errors import ConfigError
from subscribers.tokens import Tokens

log = logging.getLogger(__name__)

HEADER = """\
# The secrets that sign the links in mails. Keep this file: without it, old unsubscribe links stop
# working. Keep it to yourself: who has it can forge them. `newsletter db backup` takes it along.
"""


@dataclass(frozen=True)
class KeyRing:
    """All keys by id, and the id of the one that signs new links."""

    current: str
    secrets: dict[str, bytes] = field(repr=False)

    def fingerprints(self) -> dict[str, str]:
        """A short hash of each key, safe to store and to show."""
        return {name: hashlib.sha256(b"fingerprint:" + secret).hexdigest()[:16]
                for name, secret in self.secrets.items()}  # fmt: skip

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.secrets, self.current)


class KeyFile:
    """The key file as it is now, for processes that outlive a rotation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[_Stamp | None, KeyRing] | None = None

    def ring(self) -> KeyRing:
        """All keys, read again whenever the file was replaced or changed.

        A file that went missing or was damaged under a running process is told in the log, and
        what was read before goes on. Raises ConfigError when nothing was read yet.
        """
        known, stamp = self._known, _stamp(self.path)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            ring = load_keys(self.path)
        except ConfigError as error:
            if known is None:
                raise
            log.error("%s", error)  # noqa: TRY400  # expected, and told in one line
            ring = known[1]
        self._known = stamp, ring
        return ring


_Stamp = tuple[int, ...]


def _stamp(path: Path) -> _Stamp | None:
    """What changes with the file; None when it cannot be opened.

    It is opened, not only asked for its status: over NFS, opening is what shows at once a change
    that another machine made.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def load_keys(path: Path) -> KeyRing:
    """Read the key file; raises ConfigError when it is missing, open to others, or damaged."""
    try:
        mode = path.stat().st_mode
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            str(path),
            ["there is no such file (restore it from a backup, or run 'newsletter init')"],
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), [f"cannot be read: {error}"]) from error
    if mode & 0o077:
        raise ConfigError(str(path), [f"is readable by others (run 'chmod 600 {path}')"])
    try:
        ring = {str(key["id"]): bytes.fromhex(key["secret"]) for key in data["keys"]}
        current = str(data["keys"][-1]["id"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ConfigError(str(path), ["expected [[keys]] with 'id' and 'secret'"]) from error
    if any(len(secret) < 32 for secret in ring.values()):
        raise ConfigError(str(path), ["expected secrets of 32 bytes or more"])
    return KeyRing(current, ring)


def create_keys(path: Path, now: datetime) -> KeyRing:
    """Write a key file with one new key; an existing one is left as it is and read."""
    if path.exists():
        return load_keys(path)
    document = tomlkit.parse(HEADER)
    document["keys"] = tomlkit.aot()
    return _append(path, document, "k1", now)


def rotate_keys(path: Path, now: datetime) -> KeyRing:
    """Add a key that signs from now on; the old ones go on verifying."""
    known = load_keys(path)
    document = tomlkit.parse(path.read_text("utf-8"))
    number = 1 + max(int(name[1:]) for name in known.secrets if name[1:].isdigit())
    return _append(path, document, f"k{number}", now)


def _append(path: Path, document: Any, name: str, now: datetime) -> KeyRing:
    key = tomlkit.table()
    key["id"] = name
    key["created"] = now
    key["secret"] = secrets.token_hex(32)
    document["keys"].append(key)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(tomlkit.dumps(document))
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    return load_keys(path)
