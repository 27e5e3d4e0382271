"""A made site to try commands on, copied for each test, and the command line as a function."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from newsletter.cli import main

ARTICLE = """\
---
title: {title}
date: 2026-11-{day:02}
---
The market on the square opens again on Saturday. Number {day} tells of the library and the band.
"""


class Site:
    """A folder with a newsletter in it; called with arguments, it runs a command there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runner = CliRunner()

    def __call__(
        self, *arguments: str, status: int = 0, stdin: str | bytes | None = None
    ) -> Result:
        result = self.runner.invoke(main, list(arguments), input=stdin, catch_exceptions=False)
        assert result.exit_code == status, f"{arguments}: {result.output}"
        assert "Traceback" not in result.output
        return result

    def json(self, *arguments: str, status: int = 0) -> Any:
        """The one document on stdout."""
        return json.loads(self("--json", *arguments, status=status).stdout)

    def error(self, *arguments: str, stdin: str | None = None) -> str:
        """The one line of an expected failure."""
        result = self(*arguments, status=1, stdin=stdin)
        lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, result.output
        return lines[0]

    def configure(self, old: str, new: str) -> None:
        """Change config.toml."""
        path = self.folder / "config.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def outbox(self) -> list[str]:
        """The recipients of what was sent, in order."""
        return [
            path.stem.partition("-")[2] for path in sorted((self.folder / "outbox").glob("*.eml"))
        ]


def articles(folder: Path, count: int) -> Path:
    """A folder of Markdown articles, the last one the newest."""
    folder.mkdir(exist_ok=True)
    for day in range(1, count + 1):
        text = ARTICLE.format(title=f"Story {day}", day=day)
        (folder / f"story-{day:02}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def made_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `init --yes` makes, with a folder of seven articles."""
    folder = tmp_path_factory.mktemp("made")
    articles(folder / "articles", 7)
    result = CliRunner().invoke(
        main,
        [
            *("--config", str(folder / "config.toml"), "init", "--yes"),
            *("--feed", str(folder / "articles"), "--site-name", "The Valmont Courier"),
            *("--from", "The Courier <news@valmont.example>", "--language", "en"),
            *("--timezone", "Europe/Paris"),
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def made_readers(made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with three confirmed readers; Bob takes alerts too."""
    folder = tmp_path_factory.mktemp("readers") / "site"
    shutil.copytree(made_site, folder)
    there = Site(folder)
    for name in ("ana", "bob", "eva"):
        alerts = ("--alerts",) if name == "bob" else ()
        there(
            *("--config", str(folder / "config.toml"), "subscriber", "add"),
            *(f"{name}@valmont.example", "--list", "weekly", *alerts),
            *("--confirmed", "--consent", "Signed on paper at the market"),
        )
    return folder


def _copied(made: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    return Site(folder)


@pytest.fixture
def site(made_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return _copied(made_site, tmp_path / "site", monkeypatch)


@pytest.fixture
def readers(made_readers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return _copied(made_readers, tmp_path / "site", monkeypatch)


@pytest.fixture
def unchanged(made_readers: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site with readers itself, for commands that change nothing."""
    monkeypatch.chdir(made_readers)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    return Site(made_readers)


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    monkeypatch.setenv("TZ", "Europe/Paris")
    return Site(tmp_path)


MakeArticles = Callable[[Path, int], Path]


@pytest.fixture
def make_articles() -> MakeArticles:
    return articles
