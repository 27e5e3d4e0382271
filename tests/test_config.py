"""config.toml: every mistake at once, each with its key; secrets never shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.config import Config, Tls, load_config, parse_config
from newsletter.config_retention import CONFIRM_DAYS
from newsletter.errors import ConfigError
from subscribers.tokens import LIFETIMES, Purpose

GOOD = 'base_url = "https://news.example.org"\nsite.privacy_url = "https://example.org/p"\n'
CANARY = "canary-7d1f"


def parsed(text: str, folder: Path = Path("/srv/news")) -> Config:
    return parse_config(GOOD + text, folder)


def test_all_mistakes_are_told_at_once_each_with_its_key() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(
            'base_url = "news"\nwhat = 1\n[site]\ntimezone = "Mars/Base"\nlanguage = "French!"\n'
            '[[relays]]\nname = "Main Relay"\nhost = "smtp.example.org"\nport = 99999\n',
            Path("/srv"),
        )
    keys = [line.partition(":")[0] for line in caught.value.mistakes]
    assert keys == [
        "base_url", "site.language", "site.timezone", "relays[1].name", "relays[1].port", "what",
    ]  # fmt: skip


def test_no_mistake_shows_the_value_of_a_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(
            f'[[relays]]\nname = "a"\nhost = "smtp.example.org"\npassword = "{CANARY}"\n'
            f'password_env = "{CANARY}"\n'
        )
    assert CANARY not in str(caught.value)


def test_a_config_does_not_show_its_password() -> None:
    config = parsed(
        '[[relays]]\nname = "a"\nhost = "smtp.example.org"\nusername = "u"\n'
        f'password = "{CANARY}"\n'
    )
    assert CANARY not in repr(config)
    assert CANARY not in config.model_dump_json()
    assert config.relays[0].secret() == CANARY


def test_secrets_come_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(CANARY + "\n")
    monkeypatch.setenv("RELAY_SECRET", CANARY)
    relay = '[[relays]]\nname = "a"\nhost = "smtp.example.org"\nusername = "u"\n'
    from_file = parsed(relay + 'password_file = "secret"\n', tmp_path)
    from_environment = parsed(relay + 'password_env = "RELAY_SECRET"\n', tmp_path)
    assert from_file.relays[0].secret() == from_environment.relays[0].secret() == CANARY
    monkeypatch.delenv("RELAY_SECRET")
    with pytest.raises(ConfigError, match="RELAY_SECRET is not set"):
        from_environment.relays[0].secret()


def test_a_password_is_refused_where_it_would_travel_in_the_open() -> None:
    with pytest.raises(ConfigError, match="starttls"):
        parsed(
            '[[relays]]\nname = "a"\nhost = "smtp.example.org"\ntls = "none"\nusername = "u"\n'
            'password = "p"\n'
        )


@pytest.mark.parametrize(
    ("host", "connections", "rate"), [("smtp.example.org", 4, 10.0), ("127.0.0.1", 10, None)]
)
def test_a_relay_without_a_rate_is_careful_unless_it_is_local(
    host: str, connections: int, rate: float | None
) -> None:
    (relay,) = parsed(f'[[relays]]\nname = "a"\nhost = "{host}"\n').relays
    assert relay.effective_connections == connections
    assert relay.effective_rate == rate
    assert relay.tls is Tls.STARTTLS
    assert relay.effective_port == 587


def test_a_relay_has_limits_of_its_own() -> None:
    (relay,) = parsed(
        '[[relays]]\nname = "a"\nhost = "smtp.example.org"\nweight = 0\nper_minute = 300\n'
        "per_hour = 5000\nper_day = 50000\nwarm_up = [50, 100, 100]\nreserve = 0.5\n"
        "pipelining = false\n"
    ).relays
    assert (relay.per_minute, relay.per_hour, relay.per_day) == (300, 5000, 50_000)
    assert (relay.warm_up, relay.reserve, relay.weight) == ((50, 100, 100), 0.5, 0)
    assert relay.effective_rate == 10  # until a rate is set
    assert not relay.pipelining


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("weight = -1", "greater than or equal to 0"),
        ("rate = 0", "greater than 0"),
        ("rate = inf", "finite"),
        ("per_minute = 0", "greater than or equal to 1"),
        ("per_hour = 1.5", "integer"),
        ('per_day = "many"', "integer"),
        ("warm_up = []", "[50, 100, 500]"),
        ("warm_up = [0, 10]", "[50, 100, 500]"),
        ("warm_up = [50, 40]", "[50, 100, 500]"),
        ("warm_up = 50", "[50, 100, 500]"),
        ('warm_up = ["some", "more"]', "[50, 100, 500]"),
        ("reserve = 0.6", "between 0 and 0.5"),
        ("reserve = nan", "between 0 and 0.5"),
        ('pipelining = "sometimes"', "boolean"),
    ],
)
def test_a_mistake_in_a_limit_is_told_with_its_key(line: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(f'[[relays]]\nname = "a"\nhost = "smtp.example.org"\n{line}\n')
    [mistake] = caught.value.mistakes
    assert mistake.startswith(f"relays[1].{line.partition(' ')[0]}: ")
    assert expected in mistake


def test_paths_start_where_the_file_lies() -> None:
    config = parsed('[[relays]]\nname = "box"\nkind = "outbox"\n')
    assert config.keys == Path("/srv/news/keys.toml")
    assert config.relays[0].folder == Path("/srv/news/outbox")
    assert config.database == "sqlite:////srv/news/newsletter.db"


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="newsletter init"):
        load_config(tmp_path / "config.toml")


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("base_url = \n")
    with pytest.raises(ConfigError, match=r"config\.toml.*\n.*not TOML.*line 1"):
        load_config(tmp_path / "config.toml")


@pytest.mark.parametrize("url", ["http://localhost:8025", "http://127.0.0.1", "http://[::1]:80"])
def test_a_local_base_url_is_not_public(url: str) -> None:
    assert not parse_config(f'base_url = "{url}"\n', Path()).is_public
    assert parsed("").is_public


def test_a_document_that_ends_too_soon_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('base_url = "http://localhost"\n[site\n\n"""')
    with pytest.raises(ConfigError, match=r"not TOML.*line \d"):
        load_config(tmp_path / "config.toml")
    (tmp_path / "config.toml").write_text('base_url = "http://localhost"\nx = """never closed\n')
    with pytest.raises(ConfigError, match=r"not TOML.*end of document, line 2\)"):
        load_config(tmp_path / "config.toml")


