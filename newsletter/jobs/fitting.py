"""Knows what may be said of which kind of source, and refuses the rest before anything is read."""

from __future__ import annotations

from newsletter.collect.place import address_of, is_path, shown
from newsletter.errors import Refused
from newsletter.models import SourceKind


def require_place(kind: SourceKind | None, location: str) -> None:
    """Raises Refused for an address that is called a folder."""
    is_address = not is_path(location) and "://" in address_of(location)
    if kind is SourceKind.FOLDER and is_address:
        raise Refused(
            f"{shown(location)} is an address, and a folder is a path on this machine "
            "(leave --kind out, or say feed or page)"
        )
