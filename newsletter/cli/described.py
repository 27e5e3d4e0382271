"""newsletter list import: a list made as another installation has it."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Verb


@click.command("import", cls=Verb)
@click.argument("file", type=click.Path(path_type=Path))
@pass_app
def import_(app: App, file: Path) -> None:
    """Make a list from what 'list show SLUG --json' wrote: all its settings, nobody on it.

    FILE may be -, for stdin. 'subscriber import' brings its people after it.
    """
    from newsletter.cli.files import text_of
    from newsletter.cli.output import give
    from newsletter.jobs.describing import make_described

    one, made, other = make_described(app.inst, text_of(file), now=app.now, actor=app.actor)
    give(app, {"list": one.slug, "made": made, "differs": other})
    app.say(
        f"List '{one.slug}' is made: {one.title}, from {one.from_address}."
        if made
        else f"There is a list '{one.slug}' already: nothing was changed."
    )
    if other:
        names = ", ".join(name.replace("_", " ") for name in other)
        app.note(
            f"It differs from what {file} says: {names}. To have it so, change it with 'newsletter "
            f"list edit {one.slug}' or, while nobody is on it, remove it first: 'newsletter list "
            f"rm {one.slug}'."
        )
