"""Progress for people at a terminal, on stderr; elsewhere nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from newsletter.cli.app import App


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
def bar(app: App, what: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar; gives what tells it (done, of how many, a remark)."""
    if not shows(app):
        yield lambda *_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from newsletter.cli.output import console

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    with Progress(*columns, console=console(err=True), transient=True) as progress:
        task = progress.add_task("", total=None, remark="")
        yield lambda done, total, remark: progress.update(
            task, completed=done, total=total, remark=remark
        )
