"""What commands that mail people share: what is about to happen, and how it goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, put
from newsletter.cli.output import count, plain, zoned
from newsletter.cli.progress import live
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.jobs.previewing import Preview
    from newsletter.jobs.watching import Progress

LOOK_SECONDS = 0.5
NO_SENDER = "no sender runs: 'newsletter deliver', or 'newsletter run', sends it"
MOST_ANSWERS = 8  # different ones that are quoted


def tell_plan(app: App, preview: Preview, *, name: str) -> None:
    """The audience's size, the variants, and when the last message will leave; on stderr."""
    readers = preview.audience - preview.skipped
    skipped = f" ({preview.skipped:,} more want other topics)" if preview.skipped else ""
    variants = " · ".join(f"{one.language}: {one.readers:,}" for one in preview.variants)
    estimate = preview.estimate
    lines = {
        name: f"'{plain(preview.variants[0].rendered.subject)}'",
        "to": f"{count(readers, 'reader')}{skipped}",
        "variants": f"{len(preview.variants)} ({variants})",
        "last one": f"leaves about {zoned(estimate.last_at)}, at {estimate.pace}",
    }
    width = max(map(len, lines))
    for what, text in lines.items():
        app.note(f"{what.ljust(width)}  {text}")
    tell_lacking(app, preview.lacking)


def tell_lacking(app: App, lines: Sequence[str]) -> None:
    """What an issue goes out without; on stderr."""
    for line in lines:
        app.note(f"! {plain(line)}")


def readers_of(preview: Preview) -> str:
    """`120 readers`."""
    return count(preview.audience - preview.skipped, "reader")


def send_or_follow(app: App, issue_id: int, name: str) -> Progress:
    """Follow the sender that runs, or send here; says what came of it."""
    from newsletter.jobs.sending import deliver, sender_alive
    from newsletter.jobs.watching import progress

    with live(app, f"Sending {name}") as told:
        if sender_alive(app.inst, now=app.now):
            _watch(app, issue_id, told, patient=False)
        else:
            with faults_once():
                deliver(app.inst, on_progress=told, issue_id=issue_id)
    found = progress(app.inst, issue_id, now=datetime.now(UTC))
    app.say(f"{name}: {summary(found)}.")
    tell_refusals(app, issue_id)
    return found


def tell_refusals(
    app: App, issue_id: int | None = None, *, before: Mapping[int, int] | None = None
) -> None:
    """The relays' answers to what they refused while this command ran; like ones together.

    On stderr. `before` are the tries of what waited already.
    """
    from newsletter.jobs.auditing import refusals

    found = refusals(app.inst, since=app.now, issue_id=issue_id, before=before)
    for one in found[:MOST_ANSWERS]:
        group = one.group
        of = f"{one.issue}: " if one.issue and issue_id is None else ""
        number = count(group.count, "recipient")
        app.note(f"{of}{number} {group.state.value}: {answer(group.reply)}")
        such = "it is" if group.count == 1 else "such as"
        whom = f"{such} {plain(group.address)}: " if group.address else ""
        app.note(f"  {whom}{one.remedy}")
    if len(found) > MOST_ANSWERS:
        rest = sum(one.group.count for one in found[MOST_ANSWERS:])
        app.note(
            f"and {count(rest, 'message')} with other answers (see 'newsletter issue deliveries')"
        )


def answer(reply: str, code: int | None = None) -> str:
    """What a relay said, in full, on one line, beginning with its code."""
    said = plain(" / ".join(reply.splitlines())) or "no answer was kept"
    return said if code is None or said.startswith(str(code)) else f"{code} {said}"


@contextmanager
def faults_once() -> Iterator[Faults]:
    """Tell each fault that senders meet in the block once, at its end; none that ended it."""
    faults = Faults()
    handlers = logging.getLogger().handlers[:]
    for handler in handlers:
        handler.addFilter(faults)
    ended_by = ""
    try:
        yield faults
    except NewsletterError as error:
        ended_by = str(error)
        raise
    finally:
        for handler in handlers:
            handler.removeFilter(faults)
        for line in faults.lines:
            if line not in ended_by:
                put(f"ERROR: {line}", err=True)
        for text in faults.bugs:
            click.echo(text, err=True)


class Faults(logging.Filter):
    """Keeps back what a sender tells in one line; a traceback goes its way."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, None] = {}  # in order, each once
        self.bugs: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        ours = record.name.startswith("newsletter.delivery")
        if not ours or record.levelno < logging.ERROR or record.exc_info:
            return True
        self.lines[record.getMessage()] = None
        return False

    def heard(self, text: str) -> None:
        """What another sender wrote to its stderr."""
        if "Traceback" in text:
            self.bugs.append(text)
            return
        for line in text.splitlines():
            prefix, _, said = line.partition(": ")
            if prefix == "ERROR":  # its last line, `error: …`, says the same as ours will
                self.lines[said] = None


def follow(app: App, issue_id: int, name: str) -> None:
    """Watch an issue until it is over, or stopped, or nothing happens without the admin.

    Says which. Ctrl-C stops the watching only.
    """
    from newsletter.models import IssueState

    try:
        with live(app, name) as told:
            found = _watch(app, issue_id, told, patient=True)
    except KeyboardInterrupt:
        app.note(f"No longer watching {name}: that changes nothing of its sending.")
        return
    match found.state:
        case IssueState.PAUSED:
            app.note(f"{name} is paused: 'newsletter issue resume {name}' goes on with it.")
        case IssueState.DRAFT:
            app.note(f"{name} is a draft: 'newsletter issue approve {name}' lets it out.")
        case IssueState.SENDING | IssueState.FROZEN:
            app.note(
                f"The rest of {name} is unknown, and held until you say what became of it: "
                f"'newsletter issue audit {name}'."
            )
        case _:
            pass


def _watch(app: App, issue_id: int, told: Callable[[Progress], None], *, patient: bool) -> Progress:
    """Look until the issue is over or stopped, or until nothing more of it goes by itself.

    Not `patient`: until nothing waits for its first try; what was deferred may take hours.
    """
    from newsletter.jobs.sending import sender_alive
    from newsletter.jobs.watching import Watch
    from newsletter.models import IssueState

    watch = Watch(app.inst, issue_id, since=app.now)
    while True:
        found = watch.look()
        idle = not sender_alive(app.inst, now=datetime.now(UTC))
        told(replace(found, trouble=found.trouble or (NO_SENDER if idle else "")))
        moves = found.state in (IssueState.FROZEN, IssueState.SENDING)
        if not moves or not (found.remaining or (patient and found.due_at is not None)):
            return found
        time.sleep(LOOK_SECONDS)


def summary(found: Progress) -> str:
    """`118 sent, 2 deferred (tried again later)`."""
    from newsletter.models import DeliveryState

    remarks = {
        DeliveryState.DEFERRED: " (tried again later)",
        DeliveryState.QUEUED: " (a sender takes them: 'newsletter deliver')",
        DeliveryState.UNKNOWN: " (perhaps accepted: see 'newsletter issue audit')",
        DeliveryState.FAILED: " (see 'newsletter issue deliveries')",
    }
    said = [
        f"{found.counts[state]:,} {state.value}{remarks.get(state, '')}"
        for state in DeliveryState
        if found.counts.get(state)
    ]
    return ", ".join(said) or "nothing to send"
