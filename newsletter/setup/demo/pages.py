"""Renders the demo's own pages: the paper's and the inboxes', never a mail."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "pages"),
        autoescape=True,  # names end in .html and .atom: both want the same five characters escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **values: object) -> bytes:
    """The page as UTF-8; every value that is not `Markup` is escaped."""
    return _environment().get_template(name).render(**values).encode()
