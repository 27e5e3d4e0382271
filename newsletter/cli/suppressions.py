"""newsletter suppression: addresses that must not be written to, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Noun


@click.group("suppression", cls=Noun)
def suppression() -> None:
    """Addresses that must not be written to, and why."""


@suppression.command("add")
@click.argument("email")
@click.option("--note", default="", metavar="TEXT", help="Why, in your words.")
@yes_option
@pass_app
def add(app: App, email: str, note: str, yes: bool) -> None:
    """Never write to an address again, or to '@example.org': everybody there.

    A whole domain is told with how many subscribers it stops, and asked about.
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs.suppressing import stopped_by, suppress

    if stopped := stopped_by(app.inst, email):
        people = count(stopped, "person who is on a list", "people who are on a list")
        app.ask(f"never write again to {email}, {people}", yes)
    added = suppress(app.inst, email, note=note, now=app.now, actor=app.actor)
    give(app, {"address": email, "added": added, "stopped": stopped})
    app.say(
        f"{email} is suppressed: nothing goes there any more."
        if added
        else f"{email} is suppressed already: nothing was changed."
    )


@suppression.command("ls")
@click.option(
    "--reason",
    type=click.Choice(["bounce", "complaint", "admin", "erased"]),
    help="Only those for this reason.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=200, show_default=True, help="At most so many."
)
@pass_app
def ls(app: App, reason: str | None, limit: int) -> None:
    """Suppressed addresses, oldest first; of erased people only a seal is kept."""
    from newsletter.cli.output import row, table, when
    from newsletter.jobs.suppressing import list_suppressions
    from subscribers.models import SuppressionReason

    found = list_suppressions(app.inst, SuppressionReason(reason) if reason else None, limit)
    table(
        app,
        [row(one, "key", "reason", "source", "note", "created_at") for one in found],
        ("address", "reason", "from", "since@", "note"),
        ((one.key, one.reason, one.source, when(one.created_at), one.note) for one in found),
        empty="Nothing is suppressed.",
    )


@suppression.command("lift")
@click.argument("email")
@yes_option
@pass_app
def lift(app: App, email: str, yes: bool) -> None:
    """Write to an address, or '@example.org', again. Subscriptions stay as they are."""
    from newsletter.cli.output import give
    from newsletter.jobs.suppressing import lift as take_back
    from newsletter.jobs.suppressing import standing_against

    known = standing_against(app.inst, email)
    why = f", suppressed for {known.reason.value}" if known else ""
    if known or email.strip().startswith("@"):  # else there is nothing to take back
        app.ask(f"write to {email} again{why}", yes)
    found = take_back(app.inst, email, now=app.now, actor=app.actor)
    give(app, {"address": email, "lifted": len(found)})
    app.say(
        f"{email} may be written to again."
        if found
        else f"{email} was not suppressed by itself: nothing was changed."
    )


@suppression.command("import")
@click.argument("file", type=click.File("rb"))
@pass_app
def import_(app: App, file: BinaryIO) -> None:
    """Take in addresses and @domains, one a line, or a table, as 'export' and others write it.

    Encoding, delimiter and columns are found out. '-' reads stdin.
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs.suppressing import import_suppressions

    name = getattr(file, "name", "")  # none, in a test's stdin
    done = import_suppressions(app.inst, file, name=str(name), now=app.now, actor=app.actor)
    for refused in done.rejected:
        app.note(f"line {refused.line}: {refused.reason}")
    give(
        app,
        {
            "added": done.added,
            "unchanged": done.unchanged,
            "rejected": [{"line": r.line, "reason": r.reason} for r in done.rejected],
        },
    )
    app.say(
        f"{count(done.added, 'address', 'addresses')} added, {done.unchanged:,} were there, "
        f"{len(done.rejected):,} refused."
    )
    if done.rejected:
        click.get_current_context().exit(1)


@suppression.command("export")
@click.option(
    "-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), help="[stdout]"
)
@pass_app
def export(app: App, file: Path | None) -> None:
    """Write all suppressions as CSV, which 'import' reads."""
    from newsletter.cli.files import written_bytes
    from newsletter.cli.output import count, give
    from newsletter.jobs.suppressing import export_suppressions

    if file is None:
        app.refuse_json("an export to stdout is CSV (name a file with -o)")
        export_suppressions(app.inst, sys.stdout.buffer, now=app.now, actor=app.actor)
        return
    with written_bytes(file) as stream:
        number = export_suppressions(app.inst, stream, name=file.name, now=app.now, actor=app.actor)
    give(app, {"file": str(file), "rows": number})
    app.say(f"{count(number, 'suppression')} written to {file}.")
