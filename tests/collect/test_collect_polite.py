"""Pages that nobody invited us to read: what robots.txt says is kept, and hosts are not pressed."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from hostile import says, site

from newsletter.collect.fetch import Fetched, Limits
from newsletter.collect.polite import Disallowed, Polite
from newsletter.collect.reading import Ways
from newsletter.collect.robots import KEPT, KEPT_FAILURE, Robots, Rules, parse
from newsletter.collect.sitemap import sitemaps_in_robots
from newsletter.errors import FetchError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WAYS = Ways(NOW, Limits(connect=2, total=5))
BASE = "https://valmont.example"


def polite(**others: object) -> Polite:
    return Polite(WAYS, **others)  # type: ignore[arg-type]  # its clock and its pause


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/pont", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: autre\nDisallow: /", True),
        ("User-agent: Newsletter-Publisher/2\nDisallow: /a\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: newsletter-publisher\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: newsletter\nDisallow: /", True),
        ("User-agent: autre\nUser-agent: *\nDisallow: /", False),
        ("\ufeffUser-agent: *\r\nDisallow: /*.html$ # rien\r\n", False),
        ("<html><body>Disallow: /</body></html>", True),
        ("user agent *\nDisallow /a", False),
    ],
)
def test_a_robots_txt_says_what_may_be_read(text: str, allowed: bool) -> None:
    assert parse(text.encode()).allow(f"{BASE}/a/pont.html") is allowed


def test_bytes_that_are_no_text_forbid_nothing() -> None:
    assert parse(bytes(range(256)) * 8).allow(f"{BASE}/a")


def test_a_bounded_delay_is_told() -> None:
    rules = parse(
        b"Sitemap: https://valmont.example/sitemap.xml\nUser-agent: *\nCrawl-delay: 3600\n"
    )
    assert rules.delay == 10.0


@pytest.mark.parametrize("piece", [b"\n", b" ", b"\t", b"sitemap ", b"sitemap\n", b"sitemap:"])
def test_a_robots_txt_of_one_piece_without_end_takes_no_time(piece: bytes) -> None:
    began = time.process_time()
    sitemaps_in_robots(piece * (200_000 // len(piece)), url="https://courrier.example/robots.txt")
    assert time.process_time() - began < 1


def test_a_thousand_names_before_a_thousand_rules_are_not_a_million() -> None:
    names = b"".join(b"User-agent: bot%d\n" % n for n in range(20_000))
    rules = b"".join(b"Disallow: /x%d\n" % n for n in range(15_000))
    began = time.process_time()
    assert not parse(names + b"User-agent: *\n" + rules).allow(f"{BASE}/x7")
    assert time.process_time() - began < 5


def test_only_what_is_allowed_is_asked_for() -> None:
    robots = says(b"User-agent: *\nDisallow: /secret\nDisallow: /moved")
    with site(
        **{"robots.txt": robots},
        article=says(b"<p>Le pont", Content_Type="text/html"),
        hop=says(status=302, Location="/secret"),
    ) as s:
        reader = polite()
        assert reader.get(f"{s.url}/article", allow_private=True).body == b"<p>Le pont"
        for path in ("secret", "hop"):
            with pytest.raises(Disallowed, match=r"/secret was not read: the robots\.txt"):
                reader.get(f"{s.url}/{path}", allow_private=True)
    assert [path for path, _ in s.asked] == ["/robots.txt", "/article", "/hop"]
    agent = s.asked[1][1]["user-agent"]
    assert agent.startswith("newsletter-publisher/")


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (403, True), (500, False), (429, False)]
)
def test_no_robots_txt_allows_all_and_a_broken_server_nothing(status: int, allowed: bool) -> None:
    with site(**{"robots.txt": says(status=status)}, article=says(b"ok")) as s:
        if allowed:
            assert polite().get(f"{s.url}/article", allow_private=True).status == 200
        else:
            with pytest.raises(Disallowed, match=f"robots.txt is not known .* answered {status}"):
                polite().get(f"{s.url}/article", allow_private=True)


def test_too_many_redirects_are_no_robots_txt() -> None:
    with site(**{"robots.txt": says(status=302, Location="/robots.txt")}, a=says(b"ok")) as s:
        assert polite().get(f"{s.url}/a", allow_private=True).body == b"ok"


def test_of_a_huge_robots_txt_the_first_half_megabyte_counts() -> None:
    text = b"User-agent: *\nDisallow: /a\n" + b"# rien\n" * 100_000 + b"Disallow: /b\n"
    with site(**{"robots.txt": says(text)}, b=says(b"ok"), a=says(b"ok")) as s:
        reader = polite()
        assert reader.get(f"{s.url}/b", allow_private=True).body == b"ok"
        with pytest.raises(Disallowed):
            reader.get(f"{s.url}/a", allow_private=True)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://[x/", "javascript:1", "http://"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        polite().get(url, allow_private=True)


class Operator:
    """A site's robots.txt, as it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.trouble: FetchError | None = None
        self.body = b""

    def __call__(self, place: str) -> Fetched:
        self.asked += 1
        assert place == f"{BASE}/robots.txt"
        if self.trouble is not None:
            raise self.trouble
        return Fetched(200, place, None, self.body, "text/plain", None, None, None)

    def rules(self, robots: Robots, now: datetime) -> Rules:
        return robots.rules("https://ann:secret@valmont.example/a?b#c", self, now=now)


