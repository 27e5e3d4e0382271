"""A Postfix of the test's own: its configuration, queue, port and log under one folder in /tmp.

It knows nothing of the machine's own Postfix and leaves it alone. Mail for valmont.example goes
into Maildirs, one a known mailbox; every other mailbox of that domain is refused at RCPT.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "valmont.example"
OWNER = 65534  # nobody, who owns the Maildirs: Postfix never delivers as root
START_SECONDS = 15.0

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
myhostname = mx.{domain}
mydestination =
myorigin = {domain}
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost =
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
alias_maps =
alias_database =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtputf8_enable = yes
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/config/mailboxes
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner}
virtual_minimum_uid = {owner}
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running Postfix that takes mail on `port` of 127.0.0.1."""

    folder: Path
    port: int

    def mailbox(self, local: str) -> list[Path]:
        """The mails that have arrived, whole, for a local part."""
        return sorted((self.folder / "mail" / local / "new").glob("*"))

    @property
    def log(self) -> str:
        """What it wrote until now."""
        file = self.folder / "log" / "mail.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""


def until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Wait for `condition`, at most so long; `what` explains the failure."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)


@contextmanager
def running_postfix(program: Path, mailboxes: Iterable[str]) -> Iterator[Postfix]:
    """A Postfix with these local parts as its mailboxes, stopped and removed afterwards."""
    # Not under pytest's own folder, which is closed to the user that Postfix runs as.
    folder = Path(tempfile.mkdtemp(prefix="newsletter-postfix-"))
    try:
        folder.chmod(0o755)
        postfix = Postfix(folder, _free_port())
        _configure(postfix, mailboxes)
        # In the foreground, so that it cannot outlive us unseen.
        with (folder / "start.log").open("wb") as output:
            launcher = subprocess.Popen(
                [program, "-c", folder / "config", "start-fg"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={"PATH": os.defpath + ":/usr/sbin:/sbin", "LANG": "C"},
                start_new_session=True,
            )
        try:
            until(
                lambda: launcher.poll() is not None or _answers(postfix.port),
                START_SECONDS,
                lambda: f"Postfix did not start: {_said(postfix)}",
            )
            assert launcher.poll() is None, f"Postfix ended at once: {_said(postfix)}"
            yield postfix
        finally:
            _stop(program, folder, launcher)
    finally:
        shutil.rmtree(folder)


def _configure(postfix: Postfix, mailboxes: Iterable[str]) -> None:
    folder = postfix.folder
    for name in ("config", "queue", "data", "log", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", OWNER, OWNER)
    config = folder / "config"
    (config / "main.cf").write_text(MAIN.format(folder=folder, domain=DOMAIN, owner=OWNER))
    (config / "master.cf").write_text(MASTER.format(port=postfix.port))
    known = "".join(f"{local}@{DOMAIN} {local}/\n" for local in mailboxes)
    (config / "mailboxes").write_text(known, encoding="utf-8")


def _stop(program: Path, folder: Path, launcher: subprocess.Popen[bytes]) -> None:
    """Stop this very instance, by the pid that it wrote down, and wait until it is gone."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run([program, "-c", folder / "config", "stop"], capture_output=True, timeout=10)
        launcher.wait(10)
    if launcher.poll() is None:
        os.killpg(launcher.pid, signal.SIGKILL)  # a session of its own: nobody else is in it
        launcher.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(4) == b"220 "
    except OSError:
        return False


def _said(postfix: Postfix) -> str:
    return (postfix.folder / "start.log").read_text("utf-8", "replace") + postfix.log
