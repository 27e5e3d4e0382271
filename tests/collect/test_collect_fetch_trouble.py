"""Servers that send too much, take too long, speak no HTTP, or cannot be reached and trusted."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hostile import QUICK, always, says, site, streams

from newsletter.collect.fetch import Limits, fetch
from newsletter.errors import FetchError

# --- size and time ------------------------------------------------------------------------------


def test_gzip_and_both_kinds_of_deflate_are_unpacked() -> None:
    text = b"<rss>" + b"valmont " * 20_000 + b"</rss>"
    bare = zlib.compressobj(wbits=-15)
    with site(
        gzip=says(
            gzip.compress(text[:70_000]) + gzip.compress(text[70_000:]), Content_Encoding="gzip"
        ),
        zlib=says(zlib.compress(text), Content_Encoding="deflate"),
        bare=says(bare.compress(text) + bare.flush(), Content_Encoding="Deflate"),
    ) as s:
        for name in ("gzip", "zlib", "bare"):
            assert fetch(f"{s.url}/{name}", allow_private=True).body == text


@pytest.mark.parametrize("name", ["none", "UTF-8", "8bit", "binary", "identity"])
def test_a_content_encoding_that_is_no_coding_changes_nothing(name: str) -> None:
    with site(feed=says(b"<rss/>", Content_Encoding=name)) as s:
        assert fetch(f"{s.url}/feed", allow_private=True).body == b"<rss/>"


def test_what_is_cut_short_or_damaged_is_an_error() -> None:
    packed = gzip.compress(b"valmont " * 1000)

    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x")

    with site(
        cut=says(packed[:-20], Content_Encoding="gzip"),
        damaged=says(b"no gzip", Content_Encoding="gzip"),
        unknown=says(b"x", Content_Encoding="br"),
        short=short,
    ) as s:
        for name in ("cut", "damaged", "unknown", "short"):
            with pytest.raises(FetchError):
                fetch(f"{s.url}/{name}", allow_private=True)


def test_a_gzip_bomb_is_stopped_in_flat_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    nothing = bytes(1024 * 1024)
    bomb = b"".join(packer.compress(nothing) for _ in range(120)) + packer.flush()
    limits = Limits(unpacked=2 * 1024 * 1024)
    with site(feed=says(bomb, Content_Encoding="gzip")) as s:
        tracemalloc.start()
        try:
            with pytest.raises(FetchError, match="unpacks to more than 2 MB"):
                fetch(f"{s.url}/feed", allow_private=True, limits=limits)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 12 * 1024 * 1024


def test_an_endless_stream_is_stopped() -> None:
    endless = streams(itertools.repeat(b"x" * 65536))
    with site(feed=endless) as s, pytest.raises(FetchError, match="more than 1 MB"):
        fetch(f"{s.url}/feed", allow_private=True, limits=Limits(transferred=1024 * 1024))


@pytest.mark.parametrize("part", ["headers", "body", "status"])
def test_a_server_that_drips_is_left_at_the_deadline(part: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        start = {
            "status": b"",
            "headers": b"HTTP/1.1 200 OK\r\nX: ",
            "body": b"HTTP/1.1 200 OK\r\n\r\n",
        }
        handler.wfile.write(start[part])
        while not running.over.wait(0.05):
            handler.wfile.write(b"1")

    with site(feed=drip) as running:
        began = time.monotonic()
        with pytest.raises(FetchError, match="did not answer in time"):
            fetch(f"{running.url}/feed", allow_private=True, limits=Limits(total=0.4))
        assert time.monotonic() - began < 8


def test_a_slow_look_up_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def slow(*args: object, **kwargs: object) -> list[object]:
        over.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    try:
        with pytest.raises(FetchError, match="did not answer in time"):
            fetch("http://courrier.example/", limits=Limits(connect=0.2, total=0.4))
    finally:
        over.set()
    assert time.monotonic() - began < 8


# --- out of reach -------------------------------------------------------------------------------


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with site(feed=says(b"ok")) as s, site(**{"": says(b"proxy")}) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert fetch(f"{s.url}/feed", allow_private=True).body == b"ok"
        assert proxy.asked == []


def test_a_closed_port_and_an_unknown_host_say_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(FetchError, match=rf"could not fetch http://127.0.0.1:{port}/: "):
            fetch(f"http://127.0.0.1:{port}", allow_private=True, limits=QUICK)

    def nobody(host: str, port: int, seconds: float) -> Sequence[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(FetchError, match=r"no such host: courrier\.example"):
        fetch("http://courrier.example/", resolver=nobody)


def test_a_port_that_nobody_listens_on_is_told_in_words() -> None:
    with socket.socket() as taken:  # bound, and listening to nobody
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(FetchError, match="nothing answers there"):
            fetch(f"http://127.0.0.1:{port}/feed", allow_private=True)


def test_rubbish_instead_of_http_is_an_error() -> None:
    def rubbish(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-valmont\r\n\r\n")

    with site(feed=rubbish) as s, pytest.raises(FetchError, match="could not fetch"):
        fetch(f"{s.url}/feed", allow_private=True)


# --- TLS ----------------------------------------------------------------------------------------


@pytest.fixture
def tls_site(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext, list[str | None]]]:
    """A TLS server for courrier.example; its port, a context that trusts it, the SNI it saw."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "courrier.example")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("courrier.example")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "both.pem").write_bytes(pem + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "both.pem")
    seen: list[str | None] = []

    def note(wire: ssl.SSLObject, host: str | None, context: ssl.SSLContext) -> None:
        seen.append(host)

    server.sni_callback = note
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            try:
                with server.wrap_socket(wire, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except OSError:
                continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1], ssl.create_default_context(cadata=pem.decode()), seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_over_tls_the_name_is_checked_though_the_address_is_pinned(
    tls_site: tuple[int, ssl.SSLContext, list[str | None]],
) -> None:
    port, trusting, seen = tls_site

    here = always("127.0.0.1")
    good = f"https://courrier.example:{port}/feed"
    assert fetch(good, allow_private=True, resolver=here, tls=trusting).body == b"ok"
    assert seen == ["courrier.example"]
    with pytest.raises(FetchError, match=r"its certificate is not right \(.*\): tell its operator"):
        fetch(f"https://autre.example:{port}/", allow_private=True, resolver=here, tls=trusting)
    with pytest.raises(FetchError) as caught:
        fetch(good, allow_private=True, resolver=here)
    assert "its certificate is not right (self" in str(caught.value)
    assert "_ssl.c" not in str(caught.value)


def test_https_where_none_is_spoken_is_told_in_words() -> None:
    with site(feed=says(b"ok")) as s, pytest.raises(FetchError) as caught:
        fetch(f"{s.url}/feed".replace("http:", "https:"), allow_private=True)
    assert str(caught.value).endswith("no https is spoken there: give its http:// address")
