"""The page of an article that its source lists no more says whether it is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from newsletter.collect.entry import Image
from newsletter.installation import Installation
from newsletter.jobs import wanting_pages
from tests.jobs.paper_site import NOW, Answer, Site
from tests.jobs.visiting_kit import (
    DAY,
    WHOLE,
    article,
    asked,
    entry,
    inst,
    page,
    shows,
    source,
    told,
    visits,
)

__all__ = ["inst"]  # the fixture


def vanish(inst: Installation, site: Site, **fields: Any) -> int:
    """A source that listed five articles, and does not list the third any more."""
    number = source(inst, **fields)
    entries = [entry(site, n, text=WHOLE, image=Image(f"{site.url}/{n}.jpg")) for n in range(1, 6)]
    shows(inst, number, *entries)
    del entries[2]
    shows(inst, number, *entries, now=NOW + DAY, last_read=NOW)
    assert article(inst, 3).removed_at == NOW + DAY
    return number


@pytest.mark.parametrize("reads", [True, False])
def test_what_is_only_unlisted_is_not_held_back(
    inst: Installation, site: Site, reads: bool
) -> None:
    site.answers["/articles/3"] = page(3)
    number = vanish(inst, site, read_articles=reads)
    report = visits(inst, number, now=NOW + DAY)[number]
    assert (report.still_there, report.gone, report.failed) == (1, 0, 0)
    found = article(inst, 3)
    assert found.removed_at is None
    assert found.page_html == (WHOLE if reads else "")
    assert "its own page is there" in told(found)[1]  # after it was taken away
    assert visits(inst, number, now=NOW + 2 * DAY) == {}
    assert asked(site) == ["/articles/3"]


FRONT = Answer(b"<h1>Le Courrier de Valmont</h1><p>Bienvenue sur notre site.</p>", type="text/html")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", 404, "text/html"),
        Answer(b"", 410, "text/html"),
        Answer(b"", 403, "text/html"),
        Answer(b"<h1>Page introuvable</h1>", type="text/html"),
        Answer(b"", 302, headers={"Location": "/"}),
        Answer(b"", 301, headers={"Location": "/articles/2"}),
        Answer(b"%PDF-1.4", type="application/pdf"),
    ],
    ids=["404", "410", "403", "said-with-200", "to-the-front-page", "to-another", "pdf"],
)
def test_what_is_gone_or_cannot_be_told_stays_held_back(
    inst: Installation, site: Site, answer: Answer
) -> None:
    site.answers.update({"/articles/3": answer, "/articles/2": page(2), "/": FRONT})
    number = vanish(inst, site)
    report = visits(inst, number, now=NOW + DAY)[number]
    assert (report.still_there, report.gone) == (0, 1)
    assert article(inst, 3).removed_at == NOW + DAY


def test_the_page_of_what_is_gone_is_asked_twice_again_a_day_apart(
    inst: Installation, site: Site
) -> None:
    number = vanish(inst, site)
    for hours in (24, 25, 48, 72, 96):
        visits(inst, number, now=NOW + timedelta(hours=hours))
    assert asked(site) == ["/articles/3"] * 3


def test_no_more_pages_are_asked_for_than_a_source_may_have_at_once(
    inst: Installation, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanting_pages, "MOST", 1)
    number = vanish(inst, site)
    kept = [entry(site, n, text=WHOLE, image=Image(f"{site.url}/{n}.jpg")) for n in (1, 4, 5)]
    shows(inst, number, *kept, now=NOW + 2 * DAY, last_read=NOW + DAY)
    visits(inst, number, now=NOW + 2 * DAY)
    assert asked(site) == ["/articles/2"]
    visits(inst, number, now=NOW + 2 * DAY)
    assert asked(site) == ["/articles/2", "/articles/3"]
