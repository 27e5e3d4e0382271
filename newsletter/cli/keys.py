"""newsletter key: the secrets that sign links."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Noun


@click.group("key", cls=Noun)
def key() -> None:
    """The secrets that sign links; only fingerprints are shown."""


@key.command("ls")
@pass_app
def ls(app: App) -> None:
    """All keys with their fingerprints; the last one signs, all of them verify."""
    from newsletter.cli.output import table
    from newsletter.keys import load_keys

    ring = load_keys(app.config.keys)
    prints = ring.fingerprints()
    table(
        app,
        [
            {"id": name, "fingerprint": value, "signs": name == ring.current}
            for name, value in prints.items()
        ],
        ("key", "fingerprint", "signs"),
        ((name, value, "yes" if name == ring.current else "") for name, value in prints.items()),
        empty="No key.",
    )


@key.command("rotate")
@yes_option
@pass_app
def rotate(app: App, yes: bool) -> None:
    """Sign with a new key from now on. Old links go on working, for ever.

    Restart what is running, so that it signs with the new key. Every machine needs the new file.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.operating import rotate_key

    app.ask("sign with a new key from now on", yes)
    ring = rotate_key(app.inst, now=app.now, actor=app.actor)
    give(app, {"current": ring.current})
    app.say(f"Key '{ring.current}' signs from now on; restart 'newsletter run'.")
