"""A connection against a real server, aiosmtpd, in plain and over TLS."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted_relay import (
    ANA,
    BEN,
    CLEO,
    LARGE,
    MESSAGE,
    Basket,
    Parcel,
    Peer,
    basket,
    relay,
    settings,
)
from test_mail_certainty import begin_to_take

from newsletter.errors import RelayError
from newsletter.mail.connection import Connection
from newsletter.mail.replies import Accepted, Fault
from newsletter.mail.settings import TimeLimits, Tls


@dataclass
class Kept:
    """What aiosmtpd took, and what it was told."""

    messages: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    mail_options: list[str] = field(default_factory=list)

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.mail_options = options
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 queued"


@asynccontextmanager
async def real_server(
    kept: Kept,
    *,
    implicit: ssl.SSLContext | None = None,
    server: type[SMTP] = SMTP,
    **options: Any,
) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: server(kept, hostname="mx.b.example", loop=loop, **options),
        "127.0.0.1",
        0,
        ssl=implicit,
    )
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()


@dataclass(frozen=True)
class Certificate:
    server: ssl.SSLContext
    file: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.b.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    certificate_file, key_file = folder / "cert.pem", folder / "key.pem"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return Certificate(context, certificate_file)


async def carried(port: int, parcels: Basket, **changes: Any) -> Connection:
    connection = await Connection.open(settings(port, **changes))
    await connection.carry(parcels, most=100, idle=0)
    return connection


# aiosmtpd reads ahead what was pipelined, though it does not offer PIPELINING itself.
class Pipelining(SMTP):
    """aiosmtpd, offering what it can do."""

    async def push(self, status: Any) -> None:
        text = status if isinstance(status, bytes) else status.encode()
        if text.startswith(b"250-8BITMIME"):
            text = b"250-PIPELINING\r\n" + text
        await super().push(text)


@pytest.mark.parametrize("server", [SMTP, Pipelining])
def test_several_messages_arrive_byte_for_byte(server: type[SMTP]) -> None:
    async def run() -> tuple[Kept, Basket]:
        kept, box = Kept(), basket(ANA, BEN, CLEO)
        async with real_server(kept, server=server) as port:
            connection = await carried(port, box)
            assert ("pipelining" in connection.extensions) is (server is Pipelining)
        return kept, box

    kept, box = asyncio.run(run())
    assert box.kinds == [Accepted] * 3
    assert box.outcomes[ANA.recipient].reply.text == "2.0.0 queued"
    assert kept.messages == [
        (parcel.sender, [parcel.recipient], MESSAGE) for parcel in (ANA, BEN, CLEO)
    ]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is implicit
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_large_messages_go_through_tls_with_a_login(certificate: Certificate, tls: Tls) -> None:
    def authenticate(server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        good = LoginPassword(b"news", b"canary-pass")
        return AuthResult(success=data == good, handled=False)

    async def run() -> None:
        kept = Kept()
        implicit = certificate.server if tls is Tls.IMPLICIT else None
        options: dict[str, Any] = {
            "authenticator": authenticate,
            "auth_required": True,
            "auth_require_tls": tls is Tls.STARTTLS,
            "server": Pipelining,
        }
        if tls is Tls.STARTTLS:
            options |= {"tls_context": certificate.server, "require_starttls": True}
        async with real_server(kept, implicit=implicit, **options) as port:
            message = LARGE[: LARGE.index(b"\r\n", 500_000) + 2]
            box = basket(Parcel("ana@b.example", message), Parcel("ben@b.example", message), CLEO)
            ours = {"tls": tls, "username": "news", "ca_file": certificate.file}
            await carried(port, box, password="canary-pass", **ours)
            assert box.kinds == [Accepted] * 3
            assert [content for _, _, content in kept.messages] == [message, message, MESSAGE]

            wrong = settings(port, password="canary-wrong", **ours)
            with pytest.raises(RelayError) as caught:
                await Connection.open(wrong)
            assert caught.value.waits_for_admin
            assert "535" in str(caught.value)
            assert "correct username and password" in str(caught.value)
            assert "canary" not in str(caught.value) + repr(wrong)

    asyncio.run(run())


def test_over_tls_too_a_server_that_stops_reading_means_nothing_was_accepted(
    certificate: Certificate,
) -> None:
    given_up = asyncio.Event()

    async def script(peer: Peer) -> None:
        await begin_to_take(peer)
        await given_up.wait()

    async def run() -> Basket:
        box = basket(Parcel("ana@b.example", LARGE), BEN)
        async with relay(script, receive_buffer=4096, tls=certificate.server) as found:
            port, _ = found
            limits = TimeLimits(block=0.1, final=2, quit=0.1)
            await carried(port, box, tls=Tls.IMPLICIT, ca_file=certificate.file, limits=limits)
            given_up.set()
        return box

    box = asyncio.run(run())
    box.not_accepted(ANA, "it took none of the message for 0.1 s; nothing was accepted")
    box.not_accepted(BEN, "not begun")


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_a_certificate_nobody_vouches_for_waits_for_the_admin(
    certificate: Certificate, tls: Tls
) -> None:
    async def run() -> None:
        kept = Kept()
        implicit = certificate.server if tls is Tls.IMPLICIT else None
        options = {} if implicit else {"tls_context": certificate.server}
        async with real_server(kept, implicit=implicit, **options) as port:
            with pytest.raises(RelayError, match="certificate we cannot trust") as caught:
                await Connection.open(settings(port, tls=tls))
            assert caught.value.waits_for_admin
            box = basket(ANA)
            await carried(port, box, tls=tls, verify=False)
            box.accepted(ANA)

    asyncio.run(run())


def test_nothing_is_sent_unencrypted_when_starttls_is_not_offered() -> None:
    async def run() -> None:
        kept = Kept()
        async with real_server(kept) as port:
            with pytest.raises(RelayError, match="does not offer STARTTLS"):
                await Connection.open(settings(port, tls=Tls.STARTTLS))
        assert kept.messages == []

    asyncio.run(run())


def test_the_servers_extensions_are_used() -> None:
    zoe = Parcel("zoé@bücher.example", sender="", size=len(MESSAGE))
    large = Parcel("ana@b.example", size=1001)

    async def run() -> Kept:
        kept = Kept()
        async with real_server(kept, enable_SMTPUTF8=True, data_size_limit=1000) as port:
            box = basket(zoe, large)
            await carried(port, box)
            box.accepted(zoe)
            box.refused(large, Fault.MESSAGE, "1001 bytes")
        return kept

    kept = asyncio.run(run())
    assert kept.messages[0][1] == ["zoé@xn--bcher-kva.example"]
    assert kept.mail_options == [f"SIZE={len(MESSAGE)}", "BODY=8BITMIME", "SMTPUTF8"]


def test_without_smtputf8_only_the_recipient_who_needs_it_fails() -> None:
    async def run() -> None:
        zoe = Parcel("zoé@b.example", sender="")
        box = basket(zoe, ANA)
        async with real_server(Kept()) as port:
            await carried(port, box)
        box.refused(zoe, Fault.MESSAGE, "SMTPUTF8")
        box.accepted(ANA)

    asyncio.run(run())
