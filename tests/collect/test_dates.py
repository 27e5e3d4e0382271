"""A time without a zone is that of the site, and a day alone is that day everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.collect.dates import FLOATING, parse_date, settled
from newsletter.collect.fetch import Fetched
from newsletter.collect.place import Place, Ways
from newsletter.collect.reading import take
from newsletter.compose.language import article_date
from newsletter.models import SourceKind

PARIS = ZoneInfo("Europe/Paris")
WAYS = Ways(datetime(2026, 7, 4, tzinfo=UTC), zone=PARIS)
URL = "https://courrier.example/"


@pytest.mark.parametrize(
    "written",
    [
        "2026-07-03T18:30:00",
        "2026-07-03 18:30",
        "Fri, 03 Jul 2026 18:30:00",
        "3 juillet 2026 à 18h30",
        "July 3, 2026 6:30 pm",
        "03/07/2026 18:30",
    ],
)
def test_a_time_without_a_zone_is_that_of_the_site(written: str) -> None:
    moment = parse_date(written)
    assert moment is not None
    assert moment.tzinfo is FLOATING
    assert settled(moment, PARIS) == datetime(2026, 7, 3, 16, 30, tzinfo=UTC)
    assert settled(moment, UTC) == datetime(2026, 7, 3, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-07-03T18:30:00Z", 18),
        ("2026-07-03 18:30:00 +0200", 16),
        ("2026-07-03 14:30:00 -0400", 18),
        ("Fri, 03 Jul 2026 14:30:00 -0400", 18),
        ("Jul 3, 2026 2:30 PM EDT", 18),
        ("2026-07-03T18:30:00+02:00", 16),
        ("Fri, 03 Jul 2026 18:30:00 +0200", 16),
        ("Fri, 03 Jul 2026 18:30:00 -0000", 18),
        ("Fri, 03 Jul 2026 18:30:00 GMT", 18),
        ("Fri, 03 Jul 2026 18:30:00 CEST", 16),
        ("3 juillet 2026 à 18h30 UTC", 18),
        ("3 juillet 2026 à 18:30 CEST", 16),
        ("2026-07-03 18:30 CEST", 16),
        ("1783103400", 18),
    ],
)
def test_a_zone_that_is_written_is_believed(written: str, hour: int) -> None:
    assert settled(parse_date(written), PARIS) == datetime(2026, 7, 3, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["2026-07-03", "3 juillet 2026", "03/07/2026", "July 3, 2026", "2026/07/03", "03-07-2026"],
)
def test_a_day_alone_is_the_same_day_in_every_zone(written: str) -> None:
    moment = parse_date(written)
    for zone in ("Europe/Paris", "America/Guadeloupe", "Pacific/Auckland"):
        assert settled(moment, ZoneInfo(zone)) == datetime(2026, 7, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["22/11/2026 20:00", "2026-11-22T20:00:00-04:00", "Nov 22, 2026 8:00 PM"]
)
def test_an_evening_that_is_midnight_in_utc_is_no_day_alone(written: str) -> None:
    moment = settled(parse_date(written), ZoneInfo("America/Martinique"))
    assert moment is not None
    assert moment.replace(second=0) == datetime(2026, 11, 23, tzinfo=UTC)
    assert article_date(moment, "America/Martinique") == date(2026, 11, 22)


def fetched(body: str, content_type: str) -> Fetched:
    return Fetched(
        status=200,
        url=URL,
        permanent_url=None,
        content=body.encode(),
        content_type=content_type,
        charset="utf-8",
        etag=None,
        last_modified=None,
    )


def test_feeds_pages_and_folders_are_read_in_the_zone_of_the_site(tmp_path: Path) -> None:
    feed = fetched(
        f"<rss version='2.0'><channel><title>Le Courrier</title><link>{URL}</link>"
        f"<item><title>Le pont rouvre</title><link>{URL}pont</link>"
        "<pubDate>Fri, 03 Jul 2026 18:30:00</pubDate></item></channel></rss>",
        "application/rss+xml",
    )
    page = fetched(
        "<main>"
        + "".join(
            f"<article><h2><a href='/{name}'>Le {name} rouvre</a></h2>"
            "<time datetime='2026-07-03T18:30'>vendredi</time><p>Il rouvre enfin.</p></article>"
            for name in ("pont", "quai")
        )
        + "</main>",
        "text/html",
    )
    (tmp_path / "pont.md").write_text(
        "---\ntitle: Le pont\ndate: 2026-07-03 18:30\n---\nIl rouvre.\n"
    )
    for place, got in (
        (Place(URL, SourceKind.FEED), feed),
        (Place(URL, SourceKind.PAGE), page),
        (Place(str(tmp_path), SourceKind.FOLDER), None),
    ):
        reading = take(place, got, WAYS)
        assert reading.feed is not None
        dates = {entry.published for entry in reading.feed.entries}
        assert dates == {datetime(2026, 7, 3, 16, 30, tzinfo=UTC)}, place.kind
        assert all(date is not None and date.tzinfo is UTC for date in dates)
