"""newsletter subscriber import, export: people from a file, and into one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Verb


@click.command("import", cls=Verb)
@click.argument("file")
@click.option("--list", "slug", metavar="SLUG", help="Which list; an export of ours says itself.")
@click.option("--confirmed", is_flag=True, help="They agreed elsewhere; needs --consent.")
@click.option("--consent", default="", metavar="TEXT", help="The words that they agreed to.")
@click.option("--from", "system", metavar="SYSTEM", help="Whose file it is.  [default: guessed]")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column is; '-' for nothing.  [default: guessed]",
)
@click.option("--typed", is_flag=True, help="Attributes that read like numbers are numbers.")
@click.option(
    "--assume-status",
    type=click.Choice(["confirmed", "unconfirmed"]),
    help="What people in listmonk's CSV are, which it does not say.",
)
@click.option("--again", is_flag=True, help="Take those back who left; asks.")
@click.option("--lift", is_flag=True, help="Lift what an admin or a bounce put; asks.")
@click.option("--from-start", is_flag=True, help="One that was stopped begins anew.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where refused rows go, with line and reason.  [default: stderr]",
)
@yes_option
@pass_app
def import_(
    app: App,
    file: str,
    slug: str | None,
    confirmed: bool,
    consent: str,
    system: str | None,
    mapped: tuple[str, ...],
    typed: bool,
    assume_status: str | None,
    again: bool,
    lift: bool,
    from_start: bool,
    dry_run: bool,
    rejects: Path | None,
    yes: bool,
) -> None:
    """Take people in from a CSV file, of any dialect. Nobody is written to.

    Good rows go in, bad ones are told with their line and reason; the status is 1 when there were
    any. Without --confirmed people are pending: 'subscriber invite --list SLUG' asks them.
    Importing the same file again changes nothing, and one that was stopped goes on where it was.
    With '--from listmonk', FILE may be the address of its database.
    """
    from newsletter.cli.from_listmonk import is_database, run_from_listmonk
    from newsletter.cli.imports import Import, run_import
    from subscribers.transfer import Consent

    terms = Consent(confirmed, consent, back=again, lift=lift)
    if (again or lift) and not confirmed:
        raise click.UsageError("--again and --lift are for people who agreed: add --confirmed")
    pairs = dict(map(_pair, mapped))
    if is_database(file):
        _refuse(system != "listmonk", "the address of a database needs --from listmonk")
        _refuse(bool(slug), "--list: a database has several (--map 'THEIR LIST=SLUG' names them)")
        _refuse(typed, "--typed is for files")
        _refuse(from_start, "--from-start is for files")
        done = run_from_listmonk(
            app, file, lists=pairs, consent=terms, dry_run=dry_run, rejects=rejects, yes=yes
        )
    else:
        wanted = Import(
            Path(file),
            slug,
            terms,
            pairs,
            system,
            assume_status,
            typed,
            dry_run,
            rejects,
            yes,
            from_start,
        )
        done = run_import(app, wanted)
    if not done:
        click.get_current_context().exit(1)


def _pair(text: str) -> tuple[str, str]:
    left, sign, right = text.rpartition("=")
    if not sign or not left.strip() or not right.strip():
        raise click.UsageError(f"--map {text!r}: write it like 'Town=attribute.town'")
    return left.strip(), right.strip()


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise click.UsageError(why)


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
    from newsletter.cli.progress import counter
    from newsletter.jobs.transferring import export_subscribers

    if file is None:
        app.refuse_json("an export to stdout is CSV (name a file with -o)")
        export_subscribers(app.inst, slug, sys.stdout.buffer, now=app.now, actor=app.actor)
        return
    with written_bytes(file) as stream, counter(app, "rows written") as told:
        number = export_subscribers(
            app.inst,
            slug,
            stream,
            name=file.name,
            on_rows=told,
            now=app.now,
            actor=app.actor,
        )
    give(app, {"file": str(file), "rows": number})
    app.say(f"{count(number, 'row')} written to {file}.")
