"""One reader after the other leaves by the pages of `newsletter web`, and how long each waited."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from newsletter.installation import open_installation
from newsletter.jobs.imprint import links_of
from newsletter.mail.slots import SlotName
from newsletter.supervisor import command

HOST = "127.0.0.1"
BETWEEN = 0.03  # seconds from one reader who leaves to the next


@dataclass
class Clicks:
    """What readers saw who left."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def late(self) -> float:
        """What 99 of 100 waits stay under."""
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def served(folder: Path, port: int) -> Iterator[None]:
    """The pages of the installation in `folder`, which is set to that port."""
    web = subprocess.Popen(
        command("--config", str(folder / "config.toml"), "--quiet", "web"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection((HOST, port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise SystemExit("the web face did not start")
        yield
    finally:
        web.terminate()
        web.wait(30)


def click_while(folder: Path, port: int, ids: Iterator[int], goes_on: Callable[[], bool]) -> Clicks:
    """Readers leave by one click each, the subscriptions of `ids`, as long as `goes_on`; one does
    in any case."""
    inst = open_installation(folder / "config.toml")
    links, seen = links_of(inst), Clicks()
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=60) as client:
        while not seen.seconds or goes_on():
            number = next(ids)
            slots = links.issue_slots(subscription_id=number, issue_id=1, variant_id=1)
            path = urlsplit(slots[SlotName.UNSUBSCRIBE]).path
            # Each from an address of its own, or the limit for one would be measured.
            from_ = {"X-Forwarded-For": str(ipaddress.ip_address(10 << 24 | number))}
            started = time.perf_counter()
            answer = client.post(path, data={"List-Unsubscribe": "One-Click"}, headers=from_)
            seen.seconds.append(time.perf_counter() - started)
            seen.failed += answer.status_code != httpx.codes.OK
            time.sleep(BETWEEN)
    inst.close()
    return seen
