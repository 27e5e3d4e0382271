"""What holds for every command: help, JSON, statuses, errors as one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from newsletter.cli import main
from newsletter.cli.grammar import Program

if TYPE_CHECKING:
    from conftest import Site


def commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command of the program by its full name."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            below = command.get_command(context, part)
            assert below is not None
            yield from commands(below, f"{name} {part}".strip())
    else:
        yield name, command


ALL = dict(commands(main))


def test_help_lists_every_command_by_theme() -> None:
    text = CliRunner().invoke(main, ["--help"]).output
    assert isinstance(main, Program)
    for theme, names in main.themes.items():
        assert f"{theme}:" in text
        for name in names:
            assert f"\n  {name} " in text


def test_a_summary_fits_on_one_line_of_a_terminal() -> None:
    long = [
        f"{name}: {command.get_short_help_str(200)}"
        for name, command in ALL.items()
        if len(command.get_short_help_str(200)) > 100
    ]
    assert long == []
    context = click.Context(main)
    for name in main.list_commands(context):
        top = main.get_command(context, name)
        assert top is not None
        assert len(top.get_short_help_str(200)) <= 62, name


def test_help_loads_nothing_but_click() -> None:
    probe = (
        "import sys\nfrom newsletter.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'sqlalchemy', 'rich', 'pydantic', 'jinja2', 'httpx', 'fastapi', 'lxml', 'dns'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Content:" in done.stdout


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["lsit", "ls"])
    assert result.exit_code == 2
    assert "no such command: 'lsit' (did you mean 'list'?)" in result.stderr


def test_a_missing_option_is_a_misuse(site: Site) -> None:
    assert "--list" in site("subscriber", "add", "ana@valmont.example", status=2).stderr


def test_the_version_is_told() -> None:
    from newsletter import __version__

    assert CliRunner().invoke(main, ["--version"]).output.strip() == f"newsletter {__version__}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str) -> None:
    text = CliRunner().invoke(main, ["completion", shell]).output
    assert "_NEWSLETTER_COMPLETE" in text


def test_completion_knows_our_nouns_and_verbs() -> None:
    environment = {
        **os.environ,
        "_NEWSLETTER_COMPLETE": "bash_complete",
        "COMP_WORDS": "newsletter issue app",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "newsletter"], env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["plain,approve"]


def test_ctrl_c_ends_with_the_status_that_shells_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Program, "get_command", lambda *_: stopped)
    result = CliRunner().invoke(main, ["list"])
    assert result.exit_code == 130
    assert "Traceback" not in result.output


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Program, "get_command", lambda *_: broken)
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(main, ["list"], catch_exceptions=False)


def test_a_reader_that_goes_away_is_no_error(site: Site) -> None:
    shell = f"'{sys.executable}' -m newsletter article ls | true"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, cwd=site.folder)
    assert done.stderr == ""


READING = [
    ("list", "ls"),
    ("list", "show", "weekly"),
    ("list", "show", "weekly", "--embed"),
    ("schedule", "ls"),
    ("subscriber", "ls"),
    ("subscriber", "show", "ana@valmont.example"),
    ("subscriber", "history", "ana@valmont.example"),
    ("suppression", "ls"),
    ("source", "ls"),
    ("source", "show", "articles"),
    ("source", "check", "articles"),
    ("collect",),
    ("article", "ls"),
    ("article", "ls", "--list", "weekly"),
    ("article", "show", "1"),
    ("article", "explain", "1"),
    ("issue", "preview", "weekly"),
    ("issue", "ls"),
    ("issue", "explain", "weekly"),
    ("deliver",),
    ("relay", "ls"),
    ("relay", "check"),
    ("domain", "ls"),
    ("stats",),
    ("template", "check"),
    ("config", "check"),
    ("config", "show"),
    ("key", "ls"),
    ("db", "upgrade"),
    ("completion", "bash"),
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_json_is_one_document_and_nothing_else(unchanged: Site, arguments: tuple[str, ...]) -> None:
    json.loads(unchanged("--json", *arguments).stdout)
    assert unchanged(*arguments).exit_code == 0  # and as people see it


def test_json_may_stand_after_the_command_too(unchanged: Site) -> None:
    assert json.loads(unchanged("list", "ls", "--json").stdout)[0]["slug"] == "weekly"


def test_config_may_be_named_by_option_or_environment(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "config.toml: 1 mistake" in site.error("list", "ls")
    path = str(site.folder / "config.toml")
    assert "weekly" in site("--config", path, "list", "ls").stdout
    monkeypatch.setenv("NEWSLETTER_CONFIG", path)
    assert "weekly" in site("list", "ls").stdout


def test_terminal_codes_in_a_name_do_not_reach_the_terminal(site: Site) -> None:
    from newsletter.cli.output import plain

    assert plain("a\x1b[2Jb\r") == "a\ufffd[2Jb\ufffd"
    assert plain("a\u202eb\u2066c\x9b") == "a\ufffdb\ufffdc\ufffd"
    assert plain("nº\u00a012\u202f:") == "nº\u00a012\u202f:"


def test_terminal_codes_in_an_error_do_not_reach_the_terminal(site: Site) -> None:
    assert "no such issue: 'a\ufffd[2J\ufffd'" in site.error("issue", "show", "a\x1b[2J\u202e")


def test_sigterm_ends_a_ticker_in_good_order(site: Site) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "ticker"],
        cwd=site.folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "the ticker runs; Ctrl-C ends it\n"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 0, errors
