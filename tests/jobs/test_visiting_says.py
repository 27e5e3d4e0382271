"""What an article's own page says of who wrote it, and in which language."""

from __future__ import annotations

from dataclasses import replace

import newsletter_kit as kit

from newsletter.installation import Installation
from newsletter.jobs.previewing import preview
from newsletter.models import SourceList
from tests.jobs.paper_site import NOW, Site
from tests.jobs.visiting_kit import (
    CUT,
    DAY,
    article,
    entry,
    inst,
    page,
    shows,
    source,
    told,
    visits,
)

__all__ = ["inst"]  # the fixture


def by(author: str) -> str:
    return f'<meta name="author" content="{author}">'


def test_what_its_source_leaves_out_of_an_article_its_page_says_and_it_stays_said(
    inst: Installation, site: Site
) -> None:
    for n in (1, 2):
        site.answers[f"/articles/{n}"] = page(n, head=by("Odile Marchand"))
    number = source(inst)
    entries = entry(site, 1), entry(site, 2, author="Jean Petit", language="fr-BE")
    shows(inst, number, *entries)
    visits(inst, number)
    shows(inst, number, *entries, now=NOW + DAY, last_read=NOW)
    first, second = article(inst, 1), article(inst, 2)
    assert (first.author, first.language) == ("Odile Marchand", "fr")
    assert (second.author, second.language) == ("Jean Petit", "fr-BE")
    assert told(first) == [
        "20 Mar: unsigned at its source; its own page names Odile Marchand",
        "20 Mar: its source names no language; its own page is in 'fr'",
    ]
    assert first.changed_at == NOW  # nothing to read it again for
    # What the source says later is taken; what it took back itself is gone.
    shows(inst, number, replace(entries[0], author="Odile M."), replace(entries[1], author=None),
          now=NOW + 2 * DAY, last_read=NOW + DAY)  # fmt: skip
    assert (article(inst, 1).author, article(inst, 1).language) == ("Odile M.", "fr")
    assert (article(inst, 2).author, article(inst, 2).language) == (None, "fr-BE")


def test_a_page_that_is_read_again_may_say_it_otherwise(inst: Installation, site: Site) -> None:
    site.answers["/articles/1"] = page(1, head=by("Odil Marchant"))
    number = source(inst)
    shows(inst, number, entry(site, 1))
    visits(inst, number)
    site.answers["/articles/1"] = page(1, head=by("Odile Marchand"))
    edited = entry(site, 1, text=CUT.replace("samedi", "dimanche"))
    shows(inst, number, edited, now=NOW + DAY, last_read=NOW)
    assert article(inst, 1).author == "Odil Marchant"
    visits(inst, number, now=NOW + DAY)
    shows(inst, number, edited, now=NOW + 2 * DAY, last_read=NOW + DAY)
    assert article(inst, 1).author == "Odile Marchand"
    assert "names Odile Marchand (2 times by then)" in told(article(inst, 1))[-1]


def test_a_mail_in_another_language_says_which_one_an_article_s_page_is_in(
    inst: Installation, site: Site
) -> None:
    kit.make_list(inst, "weekly", now=NOW, language="en")
    site.answers["/articles/1"] = page(1, head=by("Odile Marchand"))
    number = source(inst)
    with inst.database.write() as session:
        session.add(SourceList(source_id=number, mlist_id=kit.mlist_id(inst, "weekly")))
    shows(inst, number, entry(site, 1))
    before = preview(inst, "weekly", now=NOW).variants[0].page
    visits(inst, number)
    after = preview(inst, "weekly", now=NOW).variants[0].page
    mark = '<td class="side story" lang="fr" dir="ltr"'
    assert (mark in before, mark in after) == (False, True)
    assert "by Odile Marchand" in after
    # To a list in French it is nothing that need be said.
    assert mark not in preview(inst, "hebdo", now=NOW).variants[0].page
