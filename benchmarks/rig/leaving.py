"""Readers who leave while mail goes out at full speed: `newsletter web` answers each click."""

from __future__ import annotations

import ipaddress
import socket
import statistics
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa

from newsletter.installation import Installation, open_installation
from newsletter.jobs.imprint import links_of
from newsletter.mail.slots import SlotName
from newsletter.models import Delivery, DeliveryState
from newsletter.supervisor import command
from rig.house import House, Relay
from rig.measure import python
from rig.race import HERE
from rig.sink import HOST
from subscribers.models import Subscription, SubscriptionState

GOAL = 0.25  # seconds, of 99 of 100
CLIENTS = 4
PAUSE = 0.02  # between a client's answer and its next click


def measure(house: House, folder: Path, relay: Relay) -> None:
    """Send the frozen issue of a copy of `house`, while readers leave, and print what they saw."""
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]
    house.copy(folder, Relay(relay.port, relay.connections, web=port))
    inst = open_installation(folder / "config.toml")
    web = subprocess.Popen(
        command("--config", str(folder / "config.toml"), "--quiet", "web"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port)
        sender = subprocess.Popen(
            python(HERE / "sender.py", folder),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert sender.stdout is not None
        sender.stdout.readline()
        waits, failures = _click_while(inst, port, sender)
    finally:
        web.terminate()
        web.wait(30)
    with inst.database.read() as session:
        left = session.scalar(
            sa.select(sa.func.count()).where(Subscription.state == SubscriptionState.UNSUBSCRIBED)
        )
        sent = session.scalar(
            sa.select(sa.func.count()).where(Delivery.state == DeliveryState.SENT)
        )
        span = sa.select(sa.func.min(Delivery.ended_at), sa.func.max(Delivery.ended_at))
        first, last = session.execute(span).one()
    inst.close()
    seconds = max((last - first).total_seconds(), 1e-3)
    late = sorted(waits)[int(len(waits) * 0.99)]
    verdict = "kept" if late < GOAL and not failures and left == len(waits) else "MISSED"
    print(f"sent beside it              {sent:,} messages, {sent / seconds:,.0f}/s")
    print(f"unsubscribe POSTs           {len(waits):,} in {seconds:.1f} s; {failures} failed")
    print(f"unsubscribe, p50            {statistics.median(waits) * 1000:.0f} ms")
    print(f"unsubscribe, p99 (slowest)  {late * 1000:.0f} ms ({max(waits) * 1000:.0f} ms); "
          f"goal {GOAL * 1000:.0f} ms, none fails: {verdict}")  # fmt: skip


def _click_while(
    inst: Installation, port: int, sender: subprocess.Popen[str]
) -> tuple[list[float], int]:
    """How long each click took while `sender` ran, in seconds, and how many were not answered."""
    with inst.database.read() as session:
        last_first = sa.select(Subscription.id).order_by(Subscription.id.desc())
        ids = iter(session.scalars(last_first).all())
    links, lock = links_of(inst), threading.Lock()
    waits: list[float] = []
    failures = 0

    def click() -> None:
        nonlocal failures
        with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=60) as client:
            while sender.poll() is None:
                with lock:
                    number = next(ids)
                slots = links.issue_slots(subscription_id=number, issue_id=1, variant_id=1)
                path = urlsplit(slots[SlotName.UNSUBSCRIBE]).path
                # Each from an address of its own, or the limit for one would be measured.
                from_ = {"X-Forwarded-For": str(ipaddress.ip_address(10 << 24 | number))}
                started = time.perf_counter()
                answer = client.post(path, data={"List-Unsubscribe": "One-Click"}, headers=from_)
                taken = time.perf_counter() - started
                with lock:
                    waits.append(taken)
                    failures += answer.status_code != httpx.codes.OK
                time.sleep(PAUSE)

    assert sender.stdin is not None
    sender.stdin.write("\n")
    sender.stdin.flush()
    clients = [threading.Thread(target=click) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    sender.communicate()
    for client in clients:
        client.join()
    return waits, failures


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the web face did not start")
