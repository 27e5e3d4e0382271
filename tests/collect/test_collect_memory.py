"""Servers that send without end, or what grows when it is parsed: all at once, they are left with
memory as flat as before."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hostile import Answer, says, site, streams

from newsletter.collect.fetch import Limits, fetch
from newsletter.collect.markup import document, fragment
from newsletter.errors import FetchError

MEGABYTE = 1024 * 1024
QUICK = Limits(connect=2, total=20, transferred=MEGABYTE, unpacked=MEGABYTE)


def raw(*pieces: bytes, then: Iterable[bytes] = ()) -> Answer:
    """Bytes as they are, from the status line on."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        for piece in itertools.chain(pieces, then):
            handler.wfile.write(piece)
        handler.close_connection = True

    return answer


def bomb(wbits: int, megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + packer.flush()


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FOREVER = {
    "gzip": says(bomb(31, 200), Content_Encoding="gzip"),
    "deflate": says(bomb(15, 200), Content_Encoding="deflate"),
    "bare": says(bomb(-15, 200), Content_Encoding="deflate"),
    "members": streams(itertools.repeat(gzip.compress(bytes(65536))), Content_Encoding="gzip"),
    "stream": streams(itertools.repeat(b"x" * 65536)),
    "announced": raw(
        OK + b"Content-Length: 500000000\r\n\r\n", then=itertools.repeat(b"x" * 65536)
    ),
    "digits": raw(OK + b"Content-Length: " + b"9" * 20 + b"\r\n\r\n", b"x" * 65536),
    "headers": raw(OK, then=(b"X-%d: valmont\r\n" % n for n in itertools.count())),
    "header": raw(OK + b"X: ", then=itertools.repeat(b"x" * 65536)),
    "status": raw(b"HTTP/1.1 200 ", then=itertools.repeat(b"x" * 65536)),
    "interim": raw(then=itertools.repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 99)),
    "chunks": raw(CHUNKED, then=itertools.repeat(b"1;" + b"x" * 4000 + b"\r\nx\r\n")),
    "size": raw(CHUNKED, b"ffffffff\r\n", then=itertools.repeat(b"x" * 65536)),
    "extension": raw(CHUNKED, b"1;", then=itertools.repeat(b"x" * 65536)),
    "trailers": raw(CHUNKED, b"0\r\n", then=itertools.repeat(b"X: valmont\r\n" * 99)),
}


@pytest.mark.parametrize("name", FOREVER)
def test_what_has_no_end_is_left(name: str) -> None:
    with site(**{name: FOREVER[name]}) as s, pytest.raises(FetchError) as caught:
        fetch(f"{s.url}/{name}", allow_private=True, limits=QUICK)
    assert "in time" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        raw(CHUNKED, b"zz\r\nxx\r\n0\r\n\r\n"),
        raw(CHUNKED, b"5\r\nab\r\n0\r\n\r\n"),
        raw(CHUNKED, b"-1\r\n"),
        raw(CHUNKED, b"5\r\nab"),
        raw(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        raw(OK + b"Content-Length: -1\r\n\r\nab"),
        raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\nab"),
        raw(b"HTTP/1.1 99999 Non\r\n\r\n"),
        raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nab"),
        raw(OK + b"X\x00: a\r\n\r\nab"),
        raw(b""),
    ],
)
def test_what_is_no_http_is_an_error_in_one_line(answer: Answer) -> None:
    with site(feed=answer) as s, pytest.raises(FetchError) as caught:
        fetch(f"{s.url}/feed", allow_private=True, limits=QUICK)
    assert "\n" not in str(caught.value)


