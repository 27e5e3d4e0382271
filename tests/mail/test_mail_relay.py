"""A relay's connection against real servers, and against one that misbehaves by script."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import SO_LINGER, SO_RCVBUF, SOL_SOCKET
from socket import socket as Socket
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from newsletter.errors import MessageError, RelayError
from newsletter.mail.relay import Connection, Envelope, RelaySettings, TimeLimits, Tls
from newsletter.mail.replies import Accepted, Deferred, Fault, Outcome, Rejected, Unknown

MESSAGE = b"From: a@valmont.example\r\nTo: ana@b.example\r\n\r\nBonjour =C3=A0 tous\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 400_000
TO_ANA = Envelope("b+d17@bounces.valmont.example", "ana@b.example")
TO_BEN = Envelope("b+d18@bounces.valmont.example", "ben@b.example")
SHORT = TimeLimits(connect=2, greeting=2, command=2, data=2, block=2, final=2, quit=0.2)  # seconds


def settings(port: int, **changes: Any) -> RelaySettings:
    base: dict[str, Any] = {
        "name": "main",
        "host": "127.0.0.1",
        "port": port,
        "tls": Tls.NONE,
        "helo": "news.valmont.example",
        "limits": SHORT,
    }
    return RelaySettings(**(base | changes))


async def deliver(connection: Connection, envelope: Envelope, message: bytes = MESSAGE) -> Outcome:
    return await connection.begin(envelope) or await connection.content(message)


# A real server ---------------------------------------------------------------------------------


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
    kept: Kept, *, implicit: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, hostname="mx.b.example", loop=loop, **options),
        "127.0.0.1",
        0,
        ssl=implicit,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


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


def test_several_messages_go_over_one_connection_byte_for_byte() -> None:
    async def run() -> Kept:
        kept = Kept()
        async with real_server(kept) as port:
            connection = await Connection.open(settings(port))
            for envelope in (TO_ANA, TO_BEN):
                outcome = await deliver(connection, envelope)
                assert isinstance(outcome, Accepted)
                assert outcome.reply.text == "2.0.0 queued"
            assert connection.usable
            await connection.close()
            assert not connection.usable
        return kept

    kept = asyncio.run(run())
    assert kept.messages == [
        (TO_ANA.sender, [TO_ANA.recipient], MESSAGE),
        (TO_BEN.sender, [TO_BEN.recipient], MESSAGE),
    ]


def test_lines_that_begin_with_a_dot_arrive_as_they_were() -> None:
    dotted = b".\r\n..\r\n.x\r\nend\r\n"

    async def run() -> Kept:
        kept = Kept()
        async with real_server(kept) as port:
            connection = await Connection.open(settings(port))
            assert isinstance(await deliver(connection, TO_ANA, dotted), Accepted)
            await connection.close()
        return kept

    assert asyncio.run(run()).messages[0][2] == dotted


def test_a_message_whose_last_line_is_open_is_refused_before_data() -> None:
    async def run() -> None:
        kept = Kept()
        async with real_server(kept) as port:
            connection = await Connection.open(settings(port))
            assert await connection.begin(TO_ANA) is None
            with pytest.raises(MessageError):
                await connection.content(b"no end")
            assert isinstance(await deliver(connection, TO_BEN), Accepted)
            await connection.close()

    asyncio.run(run())


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is implicit
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_a_large_message_goes_through_tls_with_a_login(certificate: Certificate, tls: Tls) -> None:
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
        }
        if tls is Tls.STARTTLS:
            options |= {"tls_context": certificate.server, "require_starttls": True}
        async with real_server(kept, implicit=implicit, **options) as port:
            ours = settings(
                port, tls=tls, username="news", password="canary-pass", ca_file=certificate.file
            )
            connection = await Connection.open(ours)
            message = LARGE[:1_000_000]
            message = message[: message.rindex(b"\r\n") + 2]
            assert isinstance(await deliver(connection, TO_ANA, message), Accepted)
            await connection.close()
            assert kept.messages[0][2] == message

            wrong = settings(
                port, tls=tls, username="news", password="canary-wrong", ca_file=certificate.file
            )
            with pytest.raises(RelayError) as caught:
                await Connection.open(wrong)
            assert caught.value.waits_for_admin
            assert "535" in str(caught.value)
            assert "correct username and password" in str(caught.value)
            assert "canary" not in str(caught.value) + repr(wrong)

    asyncio.run(run())


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
            unchecked = await Connection.open(settings(port, tls=tls, verify=False))
            assert isinstance(await deliver(unchecked, TO_ANA), Accepted)
            await unchecked.close()

    asyncio.run(run())


def test_nothing_is_sent_unencrypted_when_starttls_is_not_offered() -> None:
    async def run() -> None:
        kept = Kept()
        async with real_server(kept) as port:
            with pytest.raises(RelayError, match="does not offer STARTTLS"):
                await Connection.open(settings(port, tls=Tls.STARTTLS))
        assert kept.messages == []

    asyncio.run(run())


def test_a_password_never_travels_unencrypted_to_another_machine() -> None:
    remote = settings(25, host="192.0.2.1", username="news", password="canary-pass")
    with pytest.raises(RelayError, match="unencrypted") as caught:
        asyncio.run(Connection.open(remote))
    assert "canary" not in str(caught.value)


def test_a_relay_that_is_not_there_is_named_with_its_remedy() -> None:
    with Socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with pytest.raises(RelayError, match=rf"relay 'main' \(127.0.0.1:{port}\) cannot be reached"):
        asyncio.run(Connection.open(settings(port)))


def test_a_name_that_cannot_be_resolved_is_the_relays_fault() -> None:
    with pytest.raises(RelayError, match="cannot be resolved") as caught:
        asyncio.run(Connection.open(settings(25, host="no-such-host.invalid")))
    assert not caught.value.waits_for_admin


def test_the_servers_extensions_are_used() -> None:
    async def run() -> Kept:
        kept = Kept()
        async with real_server(kept, enable_SMTPUTF8=True, data_size_limit=1000) as port:
            connection = await Connection.open(settings(port))
            envelope = Envelope("", "zoé@bücher.example", size=len(MESSAGE))
            assert isinstance(await deliver(connection, envelope), Accepted)
            too_large = await connection.begin(Envelope("", "ana@b.example", size=1001))
            assert isinstance(too_large, Rejected)
            assert too_large.fault is Fault.MESSAGE
            assert "1001 bytes" in too_large.reason
            await connection.close()
        return kept

    kept = asyncio.run(run())
    assert kept.messages[0][1] == ["zoé@xn--bcher-kva.example"]
    assert kept.mail_options == [f"SIZE={len(MESSAGE)}", "BODY=8BITMIME", "SMTPUTF8"]


def test_without_smtputf8_only_the_recipient_who_needs_it_fails() -> None:
    async def run() -> None:
        kept = Kept()
        async with real_server(kept) as port:
            connection = await Connection.open(settings(port))
            outcome = await connection.begin(Envelope("", "zoé@b.example"))
            assert isinstance(outcome, Rejected)
            assert outcome.fault is Fault.MESSAGE
            assert "SMTPUTF8" in outcome.reason
            assert isinstance(await deliver(connection, TO_ANA), Accepted)
            await connection.close()

    asyncio.run(run())


# A server that does as its script says -----------------------------------------------------------


class Peer:
    """The server's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard: list[bytes] = []

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def hear(self, command: str) -> bytes:
        line = await self.reader.readline()
        self.heard.append(line)
        assert line.upper().startswith(command.encode()), line
        return line

    async def greet(self, *extensions: str) -> None:
        await self.say("220 mx.b.example ESMTP")
        await self.hear("EHLO")
        words = ["mx.b.example", *extensions]
        await self.say(*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}")

    async def agree(self) -> None:
        """To MAIL and RCPT."""
        for command in ("MAIL", "RCPT"):
            await self.hear(command)
            await self.say("250 2.1.0 OK")

    async def take(self) -> bytes:
        """DATA up to and with the final dot."""
        await self.hear("DATA")
        await self.say("354 go ahead")
        return await self.reader.readuntil(b"\r\n.\r\n")

    def reset(self) -> None:
        """TCP RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]
Client = Callable[[Connection], Awaitable[None]]


def play(script: Script, client: Client, *, receive_buffer: int = 0, **changes: Any) -> list[bytes]:
    """Let the client talk to the script; an error in either fails the test. What was heard."""

    async def run() -> list[bytes]:
        peers: list[Peer] = []
        played: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer = Peer(reader, writer)
            peers.append(peer)
            try:
                await script(peer)
            except Exception as error:  # noqa: BLE001  handed to the test
                if not played.done():
                    played.set_exception(error)
            finally:
                writer.close()
                if not played.done():
                    played.set_result(None)

        listener = Socket()
        if receive_buffer:
            listener.setsockopt(SOL_SOCKET, SO_RCVBUF, receive_buffer)
        listener.bind(("127.0.0.1", 0))
        server = await asyncio.start_server(serve, sock=listener, limit=2**26)
        try:
            port = listener.getsockname()[1]
            connection = await Connection.open(settings(port, **changes))
            await client(connection)
            await connection.close()
            await asyncio.wait_for(played, 5)
        finally:
            server.close()
            await server.wait_closed()
        return peers[0].heard

    return asyncio.run(run())


def expecting(*kinds: type[Outcome], fault: Fault | None = None, text: str = "") -> Client:
    """A client that delivers one message and gets such an outcome, on a connection then dropped."""

    async def client(connection: Connection) -> None:
        outcome = await deliver(connection, TO_ANA)
        assert isinstance(outcome, kinds), outcome
        assert text in str(outcome)
        if fault is not None:
            assert isinstance(outcome, Deferred | Rejected)
            assert outcome.fault is fault
        assert not connection.usable

    return client


def test_a_refused_recipient_does_not_hinder_the_next_one() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL")
        await peer.say("250 OK")
        await peer.hear("RCPT")
        await peer.say("550-5.1.1 no such mailbox", "550 5.1.1 see https://b.example/help")
        await peer.hear("RSET")
        await peer.say("250 OK")
        await peer.agree()
        assert (await peer.take()).startswith(b"From: ")
        await peer.say("250 queued")
        await peer.hear("QUIT")
        await peer.say("221 bye")

    async def client(connection: Connection) -> None:
        outcome = await deliver(connection, TO_ANA)
        assert isinstance(outcome, Rejected)
        assert outcome.fault is Fault.RECIPIENT
        assert outcome.reply is not None
        assert outcome.reply.text == "5.1.1 no such mailbox\n5.1.1 see https://b.example/help"
        assert outcome.reply.enhanced == "5.1.1"
        assert isinstance(await deliver(connection, TO_BEN), Accepted)
        assert connection.usable

    play(script, client)


def test_a_mark_that_was_refused_resets_the_transaction() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.hear("RSET")
        await peer.say("250 OK")
        await peer.hear("QUIT")

    async def client(connection: Connection) -> None:
        assert await connection.begin(TO_ANA) is None
        await connection.reset()
        await connection.reset()  # the second one has nothing to do
        assert connection.usable

    play(script, client)


def test_dsn_is_asked_for_where_it_is_offered() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet("DSN", "SIZE 0", "8BITMIME")
        await peer.agree()
        await peer.hear("RSET")
        await peer.say("250 OK")
        await peer.hear("QUIT")

    async def client(connection: Connection) -> None:
        envelope = Envelope("b@v.example", "ana+x=y@b.example", envid="d17+2", size=9)
        assert await connection.begin(envelope) is None
        await connection.reset()

    heard = play(script, client)
    assert heard[1] == b"MAIL FROM:<b@v.example> SIZE=9 RET=HDRS ENVID=d17+2B2\r\n"
    assert heard[2] == (
        b"RCPT TO:<ana+x=y@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ana+2Bx+3Dy@b.example\r\n"
    )


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_connection_reset_before_data_means_nothing_was_accepted(steps: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        for command in ("MAIL", "RCPT")[:steps]:
            await peer.hear(command)
            await peer.say("250 OK")
        await peer.reader.readline()
        peer.reset()

    play(script, expecting(Deferred, fault=Fault.RELAY, text="nothing was accepted"))


def test_a_reset_while_the_message_is_still_leaving_means_nothing_was_accepted() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.hear("DATA")
        await peer.say("354 go ahead")
        await peer.reader.readexactly(10_000)
        peer.reset()

    async def client(connection: Connection) -> None:
        outcome = await deliver(connection, TO_ANA, LARGE)
        assert isinstance(outcome, Deferred)
        assert outcome.fault is Fault.RELAY
        assert not connection.usable

    play(script, client, receive_buffer=4096)


async def begin_to_take(peer: Peer) -> None:
    """Up to the first bytes of the message, and then read no more."""
    await peer.greet()
    await peer.agree()
    await peer.hear("DATA")
    await peer.say("354 go ahead")
    await peer.reader.readexactly(1000)
    peer.writer.transport.pause_reading()


def test_a_server_that_stops_reading_never_gets_the_dot_later() -> None:
    given_up = asyncio.Event()

    async def script(peer: Peer) -> None:
        await begin_to_take(peer)
        await given_up.wait()
        peer.writer.transport.resume_reading()
        rest = b""
        with suppress(ConnectionError):
            rest = await peer.reader.read()
        assert not rest.endswith(b"\r\n.\r\n")

    async def client(connection: Connection) -> None:
        outcome = await deliver(connection, TO_ANA, LARGE)
        assert isinstance(outcome, Deferred)
        assert "it took none of the message for 0.1 s" in outcome.reason
        given_up.set()

    play(script, client, receive_buffer=4096, limits=TimeLimits(block=0.1, quit=0.1))


def test_a_slow_server_is_borne_with_as_long_as_it_goes_on() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.hear("DATA")
        await peer.say("354 go ahead")
        transport: Any = peer.writer.transport
        for _ in range(6):  # each pause is shorter than the limit, all together are longer
            transport.pause_reading()
            await asyncio.sleep(0.12)
            transport.resume_reading()
            await peer.reader.readexactly(1_000_000)
        await peer.reader.readuntil(b"\r\n.\r\n")
        await peer.say("250 queued")
        await peer.hear("QUIT")

    async def client(connection: Connection) -> None:
        assert isinstance(await deliver(connection, TO_ANA, LARGE), Accepted)

    play(script, client, receive_buffer=4096, limits=TimeLimits(block=0.5, quit=0.1))


@pytest.mark.parametrize(
    ("answer", "kind", "fault"),
    [
        ("552 5.3.4 message too large", Rejected, Fault.MESSAGE),
        ("451 4.7.1 later", Deferred, Fault.RECIPIENT),
        ("250 OK", Deferred, Fault.RELAY),
        ("552 no\r\n552 no", Deferred, Fault.RELAY),
        ("what?", Deferred, Fault.RELAY),
    ],
)
def test_an_answer_in_the_middle_of_the_message_is_heard_but_never_an_acceptance(
    answer: str, kind: type[Outcome], fault: Fault
) -> None:
    heard = asyncio.Event()

    async def script(peer: Peer) -> None:
        await begin_to_take(peer)
        await peer.say(answer)
        await heard.wait()

    async def client(connection: Connection) -> None:
        outcome = await deliver(connection, TO_ANA, LARGE)
        assert isinstance(outcome, kind)
        assert isinstance(outcome, Deferred | Rejected)
        assert outcome.fault is fault
        assert not connection.usable
        heard.set()

    play(script, client, receive_buffer=4096)


def test_a_reset_after_the_final_dot_is_unknown() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        peer.reset()

    play(script, expecting(Unknown, text="the final dot was already sent"))


def test_an_answer_that_does_not_come_in_time_is_unknown_after_the_dot() -> None:
    late = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        await late.wait()
        with suppress(ConnectionError):
            await peer.say("250 queued, at last")

    async def client(connection: Connection) -> None:
        await expecting(Unknown, text="no answer to . within 0.1 s")(connection)
        late.set()

    play(script, client, limits=TimeLimits(final=0.1, quit=0.1))


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_an_answer_that_does_not_come_in_time_is_deferred_before_the_dot(command: str) -> None:
    late = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        for name in ("MAIL", "RCPT", "DATA"):
            await peer.hear(name)
            if name == command:
                await late.wait()
                return
            await peer.say("250 OK")

    async def client(connection: Connection) -> None:
        await expecting(Deferred, fault=Fault.RELAY, text=f"no answer to {command}")(connection)
        late.set()

    play(script, client, limits=TimeLimits(command=0.1, data=0.1, quit=0.1))


@pytest.mark.parametrize("code", [200, 251, 299])
def test_any_final_2xx_is_accepted(code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        await peer.say(f"{code} taken")
        await peer.hear("QUIT")

    async def client(connection: Connection) -> None:
        outcome = await deliver(connection, TO_ANA)
        assert isinstance(outcome, Accepted)
        assert outcome.reply.code == code

    play(script, client)


@pytest.mark.parametrize("goodbye", [[], ["421 4.7.0 enough for now"]])
def test_a_server_that_hangs_up_right_after_accepting_has_accepted(goodbye: list[str]) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        await peer.say("250 queued", *goodbye)

    async def client(connection: Connection) -> None:
        assert isinstance(await deliver(connection, TO_ANA), Accepted)
        again = await deliver(connection, TO_BEN)
        assert isinstance(again, Deferred)
        assert again.fault is Fault.RELAY
        assert not connection.usable

    play(script, client)


@pytest.mark.parametrize("steps", [0, 1])
def test_a_421_in_mid_session_charges_nobody(steps: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        for command in ("MAIL", "RCPT")[:steps]:
            await peer.hear(command)
            await peer.say("250 OK")
        await peer.reader.readline()
        await peer.say("421 4.3.2 system going down")

    play(script, expecting(Deferred, fault=Fault.RELAY, text="421 4.3.2 system going down"))


def test_a_421_while_nothing_is_going_on_is_noticed() -> None:
    told = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await told.wait()
        await peer.say("421 4.4.2 idle for too long")

    async def client(connection: Connection) -> None:
        told.set()
        for _ in range(1000):
            if not connection.usable:
                break
            await asyncio.sleep(0.001)
        outcome = await connection.begin(TO_ANA)
        assert isinstance(outcome, Deferred)
        assert "421 4.4.2 idle for too long" in outcome.reason

    play(script, client)


@pytest.mark.parametrize(
    "answer",
    [
        "what?",
        "250-OK\r\n550 no",
        "250 OK\r\n250 OK",
        "9999",
        "250-" + "x" * 70_000,
        "\x00\x01",
    ],
)
def test_garbled_and_merged_answers_are_deferred_before_the_dot(answer: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL")
        await peer.say(answer)
        await peer.reader.read()

    play(script, expecting(Deferred, fault=Fault.RELAY, text="nothing was accepted"))


@pytest.mark.parametrize("answer", ["what?", "250-OK\r\n550 no", "250 OK\r\n550 no", "354 more"])
def test_garbled_and_merged_answers_are_unknown_after_the_dot(answer: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        await peer.say(answer)
        with suppress(ConnectionError):
            await peer.reader.read()

    play(script, expecting(Unknown))


def test_a_stale_mark_is_renewed_or_the_message_is_not_sent() -> None:
    asked = []

    async def refuse() -> bool:
        asked.append("renew")
        return False

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.hear("DATA")
        await peer.say("354 go ahead")
        assert await peer.reader.read() == b""

    async def client(connection: Connection) -> None:
        assert await connection.begin(TO_ANA) is None
        outcome = await connection.content(MESSAGE, renew=refuse, renew_after=0)
        assert isinstance(outcome, Deferred)
        assert asked == ["renew"]
        assert not connection.usable

    play(script, client)


def test_a_mark_that_is_fresh_is_not_renewed() -> None:
    async def never() -> bool:
        raise AssertionError

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        await peer.say("250 queued")
        await peer.hear("QUIT")

    async def client(connection: Connection) -> None:
        assert await connection.begin(TO_ANA) is None
        outcome = await connection.content(MESSAGE, renew=never, renew_after=60)
        assert isinstance(outcome, Accepted)

    play(script, client)


def test_an_interrupted_message_takes_its_connection_along() -> None:
    taken = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.take()
        taken.set()
        with suppress(ConnectionError):
            await peer.reader.read()

    async def client(connection: Connection) -> None:
        task = asyncio.create_task(deliver(connection, TO_ANA))
        await taken.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not connection.usable

    play(script, client)


@pytest.mark.parametrize(
    ("greeting", "remedy"),
    [
        ("554 5.7.1 we do not know you", "554 5.7.1 we do not know you"),
        ("421 too busy", "421 too busy"),
        ("HTTP/1.1 400 Bad Request", "does not speak SMTP"),
        (None, "closed the connection"),
    ],
)
def test_a_relay_that_does_not_let_us_in_is_quoted(greeting: str | None, remedy: str) -> None:
    async def script(peer: Peer) -> None:
        if greeting is not None:
            await peer.say(greeting)

    async def client(connection: Connection) -> None:
        raise AssertionError

    with pytest.raises(RelayError) as caught:
        play(script, client)
    assert remedy in str(caught.value)
    assert "relay 'main' (127.0.0.1:" in str(caught.value)
    assert not caught.value.waits_for_admin


def test_a_relay_that_never_greets_is_given_up() -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read()

    async def client(connection: Connection) -> None:
        raise AssertionError

    with pytest.raises(RelayError, match="did not answer CONNECT in time"):
        play(script, client, limits=TimeLimits(greeting=0.1))


@pytest.mark.parametrize(
    "bad", ["ana@b.example>\r\nRCPT TO:<eve@b.example", "ana@b.example> NOTIFY=NEVER", "ana b@c"]
)
def test_an_address_cannot_carry_a_command(bad: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("QUIT")

    async def client(connection: Connection) -> None:
        with pytest.raises(MessageError):
            await connection.begin(Envelope("b@v.example", bad))

    play(script, client)
