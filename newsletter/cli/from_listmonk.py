"""newsletter subscriber import --from listmonk URL: its lists, read from its own database."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.cli.app import App
from newsletter.cli.files import written
from newsletter.cli.imports import MOST_IN_JSON, MOST_SHOWN
from newsletter.cli.output import count, give, plain

if TYPE_CHECKING:
    from newsletter.jobs.listmonk import Moved
    from subscribers.transfer import Consent, Rejected


def is_database(name: str) -> bool:
    """Whether what to import from is no file but a database."""
    return name.startswith(("postgresql:", "postgresql+", "postgres:"))


def run_from_listmonk(
    app: App,
    url: str,
    *,
    lists: Mapping[str, str],
    consent: Consent,
    dry_run: bool,
    rejects: Path | None,
    yes: bool = False,
) -> bool:
    """Take over its lists and say what came of it; False when somebody was refused.

    `lists` as `listmonk.take` has it. What would be against somebody's will is counted first, and
    asked about.
    """
    from newsletter.cli.progress import share
    from newsletter.jobs.listmonk import take

    asked: dict[str, Any] = {"lists": lists, "consent": consent, "now": app.now, "actor": app.actor}
    if (consent.back or consent.lift) and not dry_run and not yes:
        _ask(app, take(app.inst, url, dry_run=True, **asked))
    refused: list[dict[str, object]] = []
    total = 0
    with ExitStack() as stack:
        writer = csv.writer(stack.enter_context(written(rejects))) if rejects else None
        if writer is not None:
            writer.writerow(("subscriber", "reason", "address"))

        def on_begin(moved: Moved) -> None:
            nonlocal total
            total = moved.total
            for line in _where_to(moved):
                app.note(line)

        def on_reject(one: Rejected) -> None:
            if writer is not None:
                writer.writerow((one.line, one.reason, one.raw))
            elif len(refused) < MOST_SHOWN:
                app.note(f"listmonk's subscriber {one.line}: {plain(one.reason)}")
            elif len(refused) == MOST_SHOWN:
                app.note("… (--rejects FILE keeps them all)")
            if len(refused) < MOST_IN_JSON:
                refused.append({"subscriber": one.line, "reason": one.reason})

        told = stack.enter_context(share(app, "subscription"))
        moved = take(
            app.inst,
            url,
            dry_run=dry_run,
            on_begin=on_begin,
            on_reject=on_reject,
            on_batch=lambda so_far: told(so_far.read, so_far.read, total),
            **asked,
        )
    give(app, _document(moved, dry_run, refused))
    _say(app, moved, dry_run, rejects)
    return moved.report.rejected == 0


def _ask(app: App, moved: Moved) -> None:
    report = moved.report
    doing = [
        text
        for number, text in (
            (report.back, f"take {count(report.back, 'person', 'people')} back who left"),
            (report.lifted, f"lift {count(report.lifted, 'suppression')}"),
        )
        if number
    ]
    if doing:
        app.ask(" and ".join(doing), False)


def _where_to(moved: Moved) -> list[str]:
    lines = []
    for pair in moved.pairs:
        people = count(pair.theirs.people, "person", "people")
        where = f"'{pair.slug}'" if pair.slug else "nowhere: no list is called like it"
        lines.append(f"listmonk's '{plain(pair.theirs.name)}' ({people}) → {where}")
    return lines


def _document(moved: Moved, dry_run: bool, refused: list[dict[str, object]]) -> object:
    return {
        "dry_run": dry_run,
        "lists": [
            {
                "id": pair.theirs.id,
                "name": pair.theirs.name,
                "people": pair.theirs.people,
                "double_opt_in": pair.theirs.double_opt_in,
                "list": pair.slug,
            }
            for pair in moved.pairs
        ],
        "report": moved.report,
        "suppressed_too": moved.suppressed,
        "letters": moved.letters,
        "on_no_list_taken": moved.elsewhere,
        "soft_bounces": moved.soft_bounces,
        "rejects": refused,
    }


def _say(app: App, moved: Moved, dry_run: bool, rejects: Path | None) -> None:
    report = moved.report
    refused = f"refused (see {rejects})" if rejects else "refused"
    said = [
        f"{number:,} {what}"
        for number, what in (
            (report.added, "active"),
            (report.pending, "pending: 'newsletter subscriber invite --list SLUG' asks them"),
            (report.left, "taken in as having left"),
            (report.back, "had left, and are back"),
            (report.ended, "on the list until now, and left"),
            (report.unchanged, "on the list already"),
            (report.kept_unsubscribed, "left here, and stay so"),
            (report.suppressed, "suppressed here, and stay so"),
            (report.lifted, "suppressed, and not any more"),
            (report.barred, "known here, and suppressed from now on"),
            (report.rejected, refused),
        )
        if number
    ]
    would = "Would be: " if dry_run else ""
    app.say(f"{would}{count(report.read, 'subscription')}: {', '.join(said) or 'nothing'}.")
    for number, what in (
        (report.filled, "times something was added to what is known of somebody"),
        (moved.suppressed, "more addresses that must not be written to"),
        (moved.letters, "campaigns whose old links go on working, once for each of their lists"),
        (moved.elsewhere, "people on no list that was taken: they stay there"),
        (moved.soft_bounces, "reports of mail put off: they stand against nobody"),
    ):
        if number:
            app.say(f"{number:,} {what}.")
