"""Many places are read at once: none waits for a slow one, and no host is pressed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest
from hostile import Answer, Site, says, site

from newsletter.collect.crew import Crew, Outcome
from newsletter.collect.fetch import Limits
from newsletter.collect.hosts import Turns, host_of
from newsletter.collect.reading import Place, Ways
from newsletter.errors import FetchError, ParseError
from newsletter.models import SourceKind

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WAYS = Ways(NOW, Limits(connect=2, total=20))
FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Valmont</title>'
    b"<item><guid>1</guid><title>Le pont est ouvert</title></item></channel></rss>"
)


def feed(location: str) -> Place:
    return Place(location, SourceKind.FEED, allow_private=True)


def all_of(crew: Crew) -> Iterator[Outcome]:
    while crew.is_busy:
        outcome = crew.next()
        assert outcome is not None
        yield outcome
        outcome.let_go()


def test_a_host_is_known_by_its_name_and_port() -> None:
    assert host_of("https://Courrier.example/a") == host_of("http://x:y@courrier.example:80/b")
    assert host_of("http://courrier.example:8080/") == "courrier.example:8080"
    assert host_of("/srv/articles") == host_of("http://[x/") == host_of("http://x:99999/") == ""


def test_hosts_take_turns_and_none_is_asked_more_than_twice_at_once() -> None:
    turns = Turns([*(("a", f"a{n}") for n in range(4)), ("b", "b0"), ("c", "c0")], each=2)
    assert [turns.next() for _ in range(5)] == [
        ("a", "a0"),
        ("b", "b0"),
        ("c", "c0"),
        ("a", "a1"),
        None,
    ]
    turns.done("b")
    assert turns.next() is None
    turns.done("a")
    assert turns.next() == ("a", "a2")
    assert turns.next() is None
    turns.done("a")
    turns.done("a")
    assert [turns.next(), turns.next()] == [("a", "a3"), None]


def test_what_has_no_host_waits_for_none() -> None:
    turns = Turns([("", n) for n in range(9)], each=1)
    assert [turns.next() for _ in range(9)] == [("", n) for n in range(9)]
    assert turns.next() is None


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    """Five hosts with feeds, and eight that do not answer before the test is over."""
    over = threading.Event()

    def never(handler: BaseHTTPRequestHandler) -> None:
        over.wait(30)

    answers: list[dict[str, Answer]] = [{"feed": says(FEED)}] * 5 + [{"feed": never}] * 8
    with ExitStack() as stack:
        stack.callback(over.set)
        yield [stack.enter_context(site(**paths)) for paths in answers]


def test_eight_hosts_that_never_answer_delay_none_of_two_hundred(sites: list[Site]) -> None:
    good, bad = sites[:5], sites[5:]
    places = [feed(f"{s.url}/feed?{n}") for n in range(40) for s in good]
    slow = [feed(f"{s.url}/feed?{n}") for n in range(3) for s in bad]

    def read_the_good_ones() -> None:
        with Crew(enumerate(slow + places), WAYS, at_once=50) as crew:
            for _ in range(200):
                outcome = crew.next(15)
                assert outcome is not None
                assert outcome.key >= len(slow)
                assert outcome.reading is not None
            assert all(len(s.asked) <= 2 for s in bad)
            raise InterruptedError  # and nobody waits for the eight

    with pytest.raises(InterruptedError):
        read_the_good_ones()


def test_no_host_has_more_than_two_connections() -> None:
    lock = threading.Lock()
    inside: Counter[int] = Counter()
    most: Counter[int] = Counter()

    def counted(handler: BaseHTTPRequestHandler) -> None:
        port = handler.server.server_port  # type: ignore[attr-defined]  # of an HTTPServer
        with lock:
            inside[port] += 1
            most[port] = max(most[port], inside[port])
        threading.Event().wait(0.005)
        with lock:
            inside[port] -= 1
        says(FEED)(handler)

    with site(feed=counted) as one, site(feed=counted) as two:
        places = [feed(f"{s.url}/feed?{n}") for n in range(10) for s in (one, two)]
        with Crew(enumerate(places), WAYS, at_once=20) as crew:
            assert len(list(all_of(crew))) == 20
    assert max(most.values()) == 2


def test_each_place_fails_or_is_read_on_its_own() -> None:
    with site(feed=says(FEED), page=says(b"bonjour", Content_Type="text/plain")) as s:
        places = [feed(f"{s.url}/feed"), feed(f"{s.url}/page"), feed("http://[x/")]
        with Crew(enumerate(places), WAYS, at_once=3) as crew:
            got = {outcome.key: outcome for outcome in all_of(crew)}
    assert got[0].reading is not None
    assert isinstance(got[1].error, ParseError)
    assert isinstance(got[2].error, FetchError)


def test_of_large_readings_one_is_held_at_a_time() -> None:
    text = b"<description>" + b"Le pont est ouvert. " * 20_000 + b"</description></item>"
    large = FEED.replace(b"</item>", text)
    with site(feed=says(large), small=says(FEED)) as s:
        places = [feed(f"{s.url}/feed"), feed(f"{s.url}/feed?2"), feed(f"{s.url}/small")]
        with Crew(enumerate(places), WAYS, at_once=3, per_host=3) as crew:
            one, two = crew.next(10), crew.next(10)
            assert one is not None
            assert two is not None
            assert sorted([one.is_large, two.is_large]) == [False, True]
            assert crew.next(0.05) is None
            for outcome in (one, two):
                outcome.let_go()
            last = crew.next(10)
            assert last is not None
            assert last.is_large
            last.let_go()


def test_a_large_page_whose_site_is_slow_keeps_no_other_large_one_waiting() -> None:
    articles = "".join(
        f"<p><b>Titre numéro {n} de la fanfare</b></p><p>Un texte assez long, numéro {n}, pour "
        f"être de la prose.</p><p>Titre numéro {n} de la fanfare Lire la suite</p>"
        for n in range(4)
    )
    page = f"<html><body>{articles}{'<p class=x></p>' * 20_000}</body></html>".encode()
    text = b"<description>" + b"Le pont est ouvert. " * 20_000 + b"</description></item>"
    large = FEED.replace(b"</item>", text)
    is_slow, over = threading.Event(), threading.Event()

    def first_the_page(handler: BaseHTTPRequestHandler) -> None:
        if len(paper.asked) > 1:
            is_slow.set()
            over.wait(30)
        says(page, Content_Type="text/html")(handler)

    def when_the_other_waits(handler: BaseHTTPRequestHandler) -> None:
        is_slow.wait(30)
        says(large)(handler)

    with site(page=first_the_page) as paper, site(feed=when_the_other_waits) as other:
        listed = Place(f"{paper.url}/page", SourceKind.PAGE, allow_private=True)
        places = [listed, feed(f"{other.url}/feed")]
        with ExitStack() as stack:
            crew = stack.enter_context(Crew(enumerate(places), WAYS, at_once=2))
            stack.callback(over.set)
            first = crew.next(10)
            over.set()
            assert first is not None
            assert (first.key, first.is_large) == (1, True)
            first.let_go()
            last = crew.next(10)
            assert last is not None
            assert (last.key, last.is_large) == (0, True)
            last.let_go()
