"""newsletter relay: the servers that mail is handed to, and how they are."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, put
from newsletter.cli.grammar import Noun


@click.group("relay", cls=Noun)
def relay() -> None:
    """The SMTP servers that mail is handed to."""


@relay.command("ls")
@pass_app
def ls(app: App) -> None:
    """All relays in the order in which they are tried."""
    from newsletter.cli.output import table, when
    from newsletter.jobs.operating import list_relays

    found = list_relays(app.inst)
    table(
        app,
        found,
        ("relay", "where", "state", "rate#", "connections#", "again@", "told"),
        (
            (
                one.name,
                one.where,
                one.state if one.used else "unused",
                f"{one.rate:g}/s" if one.rate else "free",
                one.connections,
                when(one.retry_at),
                one.problem
                if one.used
                else "base_url is of this machine: readers could not follow a link",
            )
            for one in found
        ),
        empty="No relay is configured. Add [[relays]] to config.toml.",
    )


@relay.command("check")
@click.argument("name", required=False)
@pass_app
def check(app: App, name: str | None) -> None:
    """Connect, encrypt and log in as a sender would, and hang up. Sends nothing."""
    from newsletter.cli.output import give
    from newsletter.errors import NewsletterError, Refused
    from newsletter.jobs.operating import address_of, check_relay, find_relay, relay_answers

    relays = [find_relay(app.inst, name)] if name else list(app.inst.config.relays)
    if not relays:
        raise Refused("no relay is configured (add [[relays]] to config.toml)")
    problems: dict[str, str] = {}
    for one in relays:
        try:
            check_relay(one)
        except NewsletterError as error:
            problems[one.name] = str(error)
        else:
            app.say(f"Relay '{one.name}' answers at {address_of(one)}.")
            if relay_answers(app.inst, one.name, now=app.now):
                app.say(f"It is paused: 'newsletter relay resume {one.name}' uses it again.")
    give(app, [{"name": r.name, "problem": problems.get(r.name, "")} for r in relays])
    for problem in problems.values():
        put(f"error: {problem}", err=True)
    if problems:
        click.get_current_context().exit(1)


@relay.command("pause")
@click.argument("name")
@click.option("--reason", default="paused by an admin", metavar="TEXT", help="Shown in 'relay ls'.")
@pass_app
def pause(app: App, name: str, reason: str) -> None:
    """Hand it nothing more until it is resumed; messages wait, or take another relay."""
    from newsletter.cli.output import give
    from newsletter.jobs.operating import pause_relay

    row, changed = pause_relay(app.inst, name, reason=reason, now=app.now, actor=app.actor)
    give(app, {"name": name, "state": row.state, "changed": changed})
    app.say(f"Relay '{name}' is paused." if changed else f"Relay '{name}' is paused already.")


@relay.command("resume")
@click.argument("name")
@pass_app
def resume(app: App, name: str) -> None:
    """Use it again, as if nothing had happened."""
    from newsletter.cli.output import give
    from newsletter.jobs.operating import resume_relay

    row, changed = resume_relay(app.inst, name, now=app.now, actor=app.actor)
    give(app, {"name": name, "state": row.state, "changed": changed})
    app.say(f"Relay '{name}' is in use." if changed else f"Relay '{name}' is in use already.")
