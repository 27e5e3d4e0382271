"""The wheel: what is in it, and that it works far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from newsletter import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `pip wheel` would, without network: hatchling is in the lock file."""
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment that has the wheel, and not the checkout.

    Its dependencies are those of the present environment, by a .pth file: Python adds that folder
    to the path, but does not read the .pth files inside it, so the editable install stays unseen.
    """
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    here = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    (Path(site) / "dependencies.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
    # Through that file pip sees the editable install, and must not take it for one to be replaced.
    options = ["--quiet", "--no-index", "--no-deps", "--ignore-installed"]
    _run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], folder)
    return folder / "bin"


def _run(command: Sequence[str | Path], folder: Path) -> str:
    """What the command prints; if it fails, the test fails with all that it said."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "NEWSLETTER_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def test_the_wheel_carries_every_template(names: set[str]) -> None:
    templates = {
        f"newsletter/_templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert templates
    assert templates <= names


def test_the_wheel_carries_both_packages_with_their_types_and_migrations(names: set[str]) -> None:
    assert {"newsletter/py.typed", "subscribers/py.typed"} <= names
    for package in ("newsletter", "subscribers"):
        modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")}
        assert modules <= names
    assert any(name.startswith("newsletter/migrations/versions/") for name in names)


def test_the_wheel_carries_its_licence_and_nothing_of_the_workshop(names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"newsletter", "subscribers", f"newsletter_publisher-{__version__}.dist-info"}


def test_the_installed_package_is_the_wheel_and_not_the_checkout(
    elsewhere: Path, tmp_path: Path
) -> None:
    show = "import newsletter, subscribers; print(newsletter.__file__, subscribers.__file__)"
    for shown in _run([elsewhere / "python", "-c", show], tmp_path).split():
        assert Path(shown).is_relative_to(elsewhere.parent)


def test_the_installed_command_tells_its_version(elsewhere: Path, tmp_path: Path) -> None:
    assert __version__ in _run([elsewhere / "newsletter", "--version"], tmp_path)


@pytest.mark.long
def test_the_demo_runs_from_the_wheel_in_an_empty_folder(elsewhere: Path, tmp_path: Path) -> None:
    assert _run([elsewhere / "newsletter", "demo", "--no-wait"], tmp_path)
