"""Servers that send without end: all at once, they are left with memory as flat as before."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
import zlib
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler

import pytest
from hostile import Answer, says, site, streams

from newsletter.collect.fetch import Limits, fetch
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


READ_ALL = """
import json, sys
from datetime import UTC, datetime
from newsletter.collect.crew import Crew
from newsletter.collect.fetch import Limits
from newsletter.collect.reading import Place, Ways
from newsletter.models import SourceKind

def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024

def read(addresses):
    told = {}
    limits = Limits(total=10, transferred=10_000_000, unpacked=10_000_000)
    ways = Ways(datetime(2026, 3, 1, tzinfo=UTC), limits)
    places = [Place(address, SourceKind.FEED, allow_private=True) for address in addresses]
    with Crew(enumerate(places), ways, at_once=50, per_host=50) as crew:
        while crew.is_busy:
            outcome = crew.next()
            told[outcome.key] = type(outcome.error).__name__
            outcome.let_go()
    return told

good, *bad = sys.argv[1:]
read([good] * 50)
before = peak()
told = read(bad * 3)
print(json.dumps([before, peak(), told]))
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_all_of_them_at_once_leave_the_memory_flat() -> None:
    feed = (
        b"<rss><channel><title>Valmont</title><item><title>Le pont</title></item></channel></rss>"
    )
    with site(**FOREVER, good=says(feed)) as s:
        addresses = [f"{s.url}/{name}" for name in ("good", *FOREVER)]
        done = subprocess.run(
            [sys.executable, "-c", READ_ALL, *addresses],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    before, after, told = json.loads(done.stdout)
    assert set(told.values()) == {"FetchError"}
    assert len(told) == 3 * len(FOREVER)
    assert after - before < 48 * MEGABYTE
