"""Databases that fail under a running send: restarted, cut off, full, and answers that get lost."""

from __future__ import annotations

import asyncio
import random
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from databases import postgres_server
from faults import balanced, everyone, run, run_until_all_ended
from newsletter_kit import Install
from smtp_script import PIPELINED, Pause, ScriptedServer, Talk
from tcp_door import Door

from newsletter.delivery import transactions
from newsletter.delivery.marking import WorkerEnded
from newsletter.errors import DatabaseError, NewsletterError
from newsletter.installation import Installation
from newsletter.jobs import sending
from newsletter.models import DeliveryState

sqlite = pytest.mark.parametrize("install", ["sqlite"], indirect=True)
postgresql = pytest.mark.parametrize("install", ["postgresql"], indirect=True)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(slowly, extensions=PIPELINED) as server:
        yield server


def slowly(talk: Talk, verb: str, argument: str) -> Pause | None:
    return Pause(0.004) if verb == "." else None


def postgres_socket() -> socket.socket:
    found = socket.socket(socket.AF_UNIX)
    found.connect(str(postgres_server().socket))
    return found


@pytest.fixture
def door() -> Iterator[Door]:
    with Door(postgres_socket) as door:
        yield door


def behind(door: Door, inst: Installation, *, lease: float = 30) -> Installation:
    """The same installation, whose way to PostgreSQL leads through the door."""
    url = inst.database.url.set(host="127.0.0.1", port=door.port, query={})
    config = inst.config.folder / "config.toml"
    text = config.read_text("utf-8")
    old = inst.database.url.set(drivername="postgresql+psycopg")
    shown = old.render_as_string(hide_password=False)
    assert shown in text
    config.write_text(text.replace(shown, url.render_as_string(hide_password=False)), "utf-8")
    return kit.reopen(inst.config.folder, lease=lease)


def when(server: ScriptedServer, count: int, act: Callable[[], None]) -> threading.Thread:
    """Do this as soon as the server has taken so many."""

    def wait() -> None:
        deadline = monotonic() + 30
        while len(server.taken) < count and monotonic() < deadline:
            sleep(0.001)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


SHORT = 4  # seconds of lease: longer than a machine stands still, mostly


def open_at_most(connections: int) -> int:
    return 4 * connections


# --- PostgreSQL --------------------------------------------------------------------------------


