"""Pages of many hosts are asked for side by side, and nobody waits for what is not wanted."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from time import monotonic

from hostile import says, site

from newsletter.collect.fetch import Limits
from newsletter.collect.polite import Polite
from newsletter.collect.reading import Ways
from newsletter.collect.visitor import Wanted, ask_for

WAYS = Ways(datetime(2026, 3, 1, 12, 0, tzinfo=UTC), Limits(connect=2, total=20))
FREE = {"robots.txt": says(status=404)}
PAGE = b"<html><body><h1>Le pont</h1><p>Le pont est ouvert depuis samedi.</p></body></html>"


def wanted(url: str, number: int = 1) -> Wanted:
    return Wanted(number, 1, url, "Le pont", allow_private=True)


def test_each_page_gives_itself_or_why_not() -> None:
    with site(pont=says(PAGE, Content_Type="text/html"), **FREE) as one, site(**FREE) as other:
        pages = [wanted(f"{one.url}/pont", 1), wanted(f"{other.url}/pont", 2)]
        other.paths["pont"] = says(status=404)
        came = {answer.wanted.article: answer for answer in ask_for(pages, Polite(WAYS))}
    assert came[1].page is not None
    assert came[2].page is None
    assert came[2].problem


def test_after_its_time_nothing_is_asked_for() -> None:
    with site(pont=says(PAGE), **FREE) as one:
        (answer,) = ask_for([wanted(f"{one.url}/pont")], Polite(WAYS), longest=-1)
        assert (answer.page, answer.problem) == (None, "")
        assert not one.asked


def test_who_stops_waits_for_no_server() -> None:
    over = threading.Event()

    def never(handler: BaseHTTPRequestHandler) -> None:
        over.wait(30)

    with (
        site(pont=says(PAGE, Content_Type="text/html"), **FREE) as one,
        site(pont=never, **FREE) as other,
    ):
        pages = [wanted(f"{one.url}/pont", 1), wanted(f"{other.url}/pont", 2)]
        began = monotonic()
        coming = ask_for(pages, Polite(WAYS))
        try:
            assert next(coming).page is not None
            coming.close()  # as a KeyboardInterrupt does
            assert monotonic() - began < 10
        finally:
            over.set()
