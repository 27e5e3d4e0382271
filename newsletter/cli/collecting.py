"""newsletter collect: the sources are read, with a line for each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb

if TYPE_CHECKING:
    from newsletter.jobs.collecting import Collected

MANY = 20  # sources; of more than so many, those with nothing to tell are only counted


@click.command("collect", cls=Verb, context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[SOURCE]…")
@click.option(
    "--backfill", type=click.IntRange(1), metavar="N", help="Offer the newest N, seen or not."
)
@click.option("--held", is_flag=True, help="Offer what was held: too many old ones at once.")
@pass_app
def collect(app: App, names: tuple[str, ...], backfill: int | None, held: bool) -> None:
    """Read the sources now, and offer what is new.

    One source that cannot be read never keeps the others from being read; the status is then 1.
    Those that failed lately are left alone, as their servers ask for; one that is named is asked
    at once.
    """
    from newsletter.cli.output import count, table
    from newsletter.cli.progress import share
    from newsletter.jobs.collecting import READ
    from newsletter.jobs.collecting import collect as read_all

    with share(app, "source") as told, _said_once():
        found = read_all(
            app.inst,
            names,
            backfill=backfill,
            held=held,
            now=app.now,
            force=bool(names),
            progress=lambda _, done, total: told(done, done, total),
        )

    def told_of(one: Collected) -> str:
        asked = "" if one.offered or one.state not in READ else _nothing_to_offer(backfill, held)
        return "; ".join(filter(None, (asked, _told(one))))

    shown = found if names or len(found) <= MANY else [one for one in found if _has_news(one)]
    table(
        app,
        found,
        ("source!", "", "new#", "on offer#", "told"),
        ((one.source, one.state, one.new or "", one.offered or "", told_of(one)) for one in shown),
        empty="No source to read. Add one with 'newsletter source add'."
        if not found
        else f"Nothing new in {count(len(found), 'source')}.",
    )
    if shown and len(shown) < len(found):
        app.say(f"Nothing new in {count(len(found) - len(shown), 'other source')}.")
    failed = [one.source for one in found if one.state == "failed"]
    if failed:
        which = failed[0] if len(failed) == 1 else "NAME"
        click.echo(
            f"error: could not read {', '.join(failed)} (see 'newsletter source check {which}')",
            err=True,
        )
        click.get_current_context().exit(1)


@contextmanager
def _said_once() -> Iterator[None]:
    """Leave out of the log that a source could not be read: its line of the table says so. A fault
    of ours keeps its traceback there."""

    def is_no_warning(record: logging.LogRecord) -> bool:
        return record.levelno != logging.WARNING

    collecting = logging.getLogger("newsletter.jobs.collecting")
    collecting.addFilter(is_no_warning)
    try:
        yield
    finally:
        collecting.removeFilter(is_no_warning)


def _has_news(one: Collected) -> bool:
    return bool(one.state in ("new", "failed", "waiting") or one.held or one.missing or one.edited)


def _nothing_to_offer(backfill: int | None, held: bool) -> str:
    """Why nothing came on offer, though somebody asked for it."""
    which = ["nothing is held"] if held else []
    if backfill:
        newest = "the newest was" if backfill == 1 else f"the newest {backfill} were"
        which.append(f"{newest} offered before (give a larger --backfill)")
    return ", ".join(which)


def _told(one: Collected) -> str:
    """What there is to say of one reading, beside its numbers."""
    from newsletter.cli.output import count

    if one.problem:
        return one.problem
    told = [
        f"{number} {what}"
        for number, what in (
            (one.seeded, "counted as seen"),
            (one.edited, "edited"),
            (one.held, "held back"),
        )
        if number
    ]
    see = f"see 'newsletter source show {one.source}'"
    there = one.visit.still_there if one.visit is not None else 0
    if one.missing > there:
        told.append(f"{one.missing - there} gone from the source, held back ({see})")
    if there:
        pages = "its own page is" if there == 1 else "their own pages are"
        told.append(f"{there} not listed any more, but {pages} there: not held back")
    if one.visit is not None:
        visit = one.visit
        read, failed = visit.read - there, visit.failed - visit.gone
        told += [f"{count(read, 'page')} read"] if read else []
        why = "; ".join((*visit.problems[:1], see))
        told += [f"{count(failed, 'page')} could not be read ({why})"] if failed else []
    told += one.oddities[:1]
    if len(one.oddities) > 1:
        told.append(
            f"{len(one.oddities) - 1} more oddities: 'newsletter source check {one.source}'"
        )
    return "; ".join(told)
