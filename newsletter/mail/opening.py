"""Opening a connection to a relay: name, TCP, greeting, TLS, EHLO, AUTH, by aiosmtplib.

Whatever fails here is the relay's fault, never a recipient's, so all of it becomes RelayError,
which quotes the relay, names host and port, and says what to do.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiosmtplib

from newsletter.errors import RelayError
from newsletter.mail.replies import Reply
from newsletter.mail.settings import RelaySettings, Tls

__all__ = ["Opened", "open_transport"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection ready for MAIL, and what the server offered (RFC 5321 §4.1.1.1)."""

    transport: asyncio.Transport
    extensions: Mapping[str, str]  # lower-case keyword -> its parameters


async def open_transport(settings: RelaySettings) -> Opened:
    """Connect as `settings` say; raises RelayError, having closed what was open."""
    if settings.username and settings.tls is Tls.NONE and not settings.is_local:
        raise RelayError(
            f'{settings.where}: the password would travel unencrypted; set tls to "starttls" '
            'or "implicit"',
            waits_for_admin=True,
        )
    context = _tls_context(settings) if settings.tls is not Tls.NONE else None
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        local_hostname=settings.helo,
        use_tls=settings.tls is Tls.IMPLICIT,
        start_tls=False,  # done below, as a step of its own
        tls_context=context,
        timeout=settings.limits.command,
        sock=await _connected_socket(settings),
    )
    try:
        await _introduce(client, settings)
        transport = client.transport
        if transport is None or transport.is_closing():
            raise RelayError(
                f"{settings.where} closed the connection right after it was opened; it is tried "
                "again, ask its operator if it goes on"
            )
        return Opened(cast(asyncio.Transport, transport), dict(client.esmtp_extensions))
    except BaseException:
        client.close()
        raise


async def _introduce(client: aiosmtplib.SMTP, settings: RelaySettings) -> None:
    """Greeting, TLS, EHLO and AUTH on a connected socket."""
    step = "CONNECT"
    try:
        await client.connect(timeout=settings.limits.greeting)
        step = "EHLO"
        await _ehlo(client, settings)
        if settings.tls is Tls.STARTTLS:
            step = "STARTTLS"
            if not client.supports_extension("starttls"):
                raise RelayError(
                    f"{settings.where} does not offer STARTTLS, and nothing is sent unencrypted; "
                    'correct its port, or set tls to "implicit" for a port like 465'
                )
            await client.starttls()
            step = "EHLO"
            await _ehlo(client, settings)
        if settings.username:
            step = "AUTH"
            await _authenticate(client, settings, settings.username)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(settings, Reply(error.code, error.message, step)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failed(settings, step, error) from error


async def _ehlo(client: aiosmtplib.SMTP, settings: RelaySettings) -> None:
    """EHLO; HELO only where nothing that needs EHLO was asked for."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code < 500 or settings.tls is Tls.STARTTLS or settings.username:
            raise
        await client.helo()


async def _authenticate(client: aiosmtplib.SMTP, settings: RelaySettings, username: str) -> None:
    """AUTH with the first mechanism we share, once: repeated failures get accounts locked."""
    password = settings.password or ""
    offered = client.server_auth_methods
    if "plain" in offered:
        await client.auth_plain(username, password)
    elif "login" in offered:
        await client.auth_login(username, password)
    elif "cram-md5" in offered:
        await client.auth_crammd5(username, password)
    else:
        raise RelayError(
            f"{settings.where} offers no AUTH we know (it offers: {' '.join(offered) or 'none'}); "
            "correct its port and tls, or remove its username",
            waits_for_admin=True,
        )


async def _connected_socket(settings: RelaySettings) -> socket.socket:
    """A TCP connection to the first of the host's addresses that answers."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.limits.connect):
            found = await loop.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
            problem: OSError = OSError("it has no address")
            for family, kind, protocol, _, address in found:
                try:
                    return await _connect(socket.socket(family, kind, protocol), address)
                except OSError as error:
                    problem = error
    except TimeoutError as error:
        raise RelayError(
            f"{settings.where} did not answer within {settings.limits.connect:g} s; check host, "
            "port and firewall"
        ) from error
    except (socket.gaierror, UnicodeError) as error:
        raise RelayError(
            f"{settings.where}: its name cannot be resolved ({error}); correct host, or repair DNS"
        ) from error
    raise RelayError(
        f"{settings.where} cannot be reached ({problem}); check host and port, and that it runs"
    ) from problem


async def _connect(sock: socket.socket, address: tuple[Any, ...]) -> socket.socket:
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _tls_context(settings: RelaySettings) -> ssl.SSLContext:
    """TLS 1.2 or newer, the system's certificates and `ca_file` (RFC 8314, RFC 8997)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:
            raise RelayError(
                f"{settings.where}: cannot read ca_file {settings.ca_file} ({error}); correct it",
                waits_for_admin=True,
            ) from error
    return context


def _refused(settings: RelaySettings, reply: Reply) -> RelayError:
    """The relay answered, and the answer was no."""
    if reply.code < 200:  # aiosmtplib's own mark for what is not SMTP
        return RelayError(
            f"{settings.where} does not speak SMTP here ({reply.text}); check port and tls"
        )
    if reply.command == "AUTH":
        # 454 and other 4xx: its password database is away, which passes.
        final = reply.code >= 500
        remedy = "correct username and password" if final else "it is tried again"
        return RelayError(
            f"{settings.where} refused to log us in: {reply}; {remedy}", waits_for_admin=final
        )
    return RelayError(
        f"{settings.where} refused: {reply}; it is tried again, ask its operator if it goes on"
    )


def _failed(settings: RelaySettings, step: str, error: Exception) -> RelayError:
    """No usable answer came."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RelayError(
            f"{settings.where} has a certificate we cannot trust ({cause.verify_message}); "
            "correct host, or name its authority in ca_file",
            waits_for_admin=True,
        )
    if isinstance(cause, ssl.SSLError):
        return RelayError(f"{settings.where}: TLS failed ({cause}); check port and tls")
    if isinstance(error, TimeoutError):
        return RelayError(f"{settings.where} did not answer {step} in time; check port and tls")
    return RelayError(
        f"{settings.where} closed the connection at {step} ({error}); check port and tls"
    )
