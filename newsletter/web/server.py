"""Serves the pages: in a process of its own until told to stop, or in a thread for a while."""

from __future__ import annotations

import copy
import functools
import logging
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.config import LOGGING_CONFIG

from newsletter.errors import NewsletterError
from newsletter.installation import Installation
from newsletter.web.app import create_app

GRACE_SECONDS = 10  # for requests under way when we are told to stop
_TOKEN = re.compile(r"/(c|u|p|s|m|v|subscription)/[^\s?\"]+")


class WithoutTokens(logging.Filter):
    """Takes tokens and queries out of the access log: whoever reads it could use them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            shown = _TOKEN.sub(r"/\1/…", str(path).partition("?")[0])
            record.args = (client, method, shown, version, status)
        return True


def serve(
    inst: Installation,
    *,
    stop: threading.Event | None = None,
    quiet: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve on the configured host and port, until SIGTERM or SIGINT, or until `stop` is set.

    Requests under way are answered first; a second signal ends it at once. `ready` is called once,
    with the address, as soon as requests are taken. Raises NewsletterError when the port cannot be
    had.
    """
    with listen(inst.config.web.host, inst.config.web.port) as listening:
        server = _server(create_app(inst), access_log=not quiet)
        if ready is not None:
            server.on_start = functools.partial(ready, _address(listening))
        if stop is not None:
            threading.Thread(target=_stop_when, args=(stop, server), daemon=True).start()
        server.run(sockets=[listening])


@contextmanager
def running(
    inst: Installation, *, port: int | None = None, app: FastAPI | None = None
) -> Iterator[str]:
    """The same in a thread while the block lasts; gives the address it can be reached at.

    `port` 0 is any free one; None the configured one. Raises NewsletterError when the port cannot
    be had, and when the server does not start.
    """
    wanted = inst.config.web.port if port is None else port
    with listen(inst.config.web.host, wanted) as listening:
        server = _server(app or create_app(inst), access_log=False)
        up = threading.Event()
        thread = threading.Thread(
            target=_run_in_thread, args=(server, listening, up), name="web", daemon=True
        )
        thread.start()
        if not up.wait(GRACE_SECONDS) or not server.started:
            raise NewsletterError("the web server did not start (see its log)")
        try:
            yield _address(listening)
        finally:
            server.should_exit = True
            thread.join(GRACE_SECONDS)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; raises NewsletterError, with the remedy, when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise NewsletterError(
            f"web: cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()} "
            "(stop what uses it, or set another 'port' under [web] in config.toml)"
        ) from error
    listening.set_inheritable(True)
    return listening


class _Server(uvicorn.Server):
    """Tells when it has started, and leaves quietly when it was asked to."""

    on_start: Callable[[], object] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and self.on_start is not None:
            self.on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, which afterwards dies of the signal: being stopped is no failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit  # the second time
        self.should_exit = True


def _server(app: FastAPI, *, access_log: bool) -> _Server:
    settings: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    settings["filters"] = {"without_tokens": {"()": WithoutTokens}}
    settings["handlers"]["access"]["filters"] = ["without_tokens"]
    settings["handlers"]["access"]["stream"] = "ext://sys.stderr"  # stdout is for answers
    return _Server(
        uvicorn.Config(
            app,
            log_config=settings,
            log_level="info" if access_log else "warning",
            access_log=access_log,
            server_header=False,
            proxy_headers=False,  # we read X-Forwarded-For ourselves, and Host not at all
            lifespan="off",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=GRACE_SECONDS,
            limit_concurrency=500,
            h11_max_incomplete_event_size=32 * 1024,
        )
    )


def _run_in_thread(server: _Server, listening: socket.socket, up: threading.Event) -> None:
    server.on_start = up.set
    try:
        server.run(sockets=[listening])
    finally:
        up.set()


def _stop_when(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
