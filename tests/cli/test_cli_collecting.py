"""What a line of `collect` says of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.collecting import _told
from newsletter.jobs.collecting import Collected
from newsletter.jobs.visiting import VisitReport
from newsletter.setup.demo.serving import LocalSite
from tests.cli.test_article_tables import feed

if TYPE_CHECKING:
    from conftest import Site


def test_what_is_held_is_named_and_offered_by_the_command_that_is_told(site: Site) -> None:
    there = {"/feed.xml": feed(2026)}
    with LocalSite(there.get) as web:
        add = ("source", "add", f"{web.url}/feed.xml", "--allow-private", "--name", "courier")
        site(*add)
        site("collect", "courier")
        assert "nothing is held" in site("collect", "courier", "--held").stdout
        said = site("collect", "courier", "--backfill", "2").stdout
        assert "the newest 2 were offered before (give a larger --backfill)" in " ".join(
            said.split()
        )
        there["/feed.xml"] = feed(2026, 2020)
        assert "collect courier --held" in " ".join(site("collect", "courier").stdout.split())
        shown = site("source", "show", "courier").stdout
        assert shown.count("janvier 2020") == 10
        assert site("article", "ls").stdout.count("weekly: held") == 20
        assert "… and 10 more" in shown
        assert "to offer all of them: newsletter collect courier --held" in shown
        assert len(site.json("source", "show", "courier")["appeared_at_once"]) == 20
        assert site.json("collect", "courier", "--held")[0]["offered"] == 20
        assert "appeared at once" not in site("source", "show", "courier").stdout
    rows = site.json("article", "ls", "--list", "weekly", "--held")
    assert sum("2020" in row["title"] and "wait" in row["why"] for row in rows) == 18  # and 2 come


def test_pages_that_could_not_be_read_are_counted_and_the_first_says_why() -> None:
    why = "https://valmont.example/1: robots.txt forbids it"
    visit = VisitReport(read=1, failed=1, problems=(why, "https://valmont.example/2: a 404"))
    said = _told(Collected("courier", "new", visit=visit))
    see = "see 'newsletter source show courier'"
    assert said == f"1 page read; 1 page could not be read ({why}; {see})"
    said = _told(Collected("courier", "new", visit=VisitReport(read=2, failed=3)))
    assert said == f"2 pages read; 3 pages could not be read ({see})"


def test_what_is_listed_no_more_is_held_back_only_where_its_own_page_is_gone_too() -> None:
    see = "see 'newsletter source show courier'"
    visit = VisitReport(read=1, still_there=1)
    said = _told(Collected("courier", "new", missing=1, visit=visit))
    assert said == "1 not listed any more, but its own page is there: not held back"
    visit = VisitReport(read=4, still_there=2, failed=1, gone=1)
    said = _told(Collected("courier", "new", missing=3, visit=visit))
    assert said == (
        f"1 gone from the source, held back ({see}); 2 not listed any more, but their own pages "
        "are there: not held back; 2 pages read"
    )
