"""One installation opened: its config, database, keys and journal, as every job needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from newsletter.config import Config, load_config
from newsletter.database import Database
from newsletter.journal import Journal
from newsletter.keys import KeyFile, KeyRing
from subscribers.tokens import Tokens


@dataclass(frozen=True)
class Installation:
    """What a command or a process works on. Opening it touches the config file only."""

    config: Config
    database: Database

    @property
    def keys(self) -> KeyRing:
        """The signing keys as they are now: `key rotate` reaches processes that already run.

        Raises ConfigError when their file is missing or open to others.
        """
        return self._key_file.ring()

    @property
    def tokens(self) -> Tokens:
        """What signs and reads by those keys. Ask anew each time; never keep it."""
        return self.keys.tokens

    @cached_property
    def _key_file(self) -> KeyFile:
        return KeyFile(self.config.keys)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.config.keys.with_name("journal.jsonl"))

    def close(self) -> None:
        """Let the database go; opening again is cheap."""
        self.database.close()


def open_installation(path: Path) -> Installation:
    """Read the config file at `path`; raises ConfigError with all its mistakes."""
    config = load_config(path)
    return Installation(config, Database(config.database))
