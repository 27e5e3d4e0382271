"""Writers of one SQLite file: who waits for another gets in, or is told."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic, sleep

import pytest
import sqlalchemy as sa

from newsletter import database
from newsletter.database import Database
from newsletter.errors import DatabaseError


@pytest.fixture
def file(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path}/a.db")
    with made.write() as session:
        session.execute(sa.text("CREATE TABLE told (word TEXT)"))
    return made


def test_a_writer_gets_in_beside_one_who_writes_again_and_again(file: Database) -> None:
    ended = threading.Event()

    def write_on() -> None:
        while not ended.is_set():
            with file.write() as session:
                session.execute(sa.text("INSERT INTO told VALUES ('again')"))
                sleep(0.01)
            sleep(0.004)

    writer = threading.Thread(target=write_on)
    writer.start()
    other = Database(str(file.url))
    began = monotonic()
    for _ in range(20):
        with other.write() as session:
            session.execute(sa.text("INSERT INTO told VALUES ('between')"))
    took = monotonic() - began
    ended.set()
    writer.join()
    assert took < database.BUSY_SECONDS / 3  # some 0.3 s


def test_a_writer_who_waited_long_enough_is_told_that_another_holds_it(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    other = Database(str(file.url))
    with file.write() as session:
        session.execute(sa.text("INSERT INTO told VALUES ('mine')"))
        with (
            pytest.raises(DatabaseError, match=r"locked.*another program holds it"),
            other.write() as rival,
        ):
            rival.execute(sa.text("INSERT INTO told VALUES ('yours')"))
    with other.write() as rival:  # and it works again
        rival.execute(sa.text("INSERT INTO told VALUES ('yours')"))
    with file.read() as session:
        assert session.scalars(sa.text("SELECT word FROM told")).all() == ["mine", "yours"]
