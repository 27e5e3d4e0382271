"""newsletter log: who did what."""

from __future__ import annotations

from datetime import datetime

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Noun

PAGE = "page"  # the person themselves, by a link of theirs
DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("log", cls=Noun)
def log() -> None:
    """Who did what to people's data, or in their name."""


@log.command("ls")
@click.option("--verb", default="", metavar="VERB", help="As 'subscriber.export', or 'subscriber'.")
@click.option("--actor", default="", metavar="NAME", help="By whom: 'claire', 'ticker', 'page'.")
@click.option("--subject", default="", metavar="WHAT", help="As 'subscriber 12', 'issue 3'.")
@click.option("--since", type=DAY, metavar="DAY", help="From this day on, as 2026-11-30.")
@click.option("--until", type=DAY, metavar="DAY", help="To the end of this day.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="The newest.")
@pass_app
def ls(
    app: App,
    verb: str,
    actor: str,
    subject: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> None:
    """Exports, imports, erasures, lifts, sends and all else that admins did, oldest first.

    People are named by their number, never by their address.
    """
    from newsletter.cli.output import row, table, when
    from newsletter.jobs.remembering import read_log

    found = read_log(
        app.inst,
        verb=verb,
        actor=None if actor == PAGE else actor,
        subject=subject,
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
    )
    table(
        app,
        [row(one, "id", "at", "actor", "verb", "subject", "detail") for one in found],
        ("when@", "who", "did", "to", "more"),
        (
            (when(one.at), one.actor or PAGE, one.verb, one.subject, _said(one.detail))
            for one in found
        ),
        empty="The log says nothing of that.",
    )


def _said(detail: dict[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in detail.items())
