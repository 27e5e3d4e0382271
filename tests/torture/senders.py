"""Real processes that send from one installation, or freeze an issue of it, and can be killed."""

from __future__ import annotations

import functools
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self


@functools.cache
def nursery() -> subprocess.Popen[str]:
    """See nursery.py. It ends with this process, whose end closes its input.

    It takes a second until it has all imported: whoever calls this early need not wait for it.
    """
    script = Path(__file__).with_name("nursery.py")
    return subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _ask(**order: Any) -> int:
    process = nursery()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps(order)}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


class Senders:
    """They are killed when the block ends, if they still run. `lease` is in seconds."""

    def __init__(self, folder: Path, lease: float) -> None:
        self._order = {"folder": str(folder), "lease": lease}
        self.running: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for pid in list(self.running):
            self.kill(pid)

    def start(self, **order: Any) -> int:
        """One more, by default a sender; `order` is what points.py and nursery.py understand."""
        pid = _ask(**{"what": "send", **self._order, **order})
        self.running.append(pid)
        return pid

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal that ends it, and wait: its exit code, or minus the signal."""
        os.kill(pid, number)
        return self.wait(pid)

    def wait(self, pid: int) -> int:
        self.running.remove(pid)
        return _ask(what="wait", pid=pid)

    def ended(self, seconds: float) -> list[int]:
        """Those that have ended; waits for the first one for at most so many seconds."""
        handles = {os.pidfd_open(pid): pid for pid in self.running}
        try:
            found, _, _ = select.select(list(handles), [], [], max(seconds, 0))
            return [handles[handle] for handle in found]
        finally:
            for handle in handles:
                os.close(handle)
