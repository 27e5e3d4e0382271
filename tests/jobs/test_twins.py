"""Two articles that are one, by the address their pages give: readers get it, and get it once."""

from __future__ import annotations

from datetime import datetime

import pytest
from newsletter_kit import add_articles, add_readers, change, make_list

from newsletter.collect.twins import same_as
from newsletter.installation import Installation
from newsletter.jobs import curating, drafting, steering
from newsletter.jobs.articles import find_article, list_articles, show_article
from newsletter.jobs.explaining import explain_article, explain_issue
from newsletter.jobs.withdrawing import who_got, withdraw
from newsletter.models import Article

ORIGINAL = "https://valmont.example/original"
TITLES = ("La fanfare joue samedi", "La fanfare joue samedi soir", "Le pont rouvre")


@pytest.fixture
def ids(inst: Installation, now: datetime) -> list[int]:
    """Two whose pages name one address, and a third."""
    made = add_articles(inst, TITLES, now=now)
    with inst.database.write() as session:
        for number in made[:2]:
            same_as(session, session.get_one(Article, number), ORIGINAL, now=now)
    return made


def due(inst: Installation, now: datetime, slug: str = "hebdo") -> set[int]:
    return {row.article.id for row in list_articles(inst, slug=slug, only="due", now=now)}


def why(inst: Installation, article: int, now: datetime) -> str:
    [row] = [r for r in list_articles(inst, slug="hebdo", now=now) if r.article.id == article]
    return row.why


def take_away(inst: Installation, article: int, when: datetime | None) -> None:
    change(inst, Article, {"removed_at": when}, id=article)


def test_the_older_one_is_carried_and_the_younger_says_so(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    assert due(inst, now) == {older, third}
    assert why(inst, younger, now) == f"left out: it is the same as article {older}"
    told = explain_article(inst, str(older), now=now).lines
    assert f"article {younger} is the same, by the address that its own page gives" in told


def test_what_is_taken_away_leaves_its_place_to_the_other_and_nothing_comes_twice(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    take_away(inst, older, now)
    assert due(inst, now) == {younger, third}
    take_away(inst, older, None)
    assert due(inst, now) == {older, third}
    take_away(inst, older, now)
    drafting.draft_digest(inst, "hebdo", now=now, actor="test")
    take_away(inst, older, None)
    assert due(inst, now) == set()
    assert why(inst, older, now) == (
        f"left out: it is the same as article {younger}, which hebdo/1 has"
    )


def test_what_an_issue_carried_does_not_come_again_under_its_other_address(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    drafting.draft_digest(inst, "hebdo", now=now, actor="test")
    take_away(inst, ids[0], now)
    assert due(inst, now) == set()


def test_what_an_editor_skipped_stays_out_and_a_pin_brings_the_one_that_he_wants(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    curating.skip(inst, "hebdo", str(older), now=now, actor="test")
    assert due(inst, now) == {third}
    curating.unskip(inst, "hebdo", str(older), now=now, actor="test")
    curating.pin(inst, "hebdo", str(younger), now=now, actor="test")
    assert due(inst, now) == {younger, third}


def test_a_list_that_was_never_offered_the_older_one_gets_the_younger(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    make_list(inst, "agence", now=now)
    curating.pin(inst, "agence", str(ids[1]), now=now, actor="test")
    curating.unpin(inst, "agence", str(ids[1]), now=now, actor="test")
    assert due(inst, now, "agence") == {ids[1]}


def test_an_address_that_several_pages_name_is_that_of_the_one_that_stands(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, _ = ids
    with inst.database.read() as session:
        assert find_article(session, ORIGINAL).id == older
    take_away(inst, older, now)
    with inst.database.read() as session:
        assert find_article(session, ORIGINAL).id == younger


@pytest.mark.parametrize("named", [0, 1])
def test_both_are_withdrawn_and_all_that_got_one_are_told(
    inst: Installation, ids: list[int], now: datetime, named: int
) -> None:
    add_readers(inst, 2, now=now)
    issue = drafting.draft_digest(inst, "hebdo", now=now, actor="test").issue
    steering.approve(inst, str(issue.id), now=now, actor="test")
    done = withdraw(inst, str(ids[named]), now=now, actor="test")
    assert done.is_new
    assert [one.id for one in done.same] == [ids[1 - named]]
    assert (done.paused, done.pages) == (("hebdo/1",), ("hebdo/1",))
    assert list(who_got(inst, str(ids[named]))) == []
    for article in ids[:2]:
        assert show_article(inst, str(article)).article.withdrawn_at == now
    assert not withdraw(inst, str(ids[named]), now=now, actor="test").is_new
    assert due(inst, now) == set()


def test_what_its_source_took_away_is_marked_in_the_draft_that_has_it(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    drafting.draft_digest(inst, "hebdo", now=now, actor="test")
    take_away(inst, ids[2], now)
    will = "held back: its source took it away; it will be left out"
    assert any(TITLES[2] in line and will in line for line in explain_issue(
        inst, "hebdo/1", now=now
    ).lines)  # fmt: skip
    told = explain_article(inst, str(ids[2]), now=now).lines
    assert any(line.startswith("hebdo/1 (digest, draft): has it as number") for line in told)
    assert not any("carries it" in line for line in told)
