"""Two hosts in network namespaces, each with a sender, on one PostgreSQL database; one is lost.

Once its sender is killed in mid-send, and once its cable is pulled, and put back in the end. `make
torture` does both, with 2,000 messages each.

Each host reaches the database and the relay over a cable (veth) of its own, by TCP; nothing else of
this machine is seen there. Needs Linux, root and `ip` (iproute2). Prints what came of it, counted
at the relay; ends with status 1 when the promise about delivery is broken.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Literal, Self, get_args

sys.path.insert(0, str(Path(__file__).parents[1]))

import newsletter_kit as kit
import sqlalchemy as sa
from databases import postgres_server
from smtp_script import PIPELINED, Pause, ScriptedServer

from newsletter.errors import NewsletterError
from newsletter.installation import Installation
from newsletter.jobs import auditing, sending
from newsletter.models import Delivery, DeliveryState, Worker

LEASE = 5.0  # seconds; a busy machine may stand still for two, and no other sender may be lost
CONNECTIONS = 4  # of the relay, over both hosts
PATIENCE = 120.0  # seconds until all must have ended

Loss = Literal["killed", "cut off"]


class NoNamespaces(Exception):
    """This machine cannot make them; the text says why."""


def _ip(*arguments: str) -> None:
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoNamespaces("there is no command 'ip' (install iproute2)") from error
    if done.returncode:
        raise NoNamespaces(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class Host:
    """A network namespace with one cable to us; `ours` is our address at its end."""

    def __init__(self, number: int) -> None:
        tag = os.getpid()
        self.name = f"host{number}-{tag}"
        self._cable = f"h{number}-{tag}"
        base = f"10.{64 + tag % 128}.{tag // 128 % 256}"
        self.ours, theirs = f"{base}.{4 * number + 1}", f"{base}.{4 * number + 2}"
        _ip("netns", "add", self.name)
        try:
            _ip("link", "add", self._cable, "type", "veth", "peer", "cable", "netns", self.name)
            _ip("addr", "add", f"{self.ours}/30", "dev", self._cable)
            _ip("link", "set", self._cable, "up")
            _ip("-n", self.name, "addr", "add", f"{theirs}/30", "dev", "cable")
            self.plug_in()
        except NoNamespaces:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def plug_in(self) -> None:
        _ip("-n", self.name, "link", "set", "cable", "up")
        _ip("-n", self.name, "route", "replace", "default", "via", self.ours)

    def pull_out(self) -> None:
        _ip("-n", self.name, "link", "set", "cable", "down")

    def run(self, *command: str, said: Path) -> subprocess.Popen[bytes]:
        """Run this there, what it says written to a file. Its process id is the command's own."""
        with said.open("wb") as stderr:
            return subprocess.Popen(["ip", "netns", "exec", self.name, *command], stderr=stderr)

    def close(self) -> None:
        with suppress(NoNamespaces):
            _ip("netns", "del", self.name)  # its end of the cable goes with it, and so ours
        with suppress(NoNamespaces):
            _ip("link", "del", self._cable)


@dataclass
class Report:
    """What a run came to."""

    readers: int
    loss: Loss
    open: int = 0  # deliveries the lost host was transmitting
    by_lost: int = 0  # messages the relay took before
    lost: int = 0
    doubled: int = 0
    different: int = 0
    balanced: bool = False
    ended: int | None = None  # the exit status of the sender that was cut off

    @property
    def kept(self) -> bool:
        return (
            self.lost == 0
            and self.different == 0
            and self.balanced
            and self.doubled <= self.open <= 4 * CONNECTIONS
            and self.ended == (-signal.SIGKILL if self.loss == "killed" else 1)
        )

    def __str__(self) -> str:
        return (
            f"{self.readers} messages, one host {self.loss} after {self.by_lost}: lost "
            f"{self.lost}, doubled {self.doubled} (open there: {self.open}), of them different "
            f"{self.different}, {'balanced' if self.balanced else 'NOT BALANCED'}, its sender "
            f"ended with {self.ended}"
        )


def lose_a_host(folder: Path, loss: Loss, readers: int = 400) -> Report:
    """Send one issue from two hosts, lose one of them, and let the other one end it."""
    report = Report(readers, loss)
    with Host(0) as first, Host(1) as second:
        postgres_server().restart(listen=first.ours)
        kit.forget_postgres()
        with ScriptedServer(
            lambda _, verb, __: Pause(0.02) if verb == "." else None,
            extensions=PIPELINED,
            host=first.ours,
        ) as relay:
            inst = _install(folder, first.ours, relay.port, readers)
            running = [_sender(host, folder) for host in (first, second)]
            try:
                _run(inst, relay, running, (first, second), report)
            finally:
                for process in running:
                    with suppress(ProcessLookupError):
                        process.kill()
                    process.wait()
                inst.close()
    return report


