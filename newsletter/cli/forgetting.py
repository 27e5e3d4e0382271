"""newsletter subscriber unsubscribe, erase, purge: taking people off, and forgetting them."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Verb

RULES = ("never_confirmed", "never_invited", "left", "erased", "ip", "log", "attempts")


@click.command("unsubscribe", cls=Verb)
@click.argument("email")
@click.option("--list", "slug", metavar="SLUG", help="Only from this list.  [default: from all]")
@pass_app
def unsubscribe(app: App, email: str, slug: str | None) -> None:
    """Take somebody off a list, or off all. Mail that waits for them is not sent."""
    from newsletter.cli.output import give
    from newsletter.jobs.peopling import unsubscribe as end

    left = end(app.inst, email, slug, now=app.now, actor=app.actor)
    give(app, {"address": email, "left": left})
    app.say(
        f"{email} is off {', '.join(left)}."
        if left
        else f"{email} was on no such list any more: nothing was changed."
    )


@click.command("erase", cls=Verb)
@click.argument("email")
@yes_option
@pass_app
def erase(app: App, email: str, yes: bool) -> None:
    """Forget a person for good, and never write to them again.

    This is the erasure that article 17 of the GDPR asks for.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.peopling import erase as forget
    from subscribers.people import find

    with app.inst.database.read() as session:
        known = find(session, email) is not None
    if known:
        app.ask(f"forget {email} for good", yes)
    erased = known and forget(app.inst, email, now=app.now, actor=app.actor)
    give(app, {"address": email, "erased": erased})
    app.say(
        f"{email} is forgotten; only a seal remains, which keeps us from writing to them."
        if erased
        else f"Nobody of the address {email} is known: nothing was changed."
    )


@click.command("purge", cls=Verb)
@click.option(
    "--rule",
    "names",
    type=click.Choice(RULES),
    multiple=True,
    help="Only by this one; several times for several.  [default: by all that are set]",
)
@click.option(
    "--days",
    type=click.IntRange(1),
    help="Older than so many, instead of what the config says; of one rule, never_confirmed unless "
    "--rule names it.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
@yes_option
@pass_app
def purge(app: App, names: tuple[str, ...], days: int | None, dry_run: bool, yes: bool) -> None:
    """Delete what is older than [retention] in config.toml says, told first.

    Whoever was asked to confirm and never did agreed to nothing, so nothing of them is kept. The
    ticker takes these by itself each day; all else goes when you say so here.
    """
    from datetime import timedelta

    from newsletter.cli.purges import run_purge
    from newsletter.jobs.retaining import rules_of
    from subscribers.retention import Rule

    rules = rules_of(app.config.retention)
    asked = [Rule(name) for name in dict.fromkeys(names)]
    if days is not None:
        if len(asked) > 1:
            raise click.UsageError("--days is of one rule: name one alone with --rule")
        asked = asked or [Rule.NEVER_CONFIRMED]
        rules[asked[0]] = timedelta(days=days)
    for rule in asked:
        if rule not in rules:
            raise click.UsageError(
                f"'{rule.value}' is kept for ever: set it in [retention], or say --days N"
            )
    chosen = {rule: span for rule, span in rules.items() if not asked or rule in asked}
    run_purge(app, chosen, dry_run=dry_run, yes=yes)
