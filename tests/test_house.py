"""The plan of the house: which room may know which, and what the first room of all may load.

The rules are read from the syntax trees, so an import inside a function is an arrow like any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("subscribers", "newsletter")
MOST_LINES = 450

# Arrows point down, or to the side where the rooms of a floor form no circle. What is not named
# here is ground floor (calendar, models, database, keys …), so a new module starts with few rights.
FLOORS: Mapping[str, int] = {
    "newsletter.cli": 5,
    "newsletter.web": 5,
    "newsletter.ticker": 5,
    "newsletter.__main__": 5,
    "newsletter.jobs": 4,
    "newsletter.setup": 4,
    "newsletter.collect": 3,
    "newsletter.compose": 3,
    "newsletter.delivery": 3,
    "newsletter.bounces": 3,
    "newsletter.links": 2,
    "newsletter.mail": 2,
}
GROUND = 1

# The foundations, which anyone may import; each with the only others that it may import itself.
FOUNDATIONS: Mapping[str, frozenset[str]] = {
    "subscribers": frozenset(),
    "newsletter": frozenset(),  # the package itself: its name and version
    "newsletter.errors": frozenset(),
    "newsletter.config_values": frozenset({"newsletter.errors"}),
    "newsletter.config_relays": frozenset({"newsletter.errors", "newsletter.config_values"}),
    "newsletter.config_metrics": frozenset({"newsletter.errors", "newsletter.config_values"}),
    "newsletter.config_retention": frozenset({"newsletter.errors", "newsletter.config_values"}),
    "newsletter.config_domains": frozenset({"newsletter.errors", "newsletter.config_values"}),
    "newsletter.config_dkim": frozenset(
        {"newsletter.errors", "newsletter.config_values", "newsletter.config_domains"}
    ),
    "newsletter.config": frozenset(
        {
            "newsletter.errors",
            "newsletter.config_values",
            "newsletter.config_relays",
            "newsletter.config_dkim",
            "newsletter.config_domains",
            "newsletter.config_metrics",
            "newsletter.config_retention",
        }
    ),
}

# Only these rooms know these libraries.
KEEPERS: Mapping[str, frozenset[str]] = {
    "aiosmtplib": frozenset({"newsletter.mail"}),
    "aiosmtpd": frozenset({"newsletter.setup"}),
    "feedparser": frozenset({"newsletter.collect"}),
    "premailer": frozenset({"newsletter.compose"}),
    "apscheduler": frozenset({"newsletter.ticker"}),
    "prometheus_client": frozenset({"newsletter.jobs"}),
    "fastapi": frozenset({"newsletter.web"}),
    "click": frozenset({"newsletter.cli"}),
}

# All that `newsletter --help` may load besides the standard library.
LIGHT = frozenset({"click"})


@dataclass(frozen=True)
class Arrow:
    """One import: from a module to a name, which may be a module or something in it."""

    source: str
    target: str
    line: int
    at_start: bool  # it is executed as soon as the module is loaded

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


class House:
    """Every module of our packages under a folder, and the arrows between them."""

    def __init__(self, root: Path) -> None:
        self.paths: dict[str, Path] = {}
        for package in PACKAGES:
            for path in sorted((root / package).rglob("*.py")):
                parts = path.relative_to(root).with_suffix("").parts
                self.paths[".".join(parts).removesuffix(".__init__")] = path
        self.arrows = [
            arrow for module, path in self.paths.items() for arrow in self._arrows(module, path)
        ]

    def module_of(self, name: str) -> str | None:
        """The module of ours which a dotted name is, or is found in."""
        while name:
            if name in self.paths:
                return name
            name = name.rpartition(".")[0]
        return None

    def _arrows(self, module: str, path: Path) -> Iterator[Arrow]:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        at_start = set(_executed_at_start(tree))
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(tree):
            for target in _targets(node, package):
                yield Arrow(module, target, getattr(node, "lineno", 0), node in at_start)


def _executed_at_start(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _executed_at_start(child)


def _targets(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    """The room a module is in: `newsletter.mail.relay` is in `newsletter.mail`."""
    parts = module.split(".")
    return "subscribers" if parts[0] == "subscribers" else ".".join(parts[:2])


def floor(module: str) -> int:
    return 0 if room(module) in FOUNDATIONS else FLOORS.get(room(module), GROUND)


def arrows_that_point_up(house: House) -> list[str]:
    found = []
    sideways: dict[str, set[str]] = {}
    for arrow in house.arrows:
        target = house.module_of(arrow.target)
        if target is None or room(target) == room(arrow.source):
            continue
        if room(target) in FOUNDATIONS:
            allowed = FOUNDATIONS.get(room(arrow.source))
            if allowed is not None and room(target) not in allowed:
                found.append(f"{arrow}, and may not")
        elif floor(target) > floor(arrow.source):
            found.append(f"{arrow}, which is above it")
        elif floor(target) == floor(arrow.source):
            sideways.setdefault(room(arrow.source), set()).add(room(target))
    try:
        TopologicalSorter(sideways).prepare()
    except CycleError as error:
        found.append(f"rooms in a circle: {' → '.join(error.args[1])}")
    return found


def libraries_outside_their_room(house: House) -> list[str]:
    return [
        str(arrow)
        for arrow in house.arrows
        if (keepers := KEEPERS.get(arrow.target.split(".")[0]))
        and room(arrow.source) not in keepers
    ]


def heavy_starts(house: House, start: str) -> list[str]:
    """What loading every module of `start` also loads, and had better not."""
    waiting = [module for module in house.paths if room(module) == start]
    seen = set(waiting)
    found = []
    while waiting:
        module = waiting.pop()
        for arrow in house.arrows:
            if arrow.source != module or not arrow.at_start:
                continue
            target = house.module_of(arrow.target)
            if target is None:
                library = arrow.target.split(".")[0]
                if library not in LIGHT and library not in sys.stdlib_module_names:
                    found.append(str(arrow))
                continue
            # Loading a module loads the packages around it first.
            parts = target.split(".")
            around = {".".join(parts[: count + 1]) for count in range(len(parts))}
            waiting.extend(around - seen)
            seen |= around
    return sorted(found)


def too_long(house: House) -> list[str]:
    lengths = {
        module: len(path.read_text(encoding="utf-8").splitlines())
        for module, path in house.paths.items()
        if not module.startswith("newsletter.migrations.versions.")  # a record of what was done
    }
    return [f"{module}: {lines} lines" for module, lines in lengths.items() if lines > MOST_LINES]


def without_a_charge(house: House) -> list[str]:
    """Modules whose docstring does not say what they are in charge of; empty ones need none."""
    trees = {module: ast.parse(path.read_bytes()) for module, path in house.paths.items()}
    return [module for module, tree in trees.items() if tree.body and not ast.get_docstring(tree)]


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT)


def test_every_arrow_points_down(house: House) -> None:
    assert len(house.arrows) > 50
    assert arrows_that_point_up(house) == []


def test_each_library_stays_in_its_room(house: House) -> None:
    assert libraries_outside_their_room(house) == []


def test_the_command_line_loads_nothing_heavy_to_show_its_help(house: House) -> None:
    assert heavy_starts(house, "newsletter.cli") == []


def test_no_module_is_too_long(house: House) -> None:
    assert too_long(house) == []


def test_every_module_says_what_it_is_in_charge_of(house: House) -> None:
    assert without_a_charge(house) == []


def built(root: Path, files: Mapping[str, str]) -> House:
    """A made-up house of these modules; the packages around them are made too."""
    for module, text in {"newsletter": "", "subscribers": "", **files}.items():
        folder = root / module.replace(".", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text(text, encoding="utf-8")
    return House(root)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("subscribers.consent", "import newsletter.errors"),
        ("subscribers.consent", "def late() -> None:\n    from newsletter import errors"),
        ("newsletter.errors", "from newsletter import config"),
        ("newsletter.errors", "import subscribers"),
        ("newsletter.config", "from subscribers import consent"),
        ("newsletter.config", "import newsletter.models"),
        ("newsletter.calendar", "from newsletter.mail.slots import Slots"),
        ("newsletter.mail", "from ..delivery import queue"),
        ("newsletter.mail.slots", "from ...jobs import sending"),
        ("newsletter.delivery", "import newsletter.jobs.sending as sending"),
        ("newsletter.jobs", "from newsletter.web import app"),
    ],
)
def test_an_arrow_that_points_up_is_found(tmp_path: Path, source: str, text: str) -> None:
    names = ["errors", "config", "models", "mail.slots", "mail", "delivery", "delivery.queue"]
    names += ["jobs", "jobs.sending", "web"]
    others = dict.fromkeys([f"newsletter.{name}" for name in names], "")
    found = arrows_that_point_up(built(tmp_path, {**others, source: text}))
    assert len(found) == 1
    assert source in found[0]


def test_arrows_that_point_down_are_left_alone(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        {
            "newsletter.cli": "from newsletter.jobs import sending",
            "newsletter.jobs": "sending = 1",
            "newsletter.models": "from subscribers import models",
            "newsletter.database": "from newsletter import models, __version__",
            "subscribers.models": "import sqlalchemy",
        },
    )
    assert arrows_that_point_up(house) == []


def test_rooms_in_a_circle_are_found(tmp_path: Path) -> None:
    files = {
        "newsletter.collect": "import newsletter.compose",
        "newsletter.compose": "import newsletter.bounces",
        "newsletter.bounces": "def late() -> None:\n    import newsletter.collect",
    }
    assert arrows_that_point_up(built(tmp_path / "open", dict(list(files.items())[:2]))) == []
    (circle,) = arrows_that_point_up(built(tmp_path / "closed", files))
    assert "circle" in circle


def test_a_library_outside_its_room_is_found(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        {
            "newsletter.mail": "import aiosmtplib",
            "newsletter.jobs": "def late() -> None:\n    from aiosmtplib import SMTP",
            "newsletter.collect": "import feedparser\nfrom aiosmtpd import smtp",
        },
    )
    assert libraries_outside_their_room(house) == [
        "newsletter.collect:2 imports aiosmtpd.smtp",
        "newsletter.jobs:2 imports aiosmtplib.SMTP",
    ]


def test_a_heavy_start_is_found_however_far_away(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        {
            "newsletter.cli": "import click\nfrom newsletter.jobs import sending",
            "newsletter.cli.issues": "def show() -> None:\n    import rich",
            "newsletter.cli.people": "try:\n    import babel\nexcept ImportError:\n    pass",
            "newsletter.jobs": (
                "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx"
            ),
            "newsletter.jobs.sending": "import json, sqlalchemy.orm",
            "newsletter.web": "import fastapi",
        },
    )
    assert heavy_starts(house, "newsletter.cli") == [
        "newsletter.cli.people:2 imports babel",
        "newsletter.jobs.sending:1 imports sqlalchemy.orm",
    ]


def test_a_long_module_and_one_without_a_charge_are_found(tmp_path: Path) -> None:
    text = "x = 1\n" * (MOST_LINES + 1)
    house = built(tmp_path, {"newsletter.mail": '"""Said."""\n', "newsletter.web": text})
    assert too_long(house) == [f"newsletter.web: {MOST_LINES + 1} lines"]
    assert without_a_charge(house) == ["newsletter.web"]
