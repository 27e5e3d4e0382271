"""What a line of `collect` says of a source."""

from __future__ import annotations

from newsletter.cli.collecting import _told
from newsletter.jobs.collecting import Collected
from newsletter.jobs.visiting import VisitReport


def test_pages_that_could_not_be_read_are_counted_and_the_first_says_why() -> None:
    why = "https://valmont.example/1: robots.txt forbids it"
    visit = VisitReport(read=1, failed=1, problems=(why, "https://valmont.example/2: a 404"))
    said = _told(Collected("courier", "new", visit=visit))
    assert said == f"1 page read; 1 page could not be read ({why})"
    said = _told(Collected("courier", "new", visit=VisitReport(read=2, failed=3)))
    assert said == "2 pages read; 3 pages could not be read"
