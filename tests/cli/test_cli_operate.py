"""What an operator does: config, keys, relays, backups and their return, numbers."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from smtp_script import ScriptedServer

if TYPE_CHECKING:
    from conftest import Site

CANARY = "canary-5ecret"


def test_config_check_says_all_mistakes_at_once_each_with_its_key(site: Site) -> None:
    site.configure('base_url = "http://localhost:8025"', 'base_url = "nowhere"\ncolour = "red"')
    site.configure('timezone = "Europe/Paris"', 'timezone = "Mars/Olympus"')
    done = site("config", "check", status=1)
    lines = done.stderr.splitlines()
    assert lines[0] == "error: config.toml: 3 mistakes"
    assert "base_url: expected an address such as https://news.example.org" in done.stderr
    assert "colour: is not a key we know (see config.example.toml)" in done.stderr
    assert "site.timezone: expected an IANA time zone such as Europe/Paris" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_secret_is_ever_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    relay = f'name = "main"\nhost = "127.0.0.1"\nport = 9\nusername = "u"\npassword = "{CANARY}"\n'
    site.configure("# tls: ", f'[[relays]]\n{relay}tls = "none"\n# tls: ')
    monkeypatch.setenv("NEWSLETTER_DATABASE", f"postgresql://user:{CANARY}@127.0.0.1:9/none")
    shown = site("config", "show")
    assert "relays[2].password = •••" in shown.stdout
    assert "user:***@127.0.0.1" in shown.stdout
    for arguments in (("config", "show", "--json"), ("list", "ls"), ("doctor",), ("relay", "ls")):
        done = site.runner.invoke(site_main(), list(arguments))
        assert CANARY not in shown.output + done.output, arguments


def site_main() -> object:
    from newsletter.cli import main

    return main


def test_a_password_that_cannot_be_read_is_a_mistake_of_the_config(site: Site) -> None:
    site.configure(
        'name = "outbox"\nkind = "outbox"  # keeps each mail as a file, and sends nothing\n',
        'name = "m"\nhost = "127.0.0.1"\nusername = "u"\npassword_file = "gone"\n',
    )
    done = site("config", "check", status=1)
    assert "password_file: cannot read" in done.stderr


def test_rotated_keys_stay_and_the_new_one_signs(site: Site) -> None:
    assert "--yes" in site.error("key", "rotate")
    site("key", "rotate", "--yes")
    assert [(k["id"], k["signs"]) for k in site.json("key", "ls")] == [("k1", False), ("k2", True)]
    assert "✓ keys" in site("doctor", "--offline").stdout


def test_keys_open_to_others_are_refused(readers: Site) -> None:
    (readers.folder / "keys.toml").chmod(0o644)
    assert "is readable by others (run 'chmod 600" in readers("key", "ls", status=1).stderr
    assert "✗ keys" in readers("doctor", "--offline", status=1).stdout


def test_a_relay_that_is_down_costs_nothing(readers: Site) -> None:
    readers.configure(
        'name = "outbox"\nkind = "outbox"  # keeps each mail as a file, and sends nothing\n',
        'name = "main"\nhost = "127.0.0.1"\nport = 9\ntls = "none"\n',
    )
    assert "relay 'main' (127.0.0.1:9) cannot be reached" in readers.error("relay", "check")
    readers("issue", "create", "weekly", "--queue", "--yes")
    failed = readers("deliver", status=1)
    assert "messages wait, nothing is lost" in failed.stderr
    assert failed.stderr.count("cannot be reached") == 1  # however often it was tried
    assert readers.json("issue", "show", "weekly/1")["counts"] == {"queued": 3}
    assert "✗ relay" in readers("doctor", "--offline", status=1).stdout
    assert readers.json("relay", "ls")[0]["state"] == "resting"
    with ScriptedServer(lambda *_: None) as server:
        readers.configure("port = 9\n", f"port = {server.port}\n")
        readers("relay", "check")
    (relay,) = readers.json("relay", "ls")
    assert (relay["state"], relay["problem"]) == ("open", "")


def test_a_wrong_password_pauses_the_relay_and_says_so(readers: Site) -> None:
    def answer(_talk: object, verb: str, _argument: str) -> str | None:
        if verb == "EHLO":
            return "250-mx.valmont.example\r\n250 AUTH PLAIN LOGIN"
        return "535 5.7.8 wrong password" if verb == "AUTH" else None

    with ScriptedServer(answer) as server:
        readers.configure(
            'name = "outbox"\nkind = "outbox"  # keeps each mail as a file, and sends nothing\n',
            f'name = "main"\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n'
            f'username = "u"\npassword = "{CANARY}"\n',
        )
        checked = readers.error("relay", "check")
        assert "535" in checked or "password" in checked
        readers("issue", "create", "weekly", "--queue", "--yes")
        error = readers.error("deliver")
    assert "newsletter relay resume" in error
    assert CANARY not in error + checked
    (relay,) = readers.json("relay", "ls")
    assert relay["state"] == "paused"
    assert "is in use." in readers("relay", "resume", "main").stdout
    assert "already" in readers("relay", "resume", "main").stdout
    assert readers.json("issue", "show", "weekly/1")["counts"] == {"queued": 3}


def test_a_relay_elsewhere_is_not_used_while_links_lead_nowhere(readers: Site) -> None:
    readers.configure(
        'name = "outbox"\nkind = "outbox"  # keeps each mail as a file, and sends nothing\n',
        'name = "main"\nhost = "smtp.valmont.example"\n',
    )
    assert "base_url is http://localhost:8025" in readers.error("deliver")
    assert readers.json("relay", "ls")[0]["used"] is False


def test_pausing_a_relay_keeps_its_mail(readers: Site) -> None:
    readers("relay", "pause", "outbox", "--reason", "moving house")
    assert "already" in readers("relay", "pause", "outbox").stdout
    readers("issue", "create", "weekly", "--queue", "--yes")
    assert "moving house" in readers.error("deliver")
    readers("relay", "resume", "outbox")
    assert "3 sent" in readers("deliver").stdout


def test_an_unknown_template_is_a_mistake(site: Site) -> None:
    folder = site.folder / "templates" / "email"
    folder.mkdir(parents=True)
    (folder / "digest.html.jinja").write_text("{{ config.secret }}")
    site.configure('# templates = "templates"', 'templates = "templates"')
    assert "config" in site("template", "check", status=1).stderr


def restore(site: Site, backup: Path) -> None:
    """What an operator does after a disk died: the copy takes the database's place."""
    for path in site.folder.glob("newsletter.db*"):
        path.unlink()
    shutil.copy(backup, site.folder / "newsletter.db")


