"""Carries a request to the very address that was checked, and never past its deadline or size."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from newsletter.collect.addresses import Resolver, is_never_asked, is_public
from newsletter.errors import FetchError

HEADERS = 256 * 1024  # bytes before the body


class NotPublic(FetchError):
    """The name leads only to addresses that are not of the public internet."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} leads to {address}, which is not a public address")


class OutOfTime(FetchError):
    """The deadline of the whole fetch has passed."""


class Deadline:
    """One moment by which everything must be done, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds left, never more than `at_most`; raises OutOfTime when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise OutOfTime("out of time")
        return seconds if at_most is None else min(seconds, at_most)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What is waited for here is not the server's doing, and does not count."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - began


class TooMuch(FetchError):
    """More came over the wire than the answer may have."""


class Allowance:
    """How many bytes a server may still send; h11 holds single lines and headers to 100 KB, but
    counts neither interim answers (1xx) nor what stands between the chunks of a body."""

    def __init__(self) -> None:
        self.left = HEADERS

    def take(self, size: int) -> None:
        """Count what came; raises TooMuch."""
        self.left -= size
        if self.left < 0:
            raise TooMuch("too much came")


class PinnedTransport(httpx.BaseTransport):
    """An httpx transport that looks a host up once, checks the answer and connects to it.

    Checking and connecting happen in one place, so a name that answers differently the second
    time (DNS rebinding) finds nobody asking a second time. Host header, SNI and certificate
    stay those of the name. No proxy is ever used: it would do its own look-up. Headers may be
    256 KB, and the wire twice the `most` bytes of a body. Only `private_host`, as it stands in the
    request, may lead to an address that is not public.
    """

    def __init__(
        self,
        *,
        resolver: Resolver,
        private_host: str | None,
        deadline: Deadline,
        tls: ssl.SSLContext,
        most: int,
    ) -> None:
        self._allowance = Allowance()
        self._most = 2 * most + HEADERS  # as chunks of a few bytes, a body doubles
        backend = _Backend(resolver, private_host, deadline, self._allowance)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_keepalive_connections=0,  # a redirect connects, and so checks, anew
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; raises httpcore's own errors, and FetchError for a refused address."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        self._allowance.left = HEADERS
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=b"",
                extensions=request.extensions,
            )
        )
        self._allowance.left = self._most
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Closes the connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(
        self, resolver: Resolver, private_host: str | None, deadline: Deadline, allowance: Allowance
    ) -> None:
        self._resolver = resolver
        self._private_host = private_host
        self._deadline = deadline
        self._allowance = allowance

    def _is_named(self, host: str, address: str) -> bool:
        """Whether somebody named this host, so that it may be one of their own network."""
        return host.lower() == self._private_host and not is_never_asked(address)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        connecting = Deadline(self._deadline.left(timeout))
        try:
            found = self._resolver(host, port, connecting.left())
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(f"no such host: {host}") from error
        usable = [a for a in found if is_public(a) or self._is_named(host, a)]
        if not usable:
            if found:
                raise NotPublic(host, found[0])
            raise httpcore.ConnectError(f"no such host: {host}")
        trouble: OSError | None = None
        for tried, address in enumerate(usable):
            try:
                # The time is shared among the addresses, so that one dead address is not all.
                seconds = connecting.left() / (len(usable) - tried)
                wire = socket.create_connection((address, port), seconds)
            except OSError as error:
                trouble = error
                continue
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Stream(wire, self._deadline, self._allowance)
        if isinstance(trouble, TimeoutError):
            raise httpcore.ConnectTimeout(str(trouble)) from trouble
        if isinstance(trouble, ConnectionRefusedError):
            raise httpcore.ConnectError("nothing answers there") from trouble
        raise httpcore.ConnectError(str(trouble)) from trouble


class _Stream(httpcore.NetworkStream):
    """A socket whose every read and write ends by the deadline.

    httpx counts time per operation: a server that drips one byte at a time would keep us for ever.
    """

    def __init__(self, wire: socket.socket, deadline: Deadline, allowance: Allowance) -> None:
        self._wire = wire
        self._deadline = deadline
        self._allowance = allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._wire.settimeout(self._deadline.left(timeout))
        try:
            data = self._wire.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._allowance.take(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._wire.settimeout(self._deadline.left(timeout))
        try:
            self._wire.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._wire.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            self._wire.settimeout(self._deadline.left(timeout))
            wrapped = ssl_context.wrap_socket(self._wire, server_hostname=server_hostname)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(wrapped, self._deadline, self._allowance)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a stream; it is answered for the socket alone."""
        return self._wire if info == "socket" else None
