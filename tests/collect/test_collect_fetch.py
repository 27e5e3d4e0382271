"""The fetcher against servers that mean no good, and against those that only do as they please."""

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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hostile import says, site, streams

from newsletter.collect.addresses import Resolver, is_public, resolve
from newsletter.collect.fetch import Limits, fetch, retry_after
from newsletter.collect.hosts import private_for
from newsletter.errors import FetchError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
QUICK = Limits(connect=2, total=5)
PUBLIC = "93.184.216.34"


def always(*found: str) -> Resolver:
    """A resolver with one answer."""

    def answer(host: str, port: int, seconds: float) -> Sequence[str]:
        return found

    return answer


def test_a_plain_fetch_gives_body_and_headers() -> None:
    feed = says(
        b"<rss/>", Content_Type="Application/RSS+xml; charset=UTF-8", ETag='"a"', Last_Modified="x"
    )
    with site(feed=feed) as s:
        got = fetch(f"{s.url}/feed", allow_private=True, base_url="https://courrier.example")
    assert (got.status, got.body, got.url) == (200, b"<rss/>", f"{s.url}/feed")
    assert (got.content_type, got.charset) == ("application/rss+xml", "utf-8")
    assert (got.etag, got.last_modified, got.permanent_url) == ('"a"', "x", None)
    agent = s.asked[0][1]["user-agent"]
    assert agent.startswith("newsletter-publisher/")
    assert agent.endswith(" (+https://courrier.example)")


def test_nothing_changed_is_a_304() -> None:
    with site(feed=says(status=304, ETag='"a"')) as s:
        got = fetch(f"{s.url}/feed", etag='"a"', last_modified="yesterday", allow_private=True)
    assert (got.status, got.body, got.etag) == (304, b"", '"a"')
    assert s.asked[0][1]["if-none-match"] == '"a"'
    assert s.asked[0][1]["if-modified-since"] == "yesterday"


def test_a_304_that_nobody_asked_for_is_an_error() -> None:
    with site(feed=says(status=304)) as s, pytest.raises(FetchError, match="answered 304"):
        fetch(f"{s.url}/feed", allow_private=True)


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.8.9.1 0.0.0.0 10.0.0.1 172.16.3.4 192.168.1.1 169.254.169.254 100.64.0.1
    192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255
    ::1 :: fe80::1 fe80::1%2 fc00::1 fd12::1 ff02::1 fec0::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1::1 2002:808:808::1
    2001::1 2001:db8::1 100::1 3fff::1 5f00::1 localhost""".split(),  # noqa: SIM905
)
def test_an_address_that_is_not_public_is_known_as_such(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_passes(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "127.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
    ],
)
def test_this_machine_is_refused_in_whatever_form_it_is_written(host: str) -> None:
    with site(feed=says(b"secret")) as s:
        with pytest.raises(
            FetchError, match=r"not a public address .*--allow-private|no such host"
        ):
            fetch(f"http://{host}:{s.port}/feed", limits=QUICK)
        assert s.asked == []


def test_a_name_that_changes_its_address_is_not_asked_twice() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked: list[str] = []

    def rebinding(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    with site(feed=says(b"ok")) as s:
        got = fetch(
            f"http://courrier.example:{s.port}/feed", allow_private=True, resolver=rebinding
        )
        assert s.asked[0][1]["host"] == f"courrier.example:{s.port}"
    assert got.body == b"ok"
    assert asked == ["courrier.example"]


@pytest.fixture
def tunnel(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leads 93.184.216.34 to this machine, and keeps the addresses that were connected to."""
    connected: list[str] = []
    connect = socket.create_connection

    def through(to: tuple[str, int], seconds: float) -> socket.socket:
        connected.append(to[0])
        return connect(("127.0.0.1" if to[0] == PUBLIC else to[0], to[1]), seconds)

    monkeypatch.setattr(socket, "create_connection", through)
    return connected


def test_of_several_addresses_only_public_ones_are_connected_to(tunnel: list[str]) -> None:
    with site(feed=says(b"ok")) as s:
        url = f"http://courrier.example:{s.port}/feed"
        assert fetch(url, resolver=always("127.0.0.1", "10.0.0.1", PUBLIC)).body == b"ok"
    assert tunnel == [PUBLIC]


def test_a_second_address_is_tried_when_the_first_refuses() -> None:
    with site(feed=says(b"ok")) as s:
        got = fetch(
            f"http://courrier.example:{s.port}/feed",
            allow_private=True,
            resolver=always("127.0.0.9", "127.0.0.1"),
        )
    assert got.body == b"ok"


