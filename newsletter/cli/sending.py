"""What commands that mail people share: what is about to happen, and how it goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, harmless
from newsletter.cli.output import count, plain, zoned
from newsletter.cli.progress import bar
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.jobs.previewing import Preview
    from newsletter.jobs.sending import Progress

LOOK_SECONDS = 0.5


def tell_plan(app: App, preview: Preview, *, name: str) -> None:
    """The audience's size, the variants, and when the last message will leave; on stderr."""
    readers = preview.audience - preview.skipped
    skipped = f" ({preview.skipped:,} more want other topics)" if preview.skipped else ""
    variants = " · ".join(f"{one.language}: {one.readers:,}" for one in preview.variants)
    estimate = preview.estimate
    lines = {
        name: f"«{plain(preview.variants[0].rendered.subject)}»",
        "to": f"{count(readers, 'reader')}{skipped}",
        "variants": f"{len(preview.variants)} ({variants})",
        "last one": f"leaves about {zoned(estimate.last_at)}, at {estimate.rate:g} a second",
    }
    width = max(map(len, lines))
    for what, text in lines.items():
        app.note(f"{what.ljust(width)}  {text}")


def readers_of(preview: Preview) -> str:
    """`120 readers`."""
    return count(preview.audience - preview.skipped, "reader")


def send_or_follow(app: App, issue_id: int, name: str) -> Progress:
    """Follow the sender that runs, or send here; says what came of it."""
    from newsletter.jobs.sending import deliver, progress, sender_alive

    with bar(app, f"Sending {name}") as told:

        def show(found: Progress) -> None:
            told(found.done, found.audience, _remark(found))

        if sender_alive(app.inst, now=app.now):
            follow(app, issue_id, name)
        else:
            with faults_once():
                deliver(app.inst, on_progress=show, issue_id=issue_id)
    found = progress(app.inst, issue_id, now=datetime.now(UTC))
    app.say(f"{name}: {summary(found)}.")
    return found


@contextmanager
def faults_once() -> Iterator[None]:
    """Tell each fault that senders meet in the block once, at its end; none that ended it."""
    held = _Held()
    logger = logging.getLogger("newsletter.delivery.worker")
    logger.addFilter(held)
    ended_by = ""
    try:
        yield
    except NewsletterError as error:
        ended_by = str(error)
        raise
    finally:
        logger.removeFilter(held)
        for line in held.lines:
            if line not in ended_by:
                click.echo(f"ERROR: {harmless(line)}", err=True)


class _Held(logging.Filter):
    """Keeps back what is one line; a traceback goes its way."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, None] = {}  # in order, each once

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR or record.exc_info:
            return True
        self.lines[record.getMessage()] = None
        return False


def follow(app: App, issue_id: int, name: str) -> None:
    """Watch an issue until nothing of it waits, or it is stopped. Ctrl-C stops watching only."""
    from newsletter.jobs.sending import progress
    from newsletter.models import Issue, IssueState

    stopped = (IssueState.DRAFT, IssueState.PAUSED, IssueState.CANCELLED)
    done_at_first: tuple[int, float] | None = None
    with bar(app, f"Sending {name}") as told:
        while True:
            now = datetime.now(UTC)
            found = progress(app.inst, issue_id, now=now)
            if done_at_first is None:
                done_at_first = found.done, time.monotonic()
            passed = time.monotonic() - done_at_first[1]
            rate = (found.done - done_at_first[0]) / passed if passed > 1 else 0.0
            told(found.done, found.audience, f"{rate:.0f}/s" if rate else "")
            with app.inst.database.read() as session:
                state = session.get_one(Issue, issue_id).state
            if not found.remaining or state in stopped:
                return
            time.sleep(LOOK_SECONDS)


def _remark(found: Progress) -> str:
    eta = f", ready about {zoned(found.eta)}" if found.eta else ""
    return f"{found.rate:.0f}/s{eta}" if found.rate else ""


def summary(found: Progress) -> str:
    """`118 sent, 2 deferred (tried again later)`."""
    from newsletter.models import DeliveryState

    remarks = {
        DeliveryState.DEFERRED: " (tried again later)",
        DeliveryState.QUEUED: " (a sender takes them: 'newsletter deliver')",
        DeliveryState.UNKNOWN: " (perhaps accepted: see 'newsletter issue audit')",
    }
    said = [
        f"{found.counts[state]:,} {state.value}{remarks.get(state, '')}"
        for state in DeliveryState
        if found.counts.get(state)
    ]
    return ", ".join(said) or "nothing to send"
