"""Wakes the jobs by APScheduler; what is due, and what was done, stands in the tables alone.

A lost or doubled wake-up does no harm, since every job is idempotent and looks for itself. Its
pulse (`pulse`) tells others that it lives.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from newsletter import pulse
from newsletter.errors import NewsletterError
from newsletter.installation import Installation
from newsletter.jobs.collecting import collect
from newsletter.jobs.publishing import publish_due, soonest_slot
from newsletter.jobs.retaining import daily
from newsletter.jobs.telling_admin import tell_admin, tell_troubles
from newsletter.models import IssueState

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 10
BEFORE_SLOT = timedelta(minutes=15)


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
    """Reads the sources every so often, and once more in the quarter of an hour before a slot."""

    def __init__(self, inst: Installation) -> None:
        self.inst = inst
        self.every = timedelta(minutes=inst.config.collecting.every_minutes)
        self.last: datetime | None = None

    def tick(self, now: datetime) -> bool:
        """Collect, if it is time; whether it was."""
        if not self.due(now):
            return False
        self.last = now
        for result in collect(self.inst, force=False, now=now):
            if result.problem:
                log.warning("source %s: %s", result.source, result.problem)
        return True

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