@pytest.mark.parametrize(
    ("text", "key", "meant"),
    [
        ('[site]\nlanguag = "fr"\n', "site.languag", "language"),
        ('bse_url = "http://localhost"\n', "bse_url", "base_url"),
        ('[[relays]]\nname = "a"\nhst = "b"\n', "relays[1].hst", "host"),
    ],
)
def test_a_key_nearly_right_is_recognised(text: str, key: str, meant: str) -> None:
    head = "" if text.startswith("bse") else 'base_url = "http://localhost"\n'
    with pytest.raises(ConfigError) as caught:
        parse_config(head + text, Path())
    assert f"{key}: is not a key we know (did you mean '{meant}'?)" in caught.value.mistakes


def test_who_was_asked_to_confirm_is_kept_while_the_link_works() -> None:
    assert parsed("[retention]\nnever_confirmed = 8\nlog = 30\n").retention.log == 30
    assert parsed("[retention]\nnever_confirmed = 0\n").retention.never_confirmed == 0
    with pytest.raises(ConfigError, match="never_confirmed"):
        parsed("[retention]\nnever_confirmed = 7\n")
    assert timedelta(days=CONFIRM_DAYS) == LIFETIMES[Purpose.CONFIRM]


def test_a_misspelt_rule_of_retention_is_told_with_the_right_word() -> None:
    with pytest.raises(ConfigError, match="never_invited"):
        parsed("[retention]\nnever_invitd = 10\n")


def test_a_page_on_privacy_is_needed_as_soon_as_readers_reach_the_form() -> None:
    with pytest.raises(ConfigError, match=r"expected 'privacy_url' in \[site\]"):
        parse_config('base_url = "https://news.example.org"\n', Path())
    assert parse_config('base_url = "http://localhost:8025"\n', Path()).site.privacy_url is None
