"""How reading a source goes is said in a few words, and with a remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsletter.jobs.health import HealthState, at, health, in_days
from newsletter.models import Source, SourceKind

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def source(**fields: Any) -> Source:
    known = {"kind": SourceKind.FEED, "active": True, "failures": 0, "problem": "", "read_at": NOW}
    return Source(name="courrier", **known | fields)


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({}, HealthState.WELL, "well"),
        ({"read_at": None}, HealthState.NEW, "not read yet"),
        ({"active": False, "failures": 3}, HealthState.PAUSED, "paused"),
        ({"kind": SourceKind.MANUAL, "read_at": None}, HealthState.WELL, "by hand"),
        ({"gone_at": NOW - DAY, "failures": 2}, HealthState.GONE, "gone since 2026-03-19"),
        (
            {"failures": 3, "next_at": NOW + timedelta(minutes=30), "problem": "HTTP 503"},
            HealthState.FAILING,
            "failed 3×, asked again at 09:30",
        ),
        (
            {"failures": 9, "next_at": NOW + DAY},
            HealthState.FAILING,
            "failed 9×, asked again on 2026-03-21 at 09:00",
        ),
        (
            {"failures": 1, "next_at": NOW},
            HealthState.FAILING,
            "failed 1×, asked again at the next reading",
        ),
        (
            {"newest_at": NOW - 12 * DAY, "usual_gap_minutes": 2 * 24 * 60},
            HealthState.SILENT,
            "silent for 12 days (usually 2 days at most)",
        ),
        ({"newest_at": NOW - 5 * DAY, "usual_gap_minutes": 2 * 24 * 60}, HealthState.WELL, "well"),
        (
            {"problem": "2026-03-18: 50 old articles appeared at once and are held (…)"},
            HealthState.WELL,
            "well; 50 held back",
        ),
        ({"problem": "item 3: has no title"}, HealthState.WELL, "well, with oddities"),
    ],
)
def test_a_source_is_well_or_says_what_it_has(
    fields: dict[str, Any], state: HealthState, words: str
) -> None:
    found = health(source(**fields), now=NOW, timezone="Europe/Paris")
    assert (found.state, found.words) == (state, words)
    assert bool(found.remedy) == (words not in ("well", "by hand"))


def test_what_is_held_back_is_counted_whatever_else_there_is_to_say() -> None:
    found = health(source(failures=2), held=3, now=NOW, timezone="Europe/Paris")
    assert found.words == "failed 2×, asked again at the next reading; 3 held back"


def test_moments_and_spans_are_said_as_people_do() -> None:
    assert at(NOW + timedelta(hours=16), NOW, "Europe/Paris") == "on 2026-03-21 at 01:00"
    assert at(NOW + timedelta(hours=16), NOW, "America/Montreal") == "at 20:00"
    spans = [timedelta(minutes=5), timedelta(hours=17), timedelta(hours=20), 2 * DAY]
    assert [in_days(span) for span in spans] == ["1 hour", "17 hours", "1 day", "2 days"]


WAS = NOW - 30 * DAY
PAGE = "https://valmont.example/feed is a web page, not a feed: "
FEED = "https://valmont.example/fil.xml"
EDIT = "newsletter source edit courrier --location "


@pytest.mark.parametrize(
    ("problem", "fields", "why", "remedy"),
    [
        (
            PAGE + "give the address of its feed, or read it as a page (--kind page)",
            {"next_at": NOW + timedelta(minutes=30), "first_read_at": WAS},
            "https://valmont.example/feed is a web page, not a feed",
            "today it answers with a web page; it is asked again at 09:30. "
            f"Where its feed has moved: {EDIT}URL",
        ),
        (
            PAGE + f"it names a feed, give that address: {FEED}",
            {"first_read_at": WAS},
            "https://valmont.example/feed is a web page, not a feed",
            EDIT + FEED,
        ),
        (
            PAGE + f"it names a feed, give that address: {FEED}",
            {"first_read_at": WAS, "location": FEED},
            "https://valmont.example/feed is a web page, not a feed",
            "today it answers with a web page; it is asked again at the next reading. "
            f"Where its feed has moved: {EDIT}URL",
        ),
        (
            "https://valmont.example/feed answered 404: no such page: check the address",
            {},
            "https://valmont.example/feed answered 404: no such page",
            EDIT + "URL",
        ),
        (
            "https://valmont.example/feed answered 410: it is gone for good: remove the source, "
            "or give its new address; 2026-03-18: 50 old articles appeared at once and are held",
            {"gone_at": NOW},
            "https://valmont.example/feed answered 410: it is gone for good; "
            "2026-03-18: 50 old articles appeared at once and are held",
            EDIT + "URL, or newsletter source rm courrier",
        ),
        (
            "could not fetch https://valmont.example/: nothing answers there; try again later",
            {},
            "could not fetch https://valmont.example/: nothing answers there; try again later",
            "it is asked again at the next reading; at once: newsletter collect courrier",
        ),
    ],
)
def test_what_could_not_be_read_comes_with_the_exact_command(
    problem: str, fields: dict[str, Any], why: str, remedy: str
) -> None:
    known = {"failures": 1, "problem": problem, "location": "https://valmont.example/feed"}
    found = health(source(**known | fields), now=NOW, timezone="Europe/Paris")
    assert (found.why, found.remedy) == (why, remedy)


def test_an_address_that_moved_and_was_followed_is_no_oddity() -> None:
    problem = "moved for good from https://a.example/ to https://b.example/"
    found = health(source(problem=problem), now=NOW, timezone="Europe/Paris")
    assert (found.words, found.why, found.remedy, found.is_trouble) == ("well", "", "", False)
    assert found.moved == "https://a.example/ to https://b.example/"
    found = health(source(problem=f"{problem}; item 3: no title"), now=NOW, timezone="Europe/Paris")
    assert (found.words, found.why) == ("well, with oddities", "item 3: no title")


def test_what_is_held_back_hides_no_oddity() -> None:
    found = health(source(problem="item 3: no title"), held=2, now=NOW, timezone="Europe/Paris")
    assert found.words == "well, with oddities; 2 held back"
