"""How what was found at a source is shown, by `source check` and before `source add` adds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, put

if TYPE_CHECKING:
    from newsletter.jobs.checking import Found, SourceReport

MOST = 10  # articles that `source check` shows
FEW = 5  # … and `source add`


@contextmanager
def looking(app: App, location: str) -> Iterator[None]:
    """Say at a terminal that somebody else's server is being asked."""
    from newsletter.cli.progress import shows

    if not shows(app):
        yield
        return
    from newsletter.cli.output import console, plain
    from newsletter.jobs.places import shown

    with console(err=True).status(f"reading {plain(shown(location))} …"):
        yield


def show_report(
    app: App, report: SourceReport, *, most: int = MOST, brief: bool = False, listed: bool = False
) -> None:
    """The report for people: what was read, what would be taken, what is odd and what to do.

    `brief`: nothing is quoted, and no article has its story told. `listed`: all that is at the
    address was shown before.
    """
    if app.json:
        return
    # Of several things that were listed, nobody need be told that there are several.
    for line in (*(() if listed else report.notes), *report.lines):
        put(line)
    _show_items(report, most, brief)
    if report.sample is not None and not brief:
        click.echo()
        _show_sample(report)
    if report.oddities:
        click.echo()
        for finding in report.oddities:
            put(finding.text, mark=click.style("! ", fg="yellow"))
            if finding.remedy:
                put(finding.remedy, mark=click.style("  → ", dim=True))


def _show_items(report: SourceReport, most: int, brief: bool) -> None:
    from newsletter.cli.output import dated

    if report.items:
        click.echo()
    for item in report.items[:most]:
        date = dated(item.published) or "no date"
        put(f"{item.title} · {item.becomes}", mark=f"  {date:<16}  ")
        for line in (item.url, *(() if brief else item.told)):
            if line:
                put(line, mark=" " * 20)
    if len(report.items) > most:
        click.echo(f"  … and {len(report.items) - most} more")


def _show_sample(report: SourceReport) -> None:
    """The first article as a reader would meet it, with a bar at its side."""
    from newsletter.cli.output import plain

    view = report.sample
    assert view is not None  # the caller looked
    bar = click.style("  │ ", dim=True)
    put("As readers would see it:")
    _quote(plain(view.title), bar, bold=True)
    for paragraph in view.excerpt or ("(no text)",):
        _quote(plain(paragraph), bar)
    if view.image is not None:
        size = f", {view.image.width}×{view.image.height}" if view.image.width else ""
        called = (
            f"'{plain(view.image.alt)}'" if view.image.alt else "no text for those who see none"
        )
        put(f"[picture: {called}{size}]", mark=bar)


def _quote(text: str, bar: str, *, bold: bool = False) -> None:
    """A paragraph with the bar before each of its lines."""
    import shutil
    import textwrap

    columns = max(min(shutil.get_terminal_size().columns, 100) - 4, 30)
    for line in textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False):
        click.echo(bar + (click.style(line, bold=True) if bold else line))


def document(report: SourceReport) -> dict[str, Any]:
    """The report for programs."""
    view = report.sample
    return {
        "source": report.source,
        "kind": report.kind,
        "location": report.location,
        "title": report.title,
        "language": report.language,
        "found": report.found,
        "taken": report.taken + 1,
        "notes": report.notes,
        "lines": report.lines,
        "offered": report.offered,
        "articles": [
            {
                "title": item.title,
                "url": item.url,
                "published": item.published,
                "fate": item.fate.name.lower(),
                "other_sources": item.others,
                "told": item.told,
            }
            for item in report.items
        ],
        "sample": None
        if view is None
        else {"title": view.title, "url": view.url, "excerpt": view.excerpt, "image": view.image},
        "selectors_find": report.matched or None,
        "oddities": report.oddities,
        "next": report.next,
    }


def show_found(found: Sequence[Found], *, choices: bool = False) -> None:
    """All that is at an address, numbered; `choices`: without what hardly anybody wants."""
    from newsletter.cli.output import count, dated

    for number, one in enumerate(found, 1):
        if choices and not one.is_choice:
            continue
        known = f" (known as '{one.known}')" if one.known else ""
        newest = f", the newest of {dated(one.newest)}" if one.newest else ""
        put(
            f"{one.kind.value}  {one.title or one.location}: "
            f"{count(one.articles, 'article')}{newest}{known}",
            mark=f"  {number}  ",
        )
        put(one.location, mark=" " * 11)
