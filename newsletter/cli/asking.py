"""newsletter subscriber invite: asking people by mail to confirm."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Verb


@click.command("invite", cls=Verb)
@click.argument("email", required=False)
@click.option("--list", "slug", metavar="SLUG", help="Everybody pending on this list.")
@yes_option
@pass_app
def invite(app: App, email: str | None, slug: str | None, yes: bool) -> None:
    """Ask by mail those who have not confirmed yet: one person, or everybody on a list.

    One mail a day to a person, whether the form or an admin asks.
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs.inviting import invite as ask
    from newsletter.jobs.inviting import pending

    if email is None and slug is None:
        raise click.UsageError("name an address, or a list with --list")
    waiting = {one.subscriber_id for one in pending(app.inst, email, slug)}
    if len(waiting) > 1:
        app.ask(f"ask {count(len(waiting), 'person', 'people')} by mail to confirm", yes)
    done = ask(app.inst, email, slug, now=app.now, actor=app.actor)
    asked, today = (
        list(dict.fromkeys(one.subscriber.address for one in some))
        for some in (done.now, done.today)
    )
    give(app, {"invited": asked, "asked_already": today})
    if asked:
        people = count(len(asked), "person", "people")
        app.say(f"{people} asked to confirm; the mails are queued.")
    if today:
        app.say(f"{count(len(today), 'person', 'people')} asked already today: not again.")
    if not asked and not today:
        app.say("Nobody waits to be asked: nothing was changed.")
