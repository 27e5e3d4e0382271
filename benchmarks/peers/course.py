"""What the peers share: their arguments, the same message for everybody, and what they tell.

    python PEER.py PORT MESSAGES CONNECTIONS SAMPLE

Each says `ready` once all is imported, waits for a line, sends, and tells what that took in JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

HOST = "127.0.0.1"
SENDER = "courrier@valmont.example"
SAMPLE_READER = b"lecteur0@valmont.example"


class Course:
    """The arguments, and one message a reader."""

    def __init__(self) -> None:
        port, messages, connections, sample = sys.argv[1:5]
        self.port, self.messages, self.connections = int(port), int(messages), int(connections)
        self.sample = Path(sample).read_bytes()
        self._pieces = self.sample.split(SAMPLE_READER)

    def reader(self, number: int) -> str:
        return f"lecteur{number}@valmont.example"

    def spliced(self, number: int) -> bytes:
        """The finished message of this reader: their address put between fixed pieces."""
        return self.reader(number).encode().join(self._pieces)


def tell(run: Callable[[], None], messages: int) -> None:
    """Run when told to, and say what it took."""
    print("ready", flush=True)
    sys.stdin.readline()
    before, started = _processor(), perf_counter()
    run()
    took = {
        "sent": messages,
        "wall": perf_counter() - started,
        "processor": _processor() - before,
        "memory": _peak(),
    }
    print(json.dumps(took))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> int | None:
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else []:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