def test_a_robots_txt_is_asked_for_once_a_day() -> None:
    robots, operator = Robots(), Operator()
    for now in (NOW, NOW + KEPT / 2, NOW + KEPT):
        assert operator.rules(robots, now).allow(f"{BASE}/a")
    assert operator.asked == 2


def test_what_was_known_holds_while_the_site_is_unreachable() -> None:
    robots, operator = Robots(), Operator()
    operator.body = b"User-agent: *\nDisallow: /b"
    operator.rules(robots, NOW)
    operator.trouble = FetchError("nobody answers")
    later = NOW + KEPT
    assert operator.rules(robots, later).allow(f"{BASE}/a")
    assert not operator.rules(robots, later).allow(f"{BASE}/b")
    operator.trouble, operator.body = None, b""
    assert operator.rules(robots, later + KEPT_FAILURE).allow(f"{BASE}/b")


def test_a_site_that_nobody_knows_is_asked_again_within_the_hour_or_when_it_says() -> None:
    robots, operator = Robots(), Operator()
    operator.trouble = FetchError("answered 503", status=503, retry_after=7200)
    assert not operator.rules(robots, NOW).allow(f"{BASE}/a")
    operator.trouble = None
    assert not operator.rules(robots, NOW + timedelta(minutes=119)).allow(f"{BASE}/a")
    assert operator.rules(robots, NOW + timedelta(minutes=120)).allow(f"{BASE}/a")


def test_one_connection_to_a_host_at_a_time_and_robots_txt_only_once() -> None:
    inside = threading.Semaphore(1)
    crowded = threading.Event()

    def alone(handler: BaseHTTPRequestHandler) -> None:
        if not inside.acquire(blocking=False):
            crowded.set()
        crowded.wait(0.01)
        inside.release()
        says(b"ok")(handler)

    with site(**{"robots.txt": says(status=404)}, a=alone) as s:
        reader = polite()
        with ThreadPoolExecutor(6) as pool:
            got = list(
                pool.map(lambda n: reader.get(f"{s.url}/a?{n}", allow_private=True), range(6))
            )
    assert {found.body for found in got} == {b"ok"}
    assert not crowded.is_set()
    assert [path for path, _ in s.asked].count("/robots.txt") == 1


def test_a_slow_host_keeps_nobody_from_another() -> None:
    over = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        over.wait(20)
        says(b"late")(handler)

    none = says(status=404)
    with (
        site(**{"robots.txt": none}, a=slow) as one,
        site(**{"robots.txt": none}, a=says(b"ok")) as two,
    ):
        reader = polite()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(reader.get, f"{one.url}/a", allow_private=True)
            assert reader.get(f"{two.url}/a", allow_private=True).body == b"ok"
            assert not waiting.done()
            over.set()
            assert waiting.result().body == b"late"


