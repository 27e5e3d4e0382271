"""The ticker's pulse: heard while it runs, seldom written, and missed soon when it stops."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import newsletter_kit as kit

from newsletter import pulse
from newsletter.installation import Installation
from newsletter.models import Fact
from newsletter.ticker import run_ticker


def is_beating(inst: Installation) -> bool:
    with inst.database.read() as session:
        return pulse.is_beating(session, inst.database.clock(session))


def last_beat(inst: Installation) -> datetime | None:
    with inst.database.read() as session:
        return pulse.last_beat(session)


def was(inst: Installation, ago: timedelta) -> None:
    """Set the last beat so long ago; in the future, as after a clock was set back, if negative."""
    with inst.database.read() as session:
        then = inst.database.clock(session) - ago
    kit.change(inst, Fact, {"value": then.isoformat()}, key=pulse.KEY)


def test_a_beat_is_heard_and_written_at_most_every_half_minute(inst: Installation) -> None:
    assert not is_beating(inst)
    assert pulse.beat(inst.database)
    assert is_beating(inst)
    first = last_beat(inst)
    assert not pulse.beat(inst.database)
    assert last_beat(inst) == first
    was(inst, timedelta(seconds=31))
    assert pulse.beat(inst.database)


def test_a_pulse_that_stopped_is_missed(inst: Installation) -> None:
    pulse.beat(inst.database)
    was(inst, timedelta(minutes=3))
    assert not is_beating(inst)
    assert pulse.beat(inst.database)
    assert is_beating(inst)


def test_a_clock_that_was_set_back_does_not_silence_it(inst: Installation) -> None:
    pulse.beat(inst.database)
    was(inst, -timedelta(hours=1))
    assert pulse.beat(inst.database)


def test_the_ticker_beats_while_it_runs(inst: Installation) -> None:
    stop = threading.Event()
    ticker = threading.Thread(target=run_ticker, args=(inst,), kwargs={"stop": stop})
    ticker.start()
    try:
        deadline = time.monotonic() + 20
        while not is_beating(inst) and time.monotonic() < deadline:
            stop.wait(0.05)
    finally:
        stop.set()
        ticker.join()
    assert is_beating(inst)
