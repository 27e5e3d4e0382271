"""Small HTTP servers on 127.0.0.1, and look-ups of names, that answer as they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from newsletter.collect.addresses import Resolver
from newsletter.collect.fetch import Limits

Answer = Callable[[BaseHTTPRequestHandler], None]
QUICK = Limits(connect=2, total=5)


class Site:
    """A running server: its address, what it was asked, and what it answers by path."""

    def __init__(self, port: int, paths: dict[str, Answer]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.paths = paths
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.over = threading.Event()  # set when the test is done, for answers that never end


@contextmanager
def site(**paths: Answer) -> Iterator[Site]:
    """A server whose `/name` is answered by the function given under that name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0].strip("/")
            running.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            try:
                running.paths[path](self)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Site(server.server_address[1], paths)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        running.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def says(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    """An answer with a body; header names are written with underscores."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def streams(chunks: Iterator[bytes], **headers: str) -> Answer:
    """An answer without a length that goes on as long as `chunks` do."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        for chunk in chunks:
            handler.wfile.write(chunk)

    return answer


def always(*found: str) -> Resolver:
    """A resolver with one answer."""

    def answer(host: str, port: int, seconds: float) -> Sequence[str]:
        return found

    return answer
