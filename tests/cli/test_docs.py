"""Every command has help and is documented; every key of the config stands in the example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel
from test_cli_grammar import ALL

from newsletter.cli import main
from newsletter.config import Config, DkimConfig, DomainConfig, RelayConfig, parse_config
from newsletter.setup.writing import EXAMPLE, config_text

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
CONFIG = (ROOT / "config.example.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_and_is_documented(name: str) -> None:
    command = ALL[name]
    assert command.help
    assert len(command.help.split()) >= 3, name
    heading = re.compile(rf"^#+ .*`newsletter {re.escape(name)}( [^`]*)?`", re.M)
    assert heading.search(COMMANDS), f"docs/commands.md says nothing of 'newsletter {name}'"


@pytest.mark.parametrize("name", ALL)
def test_help_fits_a_terminal_of_80_columns(name: str) -> None:
    text = CliRunner().invoke(main, [*name.split(), "--help"], terminal_width=80).output
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", ALL)
def test_every_option_has_help_and_is_documented(name: str) -> None:
    start = re.search(rf"^#+ .*`newsletter {re.escape(name)}( [^`]*)?`", COMMANDS, re.M)
    assert start
    following = re.compile(r"^#+ ", re.M).search(COMMANDS, start.end())
    section = COMMANDS[start.start() : following.start() if following else None]
    for parameter in ALL[name].params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            option = max(parameter.opts, key=len)
            assert parameter.help, f"{option} of 'newsletter {name}' has no help"
            if option in ("--yes", "--help"):
                continue  # the same everywhere, told once
            assert option in section, f"{option} of 'newsletter {name}'"


def test_no_documented_command_is_missing() -> None:
    for found in re.findall(r"^#+ .*`newsletter ([a-z ]+?)(?: [^a-z`][^`]*)?`", COMMANDS, re.M):
        assert found in ALL or any(name.startswith(found + " ") for name in ALL), found


def keys(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def test_every_key_of_the_config_is_in_the_example() -> None:
    written = set(re.findall(r"^(?:# )?([a-z0-9_]+) = ", CONFIG, re.M))
    sections = {"site", "web", "sending", "collecting", "signup", "retention", "metrics"}
    for name in sections:
        annotation = Config.model_fields[name].annotation
        assert isinstance(annotation, type)
        assert keys(annotation) - written == set(), f"[{name}]"
        assert f"[{name}]" in CONFIG
    assert keys(RelayConfig) - written == set()
    assert keys(DomainConfig) - written == set()
    assert keys(DkimConfig) - written == set()
    assert keys(Config) - written - sections - {"relays", "domains", "dkim", "folder"} == set()


def test_the_example_is_what_init_writes_and_has_no_mistake(tmp_path: Path) -> None:
    assert config_text(EXAMPLE) == CONFIG
    config = parse_config(CONFIG, tmp_path)
    assert config.site.name == EXAMPLE.site_name
    assert config.is_public
    assert config.relays[0].username == EXAMPLE.relay.username


def test_what_the_example_comments_out_is_the_default_or_a_possible_value(tmp_path: Path) -> None:
    """Every commented key, taken in, is understood."""
    text = CONFIG.replace('# password = "…"  # or:\n', "").replace(
        '# password_env = "RELAY_PASSWORD"\n', ""
    )
    text = text.replace('# token_env = "METRICS_TOKEN"\n', "")
    whole = re.sub(r"^# (?=(\[\[[a-z]+\]\]$|[a-z0-9_]+ = ))", "", text, flags=re.M)
    tomllib.loads(whole)
    config = parse_config(whole, tmp_path)
    assert [relay.name for relay in config.relays] == ["main", "second"]