PEAK = """
import json, sys
from datetime import UTC, datetime
from newsletter.collect.crew import Crew
from newsletter.collect.fetch import Limits
from newsletter.collect.reading import Place, Ways
from newsletter.models import SourceKind

limits = Limits(total=60, transferred=10_000_000, unpacked=10_000_000)
ways = Ways(datetime(2026, 3, 1, tzinfo=UTC), limits)

def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024

def read(addresses, kind=SourceKind.FEED, site=None):
    told = {}
    places = [Place(address, kind, allow_private=True, site=site) for address in addresses]
    with Crew(enumerate(places), ways, at_once=50, per_host=50) as crew:
        while crew.is_busy:
            outcome = crew.next()
            told[outcome.key] = type(outcome.error).__name__
            outcome.let_go()
    return told
"""
READ_ALL = """
good, *bad = sys.argv[1:]
read([good] * 50)
before = peak()
told = read(bad * 3)
print(json.dumps([before, peak(), told]))
"""


def run(program: str, *arguments: str) -> Any:
    """What a program printed that knows PEAK, as a process with a memory of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK + program, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_all_of_them_at_once_leave_the_memory_flat() -> None:
    feed = (
        b"<rss><channel><title>Valmont</title><item><title>Le pont</title></item></channel></rss>"
    )
    with site(**FOREVER, good=says(feed)) as s:
        addresses = [f"{s.url}/{name}" for name in ("good", *FOREVER)]
        before, after, told = run(READ_ALL, *addresses)
    assert set(told.values()) == {"FetchError"}
    assert len(told) == 3 * len(FOREVER)
    assert after - before < 48 * MEGABYTE


# --- what grows when it is parsed -------------------------------------------------------------

SIZE = 9_900_000  # bytes, unpacked; a few KB on the wire
TAGS = ("<p>", "<a>")
LIST = "Le pont\n\nIl rouvre samedi.\n\nLe pont Lire la suite\n"


def packed(begins: str, tag: str, ends: str = "") -> Answer:
    body = begins + tag * (SIZE // len(tag)) + ends
    return says(gzip.compress(body.encode(), 6), Content_Encoding="gzip")


SHAPES: dict[str, Callable[[str], Answer]] = {
    "page": lambda tag: packed("<!doctype html><html><body>", tag),
    "item": lambda tag: packed(
        "<rss version='2.0'><channel><title>V</title><item><title>Le pont</title>"
        "<description><![CDATA[",
        tag,
        "]]></description></item></channel></rss>",
    ),
    "json": lambda tag: packed(
        '{"version": "https://jsonfeed.org/version/1.1", "title": "V",'
        ' "items": [{"id": "1", "title": "Le pont", "content_html": "',
        tag,
        '"}]}',
    ),
    "article": lambda tag: packed("<html><body><h1>Le pont</h1><article>", tag),
}
READ_SHAPES = """
import threading
from newsletter.collect.polite import Polite
from newsletter.collect.visitor import read_page
from newsletter.errors import CollectError

good, saved, *bad = sys.argv[1:]
read([good] * 50)

def visit(address):
    try:
        read_page(Polite(ways), address, title="Le pont", allow_private=True)
    except CollectError:
        pass

before = peak()
for address in bad:
    if address.partition("_")[2].startswith("article"):
        threads = [threading.Thread(target=visit, args=[address]) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        continue
    read([address] * 2)
    read([address] * 2, SourceKind.PAGE)
    read([saved], SourceKind.PAGE, site=address)
print(json.dumps([before, peak()]))
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("shape", SHAPES)
def test_what_unpacks_to_millions_of_tags_leaves_the_memory_flat(
    shape: str, tmp_path: Path
) -> None:
    saved = tmp_path / "une.txt"
    saved.write_text(LIST)
    answers = {f"n{number}_{shape}": SHAPES[shape](tag) for number, tag in enumerate(TAGS)}
    feed = (
        b"<rss><channel><title>Valmont</title><item><title>Le pont</title></item></channel></rss>"
    )
    with site(**answers, **{"robots.txt": says()}, good=says(feed)) as s:
        before, after = run(
            READ_SHAPES, f"{s.url}/good", str(saved), *(f"{s.url}/{name}" for name in answers)
        )
    assert (after - before) / MEGABYTE < 256


@pytest.mark.parametrize("tree_of", [document, fragment])
def test_no_tree_is_built_of_more_than_a_beginning(tree_of: Callable[[str], Any]) -> None:
    assert sum(1 for _ in tree_of("<p>x" * 300_000).iter()) < 130_000