def _run(
    inst: Installation,
    relay: ScriptedServer,
    running: list[subprocess.Popen[bytes]],
    hosts: tuple[Host, Host],
    report: Report,
) -> None:
    now = datetime.now(UTC)
    _until(lambda: len(_workers(inst)) == 2, "the senders do not begin")
    kit.frozen_letter(inst, now=now)
    third = report.readers // 3
    # Each looks for work once a second: the one that is lost shall have begun as well.
    _until(
        lambda: len(relay.taken) >= third and _transmitting(inst, running[1].pid) > 0,
        "the senders send nothing",
    )
    report.by_lost = len(relay.taken)
    if report.loss == "killed":
        running[1].kill()
    else:
        hosts[1].pull_out()
    sleep(0.05)  # a COMMIT that PostgreSQL has got already still counts
    report.open = _transmitting(inst, running[1].pid)
    _until(lambda: _all_but_unknown(inst), "the other host does not end it")
    kit.let_time_pass(inst, DeliveryState.UNKNOWN)
    _until(lambda: kit.states(inst) == {"sent": report.readers}, "unknown ones are not tried again")
    if report.loss == "cut off":
        hosts[1].plug_in()
    with suppress(subprocess.TimeoutExpired):
        report.ended = running[1].wait(PATIENCE)
    running[0].send_signal(signal.SIGTERM)
    running[0].wait(PATIENCE)
    copies = relay.by_message_id
    report.lost = report.readers - len(copies)
    report.doubled = sum(relay.doubled.values())
    report.different = sum(len(set(found)) > 1 for found in copies.values())
    report.balanced = auditing.audit_issue(inst, "hebdo/1").balanced


def _install(folder: Path, address: str, port: int, readers: int) -> Installation:
    """As for any test, but with database and relay where the hosts find them."""
    inst = kit.install(folder, "postgresql", port=port, connections=CONNECTIONS, rate=10_000.0)
    now = datetime.now(UTC)
    kit.make_list(inst, now=now)
    kit.add_readers(inst, readers, now=now)
    here = inst.database.url.render_as_string(hide_password=False)
    there = inst.database.url.set(host=address, port=5432, query={})
    config = folder / "config.toml"
    text = config.read_text("utf-8")
    for old, new in (
        (here, there.render_as_string(hide_password=False)),
        ('host = "127.0.0.1"', f'host = "{address}"'),
        ('base_url = "http://localhost:8025"', 'base_url = "https://news.valmont.example"'),
    ):
        assert old in text
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")
    return inst


def _sender(host: Host, folder: Path) -> subprocess.Popen[bytes]:
    said = folder / f"{host.name}.log"
    return host.run(sys.executable, __file__, "send", str(folder), said=said)


def _workers(inst: Installation) -> list[int]:
    with inst.database.read() as session:
        return list(session.scalars(sa.select(Worker.pid).where(Worker.ended_at.is_(None))))


def _transmitting(inst: Installation, pid: int) -> int:
    mine = sa.select(Worker.id).where(Worker.pid == pid)
    query = sa.select(sa.func.count()).where(
        Delivery.worker_id.in_(mine), Delivery.state == DeliveryState.TRANSMITTING
    )
    with inst.database.read() as session:
        return session.scalar(query) or 0


def _all_but_unknown(inst: Installation) -> bool:
    return set(kit.states(inst)) <= {"sent", "unknown"}


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = monotonic() + PATIENCE
    while not holds():
        if monotonic() > deadline:
            raise TimeoutError(otherwise)
        sleep(0.02)


def send(folder: Path) -> int:
    """The life of a host's sender."""
    inst = kit.reopen(folder, lease=LEASE)
    try:
        sending.run_worker(inst)
    except NewsletterError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        inst.close()
    return 0


def main() -> int:
    if sys.argv[1:2] == ["send"]:
        return send(Path(sys.argv[2]))
    logging.disable(logging.WARNING)  # of a host that is lost, and says so
    kept = True
    for loss in get_args(Loss):
        with tempfile.TemporaryDirectory() as folder:
            try:
                report = lose_a_host(Path(folder), loss, 2000)
            except NoNamespaces as error:
                print(f"no network namespaces here, so no second host: {error}")
                return 0
        print(report, flush=True)
        kept &= report.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
