"""Copies, backups and restored databases, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from databases import postgres_server
from newsletter_kit import (
    BOTH,
    add_readers,
    change,
    deliveries,
    frozen_letter,
    install,
    make_list,
    register,
    states,
    the_delivery,
)

from newsletter import epoch
from newsletter.database import Database
from newsletter.errors import DatabaseError, Refused
from newsletter.installation import Installation
from newsletter.jobs import keeping
from newsletter.models import Base, Delivery, Issue
from subscribers.models import Subscriber, Subscription

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
READER = "reader0@valmont.example"


@pytest.fixture(params=BOTH)
def inst(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    made = install(tmp_path, request.param)
    make_list(made, now=NOW)
    add_readers(made, 3, now=NOW)
    frozen_letter(made, now=NOW)
    return made


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("target", BOTH)
def test_a_copy_has_every_row_and_goes_on_with_new_ids(
    inst: Installation, tmp_path: Path, target: str
) -> None:
    with inst.database.write() as session:  # the last reader is gone: the id is never used again
        last = session.scalars(sa.select(sa.func.max(Subscriber.id))).one()
        session.execute(sa.delete(Delivery).where(Delivery.subscriber_id == last))
        session.execute(sa.delete(Subscription).where(Subscription.subscriber_id == last))
        session.execute(sa.delete(Subscriber).where(Subscriber.id == last))
    url = (
        f"sqlite:///{tmp_path / 'copy.db'}"
        if target == "sqlite"
        else postgres_server().database().render_as_string(hide_password=False)
    )
    keeping.copy(inst, url, now=NOW)
    copied = Database(url)
    assert rows(copied) == rows(inst.database)
    with copied.write() as session:
        new = Subscriber(address="new@valmont.example", address_key="new@valmont.example",
                         domain="valmont.example", created_at=NOW, changed_at=NOW)  # fmt: skip
        session.add(new)
        session.flush()
        assert new.id == last + 1
    with pytest.raises(Refused, match="is not empty"):
        keeping.copy(inst, url, now=NOW)
    copied.close()


def test_nothing_is_copied_while_a_sender_runs(inst: Installation, tmp_path: Path) -> None:
    register(inst)
    with pytest.raises(Refused, match="a sender is running"):
        keeping.copy(inst, f"sqlite:///{tmp_path / 'copy.db'}", now=NOW)


def test_a_backup_is_one_epoch_behind_its_own_journal(inst: Installation, tmp_path: Path) -> None:
    done = keeping.backup(inst, tmp_path / "safe.db", now=NOW)
    copied = Database(f"sqlite:///{done.database}")
    with copied.read() as session:
        assert epoch.of_database(session) == done.epoch - 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Subscription)) == 3
    with inst.database.read() as session:
        epoch.check(session, inst.journal)  # the live one goes on
    copied.close()


def test_a_database_behind_the_journal_is_refused_until_adopted(inst: Installation) -> None:
    with inst.database.write() as session:
        left, erased = session.scalars(sa.select(Subscription).order_by(Subscription.id)).all()[:2]
    later = NOW + timedelta(days=1)
    with inst.database.read() as session:
        here = epoch.of_database(session)
    inst.journal.append("epoch", here + 1, later)
    inst.journal.append("left", left.id, later)
    inst.journal.append("erased", erased.subscriber_id, later)
    inst.journal.append("complained", left.subscriber_id, later)
    inst.journal.append("left", 10_000, later)  # of somebody the backup does not know
    with inst.database.read() as session, pytest.raises(DatabaseError, match="db adopt"):
        epoch.check(session, inst.journal)

    done = keeping.adopt(inst, now=later, actor="test")
    assert (done.left, done.erased, done.complained, done.held) == (1, 1, 1, 3)
    assert states(inst) == {"unknown": 3}
    with inst.database.read() as session:
        epoch.check(session, inst.journal)
        assert session.scalars(sa.select(Delivery.due_at)).all() == [None] * 3
        gone = Delivery.subscriber_id == erased.subscriber_id
        assert session.execute(sa.select(Delivery.address, Delivery.name).where(gone)).all() == [
            ("", "")
        ]
    assert keeping.adopt(inst, now=later, actor="test") == keeping.Adopted(restored=False)


@pytest.mark.parametrize("state", ["queued", "claimed", "transmitting", "deferred", "unknown"])
def test_nothing_that_was_on_its_way_goes_out_of_a_restored_database(
    inst: Installation, state: str
) -> None:
    waits = None if state in ("claimed", "transmitting") else NOW + timedelta(minutes=15)
    change(inst, Delivery, {"state": state, "due_at": waits})
    change(inst, Delivery, {"state": "sent", "due_at": None}, id=the_delivery(inst, READER).id)
    with inst.database.read() as session:
        inst.journal.append("epoch", epoch.of_database(session) + 1, NOW)
    assert keeping.adopt(inst, now=NOW, actor="test").held == 2
    assert {(one.state.value, one.due_at) for one in deliveries(inst)} == {
        ("unknown", None),
        ("sent", None),
    }


def test_who_came_after_the_line_is_not_taken_for_somebody_else(inst: Installation) -> None:
    """Ids given out after the backup may be given anew before it is adopted."""
    with inst.database.read() as session:
        (somebody, *_) = session.scalars(sa.select(Subscription).order_by(Subscription.id)).all()
        here = epoch.of_database(session)
    inst.journal.append("epoch", here + 1, NOW)
    inst.journal.append("left", somebody.id, NOW - timedelta(hours=1))  # before they were here
    assert keeping.adopt(inst, now=NOW, actor="test").left == 0


def test_an_epoch_counts_only_once_it_is_committed(inst: Installation) -> None:
    before = inst.journal.epoch()
    with inst.database.write() as session:
        epoch.advance(session, inst.journal, NOW)
        session.rollback()
    assert inst.journal.epoch() == before
    with inst.database.write() as session:
        assert epoch.advance(session, inst.journal, NOW) == before + 1
        with session.begin_nested():
            session.execute(sa.select(Issue.id))
        assert inst.journal.epoch() == before
    assert inst.journal.epoch() == before + 1


def test_the_number_of_an_issue_sent_after_the_backup_is_not_used_again(
    inst: Installation,
) -> None:
    later = NOW + timedelta(days=1)
    with inst.database.read() as session:
        here = epoch.of_database(session)
        [first] = session.scalars(sa.select(Issue)).all()
    [told] = [line for line in inst.journal.lines() if line.verb == "sent"]
    assert (told.value, told.mlist) == (first.number, first.mlist_id)
    inst.journal.append("sent", 2, later, mlist=first.mlist_id)
    inst.journal.append("epoch", here + 1, later)
    done = keeping.adopt(inst, now=later, actor="test")
    assert (done.issues, done.since, done.until) == (1, NOW, later)
    issue = frozen_letter(inst, now=later)
    assert issue.number == 3
