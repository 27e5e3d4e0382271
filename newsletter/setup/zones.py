"""The time zone that `init` proposes: this machine's, unless it is a server's and nobody's."""

from __future__ import annotations

import os
from pathlib import Path

from subscribers.errors import SubscriberError
from subscribers.values import clean_timezone

_NOBODYS = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/GMT", "GMT", "Etc/Universal", "Zulu"})


def likely_timezone(machines: str, language: str) -> str:
    """That of the machine; where it is UTC, as on most servers, Paris for a paper in French."""
    french = language.lower().partition("-")[0] == "fr"
    return "Europe/Paris" if french and machines in _NOBODYS else machines


def local_timezone() -> str:
    """This machine's time zone by its IANA name, UTC where it cannot be told."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    try:
        candidates.append(str(Path("/etc/localtime").readlink()).partition("zoneinfo/")[2])
        candidates.append(Path("/etc/timezone").read_text("utf-8").strip())
    except OSError:
        pass
    for name in filter(None, candidates):
        try:
            return clean_timezone(name)
        except SubscriberError:
            continue
    return "UTC"
