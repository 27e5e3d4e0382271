"""How an import is shown: refused rows as they come, progress at a terminal, the sum at the end."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.cli.app import App
from newsletter.cli.files import written
from newsletter.cli.output import count, give, plain

if TYPE_CHECKING:
    from subscribers.transfer import ImportReport, Rejected

MOST_SHOWN = 20  # refused rows on stderr; all of them go to --rejects
MOST_IN_JSON = 1000


def run_import(
    app: App,
    file: Path,
    slug: str,
    confirmed: bool,
    consent: str,
    dry_run: bool,
    rejects: Path | None,
) -> bool:
    """Import `file` and say what came of it; False when a row was refused."""
    from newsletter.cli.progress import counter
    from newsletter.jobs.transferring import import_subscribers

    refused: list[dict[str, object]] = []
    with ExitStack() as stack:
        writer = csv.writer(stack.enter_context(written(rejects))) if rejects else None
        if writer is not None:
            writer.writerow(("line", "reason", "row"))
        told = stack.enter_context(counter(app, "rows read"))

        def on_reject(one: Rejected) -> None:
            if writer is not None:
                writer.writerow((one.line, one.reason, one.raw))
            elif len(refused) < MOST_SHOWN:
                app.note(f"{file}, line {one.line}: {plain(one.reason)}")
            elif len(refused) == MOST_SHOWN:
                app.note("… (--rejects FILE keeps them all)")
            if len(refused) < MOST_IN_JSON:
                refused.append({"line": one.line, "reason": one.reason})

        report = import_subscribers(
            app.inst,
            file,
            slug,
            confirmed=confirmed,
            consent=consent,
            dry_run=dry_run,
            on_reject=on_reject,
            on_batch=lambda so_far: told(so_far.read),
            now=app.now,
            actor=app.actor,
        )
    give(app, {"list": slug, "dry_run": dry_run, "report": report, "rejects": refused})
    _say(app, report, slug, dry_run, rejects)
    return report.rejected == 0


def _say(app: App, report: ImportReport, slug: str, dry_run: bool, rejects: Path | None) -> None:
    pending = f"pending: invite them with 'newsletter subscriber invite --list {slug}'"
    said = [] if report.added or report.pending else ["nobody added"]
    for number, what in (
        (report.added, f"added to '{slug}'"),
        (report.pending, f"taken in ({pending})"),
        (report.left, "taken in as having left"),
        (report.unchanged, "known already, or double"),
        (report.kept_unsubscribed, "left before, and stay so"),
        (report.suppressed, "suppressed, and stay so"),
        (report.elsewhere, "of another list"),
        (report.rejected, f"refused (see {rejects})" if rejects else "refused"),
    ):
        if number:
            said.append(f"{number:,} {what}")
    would = "Would be: " if dry_run else ""
    app.say(f"{would}{count(report.read, 'row')}: {', '.join(said)}.")
