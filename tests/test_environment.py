"""What a newcomer without the right Python is told, and what a test without its tool does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# An old Python that answers only the two questions it is asked: "which are you?", "new enough?".
OLD = '#!/bin/sh\ncase "$*" in *print*) echo 3.9 ;; *) exit 1 ;; esac\n'
# A new one as Debian ships it without python3-venv.
BARE = f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n'
WHOLE = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'


class Machine:
    """A machine that has a shell and only the Pythons that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder

    def put(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        return path

    def environment(self, wanted: str, **settings: str) -> subprocess.CompletedProcess[str]:
        shell = shutil.which("sh")
        assert shell is not None
        return subprocess.run(
            [shell, ROOT / "tools" / "environment", wanted],
            cwd=self.bin,  # no .venv is there, and none may be left there
            env={"PATH": str(self.bin), **settings},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def complaint(self, **settings: str) -> str:
        done = self.environment("run", **settings)
        assert done.returncode == 1
        assert done.stdout == ""
        assert not (self.bin / ".venv").exists()
        (line,) = done.stderr.splitlines()
        return line


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_python_one_line_names_the_debian_packages(machine: Machine) -> None:
    assert "there is no python3" in machine.complaint()
    assert machine.complaint().endswith("sudo apt install python3 python3-venv")


def test_an_old_python_is_named_with_its_version(machine: Machine) -> None:
    machine.put("python3", OLD)
    assert "python3 is 3.9" in machine.complaint()
    assert "sudo apt install python3 python3-venv" in machine.complaint()


def test_without_venv_one_line_names_its_debian_package(machine: Machine) -> None:
    machine.put("python3", BARE)
    assert machine.complaint().endswith("sudo apt install python3-venv")


def test_a_newer_python_is_found_beside_an_old_one(machine: Machine) -> None:
    machine.put("python3", OLD)
    machine.put("python3.13", BARE)
    newer = machine.put("python3.12", WHOLE)
    assert machine.environment("python").stdout.strip() == str(newer)


def test_a_python_that_was_asked_for_is_not_replaced_by_another(machine: Machine) -> None:
    machine.put("python3", WHOLE)
    old, bare = machine.put("old", OLD), machine.put("bare", BARE)
    assert f"PYTHON={old} is Python 3.9" in machine.complaint(PYTHON=str(old))
    assert "python3-venv" in machine.complaint(PYTHON=str(bare))
    assert "does not run" in machine.complaint(PYTHON="/nowhere/python3")


def test_a_missing_tool_skips_a_test_and_fails_it_in_ci(
    needs_tool: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="sudo apt install chromium"):
        needs_tool("chromium")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="sudo apt install chromium"):
        needs_tool("chromium")


def test_a_tool_that_is_there_is_found(
    needs_tool: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    chromium = Machine(tmp_path).put("chromium", WHOLE)
    assert needs_tool("chromium") == chromium
