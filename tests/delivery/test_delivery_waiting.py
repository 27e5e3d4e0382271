"""How long one who only drains the queue waits for limits, and when it goes home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from smtp_script import ScriptedServer

from newsletter.delivery.marking import WorkerEnded
from newsletter.errors import SchemaError
from newsletter.installation import Installation
from newsletter.jobs import sending
from newsletter.models import Worker as WorkerRow

pytestmark = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


def test_a_quota_that_is_spent_for_long_ends_the_draining_and_nothing_is_lost(
    install: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = install(6, port=server.port, per_day=4, reserve=0)
    kit.frozen_letter(inst, now=now)
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 4, "queued": 2}
    assert {d.tries for d in kit.deliveries(inst)} == {0, 1}


def test_a_slow_domain_is_waited_for_and_the_others_go_ahead(
    install: Callable[..., Installation], server: ScriptedServer, tmp_path: Path, now: datetime
) -> None:
    inst = install(3, port=server.port)
    kit.add_readers(inst, 3, name="lent", domain="lent.example", now=now)
    with (tmp_path / "config.toml").open("a") as config:
        config.write('[[domains]]\nnames = ["lent.example"]\nrate = 5\n')
    inst = kit.reopen(tmp_path)
    kit.frozen_letter(inst, now=now)
    started = monotonic()
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 6}
    came = [taken.recipient.partition("@")[2] for taken in server.taken]
    assert came[-1] == "lent.example"
    assert monotonic() - started > 0.2  # two of three had to wait a fifth of a second each
    inst.close()


def test_a_database_of_another_version_is_not_waited_for(
    install: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = install(1, port=server.port)
    kit.frozen_letter(inst, now=now)
    worker = kit.a_worker(inst)
    with inst.database.write() as session:
        session.execute(sa.text("ALTER TABLE delivery RENAME COLUMN reply TO answer"))
    with pytest.raises(SchemaError, match="db upgrade"):
        asyncio.run(worker.run())


def test_a_sender_declared_dead_still_writes_down_the_answers_it_has(
    install: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = install(1, port=server.port)
    kit.frozen_letter(inst, now=now)
    worker = kit.a_worker(inst)
    record = worker.clerk.record

    def declared_dead_meanwhile(*answer: Any) -> None:
        kit.change(inst, WorkerRow, {"heartbeat_at": now - timedelta(hours=1)})
        record(*answer)

    worker.clerk.record = declared_dead_meanwhile
    with pytest.raises(WorkerEnded):
        asyncio.run(worker.run())
    assert len(server.taken) == 1
    assert kit.states(inst) == {"sent": 1}
