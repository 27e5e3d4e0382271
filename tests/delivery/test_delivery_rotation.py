"""Keys that are rotated while senders run: nothing is lost, and nobody needs a restart."""

from __future__ import annotations

import asyncio
from datetime import datetime

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import ScriptedServer

from newsletter.errors import ConfigError
from newsletter.installation import Installation
from newsletter.jobs import sending
from newsletter.jobs.operating import rotate_key
from newsletter.models import Delivery
from subscribers.tokens import Purpose

one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


def rotate_elsewhere(inst: Installation, now: datetime) -> Installation:
    """Another process rotates the key."""
    other = kit.reopen(inst.config.folder)
    rotate_key(other, now=now, actor="cli:ada")
    return other


@one_database
def test_a_running_sender_signs_with_a_key_made_meanwhile(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(3, port=server.port)
    assert inst.tokens.current == "k1"
    worker = kit.a_worker(inst)
    other = rotate_elsewhere(inst, now)
    kit.frozen_letter(other, now=now)
    assert {delivery.key_id for delivery in kit.deliveries(inst)} == {"k2"}
    asyncio.run(worker.run())
    assert kit.states(inst) == {"sent": 3}


@one_database
def test_a_key_that_is_nowhere_delays_its_own_deliveries_and_says_so(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    inst = install(3, port=server.port)
    kit.frozen_letter(inst, now=now)
    first = kit.deliveries(inst)[0]
    kit.change(inst, Delivery, {"key_id": "k9"}, id=first.id)
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 2, "deferred": 1}
    (waiting,) = kit.deliveries(inst, id=first.id)
    assert "key 'k9' is not known here" in waiting.reply


@one_database
def test_erased_addresses_are_known_by_a_key_made_meanwhile(
    install: Install, now: datetime
) -> None:
    inst = install()
    before = inst.tokens.hmacs("ada@valmont.example")
    other = rotate_elsewhere(inst, now)
    assert other.tokens.hmac("ada@valmont.example") in inst.tokens.hmacs("ada@valmont.example")
    assert set(before) < set(inst.tokens.hmacs("ada@valmont.example"))


@one_database
def test_a_key_file_damaged_under_a_running_process_is_told_once_and_the_keys_stay(
    install: Install, caplog: pytest.LogCaptureFixture, now: datetime
) -> None:
    inst = install()
    token = inst.tokens.sign(Purpose.UNSUBSCRIBE, 7)
    inst.config.keys.write_text("not TOML")
    assert inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, now) == 7
    assert inst.tokens.current == "k1"
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    inst.config.keys.unlink()
    assert inst.tokens.current == "k1"
    with pytest.raises(ConfigError):
        _ = kit.reopen(inst.config.folder).keys
