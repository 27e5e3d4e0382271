"""newsletter config: config.toml checked, and shown without its secrets."""

from __future__ import annotations

from typing import Any

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Noun

MASK = "•••"


@click.group("config", cls=Noun)
def config() -> None:
    """config.toml, checked or shown."""


@config.command("check")
@pass_app
def check(app: App) -> None:
    """Say every mistake of config.toml, each with its key; status 1 if there is one."""
    from newsletter.cli.output import give

    config = app.config
    for relay in config.relays:
        relay.secret()  # a password's file or variable that is not there is a mistake too
    give(app, {"config": app.config_path, "valid": True})
    app.say(f"{app.config_path} has no mistake.")


@config.command("show")
@pass_app
def show(app: App) -> None:
    """What is in force, defaults included, secrets as •••."""
    from newsletter.cli.output import give, plain

    values = masked(app)
    if app.json:
        give(app, values)
        return
    for name, value in _flat("", values):
        click.echo(f"{name} = {plain(value)}")


def masked(app: App) -> dict[str, Any]:
    """The configuration as plain values, without a secret."""
    from newsletter.database import Database

    values = app.config.model_dump(mode="json")
    database = Database(app.config.database)
    values["database"] = database.url.render_as_string(hide_password=True)
    for relay in values["relays"]:
        if relay["password"]:
            relay["password"] = MASK
    return values


def _flat(prefix: str, values: Any) -> list[tuple[str, object]]:
    if isinstance(values, dict):
        return [
            pair
            for name, value in values.items()
            for pair in _flat(f"{prefix}.{name}" if prefix else name, value)
        ]
    if isinstance(values, list) and values and isinstance(values[0], dict):
        return [
            pair for i, value in enumerate(values, 1) for pair in _flat(f"{prefix}[{i}]", value)
        ]
    return [] if values is None else [(prefix, values)]
