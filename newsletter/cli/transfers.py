"""newsletter subscriber import, export: people from a file, and into one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Verb


@click.command("import", cls=Verb)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--list", "slug", required=True, metavar="SLUG", help="Which list.")
@click.option("--confirmed", is_flag=True, help="They agreed elsewhere; needs --consent.")
@click.option("--consent", default="", metavar="TEXT", help="The words that they agreed to.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where refused rows go, with line and reason.  [default: stderr]",
)
@pass_app
def import_(
    app: App,
    file: Path,
    slug: str,
    confirmed: bool,
    consent: str,
    dry_run: bool,
    rejects: Path | None,
) -> None:
    """Take people in from a CSV file, of any dialect. Nobody is written to.

    Good rows go in, bad ones are told with their line and reason; the status is 1 when there were
    any. Without --confirmed people are pending: 'subscriber invite --list SLUG' asks them.
    Importing the same file again changes nothing.
    """
    from newsletter.cli.imports import run_import

    if not run_import(app, file, slug, confirmed, consent, dry_run, rejects):
        click.get_current_context().exit(1)


@click.command("export", cls=Verb)
@click.option("--list", "slug", metavar="SLUG", help="[default: all lists]")
@click.option(
    "-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), help="[stdout]"
)
@pass_app
def export(app: App, slug: str | None, file: Path | None) -> None:
    """Write all that is known of people as CSV: importing it gives the same."""
    from newsletter.cli.files import written_bytes
    from newsletter.cli.output import count, give
    from newsletter.jobs.transferring import export_subscribers

    if file is None:
        app.refuse_json("an export to stdout is CSV (name a file with -o)")
        export_subscribers(app.inst, slug, sys.stdout.buffer)
        return
    with written_bytes(file) as stream:
        number = export_subscribers(app.inst, slug, stream)
    give(app, {"file": str(file), "rows": number})
    app.say(f"{count(number, 'subscription')} written to {file}.")
