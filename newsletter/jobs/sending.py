"""Sending from the outside: drain the queue here and now, or keep a sender running."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter import epoch
from newsletter.config import RelayConfig
from newsletter.delivery import domains, limits, workers
from newsletter.delivery.domains import Rules
from newsletter.delivery.marking import WorkerEnded
from newsletter.delivery.meter import Meter
from newsletter.delivery.worker import Worker
from newsletter.errors import DatabaseError, Refused, RelayError
from newsletter.installation import Installation
from newsletter.jobs.imprint import links_of
from newsletter.jobs.watching import Progress, Watch, progress

if TYPE_CHECKING:
    from newsletter.mail.dkim import Signer

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5


def deliver(
    inst: Installation,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    issue_id: int | None = None,
    since: datetime | None = None,
) -> Progress:
    """Send all that is due, here and now, and return what became of what was to be sent.

    Progress is told twice a second: of one issue when `issue_id` is given, else of all that was not
    over at `since`, which is now unless given. SIGTERM and SIGINT end
    it in good order. Raises RelayError when no relay can be used: nothing is lost, all waits; and
    Refused and DatabaseError as `run_worker` does.
    """
    worker = _worker(inst, drain=True)
    begun = since or datetime.now(UTC)
    watch = Watch(inst, issue_id, since=begun)
    _send(_run(worker, look=watch.look, on_progress=on_progress))
    found = progress(inst, issue_id, since=begun, now=datetime.now(UTC))
    if worker.clerk.problem and found.remaining:
        one = found.remaining == 1
        waiting = "1 message waits" if one else f"{found.remaining:,} messages wait"
        raise RelayError(
            f"{worker.clerk.problem}; {waiting}, nothing is lost "
            "(mend the relay, then 'newsletter relay resume' and 'newsletter deliver')"
        )
    return found


def run_worker(
    inst: Installation, *, stop: threading.Event | None = None, meter: Meter | None = None
) -> None:
    """Send until SIGTERM, SIGINT or `stop`; `meter` is told what became of each message.

    What is under way ends; a second signal ends the process at once. Raises DatabaseError when the
    database takes no commit for two minutes, and Refused when this worker was declared dead.
    """
    worker = _worker(inst, drain=False, meter=meter)
    _send(_run(worker, stop=stop))


def _send(running: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(running)
    except WorkerEnded as error:
        raise Refused(
            "this sender was silent beyond its lease and was declared dead (start it again)"
        ) from error


def sender_alive(inst: Installation, *, now: datetime) -> bool:
    """Whether some sender is running, on whatever machine."""
    with inst.database.read() as session:
        clock = now if inst.database.is_sqlite else inst.database.clock(session)
        return bool(workers.alive(session, clock, _lease(inst)))


def relays_to_use(inst: Installation) -> tuple[RelayConfig, ...]:
    """The relays that senders use; raises Refused, with the remedy, when there is none."""
    config = inst.config
    if not config.relays:
        raise Refused("no relay is configured (add [[relays]] to config.toml)")
    relays = config.usable_relays
    if not relays:
        raise Refused(
            f"base_url is {config.base_url}, where no reader could follow a link: only an outbox "
            "or a local relay may be used (set base_url to the public address of the web pages)"
        )
    return relays


def _worker(inst: Installation, *, drain: bool, meter: Meter | None = None) -> Worker:
    relays = relays_to_use(inst)
    for relay in relays:
        if relay.rate is None and relay.effective_rate is not None:
            log.info(
                "relay '%s': no rate is set, so %d connections and %g messages a second",
                relay.name,
                relay.effective_connections,
                relay.effective_rate,
            )
    now = datetime.now(UTC)
    inst.database.end_idle_transactions(_lease(inst).total_seconds())
    with inst.database.write() as session:
        epoch.check(session, inst.journal)
        epoch.advance(session, inst.journal, now)
        limits.register(session, inst.config.relays, now)
        domains.register(session, Rules(inst.config.domains), now)
        workers.recover(session, inst.database.clock(session), _lease(inst))
    return Worker(
        inst.database,
        relays,
        links_of(inst),
        lease=_lease(inst),
        return_path=inst.config.sending.return_path,
        drain=drain,
        rules=Rules(inst.config.domains),
        meter=meter,
        signers=_signers(inst),
    )


def _signers(inst: Installation) -> Mapping[str, Signer]:
    """The DKIM signers of the config. Raises ConfigError, naming the file."""
    if not inst.config.dkim:
        return {}
    from newsletter.mail.dkim import load_signers  # with it comes a library of 10 MB

    return load_signers(inst.config.dkim)


async def _run(
    worker: Worker,
    *,
    look: Callable[[], Progress] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    loop = asyncio.get_running_loop()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop_once, loop, worker)
    watcher = asyncio.create_task(_watch(worker, look, on_progress, stop))
    try:
        await worker.run()
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher


def _stop_once(loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
    worker.stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)  # the second one ends the process at once


async def _watch(
    worker: Worker,
    look: Callable[[], Progress] | None,
    on_progress: Callable[[Progress], None] | None,
    stop: threading.Event | None,
) -> None:
    while True:
        if stop is not None and stop.is_set():
            worker.stop()
        if look is not None and on_progress is not None:
            try:
                found = await asyncio.to_thread(look)
            except DatabaseError as error:  # the worker knows when to give up; we only look on
                log.warning("progress cannot be counted: %s", error)
            else:
                on_progress(found)
        await asyncio.sleep(PROGRESS_SECONDS)


def _lease(inst: Installation) -> timedelta:
    return timedelta(seconds=inst.config.sending.lease_seconds)
