"""Relays that cannot be used as they are: TLS, passwords, names, and one that is only slow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import newsletter_kit as kit
import pytest
from faults import (
    Sender,
    address,
    balanced,
    charged,
    everyone,
    impatient,
    make_certificate,
    make_sender,
    once,
    one_database,
    resume,
    run,
    run_until_all_ended,
    the_relay,
)
from newsletter_kit import Install
from smtp_script import CLOSE, CUT_TLS, PIPELINED, RESET, Pause, Said, ScriptedServer

from newsletter.errors import RelayError
from newsletter.installation import Installation
from newsletter.jobs import sending
from newsletter.models import RelayState

pytestmark = one_database


@pytest.fixture
def sender(
    install: Install, server: ScriptedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Sender:
    impatient(monkeypatch)
    return make_sender(install, server, now)


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    with ScriptedServer(extensions=PIPELINED) as server:
        yield server


def with_relays(inst: Installation, text: str) -> Installation:
    """The installation with more lines in its config, as a deployer writes them."""
    config = inst.config.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + text, encoding="utf-8")
    return kit.reopen(inst.config.folder)


def second(server: ScriptedServer, **options: object) -> str:
    lines = "".join(f"{name} = {value!r}\n" for name, value in options.items())
    return (
        f'[[relays]]\nname = "second"\nhost = "127.0.0.1"\nport = {server.port}\n'
        f'tls = "none"\n{lines}'
    )


# --- TLS and AUTH ------------------------------------------------------------------------------


def no_tls(server: ScriptedServer, folder: Path) -> Path:
    return make_certificate(folder, "127.0.0.1").file


def refused(server: ScriptedServer, folder: Path) -> Path:
    found = make_certificate(folder, "127.0.0.1")
    server.tls = found.server
    server.answer = lambda _, verb, __: "454 4.7.0 no TLS today" if verb == "STARTTLS" else None
    return found.file


def cut_off(server: ScriptedServer, folder: Path) -> Path:
    found = make_certificate(folder, "127.0.0.1")
    server.tls = found.server
    server.answer = lambda _, verb, __: CUT_TLS if verb == "STARTTLS" else None
    return found.file


def self_signed(server: ScriptedServer, folder: Path) -> Path:
    server.tls = make_certificate(folder, "127.0.0.1").server
    return make_certificate(folder, "localhost").file  # known to us, and another one


def wrong_host(server: ScriptedServer, folder: Path) -> Path:
    found = make_certificate(folder, "mx.elsewhere.example")
    server.tls = found.server
    return found.file


@pytest.mark.parametrize(
    ("how", "state"),
    [
        (no_tls, RelayState.RESTING),
        (refused, RelayState.RESTING),
        (cut_off, RelayState.RESTING),
        (self_signed, RelayState.PAUSED),
        (wrong_host, RelayState.PAUSED),
    ],
)
def test_without_the_tls_that_was_asked_for_nothing_is_said_and_nobody_is_charged(
    sender: Sender,
    server: ScriptedServer,
    tmp_path: Path,
    how: Callable[[ScriptedServer, Path], Path],
    state: RelayState,
) -> None:
    server.extensions = (*PIPELINED, "AUTH PLAIN")
    ca_file = how(server, tmp_path)
    inst = sender(
        3, tls="starttls", ca_file=str(ca_file), username="courrier", password="canary-1234"
    )
    with pytest.raises(RelayError) as caught:
        sending.deliver(inst)
    assert "'local'" in str(caught.value)
    assert "3 messages wait, nothing is lost" in str(caught.value)
    assert the_relay(inst).state is state
    assert set(server.verbs) <= {"EHLO", "STARTTLS", "QUIT"}
    assert kit.states(inst) == {"queued": 3}
    assert charged(inst) == {0}
    good = make_certificate(tmp_path, "127.0.0.1")
    server.tls, server.answer = good.server, lambda *_: None
    ca_file.write_bytes(good.file.read_bytes())
    resume(inst)
    run_until_all_ended(inst)
    assert server.recipients == everyone(3)
    assert all(talk.encrypted for talk in server.talks if talk.messages)
    assert balanced(inst)


def test_a_password_that_cannot_be_checked_today_is_tried_again(
    sender: Sender, server: ScriptedServer
) -> None:
    """454: their password database is away; no admin is needed, and nobody is charged."""
    server.extensions = (*PIPELINED, "AUTH PLAIN")
    inst = sender(3, username="courrier", password="canary-1234")
    later: Said = "454 4.7.0 temporary authentication failure"
    server.answer = once(("AUTH", 1, later), ("AUTH", 2, later))
    with suppress(RelayError):
        sending.deliver(inst)
    run_until_all_ended(inst)
    assert server.recipients == everyone(3)
    assert charged(inst) == {1}
    assert the_relay(inst).state is RelayState.OPEN


# --- Two relays --------------------------------------------------------------------------------


def test_what_one_relay_cannot_take_another_one_does(
    sender: Sender, server: ScriptedServer, other: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The first has a name that nobody knows; that is told once, not for each message. The other
    stands by, so that it is the first that is tried."""
    inst = sender(30)
    config = inst.config.folder / "config.toml"
    text = config.read_text("utf-8")
    text = text.replace('"http://localhost:8025"', '"https://news.valmont.example"')
    text = text.replace('host = "127.0.0.1"', 'host = "mx.valmont.invalid"\nrate = 1000', 1)
    config.write_text(text + second(other, weight=0), encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        run_until_all_ended(kit.reopen(inst.config.folder))
    assert other.recipients == everyone(30)
    assert charged(inst) == {1}
    assert the_relay(inst).state is RelayState.RESTING
    told = [r for r in caplog.records if "mx.valmont.invalid" in r.getMessage()]
    assert 1 <= len(told) <= 4


def test_a_slow_relay_does_not_keep_another_one_waiting(
    sender: Sender, server: ScriptedServer, other: ScriptedServer
) -> None:
    inst = with_relays(sender(80, connections=2), second(other, connections=2))
    server.answer = lambda _, verb, __: Pause(0.25) if verb == "." else None
    run(inst)
    assert server.recipients + other.recipients == everyone(80)
    assert len(other.taken) > len(server.taken) >= 10
    # Two at a time, a quarter of a second each: the tenth is taken after more than a second.
    assert max(t.at for t in other.taken) < sorted(t.at for t in server.taken)[9]
    assert server.most_open <= 2
    assert balanced(inst)


@pytest.mark.parametrize("ending", [RESET, CLOSE], ids=str)
def test_a_relay_that_fails_in_mid_issue_hands_over_to_the_other(
    sender: Sender, server: ScriptedServer, other: ScriptedServer, ending: Said
) -> None:
    inst = with_relays(sender(40), second(other))
    server.answer = lambda _, verb, __: (
        ending if len(server.taken) >= 5 and verb in ("CONNECT", "MAIL") else None
    )
    run_until_all_ended(inst)
    assert set(server.recipients) | set(other.recipients) == set(everyone(40))
    assert sum(server.recipients.values()) + sum(other.recipients.values()) == 40
    assert charged(inst) == {1}
    assert address(0) in server.recipients | other.recipients
    assert balanced(inst)
