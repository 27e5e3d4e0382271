"""newsletter stats: how everything stands, in numbers."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("stats", cls=Verb, context_settings=CONTEXT)
@pass_app
def stats(app: App) -> None:
    """How everything stands, in numbers."""
    from newsletter.cli.output import count, give, plain, table, when
    from newsletter.jobs.operating import stats as numbers

    found = numbers(app.inst, now=app.now)
    if app.json:
        give(app, found)
        return
    table(
        app,
        found,
        ("list", "active#", "alerts#", "pending#", "left#", "sent#", "last issue@", "next issue@"),
        (
            (
                one.slug,
                one.active,
                one.alerts,
                one.pending,
                one.unsubscribed,
                one.sent,
                when(one.last_sent_at),
                when(one.next_at),
            )
            for one in found.lists
        ),
        empty="No list yet. Make one with 'newsletter list create'.",
    )
    states = ", ".join(f"{number:,} {state}" for state, number in found.deliveries.items())
    click.echo()
    click.echo(f"Messages  {states or 'none yet'}")
    sources = f"{count(found.articles, 'article')} from {count(found.sources, 'source')}"
    failing = f"; failing: {plain(found.failing)}" if found.failing else ""
    click.echo(f"Articles  {sources}{failing}")
    click.echo(f"Senders   {found.senders or 'none'} running")
