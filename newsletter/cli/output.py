"""How results are shown: tables and lines for people, one JSON document for programs."""

from __future__ import annotations

import dataclasses
import enum
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from newsletter.cli.app import App, harmless, put

if TYPE_CHECKING:
    from rich.console import Console

SHORT = 16  # characters of a cell that is shown on one line: a moment has as many
WIDE = 400  # columns where nobody looks: a pipe's lines are never folded or cut


def give(app: App, document: object) -> None:
    """The one JSON document, with --json; nothing otherwise."""
    if app.json:
        click.echo(json.dumps(document, default=_plain_value, ensure_ascii=False, indent=2))


def row(thing: object, *names: str) -> dict[str, Any]:
    """These attributes of a thing, as JSON keeps them."""
    return {name: getattr(thing, name) for name in names}


def table(
    app: App,
    document: object,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str,
) -> None:
    """A table for people, or `empty` on stderr when there is nothing; or the JSON document.

    The last letter of a heading says what its column holds: `#` numbers, which stand to the right;
    `!` names to type again, which are not folded; `@` moments, whose time zone is told once, on
    stderr. Short cells are not folded either, where that leaves room for the others. A column that
    would be empty from top to bottom is left out.
    """
    if app.json:
        give(app, document)
        return
    lines = [[plain(cell) for cell in line] for line in rows]
    if not lines:
        app.note(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    shown = Table(
        box=SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False, collapse_padding=True
    )
    told = [n for n in range(len(columns)) if any(line[n] for line in lines)]
    screen = console()
    names = [columns[n] for n in told]
    fixed = _unfolded(names, [[line[n] for n in told] for line in lines], screen.width)
    for heading, stays in zip(names, fixed, strict=True):
        right = heading.endswith("#")
        shown.add_column(
            heading.rstrip("#!@"),
            justify="right" if right else "left",
            no_wrap=stays,
            overflow="fold",
        )
    for line in lines:
        shown.add_row(*(Text(line[n]) for n in told))
    with screen.capture() as drawn:
        screen.print(shown)
    # A pipe gets no blanks that only fill the width.
    text = "\n".join(line.rstrip() for line in drawn.get().splitlines())
    click.echo(text, color=screen.is_terminal or None)
    if any(columns[n].endswith("@") for n in told):
        app.note(f"Times are those of {app.timezone}.")


def _unfolded(
    headings: Sequence[str], lines: Sequence[Sequence[str]], width: int
) -> Sequence[bool]:
    """Which columns stay on one line: numbers, names, and the short ones if the rest has room."""
    must = [heading.endswith(("#", "!")) for heading in headings]
    widths = [max(map(len, (heading.rstrip("#!@"), *cells)))
              for heading, *cells in zip(headings, *lines, strict=True)]  # fmt: skip
    may = [stays or wide <= SHORT for stays, wide in zip(must, widths, strict=True)]
    needed = sum(wide if stays else SHORT for stays, wide in zip(may, widths, strict=True))
    return may if needed + 2 * len(headings) <= width else must


def facts(app: App, document: object, pairs: Mapping[str, object]) -> None:
    """What there is to know of one thing, a line each; empty ones are left out."""
    if app.json:
        give(app, document)
        return
    known = {name: plain(value) for name, value in pairs.items() if value not in (None, "", ())}
    width = max(map(len, known), default=0)
    for name, value in known.items():
        first, *rest = value.splitlines() or [""]
        put(first, mark=f"{click.style(name.ljust(width), dim=True)}  ")
        for line in rest:
            put(line, mark=" " * (width + 2))


def console(*, err: bool = False) -> Console:
    """Where rich writes; without a terminal no colour and no folding."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(
        file=stream, highlight=False, width=None if stream.isatty() else WIDE, markup=False
    )


def plain(value: object) -> str:
    """A value as people read it; what could move the cursor of their terminal is shown as `�`."""
    match value:
        case None:
            text = ""
        case True | False:
            text = "yes" if value else "no"
        case datetime():
            text = when(value)
        case enum.Enum():
            text = str(value.value)
        case list() | tuple():
            text = ", ".join(map(plain, value))
        case set() | frozenset():
            text = ", ".join(sorted(map(plain, value)))
        case _:
            text = str(value)
    return harmless(text)


def when(moment: datetime | None, timezone: str | None = None) -> str:
    """A moment as people say it, in `timezone`, or in that of the site."""
    if moment is None:
        return ""
    return f"{moment.astimezone(ZoneInfo(timezone or _site_timezone())):%Y-%m-%d %H:%M}"


def dated(published: datetime | None, *, zone: bool = False) -> str:
    """The date of an article, as `when` or `zoned`; a day alone is the same in every zone."""
    from newsletter.compose.language import is_day

    if published is None or not is_day(published):
        return zoned(published) if zone else when(published)
    return f"{published:%Y-%m-%d}"


def zoned(moment: datetime | None, timezone: str | None = None) -> str:
    """The same with its time zone, where no table tells it: `2026-11-27 08:00 (Europe/Paris)`."""
    if moment is None:
        return ""
    return f"{when(moment, timezone)} ({timezone or _site_timezone()})"


def _site_timezone() -> str:
    app = click.get_current_context().find_object(App)
    assert app is not None  # the program makes it before any command runs
    return app.timezone


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 reader`, `1,204 readers`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    raise TypeError(f"no JSON for {type(value).__name__}")
