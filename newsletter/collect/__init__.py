"""From a source's bytes to Entries: fetch, feeds, pages, folders, and the excerpts made of them.

`fetch.fetch` asks the network; everything else is pure. `read` is the one door for what was
fetched, `read_folder` the one for what lies on this machine. Heavy libraries are imported where
they are first needed, so that the command line starts at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from newsletter.collect.entry import Feed
    from newsletter.collect.fetch import Fetched

__all__ = ["read", "read_folder"]


def read(kind: Literal["feed", "page"], fetched: Fetched) -> Feed:
    """The Feed in what `fetch` brought with status 200.

    Raises ParseError, naming the address and the remedy, for what is no feed or lists no articles.
    """
    if kind == "feed":
        from newsletter.collect.feeds import parse_feed as parse
    else:
        from newsletter.collect.pages import parse_page as parse
    return parse(
        fetched.body,
        url=fetched.url,
        content_type=fetched.content_type,
        charset=fetched.charset,
    )


def read_folder(folder: Path, *, base: str | None = None) -> Feed:
    """The Feed in a folder of Markdown; `base` is what its relative addresses are read from."""
    from newsletter.collect import folders

    return folders.read_folder(folder, base=base)
