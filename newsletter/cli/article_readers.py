"""Who has an article already: for people, for programs, and in a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.cli.app import App
from newsletter.cli.files import written
from newsletter.cli.output import count, table, when

if TYPE_CHECKING:
    from newsletter.jobs.withdrawing import Reader


def readers_by_issue(app: App, ref: str) -> dict[str, list[dict[str, Any]]]:
    """Issue -> everybody who got the article with it."""
    from newsletter.jobs.withdrawing import who_got

    got: dict[str, list[dict[str, Any]]] = {}
    for reader in who_got(app.inst, ref):
        got.setdefault(reader.issue, []).append(_reader(reader))
    return got


def show_readers(app: App, ref: str) -> None:
    """A table of them; with --json they are in the one document already."""
    from newsletter.jobs.withdrawing import who_got

    if app.json:
        return
    table(
        app,
        None,
        ("issue", "address", "sent@", "state"),
        (
            (
                one.issue,
                one.address or f"subscriber {one.subscriber} (erased)",
                when(one.sent_at),
                "" if one.state == "sent" else one.state,
            )
            for one in who_got(app.inst, ref)
        ),
        empty="Nobody has it.",
    )


def write_readers(app: App, ref: str, output: Path) -> None:
    """A CSV file of them that any spreadsheet opens safely, whatever their number."""
    from newsletter.jobs.withdrawing import who_got
    from subscribers.transfer.columns import defuse

    number = 0
    with written(output) as stream:
        lines = csv.writer(stream)
        lines.writerow(("issue", "subscriber", "address", "state", "sent_at"))
        for one in who_got(app.inst, ref):
            cells = (one.issue, *_reader(one).values())
            lines.writerow("" if cell is None else defuse(str(cell)) for cell in cells)
            number += 1
    app.say(f"{count(number, 'reader')} in {output}.")


def _reader(one: Reader) -> dict[str, Any]:
    return {
        "subscriber": one.subscriber,
        "address": one.address,
        "state": one.state,
        "sent_at": one.sent_at,
    }