def test_a_redirect_to_a_private_address_is_refused(tunnel: list[str]) -> None:
    def names(host: str, port: int, seconds: float) -> Sequence[str]:
        return [PUBLIC] if host == "courrier.example" else resolve(host, port, seconds)

    with site(meta=says(b"secret")) as inner:
        with site(feed=says(status=302, Location=f"{inner.url}/meta")) as s:
            url = f"http://courrier.example:{s.port}/feed"
            with pytest.raises(FetchError, match=r"127\.0\.0\.1, which is not a public address"):
                fetch(url, resolver=names)
        assert inner.asked == []
    assert tunnel == [PUBLIC]


def test_a_private_host_may_be_asked_only_where_it_was_named() -> None:
    def other(host: str, port: int, seconds: float) -> Sequence[str]:
        return ("127.0.0.1",)

    with site(feed=says(b"private")) as s:
        for leads, fails in (("localhost", True), ("127.0.0.1", False)):
            s.paths["go"] = says(status=302, Location=f"http://{leads}:{s.port}/feed")
            if fails:
                with pytest.raises(FetchError, match="redirects there: if that is meant, give"):
                    fetch(f"{s.url}/go", allow_private=True, resolver=other)
            else:
                assert fetch(f"{s.url}/go", allow_private=True, resolver=other).body == b"private"


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"],
)
def test_where_clouds_keep_credentials_nobody_is_asked(address: str) -> None:
    with pytest.raises(FetchError, match="not a public address"):
        fetch("http://x.example/", allow_private=True, resolver=always(address), limits=QUICK)


@dataclass
class Paper:
    location: str = "http://127.0.0.1:8000/feed"
    site: str | None = "http://paper.local/"
    allow_private: bool = True


def test_a_private_source_makes_no_other_host_private() -> None:
    assert private_for("http://127.0.0.1:9000/a", Paper())
    assert private_for("http://paper.local/a", Paper())
    assert not private_for("http://127.0.0.2:8000/feed", Paper())
    assert not private_for("http://127.0.0.1/feed", Paper(allow_private=False))
    assert not private_for("http://[x/", Paper(site=None))
    assert not private_for("/a", Paper(site=None))


def test_permanent_redirects_are_remembered_and_mixed_ones_are_not() -> None:
    with site(
        old=says(status=301, Location="/moved"),
        moved=says(status=308, Location="/feed"),
        mixed=says(status=302, Location="/old"),
        feed=says(b"ok"),
    ) as s:
        assert fetch(f"{s.url}/old", allow_private=True).permanent_url == f"{s.url}/feed"
        got = fetch(f"{s.url}/mixed", allow_private=True)
        assert (got.permanent_url, got.url) == (None, f"{s.url}/feed")


def test_a_redirect_loop_ends_after_five() -> None:
    with site(feed=says(status=302, Location="/feed")) as s:
        with pytest.raises(FetchError, match="more than 5 times"):
            fetch(f"{s.url}/feed", allow_private=True)
        assert len(s.asked) == 6


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://x/", "", "http://", "http://[x/"]
)
def test_a_redirect_to_what_is_no_web_address_is_refused(target: str) -> None:
    with (
        site(feed=says(status=302, Location=target)) as s,
        pytest.raises(FetchError, match="redirects"),
    ):
        fetch(f"{s.url}/feed", allow_private=True)


def test_a_redirect_to_a_name_that_cannot_be_is_refused() -> None:
    with (
        site(feed=says(status=302, Location="http://xn--.org/")) as s,
        pytest.raises(FetchError, match="not a web address"),
    ):
        fetch(f"{s.url}/feed", allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x/y",
        "/feed",
        "",
        "http://",
        "http://[::1",
        "http://x:99999/",
        "javascript:1",
        "http://a b/",
        "http://xn--.org/",
    ],
)
def test_what_is_no_web_address_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(url, allow_private=True, limits=QUICK, resolver=always())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mailto:redaction@courrier.example", "that is an e-mail address: give the address of the"),
        ("redaction@courrier.example", "that is an e-mail address: give the address of the"),
        ("", "no address was given: give that of the site"),
        ("valmont", "'valmont' (give it as your browser shows it, such as https://"),
        ("htp://courrier.example/", "'htp://courrier.example/' (give it as your browser shows it"),
        ("odile:canari@courrier.example", "'courrier.example' (give it as"),
    ],
)
def test_what_is_no_web_address_is_told_with_what_to_give_instead(url: str, told: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(url, resolver=always())
    assert told in str(caught.value)
    assert "canari" not in str(caught.value)


def test_a_password_goes_to_its_own_server_and_into_no_message() -> None:
    with site(feed=says(b"private")) as other:
        away = says(status=301, Location=f"{other.url}/feed")
        with site(
            feed=away,
            wrong=says(status=401),
            old=says(status=301, Location="/new"),
            new=says(b"ok"),
        ) as s:
            base = f"http://ann:ca%3Anary@127.0.0.1:{s.port}"
            got = fetch(f"{base}/feed", allow_private=True)
            assert "authorization" in s.asked[0][1]
            assert "authorization" not in other.asked[0][1]
            assert "nary" not in got.url + str(got.permanent_url)
            kept = fetch(f"{base}/old", allow_private=True)
            assert kept.url == f"{s.url}/new"
            assert kept.permanent_url == f"{base}/new"
            with pytest.raises(FetchError) as caught:
                fetch(f"{base}/wrong", allow_private=True)
    assert "nary" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 204, 206])
