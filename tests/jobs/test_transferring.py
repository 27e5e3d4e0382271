"""Imports write in many short transactions, and rest between them: others have their turn."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.database import CHECKPOINT_BYTES, Database
from newsletter.installation import Installation
from newsletter.jobs import leaving, transferring
from newsletter.jobs.imprint import links_of
from newsletter.models import Base
from subscribers.models import Subscriber, Subscription
from subscribers.transfer import Consent, ImportReport

PEOPLE = 2500


def count(database: Database, model: type[Base]) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def people(folder: Path, number: int = PEOPLE) -> Path:
    file = folder / "people.csv"
    file.write_text("email\n" + "".join(f"venu{n}@valmont.example\n" for n in range(number)))
    return file


def take(inst: Installation, file: Path, now: datetime, **options: object) -> ImportReport:
    return transferring.import_subscribers(
        inst, file, "hebdo", consent=Consent(True, "On paper"), now=now, actor="claire",
        on_reject=lambda one: pytest.fail(one.reason), **options,
    )  # fmt: skip


def test_a_reader_leaves_and_sees_what_is_in_after_each_batch(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    kit.add_readers(inst, 30, now=now)
    rival = kit.reopen(tmp_path)  # another process: the page
    with rival.database.read() as session:
        theirs = list(session.scalars(sa.select(Subscription.id).order_by(Subscription.id)))
    seen = []

    def leave(so_far: transferring.Progress) -> None:
        seen.append(count(rival.database, Subscription) - 30 == so_far.report.read)
        token = links_of(rival).unsubscribe(theirs.pop()).rpartition("/")[2]
        assert leaving.leave(rival, token, source="page", ip=None, now=now).newly

    report = take(inst, people(tmp_path), now, on_batch=leave)
    assert (report.read, report.added) == (PEOPLE, PEOPLE)
    assert len(seen) > 1
    assert all(seen)
    rival.close()


def test_the_log_of_sqlite_does_not_grow_with_the_file(
    install: kit.Install, tmp_path: Path, now: datetime
) -> None:
    inst = install(kind="sqlite")
    log = tmp_path / "newsletter.db-wal"
    sizes = []
    take(inst, people(tmp_path, 10_000), now, on_batch=lambda _: sizes.append(log.stat().st_size))
    assert len(sizes) > 3
    assert max(sizes) < 2 * CHECKPOINT_BYTES


def test_a_dry_run_counts_and_changes_nothing(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    assert take(inst, people(tmp_path), now, dry_run=True).added == PEOPLE
    assert count(inst.database, Subscriber) == 0
