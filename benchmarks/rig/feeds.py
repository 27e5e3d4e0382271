"""A thousand feeds of a few hundred hosts, served by a process of its own on the loopback network.

Each host is an address of 127.0.0.0/8. A feed shows the newest 20 of its articles; how many came
out so far is set for all feeds at once, and so is whether they have an ETag.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

ITEMS = 20  # that a feed shows
PER_HOST = 4  # feeds
BEGIN = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
TEXT = (
    "La fanfare de Valmont joue samedi sur la place du marché, dès 11 h, si le temps le permet. "
    "On y entendra trois marches et une valse. Le pont, lui, reste fermé jusqu’à lundi : « Il faut "
    "que le mortier sèche », dit l’entrepreneur. "
)


@dataclass(frozen=True)
class Feeds:
    """The running server."""

    port: int
    count: int

    def urls(self) -> list[str]:
        """The addresses of all feeds."""
        return [f"http://{host_of(n)}:{self.port}/{n}" for n in range(self.count)]

    def show(self, articles: int, *, validators: bool = True) -> None:
        """Let each feed have published so many articles, with or without an ETag."""
        urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/show/{articles}/{int(validators)}", timeout=10
        ).close()


def host_of(number: int) -> str:
    """The host of a feed."""
    host = number // PER_HOST
    return f"127.0.{1 + host // 250}.{1 + host % 250}"


@contextmanager
def served(count: int) -> Iterator[Feeds]:
    """A server with so many feeds."""
    server = subprocess.Popen(
        [sys.executable, __file__, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield Feeds(int(server.stdout.readline()), count)
    finally:
        server.stdin.close()
        server.wait()


def feed(number: int, articles: int) -> bytes:
    """The bytes of a feed that has published so many articles: some 50 KB."""
    items = "".join(_item(number, n) for n in range(articles - 1, articles - 1 - ITEMS, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>Le Courrier de Valmont, édition {number}</title>"
        f"<link>https://valmont{number}.example/</link><language>fr</language>{items}"
        "</channel></rss>"
    ).encode()


def _item(number: int, article: int) -> str:
    link = f"https://valmont{number}.example/articles/{article}"
    text = f"Article {article} de l’édition {number}. {TEXT}"
    paragraphs = "".join(f"<p>{text}</p>" for _ in range(5))
    return (
        f"<item><guid isPermaLink='false'>{number}-{article}</guid><link>{link}</link>"
        f"<title>La fanfare no {article} joue à Valmont-{number}</title>"
        f"<pubDate>{format_datetime(BEGIN + timedelta(hours=article))}</pubDate>"
        f"<category>culture</category><description>{text}</description>"
        f"<content:encoded><![CDATA[{paragraphs}<img src='{link}.jpg' width='640' height='400'"
        " alt='La fanfare'>]]></content:encoded></item>"
    )


class _Server(asyncio.Protocol):
    """Answers one GET after another; everything else is no concern of a benchmark."""

    articles, validators = ITEMS, True
    bodies: dict[int, bytes] = {}  # noqa: RUF012  # shared by all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            self.transport.write(self._answer(head))  # type: ignore[attr-defined]  # of TCP

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/show/"):
            _, _, articles, validators = path.split("/")
            _Server.articles, _Server.validators = int(articles), validators == "1"
            _Server.bodies = {}
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        etag = b'"%d"' % self.articles
        if self.validators and b"if-none-match: " + etag in head.lower():
            return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag
        number = int(path[1:])
        body = self.bodies.get(number)
        if body is None:
            body = self.bodies[number] = feed(number, self.articles)
        known = b"ETag: %s\r\n" % etag if self.validators else b""
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n%sContent-Length: %d\r\n\r\n"
            % (known, len(body))
        ) + body


async def _serve(count: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Server, "0.0.0.0", 0, backlog=1024)
    _Server.bodies = {number: feed(number, ITEMS) for number in range(count)}
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the benchmark is over


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