def test_a_restored_backup_sends_nothing_until_adopted(readers: Site) -> None:
    readers("issue", "create", "weekly", "--queue", "--yes")
    done = readers.json("db", "backup", "safe.db")
    for name in ("safe.db", "safe.db.keys.toml", "safe.db.journal.jsonl"):
        assert (readers.folder / name).stat().st_mode & 0o077 == 0
    assert done["database"] == "safe.db"
    assert "exists already" in readers.error("db", "backup", "safe.db")
    readers("deliver")
    readers("subscriber", "unsubscribe", "ana@valmont.example")
    readers("subscriber", "erase", "eva@valmont.example", "--yes")
    assert len(readers.outbox()) == 3

    restore(readers, readers.folder / "safe.db")
    refusal = readers.error("deliver")
    assert "newsletter db adopt" in refusal
    assert re.search(r"it is of 20\d\d-\d\d-\d\d \d\d:\d\d UTC", refusal)
    assert "✗ database" in readers("doctor", "--offline", status=1).stdout
    assert "--yes" in readers.error("db", "adopt")
    said = readers("db", "adopt", "--yes").stdout
    assert "1 subscription ended, 0 complaints, 1 erasure" in said
    assert "3 messages may have gone out since, and are held" in said
    assert "nothing was changed" in readers("db", "adopt").stdout

    states = {one["address"]: one["state"] for one in readers.json("subscriber", "ls")}
    assert states == {"ana@valmont.example": "unsubscribed", "bob@valmont.example": "active"}
    assert "Nothing was due" in readers("deliver").stdout
    assert len(readers.outbox()) == 3  # nobody got it twice
    assert "issue settle weekly/1" in readers.error("issue", "audit", "weekly/1")
    readers("issue", "settle", "weekly/1", "--sent", "--yes")
    readers("issue", "audit", "weekly/1")


def test_a_backup_restored_whole_on_another_machine_is_known_too(
    readers: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers("db", "backup", "safe.db")
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(readers.folder / "config.toml", other)
    shutil.copy(readers.folder / "safe.db", other / "newsletter.db")
    shutil.copy(readers.folder / "safe.db.keys.toml", other / "keys.toml")
    shutil.copy(readers.folder / "safe.db.journal.jsonl", other / "journal.jsonl")
    monkeypatch.chdir(other)
    refusal = readers.error("deliver")
    assert re.search(
        r"restored from a backup: it is of (before )?20\d\d-\d\d-\d\d \d\d:\d\d UTC", refusal
    )
    assert "'newsletter db adopt'" in refusal
    readers("db", "adopt", "--yes")
    readers("deliver")


def test_a_copy_holds_everything_and_wants_an_empty_target(readers: Site) -> None:
    readers("issue", "create", "weekly", "--send", "--yes")
    url = f"sqlite:///{readers.folder / 'moved.db'}"
    assert "--yes" in readers.error("db", "copy", url)
    assert "copied" in readers("db", "copy", url, "--yes").stdout
    assert "is not empty" in readers.error("db", "copy", url, "--yes")
    before = readers.json("issue", "show", "weekly/1"), readers.json("subscriber", "ls")
    readers.configure("sqlite:///newsletter.db", "sqlite:///moved.db")
    assert (readers.json("issue", "show", "weekly/1"), readers.json("subscriber", "ls")) == before


def test_a_database_without_tables_names_the_remedy(site: Site) -> None:
    for path in site.folder.glob("newsletter.db*"):
        path.unlink()
    assert "newsletter" in site.error("list", "ls")
    assert "up to date now" in site("db", "upgrade").stdout
    assert "nothing was changed" in site("db", "upgrade").stdout
    assert "No list yet" in site("list", "ls").stderr


def test_numbers_add_up(readers: Site) -> None:
    readers("subscriber", "unsubscribe", "ana@valmont.example")
    found = readers.json("stats")
    (weekly,) = found["lists"]
    assert (weekly["active"], weekly["unsubscribed"], weekly["alerts"]) == (2, 1, 1)
    assert (found["articles"], found["sources"], found["senders"]) == (7, 1, 0)


def test_times_are_those_of_the_site_and_say_so(readers: Site) -> None:
    readers.configure('timezone = "Europe/Paris"', 'timezone = "Asia/Kathmandu"')
    listed = readers("subscriber", "ls", "--list", "weekly")
    assert "Times are those of Asia/Kathmandu." in listed.stderr
    [since] = {row["confirmed_at"] for row in readers.json("subscriber", "ls", "--limit", "1")}
    shown = datetime.fromisoformat(since).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{shown:%Y-%m-%d %H:%M}" in listed.stdout
    person = readers("subscriber", "show", "ana@valmont.example").stdout
    assert f"{shown:%Y-%m-%d %H:%M} (Asia/Kathmandu)" in person
