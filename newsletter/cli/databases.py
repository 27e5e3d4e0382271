"""newsletter db: the database's schema, its backups, and its moves."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Noun


@click.group("db", cls=Noun)
def db() -> None:
    """The database: upgrade, backup, move, restore."""


@db.command("upgrade")
@pass_app
def upgrade(app: App) -> None:
    """Bring the tables to what this program needs; an SQLite file is copied first."""
    from newsletter import schema
    from newsletter.cli.output import give

    database = app.open().database
    before = schema.state(database)
    backup = schema.upgrade(database, app.now)
    give(app, {"was": before, "backup": backup})
    if backup is not None:
        app.say(f"The database was copied to {backup} before.")
    if before is schema.SchemaState.CURRENT:
        app.say("The database is up to date: nothing was changed.")
    else:
        app.say("The database is up to date now.")


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_app
def backup(app: App, file: Path) -> None:
    """Copy database, keys and journal to FILE and beside it, also while mail is being sent.

    Keep them to yourself: they hold addresses and secrets. A restored copy refuses to send until
    'newsletter db adopt' was run.
    """
    from newsletter.cli.output import give
    from newsletter.cli.progress import counter
    from newsletter.jobs.keeping import backup as copy

    with counter(app, "rows copied") as told:
        done = copy(app.inst, file, now=app.now, on_table=lambda _, rows: told(rows))
    give(
        app,
        {
            "database": done.database,
            "keys": done.keys,
            "journal": done.journal,
            "dkim": done.dkim,
        },
    )
    app.say(f"Written: {done.database}")
    app.say(f"         {done.keys}")
    app.say(f"         {done.journal}")
    for file in done.dkim:
        app.say(f"         {file}")


@db.command("copy")
@click.argument("url")
@yes_option
@pass_app
def copy(app: App, url: str, yes: bool) -> None:
    """Copy everything into another, empty database: from SQLite to PostgreSQL, or back.

    Stop the senders first. Afterwards put the address into config.toml and start again.

    \b
    newsletter db copy postgresql://newsletter@db.example.org/newsletter
    """
    from newsletter.cli.output import count, give
    from newsletter.cli.progress import counter
    from newsletter.database import Database
    from newsletter.jobs.keeping import copy as copy_all

    target = Database(url)
    app.ask(f"copy everything from {app.inst.database.label} to {target.label}", yes)
    with counter(app, "rows of this table copied") as told:
        rows = copy_all(app.inst, url, now=app.now, on_table=lambda _, number: told(number))
    give(app, {"rows": rows})
    app.say(f"{count(sum(rows.values()), 'row')} copied to {target.label}.")
    app.say(f'Next: set  database = "{target.label}"  in {app.config_path}, then start again.')


@db.command("adopt")
@yes_option
@pass_app
def adopt(app: App, yes: bool) -> None:
    """Let a database restored from a backup send again.

    Replays who left, complained or was erased since, from the journal beside the keys. Messages
    that were waiting may have gone out since: they are held, until 'issue settle' says.
    """
    from newsletter.cli.output import count, give, zoned
    from newsletter.jobs.keeping import adopt as take_on
    from newsletter.jobs.keeping import is_restored

    if is_restored(app.inst):
        app.ask("take on this restored database, and hold what was waiting", yes)
    done = take_on(app.inst, now=app.now, actor=app.actor)
    give(app, done)
    if not done.restored:
        app.say("This database was not restored from a backup: nothing was changed.")
        return
    if done.since and done.until:
        app.say(
            f"This database is of {zoned(done.since)}; the journal goes on to {zoned(done.until)}."
        )
    app.say(
        f"Adopted. Once more: {count(done.left, 'subscription')} ended, "
        f"{count(done.complained, 'complaint')}, {count(done.erased, 'erasure')}."
    )
    if done.back:
        app.say(f"Taken up again since they were left: {count(done.back, 'subscription')}.")
    if done.issues:
        what = count(done.issues, "issue")
        app.say(f"{what} went out since: numbers are not used again (see 'newsletter issue ls').")
    if done.held:
        app.say(
            f"{count(done.held, 'message')} may have gone out since, and are held: "
            "see 'newsletter issue ls', then 'newsletter issue settle'."
        )
    if done.drafts:
        waits = "waits" if done.drafts == 1 else "wait"
        app.say(f"{count(done.drafts, 'draft')} {waits} for 'newsletter issue approve' again.")
