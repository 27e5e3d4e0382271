"""Keys for DKIM are made, shown, looked up in DNS, and taken along by a backup."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver
import pytest
from click.testing import CliRunner, Result
from test_setup_doctor import FakeDns

from newsletter.cli import main
from newsletter.config import load_config
from newsletter.mail.dkim import load_signers

CREATE = ("dkim", "create", "valmont.example")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    call("init", "--yes", "--from", "News <news@valmont.example>")
    return tmp_path


def call(*arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done


def configured(folder: Path, *options: str) -> list[dict[str, str]]:
    """Make keys and add what is said to config.toml; gives what DNS must say."""
    made = json.loads(call("--json", *CREATE, *options).stdout)
    with (folder / "config.toml").open("a") as config:
        config.write(f"\n{made['config']}\n")
    keys: list[dict[str, str]] = made["keys"]
    return keys


def answer(monkeypatch: pytest.MonkeyPatch, *records: tuple[str, list[str]]) -> None:
    answers = {(name, "TXT"): texts for name, texts in records}
    monkeypatch.setattr(dns.resolver, "resolve", FakeDns(answers))


def test_what_create_says_is_what_the_config_understands(folder: Path) -> None:
    keys = configured(folder, "--ed25519", "--selector", "s1")
    (section,) = load_config(folder / "config.toml").dkim
    assert [key["name"] for key in keys] == [
        "s1._domainkey.valmont.example",
        "s1-ed._domainkey.valmont.example",
    ]
    signers = load_signers([section])
    assert [key.record for key in signers["valmont.example"].keys] == [k["record"] for k in keys]
    for file in section.files.values():
        assert file.parent == folder
        assert file.stat().st_mode & 0o777 == 0o600
    assert "already" in call(*CREATE, "--ed25519", "--selector", "s1").stdout


def test_create_says_what_to_publish_and_changes_nothing_the_second_time(folder: Path) -> None:
    first = call(*CREATE).stdout
    file = folder / "dkim.valmont.example.newsletter.pem"
    pem = file.read_bytes()
    assert first.startswith(f"Made {file}\n")
    strings = re.findall(r'^  "([^"]*)"', first, re.M)
    assert max(map(len, strings)) <= 255
    assert f"\n{''.join(strings)}\n" in first  # the bare value
    assert "newsletter._domainkey.valmont.example. IN TXT (" in first
    tomllib.loads(first[first.index("[[dkim]]") : first.index("\nThen")])
    second = call(*CREATE).stdout
    assert second == first.replace("Made", "Kept")
    assert file.read_bytes() == pem
    assert b"PRIVATE" in pem
    assert "PRIVATE" not in first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a..b",), "error: not a domain: 'a..b' (give one such as example.org)"),
        (("valmont.example", "--selector", "../x"), "error: not a selector: '../x'"),
    ],
)
def test_what_is_no_domain_or_selector_is_refused(
    arguments: tuple[str, ...], message: str, folder: Path
) -> None:
    assert call("dkim", "create", *arguments, status=1).stderr.startswith(message)
    assert list(folder.glob("dkim*")) == []


def test_show_and_check_without_keys_say_so(folder: Path) -> None:
    for verb in ("show", "check"):
        assert "No key" in call("dkim", verb).stderr
        assert json.loads(call("--json", "dkim", verb).stdout) in (
            [],
            {"findings": [], "unanswered": []},
        )


def test_check_passes_when_dns_has_the_very_keys(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = configured(folder, "--ed25519")
    assert keys[0]["record"] in re.sub(r'"\n  "', "", call("dkim", "show").stdout)
    answer(monkeypatch, *((key["name"], [key["record"]]) for key in keys))
    told = call("dkim", "check").stdout
    assert told.count("has our public key") == 2
    answer(monkeypatch, (keys[0]["name"], [keys[0]["record"]]))
    assert "DNS has no key at newsletter-ed." in call("dkim", "check", status=1).stdout


@pytest.mark.parametrize(
    ("change", "said", "level"),
    [
        (lambda r: [r.replace("p=MII", "p=MIX")], "another key", "bad"),
        (lambda r: [r, r], "2 keys", "bad"),
        (lambda _: ["v=DKIM1; k=rsa; p="], "revoked", "bad"),
        (lambda r: [r.replace("k=rsa", "k=ed25519")], "of another kind", "bad"),
        (lambda r: [r.replace("k=rsa", "h=sha1")], "no sha256", "bad"),
        (lambda r: [r.replace("k=rsa", "t=y:s")], "being tested", "unsure"),
        (lambda r: [r.replace("; k=rsa", "").replace("p=M", "p= M ")], "has our public", "good"),
        (lambda r: ["other", r], "has our public", "good"),
    ],
)
def test_what_is_wrong_in_dns_is_told(
    change: Any, said: str, level: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = configured(folder)
    answer(monkeypatch, (key["name"], change(key["record"])))
    done = json.loads(call("--json", "dkim", "check", status=int(level == "bad")).stdout)
    (finding,) = done["findings"]
    assert finding["level"] == level
    assert said in finding["text"]
    assert key["name"] in finding["text"]


def test_a_dns_that_does_not_answer_is_told_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(folder)

    def silent(*_: Any, **__: Any) -> None:
        raise dns.exception.Timeout

    monkeypatch.setattr(dns.resolver, "resolve", silent)
    done = call("dkim", "check", status=1)
    assert "could not be checked (no answer)" in done.stderr
    assert doctor()["dkim"] == [
        ("unsure", "newsletter._domainkey.valmont.example: could not be checked (no answer)")
    ]


def doctor(*, status: int = 0) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in json.loads(call("--json", "doctor", status=status).stdout):
        found.setdefault(finding["area"], []).append((finding["level"], finding["text"]))
    return found


def test_doctor_looks_the_keys_up_and_asks_for_no_test_mail(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = configured(folder)
    answer(monkeypatch)
    assert doctor(status=1)["dkim"][0][0] == "bad"
    answer(monkeypatch, (key["name"], [key["record"]]))
    assert doctor()["dkim"] == [("good", f"{key['name']} has our public key")]
    (folder / "dkim.valmont.example.newsletter.pem").chmod(0o644)
    ((level, text),) = doctor(status=1)["dkim"]
    assert level == "bad"
    assert "is readable by others (run 'chmod 600" in text


def test_a_backup_takes_the_keys_along(folder: Path) -> None:
    configured(folder, "--ed25519")
    call("db", "backup", "copy.db")
    for selector in ("newsletter", "newsletter-ed"):
        copied = folder / f"copy.db.dkim.valmont.example.{selector}.pem"
        original = folder / f"dkim.valmont.example.{selector}.pem"
        assert copied.read_bytes() == original.read_bytes()
        assert copied.stat().st_mode & 0o777 == 0o600
    (folder / "dkim.valmont.example.newsletter.pem").unlink()
    assert "there is no such file" in call("db", "backup", "other.db", status=1).stderr
    assert not (folder / "other.db").exists()


def test_no_command_shows_a_private_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(folder)
    answer(monkeypatch)
    pem = (folder / "dkim.valmont.example.newsletter.pem").read_text()
    secret = pem.splitlines()[5]
    for arguments in (("dkim", "show"), ("config", "show"), ("doctor",), CREATE):
        for options in ((), ("--json",)):
            done = CliRunner().invoke(main, [*options, *arguments])
            assert secret not in done.output, arguments