def test_the_pace_that_a_site_asks_for_is_kept() -> None:
    clock = [100.0]
    paused: list[float] = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        clock[0] += seconds

    robots = says(b"User-agent: *\nCrawl-delay: 4\nDisallow: /b")
    with site(**{"robots.txt": robots}, a=says(b"ok")) as s:
        reader = polite(pause=pause, clock=lambda: clock[0])
        reader.get(f"{s.url}/a", allow_private=True)
        clock[0] += 1.5
        with pytest.raises(Disallowed):
            reader.get(f"{s.url}/b", allow_private=True)  # asks nobody, so waits for nothing
        reader.get(f"{s.url}/a", allow_private=True)
    assert paused == [0.0, 2.5]


def test_a_redirect_waits_for_the_turn_of_the_host_that_it_leads_to() -> None:
    inside = threading.Semaphore(1)
    crowded = threading.Event()

    def alone(handler: BaseHTTPRequestHandler) -> None:
        if not inside.acquire(blocking=False):
            crowded.set()
        crowded.wait(0.02)
        inside.release()
        says(b"ok")(handler)

    none = says(status=404)
    with site(**{"robots.txt": none}, a=alone) as end, site(**{"robots.txt": none}) as hop:
        hop.paths["go"] = says(status=302, Location=f"{end.url}/a")
        end.paths["back"] = says(status=302, Location=f"{hop.url}/go")  # in turn: nobody is stuck
        reader = polite()
        ways = [f"{end.url}/a?1", f"{hop.url}/go", f"{end.url}/a?2", f"{end.url}/back"]
        with ThreadPoolExecutor(4) as pool:
            got = list(pool.map(lambda url: reader.get(url, allow_private=True), ways))
    assert {found.body for found in got} == {b"ok"}
    assert not crowded.is_set()


def test_where_a_redirect_leads_the_pace_of_that_host_is_kept() -> None:
    clock = [100.0]
    paused: list[float] = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        clock[0] += seconds

    slow = says(b"User-agent: *\nCrawl-delay: 4")
    with (
        site(**{"robots.txt": slow}, a=says(b"ok")) as end,
        site(**{"robots.txt": says(status=404)}) as hop,
    ):
        hop.paths["go"] = says(status=301, Location=f"{end.url}/a")
        reader = polite(pause=pause, clock=lambda: clock[0])
        for _ in range(2):
            reader.get(f"{hop.url}/go", allow_private=True)
    assert paused == [0.0, 0.0, 0.0, 4.0]


def test_what_a_private_page_leads_to_is_not_asked_for_its_robots_txt() -> None:
    robots = says(b"")
    with (
        site(**{"robots.txt": robots}, a=says(b"secret")) as other,
        site(**{"robots.txt": robots}) as s,
    ):
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        s.paths["go"] = says(status=302, Location=f"{elsewhere}/a")
        with pytest.raises(FetchError):
            polite().get(f"{s.url}/go", allow_private=True)
    assert other.asked == []


def test_waiting_for_a_turn_is_not_the_servers_slowness() -> None:
    def slow(seconds: float) -> None:
        time.sleep(0.6)

    with site(**{"robots.txt": says(b"")}, a=says(b"ok")) as s:
        reader = Polite(Ways(NOW, Limits(connect=0.5, total=0.5)), pause=slow)
        assert reader.get(f"{s.url}/a", allow_private=True).body == b"ok"


def test_a_turn_is_not_waited_for_without_end() -> None:
    begun, over = threading.Event(), threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        over.wait(20)
        says(b"late")(handler)

    none = says(status=404)
    with (
        site(**{"robots.txt": none}, a=slow, b=says(b"ok")) as end,
        site(**{"robots.txt": none}) as hop,
    ):
        hop.paths["go"] = says(status=302, Location=f"{end.url}/b")
        reader = polite(patience=0.05)
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(reader.get, f"{end.url}/a", allow_private=True)
            assert begun.wait(20)
            with pytest.raises(FetchError, match=r"/b was not read: other pages of its host take"):
                reader.get(f"{hop.url}/go", allow_private=True)
            over.set()
            assert late.result().body == b"late"
        assert reader.get(f"{hop.url}/go", allow_private=True).body == b"ok"