@postgresql
def test_a_send_goes_on_when_postgresql_was_restarted(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(250, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    restarting = when(server, 60, postgres_server().restart)
    try:
        sending.deliver(inst)
    finally:
        restarting.join()
        kit.forget_postgres()
    assert server.recipients == everyone(250)
    assert kit.states(inst) == {"sent": 250}
    assert balanced(inst)


@postgresql
def test_a_database_that_is_away_for_a_moment_doubles_nothing(
    install: Install, server: ScriptedServer, door: Door, now: datetime
) -> None:
    inst = install(150, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    through = behind(door, inst)
    begun: list[int] = []

    def away() -> None:
        door.shut()
        deadline = monotonic() + 20
        while not begun or begun[-1] != server.verbs["DATA"]:  # what was marked leaves …
            begun[:] = [server.verbs["DATA"]]
            sleep(0.5)
            if monotonic() > deadline:
                break
        sleep(0.5)
        begun.append(server.verbs["DATA"])  # … and nothing else may
        door.open()

    shutting = when(server, 40, away)
    run(through)
    shutting.join()
    through.close()
    assert begun[0] == begun[1]
    assert server.recipients == everyone(150)
    assert kit.states(inst) == {"sent": 150}


@postgresql
def test_a_database_lost_after_the_250_stops_the_sender_and_leaves_them_unknown(
    install: Install,
    server: ScriptedServer,
    door: Door,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transactions, "GIVE_UP_SECONDS", 0.8)
    inst = install(150, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    through = behind(door, inst)
    shutting = when(server, 40, door.shut)
    with pytest.raises(DatabaseError):
        sending.run_worker(through)
    shutting.join()
    through.close()
    door.open()
    recover_and_end(inst, server)
    assert set(server.recipients) == set(everyone(150))
    assert balanced(inst)


@postgresql
def test_a_commit_without_an_answer_is_looked_at_again(
    install: Install, server: ScriptedServer, door: Door, now: datetime
) -> None:
    """Claims, marks and records, whichever commit it is; it was made all the same.

    The sender goes on running, so nobody else would take up what it does not know it has.
    """
    inst = install(200, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    through = behind(door, inst)
    chance = random.Random(3)
    stop = threading.Event()

    def lose() -> None:
        begun = monotonic()
        while (passed := monotonic() - begun) < 1.5 or (door.lost < 3 and passed < 20):
            door.lose_the_answer_to(b"COMMIT")
            sleep(chance.uniform(0.02, 0.15))
        door.lose_the_answer_to(b"")
        deadline = monotonic() + 20
        while kit.states(inst) != {"sent": 200} and monotonic() < deadline:
            sleep(0.02)
        stop.set()

    losing = when(server, 1, lose)
    sending.run_worker(through, stop=stop)
    losing.join()
    through.close()
    assert door.lost >= 3
    assert server.recipients == everyone(200)
    assert kit.states(inst) == {"sent": 200}
    assert balanced(inst)


@postgresql
def test_a_claim_whose_commit_had_no_answer_is_not_forgotten(
    install: Install, server: ScriptedServer, door: Door, now: datetime
) -> None:
    inst = install(30, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    through = behind(door, inst)
    door.lose_the_answer_to(b"COMMIT", after=b"begun_at=")  # what an issue's first claim writes
    stop, deadline = threading.Event(), monotonic() + 15

    def watch() -> None:
        while kit.states(inst) != {"sent": 30} and monotonic() < deadline:
            sleep(0.02)
        stop.set()

    watching = when(server, 0, watch)
    sending.run_worker(through, stop=stop)
    watching.join()
    through.close()
    assert door.lost == 1
    assert server.recipients == everyone(30)
    assert monotonic() < deadline, "it found them only when it ended"


@postgresql
def test_a_sender_cut_off_in_mid_transaction_keeps_nobody_waiting(
    install: Install, server: ScriptedServer, door: Door, now: datetime
) -> None:
    """Its locks go when its lease is over: the server does not wait for what TCP may say."""
    inst = install(120, port=server.port, connections=2, lease=SHORT)
    kit.frozen_letter(inst, now=now)
    through = behind(door, inst, lease=SHORT)
    ends: list[NewsletterError] = []

    def other_host() -> None:
        try:
            sending.run_worker(through)
        except NewsletterError as error:
            ends.append(error)

    sender = threading.Thread(target=other_host, daemon=True)
    sender.start()
    while len(server.taken) < 20:
        sleep(0.001)
    while not cut_off_in_mid_transaction(door, inst):
        sleep(0.003)
    here = Installation(through.config, inst.database)
    deadline = monotonic() + 30
    rescue = threading.Timer(30, door.let_go)
    rescue.start()
    while set(kit.states(inst)) - {"sent", "unknown"} and monotonic() < deadline:
        run(here)
        sleep(0.1)
    assert monotonic() < deadline, f"it kept others waiting: {kit.states(inst)}"
    rescue.cancel()
    door.let_go()
    sender.join(20)
    assert len(ends) == 1, "it goes on, though it was declared dead"
    through.close()
    run_until_all_ended(here)
    assert set(server.recipients) == set(everyone(120))
    assert sum(server.doubled.values()) <= open_at_most(2)
    assert balanced(inst)


def cut_off_in_mid_transaction(door: Door, inst: Installation) -> bool:
    """Hold the door; False, and it is let go, where PostgreSQL waits for nothing to be said."""
    door.hold()
    sleep(0.02)
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
    )
    with inst.database.read() as session:
        found = bool(session.scalar(sa.text(query)))
    if not found:
        door.let_go()
    return found


# --- SQLite ------------------------------------------------------------------------------------


def fill_the_disk(inst: Installation) -> Callable[[], None]:
    """From now on its write-ahead log cannot grow; returns what makes room again."""
    assert inst.database.file is not None
    size = inst.database.file.with_name("newsletter.db-wal").stat().st_size + 12_000
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@sqlite
@pytest.mark.parametrize("mended", [True, False], ids=["room is made", "no room is made"])
def test_a_full_disk_begins_nothing_more_and_loses_nothing(
    install: Install,
    server: ScriptedServer,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    mended: bool,
) -> None:
    monkeypatch.setattr(transactions, "GIVE_UP_SECONDS", 20 if mended else 0.8)
    inst = install(200, port=server.port, connections=2)
    kit.frozen_letter(inst, now=now)
    stuck: list[int] = []
    lift: list[Callable[[], None]] = []

    def fill() -> None:
        lift.append(fill_the_disk(inst))
        seen = -1
        while seen != len(server.taken):  # until nothing moves any more
            seen = len(server.taken)
            sleep(0.3)
        stuck.append(seen)
        if mended:
            lift[0]()

    filling = when(server, 40, fill)
    try:
        if mended:
            run(inst)
        else:
            with pytest.raises(DatabaseError, match="make room"):
                run(inst)
    finally:
        filling.join()
        lift[0]()
    assert stuck[0] < 200, "the disk was never full"
    if mended:
        assert server.doubled == {}
    else:
        recover_and_end(inst, server)
    assert set(server.recipients) == set(everyone(200))
    assert balanced(inst)


def recover_and_end(inst: Installation, server: ScriptedServer) -> None:
    """Another sender, later: what had been begun is unknown, and only that comes twice."""
    begun, sent = len(server.taken), kit.states(inst)["sent"]
    assert sent < begun <= sent + open_at_most(2)
    kit.silent_since(inst, datetime.now(UTC) - timedelta(hours=1))
    later = kit.reopen(inst.config.folder)
    run(later)
    assert begun - sent <= kit.states(inst)["unknown"] <= open_at_most(2)
    assert server.doubled == {}
    run_until_all_ended(later)
    later.close()
    assert sum(server.doubled.values()) == begun - sent
    assert all(len(set(copies)) == 1 for copies in server.by_message_id.values())


@sqlite
@pytest.mark.parametrize("jump", [3600, -3600], ids=["forward", "back"])
def test_a_clock_that_jumps_loses_and_doubles_nothing(
    install: Install, server: ScriptedServer, now: datetime, jump: int
) -> None:
    """A worker that finds its own heartbeat old stops; another one goes on where it stopped."""
    inst = install(60, port=server.port, connections=1)
    kit.frozen_letter(inst, now=now)

    def clock() -> datetime:
        wrong = jump if 20 <= len(server.taken) < 40 else 0
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + wrong, UTC)

    for _ in range(12):
        with suppress(WorkerEnded):
            asyncio.run(kit.a_worker(inst, now=clock).run())
        kit.let_time_pass(inst, DeliveryState.QUEUED)
        if len(server.taken) >= 60:
            break
    run_until_all_ended(inst)
    assert set(server.recipients) == set(everyone(60))
    assert sum(server.doubled.values()) <= open_at_most(1)
    assert balanced(inst)
