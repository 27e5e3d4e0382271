"""Hosts that keep us waiting, are gone meanwhile, or are not to be asked."""

from __future__ import annotations

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.collect.fetch import Fetched
from newsletter.collect.reading import Ways
from newsletter.installation import Installation
from newsletter.jobs import visiting
from newsletter.jobs.visiting import VisitReport, visit
from newsletter.models import Article, Offer, Sighting, Source
from tests.jobs.paper_site import NOW, Answer, Site
from tests.jobs.visiting_kit import DAY, article, asked, entry, inst, page, shows, source, visits

__all__ = ["inst"]  # the fixture


def test_what_there_is_no_time_for_waits_for_the_next_visit(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    shows(inst, number, entry(site, 1))
    none = visit(inst, [number], ways=Ways(NOW), now=NOW, longest=-1)
    assert none[number] == VisitReport(waiting=1)
    assert visits(inst, number)[number].texts == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_for_patience_is_let_be(
    inst: Installation, site: Site, status: int
) -> None:
    for n in (1, 2, 3):
        site.answers[f"/articles/{n}"] = Answer(b"", status, "text/html")
    number = source(inst)
    shows(inst, number, *(entry(site, n) for n in (1, 2, 3)))
    report = visits(inst, number)[number]
    assert (report.failed, report.waiting) == (1, 2)
    assert asked(site) == ["/articles/1"]
    assert article(inst, 2).page_read_at is None


def test_one_host_that_does_not_answer_delays_no_other(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1)
    dead = "http://127.0.0.1:9"
    number = source(inst)
    lost = [entry(site, n, url=f"{dead}/articles/{n}") for n in range(2, 5)]
    shows(inst, number, entry(site, 1), *lost)
    report = visits(inst, number)[number]
    assert (report.texts, report.read) == (1, 1)
    assert report.failed + report.waiting == 3


def test_a_page_that_changes_hands_meanwhile_is_left(inst: Installation, site: Site) -> None:
    number = source(inst)
    shows(inst, number, entry(site, 1))

    class Withdrawing(visiting.Polite):
        """An editor withdraws the article while its page is asked for."""

        def get(self, url: str, *, allow_private: bool) -> Fetched:
            fetched = super().get(url, allow_private=allow_private)
            kit.change(inst, Article, {"withdrawn_at": NOW})
            return fetched

    site.answers["/articles/1"] = page(1)
    polite = Withdrawing(Ways(NOW))
    assert visit(inst, [number], ways=Ways(NOW), now=NOW, polite=polite)[number].read == 0
    assert asked(site) == ["/articles/1"]
    assert (article(inst, 1).page_html, article(inst, 1).page_read_at) == ("", None)


def test_nothing_is_read_of_what_was_on_offer_long_ago(inst: Installation, site: Site) -> None:
    number = source(inst)
    shows(inst, number, entry(site, 1))
    kit.change(inst, Offer, {"offered_at": NOW - 8 * DAY})
    assert visits(inst, number) == {}
    with inst.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Sighting)) == 1


def test_what_a_private_source_links_elsewhere_must_be_public(
    inst: Installation, site: Site
) -> None:
    site.answers["/articles/1"] = page(1)
    number = source(inst)
    with inst.database.write() as session:  # another name of this machine
        session.get_one(Source, number).location = "http://localhost/courrier"
    shows(inst, number, entry(site, 1))
    report = visits(inst, number)[number]
    assert report.read == 0
    assert "not a public address" in report.problems[0]
