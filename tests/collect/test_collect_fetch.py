"""What a server answers: a body, nothing new, an error, and for how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest
from hostile import says, site

from newsletter.collect.fetch import fetch, retry_after
from newsletter.errors import FetchError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


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
