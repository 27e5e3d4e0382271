"""Where a fetch goes, and where it never does: this network, redirects, passwords."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hostile import QUICK, always, says, site

from newsletter.collect.addresses import is_public, resolve
from newsletter.collect.fetch import fetch
from newsletter.collect.hosts import private_for
from newsletter.errors import FetchError

PUBLIC = "93.184.216.34"


# --- public addresses ---------------------------------------------------------------------------


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


# --- redirects ----------------------------------------------------------------------------------


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


# --- no web address -----------------------------------------------------------------------------


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
