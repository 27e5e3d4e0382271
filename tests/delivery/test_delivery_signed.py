"""Messages signed on their way out, believed by another implementation."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import dkim
import newsletter_kit as kit
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from smtp_script import TAKE_AND_RESET, ScriptedServer

from newsletter.installation import Installation
from newsletter.jobs import sending
from newsletter.models import DeliveryState

pytestmark = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


def test_what_leaves_is_signed_and_a_second_copy_is_the_same(
    install: Callable[..., Installation], server: ScriptedServer, tmp_path: Path, now: datetime
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "dkim.pem").write_bytes(pem)
    (tmp_path / "dkim.pem").chmod(0o600)
    inst = install(1, port=server.port)
    with (tmp_path / "config.toml").open("a") as config:
        config.write(
            '[[dkim]]\ndomain = "valmont.example"\nselector = "s1"\nkey_file = "dkim.pem"\n'
        )
    inst = kit.reopen(tmp_path)
    kit.frozen_letter(inst, now=now)
    server.answer = lambda _, verb, __: (
        TAKE_AND_RESET if verb == "." and len(server.taken) < 2 else None
    )
    sending.deliver(inst)
    assert kit.states(inst) == {"unknown": 1}
    kit.let_time_pass(inst, DeliveryState.UNKNOWN)
    sending.deliver(inst)
    first, second = (taken.content for taken in server.taken)
    assert first == second
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    assert dkim.verify(first, dnsfunc=lambda *_, **__: record)
    assert not dkim.verify(first.replace(b"marc", b"mars"), dnsfunc=lambda *_, **__: record)
    inst.close()
