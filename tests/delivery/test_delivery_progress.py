"""What is told of the sending while it goes on, and that telling it never harms it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import ScriptedServer
from sqlalchemy.orm import Session

from newsletter.database import Database
from newsletter.errors import DatabaseError
from newsletter.jobs import joining, sending
from newsletter.models import DeliveryState

one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


class Fleeting(Database):
    """A database that is away for a moment, for those who count progress."""

    refusals = 1

    @contextmanager
    def read(self) -> Iterator[Session]:
        counting = threading.current_thread().name.startswith("asyncio")
        if counting and self.refusals:
            self.refusals -= 1
            raise DatabaseError("database newsletter: the connection was lost")
        with super().read() as session:
            yield session


@one_database
def test_progress_that_cannot_be_counted_once_fails_nothing(
    install: Install, server: ScriptedServer, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    inst = install(3, port=server.port)
    kit.frozen_letter(inst, now=now)
    fleeting = dataclasses.replace(inst, database=Fleeting(inst.config.database))
    found = sending.deliver(fleeting, on_progress=lambda _: None)
    fleeting.close()
    assert found.done == 3
    assert kit.states(inst) == {"sent": 3}
    assert "progress cannot be counted" in caplog.text


@one_database
def test_progress_is_of_what_is_sent_now_and_not_of_the_past(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(3, port=server.port)
    kit.frozen_letter(inst, now=now)
    sending.deliver(inst)
    joining.sign_up(
        inst, slugs=["hebdo"], address="ada@valmont.example", words="Yes.", ip=None, now=now
    )
    sending.deliver(inst)

    begun = datetime.now(UTC)
    assert sending.progress(inst, now=begun).counts == {}
    joining.sign_up(
        inst, slugs=["hebdo"], address="bob@valmont.example", words="Yes.", ip=None, now=now
    )
    before = sending.progress(inst, now=begun)
    assert before.counts == {DeliveryState.QUEUED: 1}
    # What ends meanwhile is still counted.
    assert sending.deliver(inst, since=begun).counts == {DeliveryState.SENT: 1}
    assert sending.progress(inst, now=datetime.now(UTC)).counts == {}
