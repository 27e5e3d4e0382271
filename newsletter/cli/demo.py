"""newsletter demo: the whole journey on this machine."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("demo", cls=Verb, context_settings=CONTEXT)
@click.option("--no-wait", is_flag=True, help="End by itself, once all is shown.")
@click.option("--port", type=click.IntRange(0, 65535), help="Of the page with the inboxes.")
@pass_app
def demo(app: App, no_wait: bool, port: int | None) -> None:
    """The whole journey, from an article to an inbox and out again, with nothing but this program.

    A small paper, a mail server that keeps what it gets, two lists and their readers, in a folder
    of its own. Then it stays up with one page: everybody's inbox, with links that work.
    """
    from newsletter.setup.demo.journey import run

    run(wait=not no_wait, port=port, quiet=app.quiet)
