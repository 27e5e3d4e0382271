"""newsletter subscriber unsubscribe, erase, purge: taking people off, and forgetting them."""

from __future__ import annotations

from typing import Any

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Verb


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
    "--days", type=click.IntRange(1), default=30, show_default=True, help="They had so many."
)
@click.option("--dry-run", is_flag=True, help="Only count.")
@yes_option
@pass_app
def purge(app: App, days: int, dry_run: bool, yes: bool) -> None:
    """Delete those who were asked to confirm and never did.

    They never agreed to anything, so nothing of them is kept.
    """
    from datetime import timedelta

    from newsletter.cli.output import count, give
    from newsletter.jobs.purging import purge as delete

    def run(dry: bool) -> Any:
        span = timedelta(days=days)
        return delete(app.inst, older_than=span, dry_run=dry, now=app.now, actor=app.actor)

    found = run(True)
    if not dry_run and found.subscriptions:
        said = count(found.subscriptions, "subscription")
        app.ask(f"delete {said} that nobody confirmed in {days} days", yes)
        found = run(False)
    give(app, found)
    said = count(found.subscriptions, "unconfirmed subscription")
    people = count(found.people, "person", "people")
    if dry_run or not found.subscriptions:
        app.say(f"{said} of {people} older than {days} days: nothing was changed.")
    else:
        app.say(f"{said} deleted, and {people} forgotten.")
