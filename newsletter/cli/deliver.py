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

    May be called from cron, and while other senders run: no message is sent twice. Tells what was
    refused, with the relay's answer. Ctrl-C ends it in good order; what waits is sent next time.
    """
    import time
    from datetime import UTC, datetime

    from newsletter.cli.output import count, give
    from newsletter.cli.progress import live
    from newsletter.cli.sending import LOOK_SECONDS, faults_once, tell_refusals
    from newsletter.jobs.auditing import tried_before
    from newsletter.jobs.sending import deliver as drain
    from newsletter.jobs.watching import Progress, Watch, progress
    from newsletter.models import DeliveryState
    from newsletter.supervisor import beside

    before, tried = progress(app.inst, now=app.now), tried_before(app.inst, since=app.now)
    arguments = ("--config", str(app.config_path.absolute()), "--quiet", "deliver")
    with live(app, "Sending") as told, faults_once() as faults:

        def show(found: Progress) -> None:
            told(found.beyond(before))

        with beside([arguments] * (workers - 1), faults.heard) as others:
            drain(app.inst, on_progress=show, since=app.now)
            watch = Watch(app.inst, since=app.now)
            while others.working:
                show(watch.look())
                time.sleep(LOOK_SECONDS)
    after = progress(app.inst, since=app.now, now=datetime.now(UTC))
    moved = {
        state: after.counts.get(state, 0) - before.counts.get(state, 0)
        for state in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED)
    }
    deferred = after.counts.get(DeliveryState.DEFERRED, 0)
    unknown = after.counts.get(DeliveryState.UNKNOWN, 0)
    give(
        app,
        {
            **{state.value: number for state, number in moved.items()},
            "deferred": deferred,
            "unknown": unknown,
            "waiting": after.remaining,
        },
    )
    said = [f"{number:,} {state.value}" for state, number in moved.items() if number]
    waits = [f"{deferred:,} deferred until later"] if deferred else []
    waits += [f"{unknown:,} unknown"] if unknown else []
    waits += [f"{count(after.remaining, 'message')} still to be sent"] if after.remaining else []
    app.say(f"{'; '.join([', '.join(said) or 'Nothing was due', *waits])}.")
    tell_refusals(app, before=tried)
