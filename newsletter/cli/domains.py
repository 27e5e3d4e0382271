"""newsletter domain: the recipient domains that have a limit, or refuse mail for now."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Noun


@click.group("domain", cls=Noun)
def domain() -> None:
    """Recipient domains with a limit, or that refuse mail for now."""


@domain.command("ls")
@pass_app
def ls(app: App) -> None:
    """All with a limit in config.toml, and those that refused mail lately."""
    from newsletter.cli.output import table, when
    from newsletter.jobs.pacing import list_domains

    found = list_domains(app.inst, now=app.now)
    table(
        app,
        found,
        ("domain", "with", "at once#", "rate#", "waiting#", "rests until@", "said"),
        (
            (
                one.name,
                one.shared_with,
                one.connections,
                f"{one.rate:g}/s" if one.rate else "",
                one.waiting,
                when(one.rests_until),
                one.problem,
            )
            for one in found
        ),
        empty="No domain has a limit ([[domains]] in config.toml), and none refuses mail.",
    )


@domain.command("resume")
@click.argument("name")
@pass_app
def resume(app: App, name: str) -> None:
    """End a domain's rest: what waits for it goes out now."""
    from newsletter.cli.output import give
    from newsletter.jobs.pacing import resume_domain

    changed = resume_domain(app.inst, name, now=app.now, actor=app.actor)
    give(app, {"name": name, "changed": changed})
    app.say(f"Mail for {name} goes out again." if changed else f"{name} does not rest.")
