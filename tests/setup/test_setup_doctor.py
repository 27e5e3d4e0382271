"""`doctor`: each thing that can be wrong is seen to be so, with its remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver
import pytest
from click.testing import CliRunner

from newsletter.cli import main
from newsletter.setup.domains import examine_domain
from newsletter.setup.findings import Level

Examine = Callable[..., dict[str, list[tuple[str, str]]]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    CliRunner().invoke(
        main, ["init", "--yes", "--from", "News <news@valmont.example>"], catch_exceptions=False
    )
    return tmp_path


def doctor(*, status: int) -> dict[str, list[tuple[str, str]]]:
    """Level and text of what was found, by area."""
    done = CliRunner().invoke(main, ["--json", "doctor", "--offline"], catch_exceptions=False)
    assert done.exit_code == status, done.output
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in json.loads(done.stdout):
        found.setdefault(finding["area"], []).append((finding["level"], finding["text"]))
    return found


def test_a_fresh_newsletter_is_well(folder: Path) -> None:
    found = doctor(status=0)
    assert {level for lines in found.values() for level, _ in lines} == {"good", "unsure"}
    assert "unsubscribe by HTTPS" in found["mailbox"][0][1]
    assert found["senders"] == [("unsure", "none is running: mail waits")]
    assert found["ticker"] == [
        ("unsure", "none is running: nothing is collected, and no issue is made")
    ]


def test_people_see_marks_and_remedies(folder: Path) -> None:
    (folder / "keys.toml").chmod(0o644)
    done = CliRunner().invoke(main, ["doctor", "--offline"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "✗ keys" in done.stdout
    assert "→ run 'newsletter run'" in done.stdout
    assert done.stderr == "error: 1 thing must be mended (see ✗ above)\n"


def test_every_mistake_of_the_config_is_a_finding(folder: Path) -> None:
    (folder / "config.toml").write_text('base_url = "x"\ncolour = "red"\n')
    assert [level for level, _ in doctor(status=1)["config"]] == ["bad", "bad"]


def test_another_key_file_is_noticed(folder: Path) -> None:
    path = folder / "keys.toml"
    text = path.read_text()
    secret = text.partition('secret = "')[2][:64]
    path.write_text(text.replace(secret, secret[::-1]))
    assert "key 'k1' is another one" in doctor(status=1)["keys"][0][1]


def test_a_missing_database_is_a_finding(folder: Path) -> None:
    (folder / "newsletter.db").unlink()
    assert "does not exist" in doctor(status=1)["database"][0][1]
    assert not (folder / "newsletter.db").exists()  # to look does not make it


def test_a_file_that_is_no_database_is_a_finding(folder: Path) -> None:
    (folder / "newsletter.db").write_bytes(b"not a database, but long enough to be looked at" * 40)
    assert doctor(status=1)["database"][0][0] == "bad"


def test_a_public_address_without_tls_is_worth_a_word(folder: Path) -> None:
    path = folder / "config.toml"
    public = path.read_text().replace("http://localhost:8025", "http://news.valmont.example")
    path.write_text(public.replace("# privacy_url", "privacy_url"))
    assert any("RFC 8058" in text for _, text in doctor(status=0)["config"])


class FakeDns:
    """Answers of a DNS server by name and kind; what is not here does not exist."""

    def __init__(self, records: Mapping[tuple[str, str], list[str]]) -> None:
        self.records = records

    def __call__(self, name: str, kind: str, **_: Any) -> list[Any]:
        found = self.records.get((name, kind))
        if found is None:
            raise dns.resolver.NoAnswer(response=_Nothing())
        return [_Record(text) for text in found]


class _Nothing:
    question = ()


class _Record:
    def __init__(self, text: str) -> None:
        self.strings = (text[:5].encode(), text[5:].encode())
        self.text = text

    def __str__(self) -> str:
        return self.text


def levels(domain: str) -> list[tuple[Level, str]]:
    return [(f.level, f.text) for f in examine_domain(domain, "weekly", network=True)]


def test_a_domain_with_spf_and_dmarc_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        ("courrier.org", "MX"): ["10 mx.courrier.org."],
        ("courrier.org", "TXT"): ["v=spf1 include:relay.org -all", "other"],
        ("_dmarc.courrier.org", "TXT"): ["v=DMARC1; p=none"],
    }
    monkeypatch.setattr(dns.resolver, "resolve", FakeDns(answers))
    found = levels("courrier.org")
    assert [level for level, _ in found] == [Level.GOOD, Level.GOOD, Level.UNSURE]
    assert "v=spf1 include:relay.org -all" in found[0][1]


def test_a_domain_that_takes_no_mail_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns.resolver, "resolve", FakeDns({}))
    found = levels("courrier.org")
    assert found[0][0] is Level.BAD
    assert "takes no mail" in found[0][1]


def test_without_an_answer_nothing_is_said_to_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> None:
        raise dns.exception.Timeout

    monkeypatch.setattr(dns.resolver, "resolve", silent)
    ((level, text),) = levels("courrier.org")
    assert level is Level.UNSURE
    assert "could not be checked (no answer)" in text


def test_a_made_up_domain_is_not_looked_up() -> None:
    ((level, text),) = levels("valmont.example")
    assert level is Level.UNSURE
    assert "no domain of the internet" in text
