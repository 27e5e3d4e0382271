"""Knows what may be said of which kind of source, and refuses the rest before anything is done."""

from __future__ import annotations

from newsletter.collect.folders import is_markdown
from newsletter.collect.place import Reading, address_of, is_path, path_of, shown
from newsletter.errors import Refused
from newsletter.models import Source, SourceKind

NOTHING = ("", "-")  # what takes an option away, which fits every kind


def require_place(kind: SourceKind | None, location: str) -> None:
    """Raises Refused for an address that is called a folder, for a folder that is called a feed or
    a page, and for one file of a folder, unless it is called a page."""
    on_this_machine = is_path(location)
    if kind is None and on_this_machine and is_markdown(path := path_of(location)):
        raise Refused(f"{path} is one article (give its folder: {path.parent})")
    if kind not in (None, SourceKind.FOLDER) and on_this_machine and path_of(location).is_dir():
        raise Refused(f"{path_of(location)} is a folder (leave --kind out)")
    if kind is SourceKind.FOLDER and not on_this_machine and "://" in address_of(location):
        raise Refused(
            f"{shown(location)} is an address, and a folder is a path on this machine "
            "(leave --kind out, or say feed or page)"
        )


def kind_meant(
    source: Source | None, kind: SourceKind | None, location: str | None = None
) -> tuple[SourceKind | None, str]:
    """The kind that a source is to be read as, and how that is known.

    None: not before it was read, for `kind` does not say so, and `location` is a new one.
    """
    if kind is not None:
        return kind, f"--kind says {kind.value}"
    if source is None or location is not None:
        return None, ""
    return source.kind, f"'{source.name}' is a {source.kind.value}"


def kind_read(reading: Reading) -> tuple[SourceKind, str]:
    """The kind of what was read, and how to say so."""
    kind = reading.place.kind
    return kind, f"{shown(reading.place.location)} is a {kind.value}"


def require_fit(
    kind: SourceKind | None,
    what: str,
    *,
    selectors: str | None = None,
    site: str | None = None,
    read_articles: bool | None = None,
) -> None:
    """Raises Refused for an option that does nothing for a source of this kind.

    `what` is how the kind is known; None fits all, as does what takes an option away.
    """
    if kind is None:
        return
    for_pages = f"for pages, and {what} (leave it out, or give the address of a page)"
    if kind is not SourceKind.PAGE and selectors not in (None, *NOTHING):
        raise Refused(f"--selectors are {for_pages}")
    if kind is not SourceKind.PAGE and site not in (None, *NOTHING):
        raise Refused(f"--site is {for_pages}")
    if read_articles and kind not in (SourceKind.PAGE, SourceKind.FEED):
        raise Refused(f"--read-articles is for feeds and pages, and {what} (leave it out)")


def require_selected(reading: Reading) -> None:
    """Raises Refused where selectors were given for a page of plain text, read by its lines."""
    if reading.place.selectors and reading.feed is not None and not reading.matched:
        raise Refused(
            f"--selectors are for pages of HTML, and {shown(reading.place.location)} is plain text "
            "(leave it out, or take them away with '--selectors -')"
        )
