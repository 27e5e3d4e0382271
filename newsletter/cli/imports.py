"""How an import is shown: what its columns are taken for, refused rows as they come, progress at a
terminal, the sum at the end.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.cli.app import App
from newsletter.cli.files import written
from newsletter.cli.output import count, give, plain, zoned

if TYPE_CHECKING:
    from newsletter.jobs.transferring import Reading
    from subscribers.transfer import Consent, ImportReport, Rejected, Table
    from subscribers.transfer.runs import Run

MOST_SHOWN = 20  # refused rows on stderr; all of them go to --rejects
MOST_IN_JSON = 1000


@dataclass(frozen=True)
class Import:
    """What was asked for."""

    file: Path
    slug: str | None
    consent: Consent
    mapped: Mapping[str, str]
    system: str | None
    assumed: str | None  # of the people in listmonk's CSV
    typed: bool
    dry_run: bool
    rejects: Path | None
    yes: bool
    from_start: bool = False

    def reading(self) -> Reading:
        """How the file is read; raises SubscriberError for a system that is not known."""
        from newsletter.jobs.transferring import Reading
        from subscribers.transfer.formats import named
        from subscribers.transfer.known import FORMATS
        from subscribers.transfer.listmonk_csv import assuming

        system = named(self.system, FORMATS) if self.system else None
        if self.assumed is not None:
            system = assuming(self.assumed)
        return Reading(self.mapped, system, self.typed, self.assumed or "")


class _Shown:
    """What is told of one import while it runs, and kept of it for --json."""

    def __init__(self, app: App, wanted: Import, *, quiet: bool = False) -> None:
        self.app = app
        self.wanted = wanted
        self.quiet = quiet  # only counted; it is told by the import itself
        self.refused: list[dict[str, object]] = []
        self.table: Table | None = None
        self.run: Run | None = None

    def on_table(self, table: Table) -> None:
        self.table = table
        self._check(table)
        if self.quiet:
            return
        for line in _understood(self.wanted.file, table):
            self.app.note(line)

    def on_run(self, run: Run) -> None:
        self.run = run
        if run.after is not None:
            begun = zoned(run.began_at)
            self.app.note(f"Going on after line {run.after.line:,}, where it stopped ({begun}).")

    def _check(self, table: Table) -> None:
        from newsletter.errors import Refused
        from subscribers.transfer.formats import recognise
        from subscribers.transfer.listmonk_csv import LISTMONK

        if not table.columns:
            raise Refused(f"{self.wanted.file}: there is nothing in it (was it written whole?)")
        is_theirs = recognise(table.header, [LISTMONK]) is not None
        if is_theirs and self.wanted.assumed is None:
            raise Refused(
                f"{self.wanted.file}: listmonk's CSV does not say who agreed to this list (say it "
                "with --assume-status confirmed or unconfirmed, or read its database with --from "
                "listmonk postgresql://…)"
            )
        if self.wanted.assumed is not None and not is_theirs:
            raise Refused("--assume-status is for listmonk's CSV (leave it out)")

    @contextmanager
    def rejecting(self) -> Iterator[Any]:
        """Takes refused rows, and writes them where they belong."""
        rejects, app = self.wanted.rejects, self.app
        with ExitStack() as stack:
            writer = csv.writer(stack.enter_context(written(rejects))) if rejects else None
            if writer is not None:
                writer.writerow(("line", "reason", "row"))

            def on_reject(one: Rejected) -> None:
                if self.quiet:
                    return
                if writer is not None:
                    writer.writerow((one.line, one.reason, one.raw))
                elif len(self.refused) < MOST_SHOWN:
                    app.note(f"{self.wanted.file}, line {one.line}: {plain(one.reason)}")
                elif len(self.refused) == MOST_SHOWN:
                    app.note("… (--rejects FILE keeps them all)")
                if len(self.refused) < MOST_IN_JSON:
                    self.refused.append({"line": one.line, "reason": one.reason})

            yield on_reject


def run_import(app: App, wanted: Import) -> bool:
    """Import and say what came of it; False when a row was refused."""
    if (wanted.consent.back or wanted.consent.lift) and not wanted.dry_run and not wanted.yes:
        _ask(app, wanted)
    shown = _Shown(app, wanted)
    report = _take(app, wanted, shown)
    give(app, _document(wanted, shown, report))
    _say(app, wanted, report)
    return report.rejected == 0


def _ask(app: App, wanted: Import) -> None:
    """What would be against the will of somebody is counted first, and asked about.

    Raises Refused for a pipe, of which nothing would be left to take in.
    """
    from newsletter.errors import Refused

    if wanted.file.exists() and not wanted.file.is_file():
        raise Refused(
            f"{wanted.file}: --again and --lift are counted first, and this can be read only once "
            "(write it to a file, or add --yes)"
        )
    counted = replace(wanted, dry_run=True, rejects=None)
    report = _take(app, counted, _Shown(app, counted, quiet=True))
    doing = []
    if report.back:
        doing.append(f"take {count(report.back, 'person', 'people')} back who left")
    if report.lifted:
        doing.append(f"lift {count(report.lifted, 'suppression')}")
    if doing:
        app.ask(" and ".join(doing), wanted.yes)


def _take(app: App, wanted: Import, shown: _Shown) -> ImportReport:
    from newsletter.cli.progress import share
    from newsletter.jobs.transferring import import_subscribers

    with shown.rejecting() as on_reject, share(app, "row") as told:
        return import_subscribers(
            app.inst,
            wanted.file,
            wanted.slug,
            consent=wanted.consent,
            reading=wanted.reading(),
            dry_run=wanted.dry_run,
            from_start=wanted.from_start,
            on_table=shown.on_table,
            on_run=shown.on_run,
            on_reject=on_reject,
            on_batch=lambda so_far: told(so_far.report.read, so_far.read, so_far.size),
            now=app.now,
            actor=app.actor,
        )


def _understood(file: Path, table: Table) -> Iterator[str]:
    """Whose file it is, and what each of its columns is taken for."""
    if table.own:
        yield f"{file}: an export of ours."
        return
    if table.system is not None:
        yield f"{file}: {table.system.title}'s."
    taken = [
        f"'{plain(name)}' → {column}"
        for name, column in zip(table.header, table.columns, strict=False)
        if column is not None
    ]
    if taken:
        yield f"Columns: {', '.join(taken)}."
    left = [f"'{plain(n)}'" for n, c in zip(table.header, table.columns, strict=False) if c is None]
    if left:
        yield f"Not taken over: {', '.join(left)}."


def _document(wanted: Import, shown: _Shown, report: ImportReport) -> dict[str, object]:
    table, run = shown.table, shown.run
    columns = dict(zip(table.header, table.columns, strict=False)) if table else {}
    return {
        "list": wanted.slug,
        "dry_run": wanted.dry_run,
        "system": table.system.name if table and table.system else None,
        "columns": columns,
        "after_line": run.after.line if run and run.after else None,
        "report": report,
        "rejects": shown.refused,
    }


def _say(app: App, wanted: Import, report: ImportReport) -> None:
    slug, rejects = wanted.slug, wanted.rejects
    where = f"to '{slug}'" if slug else "to their lists"
    invite = f"newsletter subscriber invite --list {slug or 'SLUG'}"
    came = report.added or report.pending or report.back or report.people
    said = [] if came else ["nobody added"]
    for number, what in (
        (report.added, f"added {where}"),
        (report.pending, f"taken in (pending: invite them with '{invite}')"),
        (report.left, "taken in as having left"),
        (report.ended, "on the list until now, and left"),
        (report.back, "taken back"),
        (report.people, "on no list"),
        (report.unchanged, "known already, or double"),
        (report.kept_unsubscribed, "left before, and stay so"),
        (report.suppressed, "suppressed, and stay so"),
        (report.elsewhere, "of another list"),
        (report.rejected, f"refused (see {rejects})" if rejects else "refused"),
    ):
        if number:
            said.append(f"{number:,} {what}")
    would = "Would be: " if wanted.dry_run else ""
    app.say(f"{would}{count(report.read, 'row')}: {', '.join(said)}.")
    if against := sum(report.against.values()):
        why = ", ".join(f"{number:,} for {reason}" for reason, number in report.against.items())
        app.say(f"{against:,} of these are suppressed from now on, as the file says: {why}.")
    for number, what in (
        (report.lifted, "were suppressed, and are not any more"),
        (report.barred, "were known here, and are suppressed from now on"),
        (report.filled, "were known here, and more is known of them now"),
        (report.alerts_off, "rows said alerts: left off, since nobody agrees to them by a file"),
        (report.other_cadence, "rows named a schedule that the list has not: its default holds"),
        (report.other_language, "rows named a language that is not known: taken in without one"),
        (report.other_topics, "rows named a topic that the list has not: taken in without it"),
    ):
        if number:
            app.say(f"{number:,} {what}.")
