"""What the tests of faults share: an installation with a queue, and faults that happen once."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import newsletter_kit as kit
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from smtp_script import EXTENSIONS, PIPELINED, Answer, Said, ScriptedServer, Talk

from newsletter.delivery import clerk, health, limits
from newsletter.installation import Installation
from newsletter.jobs import auditing
from newsletter.mail.settings import TimeLimits
from newsletter.models import DeliveryState, Relay
from subscribers.models import MailingList, OnUnknown

BOTH_WAYS = {"step by step": EXTENSIONS, "pipelined": PIPELINED}

# In seconds. A server that only breaks off is given time; a busy machine is slow as well.
PATIENT = TimeLimits(10, 10, command=10, data=10, block=10, final=10, quit=0.5)
HURRIED = TimeLimits(10, 10, command=0.5, data=0.5, block=10, final=0.5, quit=0.2)

one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)

Sender = Callable[..., Installation]


def once(*faults: tuple[str, int, Said]) -> Answer:
    """Each (verb, n, said): said at the n-th time, counted from 1, that the verb is heard."""
    heard: dict[str, int] = {}
    plan = {(verb, number): said for verb, number, said in faults}

    def answer(talk: Talk, verb: str, argument: str) -> Said:
        heard[verb] = heard.get(verb, 0) + 1
        return plan.pop((verb, heard[verb]), None)

    return answer


def said_to(verb: str, faults: Mapping[str, Said]) -> Answer:
    """So answers `verb` for these recipients, once each."""
    left = dict(faults)

    def answer(talk: Talk, heard: str, argument: str) -> Said:
        return left.pop(talk.recipient, None) if heard == verb else None

    return answer


def address(number: int) -> str:
    return f"reader{number}@valmont.example"


def everyone(count: int) -> dict[str, int]:
    """So many readers, each of whom got one copy."""
    return {address(number): 1 for number in range(count)}


def make_sender(install: Any, server: ScriptedServer, now: datetime) -> Sender:
    """Makes an installation with a frozen letter in its queue."""

    def make(
        readers: int = 8, *, on_unknown: OnUnknown = OnUnknown.RETRY, **relay: object
    ) -> Installation:
        inst = install(readers, **({"port": server.port, "connections": 1} | relay))
        kit.change(inst, MailingList, {"on_unknown": on_unknown})
        kit.frozen_letter(inst, now=now)
        return inst

    return make


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relays rest for a moment only, and an idle queue is looked at again at once."""
    monkeypatch.setattr(health, "FIRST_REST", timedelta(seconds=0.02))
    monkeypatch.setattr(clerk, "IDLE_SECONDS", 0.05)


def run(inst: Installation, *, time_limits: TimeLimits = PATIENT) -> None:
    """A worker that drains the queue."""
    asyncio.run(kit.a_worker(inst, time_limits=time_limits).run())


def run_until_all_ended(
    inst: Installation,
    *,
    seconds: float = 20,
    time_limits: TimeLimits = PATIENT,
    but: DeliveryState | None = None,
) -> None:
    """Again and again, with no wait for what may be tried later; held ones, and `but`, stay."""
    waiting = [state for state in DeliveryState if state is not but]
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        run(inst, time_limits=time_limits)
        if not kit.let_time_pass(inst, *waiting):
            return
        sleep(0.02)  # a relay that rests is not waited for by who only drains the queue
    raise AssertionError(f"not all ended: {kit.states(inst)}")


def resume(inst: Installation, name: str = "local") -> None:
    with inst.database.write() as session:
        limits.resume(session, name, datetime.now(UTC))


def the_relay(inst: Installation, name: str = "local") -> Relay:
    with inst.database.read() as session:
        return session.get_one(Relay, name)


def charged(inst: Installation) -> set[int]:
    """How many tries were counted, over all deliveries."""
    return {delivery.tries for delivery in kit.deliveries(inst)}


def balanced(inst: Installation) -> bool:
    return auditing.audit_issue(inst, "hebdo/1").balanced


@dataclass(frozen=True)
class Certificate:
    server: ssl.SSLContext
    file: Path


def make_certificate(folder: Path, host: str) -> Certificate:
    """A certificate that vouches for itself, and for one name or address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.valmont.example")])
    now = datetime.now(UTC)
    try:
        subject: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file, key_file = folder / f"{host}.pem", folder / f"{host}.key"
    file.write_bytes(signed.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return Certificate(context, file)
