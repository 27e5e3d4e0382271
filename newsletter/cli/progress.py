"""Progress for people, on stderr: at a terminal something that moves."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.cli.app import App

if TYPE_CHECKING:
    from rich.console import Group

    from newsletter.jobs.watching import Progress

LINE_SECONDS = 60.0  # between lines where nobody looks


def shows(app: App) -> bool:
    """Whether somebody is looking."""
    return sys.stderr.isatty() and not app.quiet


@contextmanager
def counter(app: App, what: str) -> Iterator[Callable[[int], None]]:
    """Shows a number that grows; gives what tells it."""
    if not shows(app):
        yield lambda _: None
        return
    from newsletter.cli.output import console

    with console(err=True).status("") as status:
        yield lambda number: status.update(f"{number:,} {what}")


@contextmanager
def share(app: App, noun: str) -> Iterator[Callable[[int, int, int], None]]:
    """A bar of how much of a file is read; gives what tells it: the number of nouns, and how many
    bytes of how many. Where nobody knows how many there are, only the number."""
    if not shows(app):
        yield lambda *_: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from newsletter.cli.output import console, count

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda number, done, size: bar.update(
            task, description=f"{count(number, noun)} read", completed=done, total=size or None
        )


@contextmanager
def live(app: App, what: str) -> Iterator[Callable[[Progress], None]]:
    """How sending goes, told as often as there is news; gives what tells it.

    A bar at a terminal, gone when the block ends. Elsewhere a line a minute, so that a log shows
    that it lives and cron has nothing to mail of what is soon done.
    """
    if not shows(app):
        yield _Lines(app, what)
        return
    from rich.live import Live

    from newsletter.cli.output import console

    with (
        Live(console=console(err=True), transient=True, refresh_per_second=4) as screen,
        _logged_above(),
    ):
        yield lambda found: screen.update(drawn(what, found))


class _Lines:
    """Tells of progress where nobody looks: once a minute."""

    def __init__(self, app: App, what: str) -> None:
        self.app = app
        self.what = what
        self.next = time.monotonic() + LINE_SECONDS

    def __call__(self, found: Progress) -> None:
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + LINE_SECONDS
            left = time_left(found)
            said = [numbers(found), *([left] if left else [])]
            trouble = [found.trouble] if found.trouble else []
            self.app.note(f"{self.what}: {' · '.join([*said, *trouble])}")


def drawn(what: str, found: Progress) -> Group:
    """Two lines, and a third when a relay is in trouble or nothing more waits but a second try."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    from newsletter.cli.output import plain

    first = Table.grid(padding=(0, 2), expand=True)
    first.add_column(no_wrap=True)
    first.add_column(ratio=1)
    first.add_column(overflow="fold")
    done = Text(f"{found.tried:,} of {found.audience:,}")
    if left := time_left(found):
        done.append(f" · {left}")
    first.add_row(Text(what), ProgressBar(max(found.audience, 1), found.tried), done)
    lines = [Text(numbers(found))]
    if remark := found.trouble or waits_for(found):
        lines.append(Text(plain(remark), style="yellow"))
    return Group(first, *lines)


def numbers(found: Progress) -> str:
    """`118 sent · 2 deferred · 0 failed · 0 unknown · 12/s`, and other states that there are."""
    from newsletter.models import FINAL_STATES, DeliveryState

    always = ("sent", "deferred", "failed", "unknown")
    others = [
        state for state in FINAL_STATES if state.value not in always and found.counts.get(state)
    ]
    states = [*map(DeliveryState, always), *others]
    said = [f"{found.counts.get(state, 0):,} {state.value}" for state in states]
    if found.rate:
        said.append(f"{found.rate:,.0f}/s" if found.rate >= 10 else f"{found.rate:.1f}/s")
    return " · ".join(said)


def time_left(found: Progress) -> str:
    """`2 min 10 s left`; empty where nobody can tell."""
    if found.eta is None:
        return ""
    seconds = max(round((found.eta - datetime.now(UTC)).total_seconds()), 0)
    return f"{span(seconds)} left"


def span(seconds: int) -> str:
    """A length of time in its two largest units: `40 s`, `2 min 10 s`, `3 h 5 min`, `2 d 4 h`."""
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60),
                                      ("min", 60, "s", 1)):  # fmt: skip
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds} s"


def waits_for(found: Progress) -> str:
    """What an issue still waits for when nothing of it waits for a first try."""
    from newsletter.cli.output import zoned

    if found.remaining or found.due_at is None:
        return ""
    return f"the next one is tried again at {zoned(found.due_at)}"


@contextmanager
def _logged_above() -> Iterator[None]:
    """Lines of the log appear above a live bar: rich puts there what is written to sys.stderr."""
    handlers = [h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler]
    before = [(handler, handler.setStream(sys.stderr)) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream in before:
            if stream is not None:
                handler.setStream(stream)
