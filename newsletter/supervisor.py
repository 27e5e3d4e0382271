"""Keeps several processes of this program running, and stops them in good order.

Each is spawned anew, never forked: no connection is ever shared. What dies is started again, later
each time it dies young, be it by a signal or by a bug. One that ends with `FATAL` before it ever
lived (its port is taken, its config is wrong) has said its line, and ends them all: starting it
again could not help.

It sees that a process died, not that one hangs. For that, senders and the ticker keep heartbeats in
the database, which /health and `newsletter doctor` tell.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FATAL = 78  # EX_CONFIG of sysexits.h: how a part ends by an expected error; a bug ends with 1
PARENT = "NEWSLETTER_SUPERVISOR"  # in the environment of each part: the process that looks after it
YOUNG = 10.0  # seconds; a process that dies younger is started again later and later
BORN = 60.0  # seconds; on a busy machine it takes tens of them to find that a port is taken
LONGEST_WAIT = 60.0
PATIENCE = 30.0  # seconds for an orderly end, then the rest is killed
PAUSE = 0.1


@dataclass
class Part:
    """One process and its life so far."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    deaths: int = 0  # young ones, in a row
    lived: bool = False  # beyond BORN, once


def command(*arguments: str) -> tuple[str, ...]:
    """The command line that runs `newsletter` with these arguments, in this very environment."""
    return (sys.executable, "-m", "newsletter", *arguments)


def is_part() -> bool:
    """Whether a supervisor started this process, and looks at how it ends."""
    return PARENT in os.environ


class Supervisor:
    """Runs the parts until SIGTERM or SIGINT; a second one kills what is left."""

    def __init__(self, parts: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        """`parts` are pairs of a name and a command line."""
        self.parts = [Part(name, arguments) for name, arguments in parts]
        self.signals = 0
        self.status = 0

    def run(self) -> int:
        """Start all, watch, and return the exit status: 0 after a signal, 1 when one cannot run."""
        before = {n: signal.signal(n, self._signalled) for n in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self.signals and not self.status:
                now = time.monotonic()
                for part in self.parts:
                    self._look_after(part, now)
                time.sleep(PAUSE)
            return self._stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, *_: object) -> None:
        self.signals += 1

    def _look_after(self, part: Part, now: float) -> None:
        if part.process is None:
            if now >= part.again_at:
                self._start(part, now)
            return
        code = part.process.poll()
        young = now - part.started < YOUNG
        part.lived = part.lived or now - part.started >= BORN
        if code is None:
            return
        part.process = None
        if code == FATAL and not part.lived:
            self.status = 1
            return
        part.deaths = part.deaths + 1 if young else 1
        wait = min(2.0 ** (part.deaths - 1), LONGEST_WAIT)
        part.again_at = now + wait
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        log.warning("%s ended %s: started again in %g s", part.name, how, wait)

    def _start(self, part: Part, now: float) -> None:
        # In a session of its own, so that Ctrl-C reaches us alone and each part is told once.
        environment = {**os.environ, PARENT: str(os.getpid())}
        part.process = subprocess.Popen(
            part.arguments, env=environment, start_new_session=True, stdin=subprocess.DEVNULL
        )
        part.started = now

    def _stop(self) -> int:
        running = [p.process for p in self.parts if p.process is not None]
        for process in running:
            _send(process, signal.SIGTERM)
        asked = self.signals
        deadline = time.monotonic() + PATIENCE
        while any(process.poll() is None for process in running):
            if self.signals > asked or time.monotonic() > deadline:
                for process in running:
                    _send(process, signal.SIGKILL)
                for process in running:
                    process.wait()
                break
            time.sleep(PAUSE)
        return self.status


def _send(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:
        process.send_signal(number)


def end_with_parent() -> bool:
    """For a part: end in good order when the supervisor is gone, killed with no time to say so.

    False where this process was started by hand, and nobody looks after it.
    """
    parent = os.environ.get(PARENT)
    if parent is None:
        return False

    def watch() -> None:
        while str(os.getppid()) == parent:
            time.sleep(1)
        log.warning("the supervisor is gone: this process ends")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    return True


class Beside:
    """Processes of this program that work while a block lasts; what they tell goes to `folder`."""

    def __init__(self, calls: Sequence[Sequence[str]], folder: Path) -> None:
        self._running: list[tuple[subprocess.Popen[bytes], Path]] = []
        for number, arguments in enumerate(calls):
            file = folder / f"{number}.log"
            with file.open("wb") as told:
                self._running.append((subprocess.Popen(command(*arguments), stderr=told), file))

    @property
    def working(self) -> bool:
        return any(process.poll() is None for process, _ in self._running)

    def stop(self) -> None:
        for process, _ in self._running:
            _send(process, signal.SIGTERM)

    def wait(self) -> list[str]:
        """What each wrote to stderr, once all have ended."""
        for process, _ in self._running:
            process.wait()
        return [file.read_text("utf-8", "replace") for _, file in self._running]


@contextmanager
def beside(
    calls: Sequence[Sequence[str]], heard: Callable[[str], None] = lambda _: None
) -> Iterator[Beside]:
    """Run `newsletter` with each of these argument lists while the block lasts, and wait for all.

    They are of our process group: a Ctrl-C at the terminal reaches them as it reaches us. `heard`
    is given what each wrote to stderr.
    """
    with tempfile.TemporaryDirectory(prefix="newsletter-") as folder:
        others = Beside(calls, Path(folder))
        try:
            yield others
        except BaseException:
            others.stop()
            raise
        finally:
            for text in others.wait():
                heard(text)
