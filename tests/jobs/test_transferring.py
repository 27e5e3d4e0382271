"""Imports write in many short transactions, and rest between them: others have their turn."""

from __future__ import annotations

import csv
import io
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
from subscribers.lists import find_list, set_topics
from subscribers.models import AuditEvent, ConsentEvent, Subscriber, Subscription
from subscribers.transfer import Consent, ImportReport, Rejected, exporting, importing

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


class Killed(Exception):
    """As if the process had been."""


def bad_and_good(folder: Path, rows: int = 300, every: int = 12) -> Path:
    """A file in which each twelfth row is refused."""
    file = folder / "mixed.csv"
    lines = (
        "nobody\n" if n % every == every - 1 else f"venu{n}@valmont.example\n" for n in range(rows)
    )
    file.write_text("email\n" + "".join(lines))
    return file


@pytest.mark.parametrize("where", ["reading", "after a batch"])
def test_killed_at_any_point_it_goes_on_and_its_report_is_of_the_whole_file(
    inst: Installation, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(importing, name, 20)  # rows of a batch
    file, went_on, refused = bad_and_good(tmp_path), [], list[int]()

    def attempt(kill_at: int) -> ImportReport | None:
        refused.clear()

        def on_reject(one: Rejected) -> None:
            refused.append(one.line)
            if where == "reading" and len(refused) == kill_at:
                raise Killed

        def on_batch(so_far: transferring.Progress) -> None:
            if where == "after a batch" and so_far.report.read >= kill_at * 12:
                raise Killed

        try:
            return transferring.import_subscribers(
                inst, file, "hebdo", consent=Consent(True, "On paper"), now=now, actor="claire",
                on_reject=on_reject, on_batch=on_batch,
                on_run=lambda run: went_on.append(run.after),
            )  # fmt: skip
        except Killed:
            return None

    for kill_at in range(1, 26, 2):  # each a bit further than the one before
        assert attempt(kill_at) is None
    report = attempt(1000)
    assert report == ImportReport(read=300, added=275, rejected=25)
    assert refused == [n + 2 for n in range(11, 300, 12)]
    assert count(inst.database, Subscription) == count(inst.database, ConsentEvent) == 275
    came_to = [step.line for step in went_on if step]
    assert came_to == sorted(came_to)
    assert came_to[-1] > 200
    assert attempt(1000) == ImportReport(read=300, unchanged=275, rejected=25)  # anew, once ended
    assert went_on[-1] is None


def test_another_file_or_other_terms_do_not_go_on(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    file, went_on = people(tmp_path, 1200), list[object]()

    def attempt(*, kill: bool, words: str = "On paper") -> None:
        def on_batch(_: transferring.Progress) -> None:
            if kill:
                raise Killed

        transferring.import_subscribers(
            inst, file, "hebdo", consent=Consent(True, words), now=now, actor="claire",
            on_reject=lambda _: None, on_batch=on_batch,
            on_run=lambda run: went_on.append(run.after),
        )  # fmt: skip

    with pytest.raises(Killed):
        attempt(kill=True)
    with pytest.raises(Killed):
        attempt(kill=True, words="By word of mouth")
    file.write_text(file.read_text() + "autre@valmont.example\n")
    attempt(kill=False)
    assert went_on == [None, None, None]
    assert count(inst.database, Subscription) == 1201


def test_who_imports_and_who_exports_stands_in_the_log_at_both_ends(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    take(inst, people(tmp_path, 3), now)
    out = io.BytesIO()
    transferring.export_subscribers(inst, "hebdo", out, name="out.csv", now=now, actor="cli:léa")
    with inst.database.read() as session:
        found = list(session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)))
    told = [(one.actor, one.verb, one.subject, one.detail) for one in found[-4:]]
    assert [one[:3] for one in told] == [
        ("claire", "subscriber.import", "list hebdo"),
        ("claire", "subscriber.import", "list hebdo"),
        ("cli:léa", "subscriber.export", "list hebdo"),
        ("cli:léa", "subscriber.export", "list hebdo"),
    ]
    assert told[1][3] == {"step": "end", "file": "people.csv", "read": 3, "added": 3}
    assert told[3][3] == {"step": "end", "file": "out.csv", "rows": 3}
    assert "venu1@valmont.example" in out.getvalue().decode()
    assert "@" not in str(told)


def test_a_schedule_that_the_list_has_not_is_not_kept_and_alerts_stay_off(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,cadence,alerts\na@x.example,monthly,yes\nb@x.example,,\n")
    report = take(inst, file, now)
    assert (report.added, report.other_cadence, report.alerts_off) == (2, 1, 1)
    with inst.database.read() as session:
        one = session.scalars(sa.select(Subscription).order_by(Subscription.id)).first()
        event = session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id)).first()
    assert one is not None
    assert event is not None
    assert (one.cadence, one.alerts) == (None, False)
    assert event.detail == {"cadence": "monthly"}


def test_whoever_a_file_ends_stands_in_the_journal(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    file = people(tmp_path, 3)
    take(inst, file, now)
    file.write_text("email,state\nvenu1@valmont.example,unsubscribed\n")
    assert take(inst, file, now).ended == 1
    with inst.database.read() as session:
        left = Subscription.unsubscribed_at.is_not(None)
        ended = session.scalars(sa.select(Subscription.id).where(left)).one()
    assert [line.value for line in inst.journal.lines() if line.verb == "left"] == [ended]


def test_a_row_refused_for_a_topic_is_taken_once_the_list_has_it(
    inst: Installation, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "FIRST", 1)
    monkeypatch.setattr(importing, "MOST", 1)
    file, went_on = tmp_path / "people.csv", list[object]()
    file.write_text("email,topics\na@x.example,musique\nb@x.example,\n")

    def attempt(on_batch: object = None, **options: bool) -> ImportReport:
        return transferring.import_subscribers(
            inst, file, "hebdo", consent=Consent(), now=now, actor="claire",
            on_reject=lambda _: None, on_run=lambda run: went_on.append(run.after),
            on_batch=on_batch, **options,
        )  # fmt: skip

    def kill(_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        attempt(kill)
    with inst.database.write() as session:
        set_topics(session, find_list(session, "hebdo"), [("musique", "Musique")], now=now)
    with pytest.raises(Killed):
        attempt(kill)
    assert went_on == [None, None]
    with pytest.raises(Killed):
        attempt(kill)
    assert went_on[-1] is not None
    report = attempt(from_start=True)
    assert went_on[-1] is None
    assert (report.pending, report.unchanged, report.rejected) == (0, 2, 0)
    attempt()
    assert went_on[-1] is None  # nor does what was given up go on later


def test_what_everybody_was_said_to_be_is_one_of_the_terms() -> None:
    terms = [transferring.Reading(assumed=word).terms() for word in ("confirmed", "unconfirmed")]
    assert terms[0] != terms[1]


def test_an_export_is_of_one_moment(
    inst: Installation, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(inst, people(tmp_path, 9), now)
    monkeypatch.setattr(exporting, "_AT_ONCE", 2)
    monkeypatch.setattr(transferring, "_TOLD", 1)
    rival = kit.reopen(tmp_path)

    def leave(rows: int) -> None:
        if rows == 1:
            with rival.database.write() as session:
                session.execute(sa.update(Subscription).values(state="unsubscribed"))

    out = io.BytesIO()
    transferring.export_subscribers(inst, None, out, on_rows=leave, now=now, actor="cli:léa")
    rival.close()
    states = [row["state"] for row in csv.DictReader(io.StringIO(out.getvalue().decode()))]
    assert states == ["active"] * 9
