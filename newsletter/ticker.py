"""Wakes the jobs by APScheduler; what is due, and what was done, stands in the tables alone.

A lost or doubled wake-up does no harm, since every job is idempotent and looks for itself. Its
pulse (`pulse`) tells others that it lives.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from newsletter import pulse
from newsletter.errors import NewsletterError
from newsletter.installation import Installation
from newsletter.jobs.awaiting import BEFORE_SLOT, awaited
from newsletter.jobs.collecting import Collected, collect
from newsletter.jobs.publishing import publish_due
from newsletter.jobs.retaining import daily
from newsletter.jobs.slots import soonest_slot
from newsletter.jobs.telling_admin import tell_admin, tell_troubles
from newsletter.models import IssueState

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 10
FORGET_AFTER = timedelta(minutes=5)


def run_ticker(
    inst: Installation, *, stop: threading.Event, forget_after: timedelta = FORGET_AFTER
) -> None:
    """Collect and publish when it is time, until `stop` is set; and forget each day, the first
    time after `forget_after`: a machine that is off at night would never come to the second.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(3)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    reader = Reader(inst)
    scheduler.add_job(
        _told(reader.tick), "interval", seconds=PUBLISH_SECONDS, next_run_time=datetime.now(UTC)
    )
    scheduler.add_job(
        _told(lambda now: _publish(inst, now)),
        "interval",
        seconds=PUBLISH_SECONDS,
        next_run_time=datetime.now(UTC) + timedelta(seconds=2),
    )
    scheduler.add_job(
        _told(lambda now: _forget(inst, now)),
        "interval",
        days=1,
        next_run_time=datetime.now(UTC) + forget_after,
    )
    scheduler.start()
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)


class Reader:
    """Reads the sources every so often, and once more in the quarter of an hour before a slot.

    What a slot cannot do without is asked then even if it failed lately and would be left alone,
    and again as often as its own back-off allows, as long as the slot waits for it.
    """

    def __init__(self, inst: Installation) -> None:
        self.inst = inst
        self.every = timedelta(minutes=inst.config.collecting.every_minutes)
        self.last: datetime | None = None

    def tick(self, now: datetime) -> bool:
        """Collect, if it is time; whether it was."""
        everything = self.due(now)
        with self.inst.database.read() as session:
            wanted = awaited(session, now)
        if everything:
            self.last = now
            self._told(collect(self.inst, force=False, now=now))
            # What is left alone after failures has not been asked by that.
            wanted = [source for source in wanted if source.next_at and source.next_at > now]
        else:
            wanted = [source for source in wanted if not source.next_at or source.next_at <= now]
        if wanted:
            self._told(collect(self.inst, [source.name for source in wanted], now=now))
        return everything or bool(wanted)

    def _told(self, results: Iterable[Collected]) -> None:
        for result in results:
            if result.problem:
                log.warning("source %s: %s", result.source, result.problem)

    def due(self, now: datetime) -> bool:
        """Whether the last reading is old, or was before the last quarter of an hour to a slot."""
        if self.last is None or now - self.last >= self.every:
            return True
        with self.inst.database.read() as session:
            slot = soonest_slot(session, now)
        return slot is not None and self.last < slot - BEFORE_SLOT <= now


def _publish(inst: Installation, now: datetime) -> None:
    pulse.beat(inst.database)  # here, so that it stops too when publishing hangs
    for done in publish_due(inst, now=now):
        name = f"{done.slug}/{done.number}" if done.number else f"{done.slug} {done.nominal}"
        log.info("%s: %s (%s)", name, done.state, done.reason)
        if done.state is IssueState.DRAFT:  # its time had come, and it could not be frozen
            text = f"{name} was not sent: {done.reason} (mend it, then 'newsletter issue approve')"
            tell_admin(inst, f"issue {name}", text, now=now)
        if done.without:
            made = "was made" if done.number else "has no issue, and was decided"
            text = (
                f"{name} {made} without what could not be read: {'; '.join(done.without)} "
                "(see 'newsletter source ls')"
            )
            tell_admin(inst, f"slot {done.slug} {done.nominal}", text, now=now)
    tell_troubles(inst, now=now)


def _forget(inst: Installation, now: datetime) -> None:
    for done in daily(inst, now=now):
        log.info("%s: %d rows and %d people deleted", done.rule, done.rows, done.people)
        if done.left:
            log.info("%s: %d who had left before have left again", done.rule, done.left)


def _told(work: Callable[[datetime], object]) -> Callable[[], None]:
    """The work at the present time; what the operator can mend becomes one line in the log."""

    def run() -> None:
        try:
            work(datetime.now(UTC))
        except NewsletterError as error:
            log.error("%s", error)  # noqa: TRY400  # expected, and told in one line

    return run