def test_any_other_answer_is_an_error_with_its_status(status: int) -> None:
    with site(feed=says(status=status)) as s, pytest.raises(FetchError) as caught:
        fetch(f"{s.url}/feed", allow_private=True)
    assert caught.value.status == status
    assert not caught.value.gone
    assert f"{s.url}/feed answered {status}: " in str(caught.value)


def test_410_means_gone() -> None:
    with site(feed=says(status=410)) as s, pytest.raises(FetchError) as caught:
        fetch(f"{s.url}/feed", allow_private=True)
    assert caught.value.gone


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_may_say_how_long_to_wait(status: int) -> None:
    with (
        site(feed=says(status=status, Retry_After="120")) as s,
        pytest.raises(FetchError) as caught,
    ):
        fetch(f"{s.url}/feed", allow_private=True, now=NOW)
    assert caught.value.retry_after == 120


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("99999999999999", 30 * 24 * 3600),
        ("soon", None),
        ("-5", None),
        (None, None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


# --- size and time ----------------------------------------------------------------------------


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


def test_rubbish_instead_of_http_is_an_error() -> None:
    def rubbish(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-valmont\r\n\r\n")

    with site(feed=rubbish) as s, pytest.raises(FetchError, match="could not fetch"):
        fetch(f"{s.url}/feed", allow_private=True)


# --- TLS --------------------------------------------------------------------------------------


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


def test_a_port_that_nobody_listens_on_is_told_in_words() -> None:
    with socket.socket() as taken:  # bound, and listening to nobody
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(FetchError, match="nothing answers there"):
            fetch(f"http://127.0.0.1:{port}/feed", allow_private=True)


def test_the_same_bytes_again_count_as_a_304_whatever_the_server_says() -> None:
    large = b"<rss>" + b"valmont " * 100_000 + b"</rss>"
    with site(small=says(b"<rss/>", ETag='"a"'), large=says(large)) as s:
        for name, other in (("small", b"<rss />"), ("large", large + b" ")):
            first = fetch(f"{s.url}/{name}", allow_private=True)
            again = fetch(f"{s.url}/{name}", allow_private=True, body_hash=first.body_hash)
            assert (first.status, again.status, again.body) == (200, 304, b"")
            assert again.body_hash == first.body_hash
            s.paths[name] = says(other)
            changed = fetch(f"{s.url}/{name}", allow_private=True, body_hash=first.body_hash)
            assert (changed.status, changed.body) == (200, other)
            s.paths[name] = says(other, Content_Type="text/html; charset=latin-1")
            read_otherwise = fetch(
                f"{s.url}/{name}", allow_private=True, body_hash=changed.body_hash
            )
            assert read_otherwise.status == 200


@pytest.mark.parametrize("etag", ['W/"été"', '"' + "x" * 5000 + '"', "a\r\nX: y", ""])
def test_a_validator_that_would_break_the_request_is_not_sent_back(etag: str) -> None:
    with site(feed=says(b"ok")) as s:
        got = fetch(f"{s.url}/feed", etag=etag, last_modified=etag, allow_private=True)
    assert got.status == 200
    assert not {"if-none-match", "if-modified-since", "x"} & s.asked[0][1].keys()


@pytest.mark.parametrize("status", [301, 302])
def test_validators_go_to_the_address_that_gave_them_and_no_further(status: int) -> None:
    def home(handler: BaseHTTPRequestHandler) -> None:
        fresh = "If-None-Match" not in handler.headers
        says(b"<p>a home page</p>" if fresh else b"", 200 if fresh else 304, ETag='"h"')(handler)

    with site(home=home) as running:
        running.paths["feed"] = says(status=status, Location=f"{running.url}/home")
        found = fetch(f"{running.url}/feed", etag='"of the feed"', allow_private=True)
        assert found.status == 200  # a 304 would be "nothing new", for ever
        assert (found.etag is None) == (status == 302)


def test_a_weak_validator_is_sent_back_as_it_came() -> None:
    with site(feed=says(status=304)) as s:
        fetch(f"{s.url}/feed", etag='W/"a, b"', allow_private=True)
    assert s.asked[0][1]["if-none-match"] == 'W/"a, b"'
