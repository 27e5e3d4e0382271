"""The articles of a list, as a table that can be read at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsletter.setup.demo.serving import LocalSite, Reply

if TYPE_CHECKING:
    from conftest import Site


def feed(*years: int) -> Reply:
    """A feed with an article of each of the first twenty days of some years."""
    items = "".join(
        f"<item><title>Les nouvelles du {day} janvier {year} à Valmont et à Brisemont</title>"
        f"<link>/{year}/{day}</link><pubDate>{day:02} Jan {year} 08:00:00 GMT</pubDate></item>"
        for year in years
        for day in range(20, 0, -1)
    )
    text = f'<rss version="2.0"><channel><title>Le Courrier</title>{items}</channel></rss>'
    return Reply(text.encode(), "application/rss+xml")


def test_what_many_articles_wait_for_is_said_once_above_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {"/feed.xml": feed(2026)}
    with LocalSite(there.get) as web:
        add = ("source", "add", f"{web.url}/feed.xml", "--allow-private", "--name", "courier")
        site(*add, "--topic", "vie locale")
        site("collect", "courier")
        there["/feed.xml"] = feed(2026, 2020)
        site("collect", "courier")
    monkeypatch.setattr("newsletter.cli.output.WIDE", 80)  # as a terminal is
    rows = site.json("article", "ls", "--list", "weekly", "--held")
    why = "held: 20 old articles appeared at once"
    assert [row["why"] for row in rows].count(why) == 20
    lines = site("article", "ls", "--list", "weekly", "--held").stdout.splitlines()
    assert [line.strip() for line in lines].count(why) == 1
    assert len(lines) == 2 + len(rows) + len({row["why"] for row in rows})
    assert max(map(len, lines)) <= 80


def test_no_article_at_all_is_no_limit(site: Site) -> None:
    for limit in ("0", "-1"):
        said = site("article", "ls", "--limit", limit, status=2).stderr
        assert f"{limit} is not in the range x>=1" in said
