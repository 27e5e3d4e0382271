"""newsletter deliver: sends all that is due, and ends."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("deliver", cls=Verb, context_settings=CONTEXT)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes."
)
@pass_app
def deliver(app: App, workers: int) -> None:
    """Send all that is due, and end.

    May be called from cron, and while other senders run: no message is sent twice.
    """
    from newsletter.cli.output import count, give
    from newsletter.cli.progress import bar
    from newsletter.cli.sending import faults_once
    from newsletter.jobs.sending import Progress, progress
    from newsletter.jobs.sending import deliver as drain
    from newsletter.models import DeliveryState
    from newsletter.supervisor import beside

    before = progress(app.inst, now=app.now)
    arguments = ("--config", str(app.config_path.absolute()), "--quiet", "deliver")
    with bar(app, "Sending") as told, beside([arguments] * (workers - 1)):

        def show(found: Progress) -> None:
            done = found.done - before.done
            told(done, done + found.remaining, f"{found.rate:.0f}/s" if found.rate else "")

        with faults_once():
            after = drain(app.inst, on_progress=show, since=app.now)
    moved = {
        state: after.counts.get(state, 0) - before.counts.get(state, 0)
        for state in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED)
    }
    waiting = after.counts.get(DeliveryState.DEFERRED, 0)
    give(
        app,
        {
            **{state.value: number for state, number in moved.items()},
            "deferred": waiting,
            "unknown": after.counts.get(DeliveryState.UNKNOWN, 0),
        },
    )
    said = [f"{number:,} {state.value}" for state, number in moved.items() if number]
    said += [f"{count(waiting, 'message')} deferred until later"] if waiting else []
    app.say(f"{', '.join(said)}." if said else "Nothing was due.")
