"""How an explanation is shown, of an article, an issue or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, put
from newsletter.cli.output import give, plain

if TYPE_CHECKING:
    from newsletter.jobs.telling import Explanation


def tell(app: App, found: Explanation) -> None:
    """The subject, then a line each."""
    give(app, found)
    if app.json:
        return
    click.echo(click.style(plain(found.subject), bold=True))
    for line in found.lines:
        put(f"  {plain(line)}")
