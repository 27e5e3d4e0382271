"""newsletter subscriber invite: asking people by mail to confirm."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Verb


@click.command("invite", cls=Verb)
@click.argument("email", required=False)
@click.option("--list", "slug", metavar="SLUG", help="Everybody pending on this list.")
@click.option(
    "--rate",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    metavar="N",
    help="At most so many people an hour; 0: all at once.",
)
@yes_option
@pass_app
def invite(app: App, email: str | None, slug: str | None, rate: int, yes: bool) -> None:
    """Ask by mail those who have not confirmed yet: one person, or everybody on a list.

    One mail a day to a person, whether the form or an admin asks. The mails of a whole day are
    queued, --rate of them an hour; who has no place in it is asked by calling this again.
    """
    from newsletter.cli.output import count, give, zoned
    from newsletter.cli.progress import counter
    from newsletter.jobs.inviting import invite as ask
    from newsletter.jobs.inviting import to_ask

    if email is None and slug is None:
        raise click.UsageError("name an address, or a list with --list")
    waiting = to_ask(app.inst, email, slug, rate=rate, now=app.now)
    if waiting > 1:
        pace = f", {rate:,} an hour" if rate and waiting > rate else ""
        app.ask(f"ask {count(waiting, 'person', 'people')} by mail to confirm{pace}", yes)
    with counter(app, "people asked") as told:
        done = ask(app.inst, email, slug, rate=rate, now=app.now, actor=app.actor, on_batch=told)
    give(
        app,
        {
            "invited": done.now,
            "asked_already": done.today,
            "until": done.until,
            "later": done.later,
        },
    )
    if done.now:
        until = "" if done.until in (None, app.now) else f" until {zoned(done.until)}"
        people = count(len(done.now), "person", "people")
        app.say(f"{people} asked to confirm; the mails are queued{until}.")
    if done.today:
        app.say(f"{count(len(done.today), 'person', 'people')} asked already today: not again.")
    if done.later:
        people = count(done.later, "person has", "people have")
        app.say(f"{people} no place in a day of {rate:,} an hour: invite again tomorrow.")
    if not done.now and not done.today and not done.later:
        app.say("Nobody waits to be asked: nothing was changed.")
