"""People in and out of files, in many short transactions: others write in between,
and what was killed half-way is run again.

Nobody is written to. Importing the same file twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.turns import Turns
from subscribers import audit
from subscribers.lists import find_list
from subscribers.transfer import (
    Consent,
    ImportReport,
    Rejected,
    export_rows,
    import_rows,
    open_table,
)
from subscribers.transfer import write_csv as write_rows

OnBatch = Callable[[ImportReport], None]


def import_subscribers(
    inst: Installation,
    file: Path,
    slug: str,
    *,
    confirmed: bool,
    consent: str,
    dry_run: bool = False,
    on_reject: Callable[[Rejected], None],
    on_batch: OnBatch | None = None,
    now: datetime,
    actor: str,
) -> ImportReport:
    """Take a CSV file's rows into a list.

    Good rows go in; each bad one is given to `on_reject` with its line and reason. `dry_run` says
    what would happen. Raises UnknownList, NotPermitted for a closed list; Refused when the file
    cannot be read, SubscriberError when no column of it holds addresses.
    """
    with inst.database.read() as session:
        mlist = find_list(session, slug)
        mlist.topics  # noqa: B018 - loaded here, so that nothing is read while the file is
    with _opened(file) as stream:
        report = import_rows(
            inst.database.read if dry_run else Turns(inst.database),
            mlist,
            open_table(stream).rows,
            consent=Consent(confirmed, consent),
            actor=actor,
            now=now,
            dry_run=dry_run,
            on_batch=on_batch,
            on_reject=on_reject,
            hmacs=inst.tokens.hmacs,
        )
    if not dry_run:
        detail = {"file": file.name, "added": report.added, "pending": report.pending}
        with inst.database.write() as session:
            audit.note(session, actor, "subscriber.import", f"list {slug}", now, detail)
    return report


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise Refused(f"{file}: {reason} (give a CSV file)") from error


def export_subscribers(inst: Installation, slug: str | None, stream: BinaryIO) -> int:
    """Write every subscription, or those of one list, as CSV; gives how many."""
    with inst.database.read() as session:
        mlist = find_list(session, slug) if slug is not None else None
        return write_rows(export_rows(session, mlist), stream)
