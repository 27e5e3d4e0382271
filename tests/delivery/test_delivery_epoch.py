"""Two who begin an epoch at the same time: the database never falls behind the journal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from time import monotonic, sleep

import pytest
import sqlalchemy as sa
from newsletter_kit import Install

from newsletter import epoch
from newsletter.installation import Installation
from newsletter.journal import Journal
from newsletter.models import Fact


def begin(inst: Installation, now: datetime) -> int:
    with inst.database.write() as session:
        return epoch.advance(session, inst.journal, now)


def until_somebody_waits(inst: Installation) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = monotonic() + 20
    while True:
        with inst.database.read() as session:
            if session.execute(waiting).scalar_one():
                return
        assert monotonic() < deadline
        sleep(0.01)


@pytest.mark.parametrize("install", ["postgresql"], indirect=True)
@pytest.mark.parametrize("first", [True, False], ids=["the first of all", "a later one"])
def test_two_epochs_begun_at_once_are_two(install: Install, now: datetime, first: bool) -> None:
    inst = install()
    with inst.database.write() as session:
        session.execute(sa.delete(Fact).where(Fact.key == epoch.KEY))
    if not first:
        begin(inst, now)
    with ThreadPoolExecutor(1) as rival:
        with inst.database.write() as session:
            mine = epoch.advance(session, inst.journal, now)
            theirs = rival.submit(begin, inst, now)
            until_somebody_waits(inst)
        assert theirs.result(20) == mine + 1
    with inst.database.read() as session:
        assert epoch.of_database(session) == inst.journal.epoch() == mine + 1
        epoch.check(session, inst.journal)


class Overtaken(Journal):
    """While it is looked at, somebody else begins an epoch and writes it down."""

    def __init__(self, inst: Installation, now: datetime) -> None:
        super().__init__(inst.journal.path)
        self._begin = partial(begin, inst, now)

    def epoch(self) -> int:
        self._begin()
        return super().epoch()


@pytest.mark.parametrize("install", ["postgresql"], indirect=True)
def test_an_epoch_begun_during_the_check_is_no_restored_backup(
    install: Install, now: datetime
) -> None:
    inst = install()
    begin(inst, now)
    with inst.database.write() as session:
        epoch.check(session, Overtaken(inst, now))
