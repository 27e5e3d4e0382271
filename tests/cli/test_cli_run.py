"""`run` as a real process: its parts, their deaths, its end, and a port that is taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsletter.supervisor import FATAL, PARENT, Supervisor

if TYPE_CHECKING:
    from conftest import Site


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def start(folder: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "newsletter", "run"], cwd=folder, stderr=stream, stdout=stream
        )


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def until(true: object, what: str, seconds: float = 30) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def children(pid: int) -> dict[str, int]:
    """The parts of a supervisor by name."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(path.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            words = path.joinpath("cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if parent == pid and len(words) > 1:
            found[words[-2].decode()] = int(path.name)
    return found


def test_run_does_everything_and_ends_in_good_order(readers: Site, tmp_path: Path) -> None:
    port = free_port()
    readers.configure("# port = 8025", f"port = {port}")
    readers("issue", "create", "weekly", "--queue", "--yes")
    log = tmp_path / "run.log"
    process = start(readers.folder, log)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/"), "the web pages are up")
        until(lambda: len(readers.outbox()) == 3, "the issue is sent")
        # A second one cannot have the port: it says so and stops all of itself.
        second = readers_run(readers)
        assert second.returncode == 1
        lines = [line for line in second.stderr.splitlines() if line.startswith("error:")]
        assert len(lines) == 1
        assert f"cannot listen on 127.0.0.1:{port}" in lines[0]
        assert "Traceback" not in second.stderr
        assert "web pages at" not in second.stderr

        worker = children(process.pid)["worker"]
        os.kill(worker, signal.SIGKILL)
        until(lambda: children(process.pid).get("worker", worker) != worker, "it is started again")
    finally:
        process.terminate()
        assert process.wait(40) == 0, log.read_text()
    told = log.read_text()
    assert "worker 1 ended by signal 9: started again" in told
    assert f"(listening on http://127.0.0.1:{port})" in told
    assert "server process" not in told
    assert told.splitlines()[-1] == "stopped"
    assert not answers(f"http://127.0.0.1:{port}/")


def readers_run(site: Site) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newsletter", "run"],
        cwd=site.folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_parts_end_when_their_supervisor_was_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    part = script(
        "import os, pathlib, time\n"
        "from newsletter.supervisor import end_with_parent\n"
        "assert end_with_parent()\n"
        f"pathlib.Path({str(tmp_path / 'new')!r}).write_text(str(os.getpid()))\n"
        f"os.rename({str(tmp_path / 'new')!r}, {str(pid_file)!r})\n"
        "time.sleep(60)"
    )
    code = f"from newsletter.supervisor import Supervisor\nSupervisor([('part', {part!r})]).run()"
    process = subprocess.Popen([sys.executable, "-c", code])
    until(pid_file.exists, "the part runs")
    pid = pid_file.read_text()
    process.kill()
    process.wait()

    def gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    until(gone, "the orphan ends by itself")


def test_a_supervisor_needs_a_config_without_mistakes(site: Site) -> None:
    site.configure('base_url = "http', 'base_url = "gopher')
    assert "config.toml: 1 mistake" in site.error("run")


def script(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def test_a_part_that_cannot_start_ends_them_all() -> None:
    forever = script("import time; time.sleep(60)")
    supervisor = Supervisor([("a", forever), ("b", script(f"raise SystemExit({FATAL})"))])
    assert supervisor.run() == 1
    assert all(p.process is None or p.process.poll() is not None for p in supervisor.parts)


def test_a_part_that_is_slow_to_see_that_it_cannot_start_ends_them_all_too() -> None:
    supervisor = Supervisor([("slow", script("import time; time.sleep(60)"))])
    [part] = supervisor.parts
    supervisor._look_after(part, 0.0)
    assert part.process is not None
    supervisor._look_after(part, 30.0)  # a busy machine: it has got nowhere yet
    _end_with(part.process, FATAL)
    supervisor._look_after(part, 30.1)
    assert supervisor.status == 1


def test_a_part_that_lived_is_started_again_whatever_it_ends_with() -> None:
    supervisor = Supervisor([("old", script("import time; time.sleep(60)"))])
    [part] = supervisor.parts
    supervisor._look_after(part, 0.0)
    assert part.process is not None
    supervisor._look_after(part, 61.0)
    _end_with(part.process, FATAL)
    supervisor._look_after(part, 61.1)
    assert supervisor.status == 0
    assert part.again_at == pytest.approx(62.1)


def _end_with(process: subprocess.Popen[bytes], code: int) -> None:
    process.kill()
    process.wait()
    process.returncode = code


def test_a_part_that_crashes_at_once_is_started_again(tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    part = script(
        "import pathlib\n"
        f"crashed = pathlib.Path({str(crashed)!r})\n"
        f"if crashed.exists(): raise SystemExit({FATAL})  # which ends this test\n"
        "crashed.touch()\n"
        "raise ValueError('a bug')"
    )
    supervisor = Supervisor([("buggy", part)])
    assert supervisor.run() == 1
    assert supervisor.parts[0].deaths == 1


def test_only_a_supervisor_sees_the_status_of_an_expected_error(site: Site) -> None:
    command = [sys.executable, "-m", "newsletter", "--config", "nowhere.toml", "worker"]
    by_hand = subprocess.run(command, cwd=site.folder, check=False, capture_output=True)
    assert by_hand.returncode == 1
    looked_after = {**os.environ, PARENT: str(os.getpid())}
    part = subprocess.run(
        command, cwd=site.folder, check=False, capture_output=True, env=looked_after
    )
    assert part.returncode == FATAL


def test_a_second_signal_kills_what_will_not_end(tmp_path: Path) -> None:
    deaf = script(
        "import signal, time, pathlib\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(tmp_path / 'up')!r}).touch()\n"
        "time.sleep(60)"
    )
    code = (
        "from newsletter.supervisor import Supervisor\n"
        f"raise SystemExit(Supervisor([('deaf', {deaf!r})]).run())"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    until((tmp_path / "up").exists, "the part runs")
    process.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.terminate()
    assert process.wait(10) == 0
