"""Serves pages over HTTP on this machine alone, from a thread, without a word on the terminal."""

from __future__ import annotations

import hashlib
import re
import socketserver
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from newsletter.errors import Refused

HOST = "127.0.0.1"
_ETAG = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Reply:
    """What a page's address answers."""

    body: bytes
    media_type: str = "text/html; charset=utf-8"
    policy: str = "default-src 'none'; style-src 'unsafe-inline'"  # Content-Security-Policy
    filename: str | None = None  # offered for download under this plain ASCII name


Route = Callable[[str], Reply | None]
"""From a decoded path ("/articles/x", no query) to its reply; None is 404."""


class LocalSite:
    """A site on 127.0.0.1 that answers GET and HEAD from `route`, with ETags (RFC 9110 §13).

    Port 0 takes any free one. Raises Refused when the port cannot be had.
    """

    def __init__(self, route: Route, *, port: int = 0) -> None:
        try:
            self._server = _Server((HOST, port), route)
        except OSError as error:
            raise Refused(
                f"cannot serve on {HOST}:{port} ({error.strerror}): "
                "stop what uses the port, or choose another"
            ) from error
        self.port: int = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stops answering and frees the port; a second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], route: Route) -> None:
        self.route = route
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for this host's full name, which can hang without a network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a browser that went away
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "newsletter-demo"
    sys_version = ""
    timeout = 30  # seconds a client may stay silent

    def do_GET(self) -> None:
        reply = self.server.route(unquote(urlsplit(self.path).path))
        status = HTTPStatus.OK
        if reply is None:
            reply = Reply(b"<!doctype html><title>404</title><p>There is no such page here.\n")
            status = HTTPStatus.NOT_FOUND
        etag = f'"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
        asked = self.headers.get("If-None-Match", "")
        known = asked.strip() == "*" or etag in _ETAG.findall(asked)
        if status is HTTPStatus.OK and known:
            self._head(HTTPStatus.NOT_MODIFIED, {"ETag": etag, "Cache-Control": "no-cache"})
            return
        headers = {
            "Content-Type": reply.media_type,
            "Content-Length": str(len(reply.body)),
            "Content-Security-Policy": reply.policy,
            "Cache-Control": "no-cache",
        }
        if status is HTTPStatus.OK:
            headers["ETag"] = etag
        if reply.filename:
            headers["Content-Disposition"] = f'attachment; filename="{reply.filename}"'
        self._head(status, headers)
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_GET

    def _refuse(self) -> None:
        self._head(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD", "Content-Length": "0"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal belongs to the demo's own story."""
