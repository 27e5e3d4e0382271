"""Two articles that are one, by the address their pages give: readers get it, and get it once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from newsletter_kit import add_articles, add_readers, change, make_list

from newsletter.collect.twins import same_as
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import curating, drafting, publishing, steering
from newsletter.jobs.alerting import plan_alert
from newsletter.jobs.articles import find_article, list_articles, show_article
from newsletter.jobs.explaining import explain_article, explain_issue
from newsletter.jobs.previewing import preview
from newsletter.jobs.relisting import edit_mlist
from newsletter.jobs.remaining import remaining
from newsletter.jobs.reviewing import show_issue
from newsletter.jobs.withdrawing import who_got, withdraw
from newsletter.models import Article, Issue, Offer, OfferState

ORIGINAL = "https://valmont.example/original"
TITLES = ("La fanfare joue samedi", "La fanfare joue samedi soir", "Le pont rouvre")


@pytest.fixture
def ids(inst: Installation, now: datetime) -> list[int]:
    """Two whose pages name one address, and a third."""
    made = add_articles(inst, TITLES, now=now)
    join(inst, made[:2], now)
    return made


def join(inst: Installation, articles: list[int], now: datetime) -> None:
    """The pages of these articles name one address."""
    with inst.database.write() as session:
        for number in articles:
            same_as(session, session.get_one(Article, number), ORIGINAL, now=now)


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
    assert any(f"the same as article {younger}, by the address" in line for line in told)


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
    assert why(inst, older, now) == f"left out: hebdo/1, a draft, has it, as article {younger}"


def test_what_an_issue_carried_does_not_come_again_under_its_other_address(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    add_readers(inst, 1, now=now)
    issue = drafting.draft_digest(inst, "hebdo", now=now, actor="test").issue
    steering.approve(inst, str(issue.id), now=now, actor="test")
    publishing.publish_due(inst, now=now)
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


def test_a_draft_gets_the_one_that_was_pinned_in_place_of_the_other(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    issue = drafting.draft_digest(inst, "hebdo", now=now, actor="test").issue
    done = curating.pin(inst, "hebdo", str(younger), now=now, actor="test")
    assert done.drafts == ("hebdo/1",)
    with inst.database.read() as session:
        draft = session.get_one(Issue, issue.id)
        left = remaining(session, draft, now)
    assert [candidate.article for candidate in left.kept] == [younger, third]
    assert list(left.gone) == [older]
    back = curating.unpin(inst, "hebdo", str(older), now=now, actor="test")
    assert (back.changed, back.out, back.kept) == (True, (), ("hebdo/1",))
    with inst.database.read() as session:
        left = remaining(session, session.get_one(Issue, issue.id), now)
    assert {candidate.article for candidate in left.kept} == {older, third}
    assert not left.gone


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
    will = "will be left out: its source no longer has it"
    assert any(TITLES[2] in line and will in line for line in explain_issue(
        inst, "hebdo/1", now=now
    ).lines)  # fmt: skip
    told = explain_article(inst, str(ids[2]), now=now).lines
    assert any("hebdo/1 (digest, draft): has it" in line and will in line for line in told)
    assert not any("carries it" in line for line in told)


def test_of_two_that_a_draft_has_one_goes_out(inst: Installation, now: datetime) -> None:
    older, younger, third = add_articles(inst, TITLES, now=now)
    add_readers(inst, 1, now=now)
    issue = drafting.draft_digest(inst, "hebdo", now=now, actor="test").issue
    join(inst, [older, younger], now)
    will = f"will be left out: it is the same as article {older}"
    assert show_issue(inst, "hebdo/1", now=now).left_out.keys() == {2}
    assert any(will in line for line in explain_issue(inst, "hebdo/1", now=now).lines)
    [variant] = preview(inst, "hebdo/1", now=now).variants
    assert (TITLES[0] in variant.text, f"{TITLES[1]}\n" in variant.text) == (True, False)
    steering.approve(inst, str(issue.id), now=now, actor="test")
    publishing.publish_due(inst, now=now)
    told = explain_article(inst, str(younger), now=now).lines
    assert any("hebdo/1 (digest, frozen): left out, it is the same as another" in t for t in told)
    assert due(inst, now) == set()
    assert why(inst, younger, now) == f"left out: hebdo/1 already carried it, as article {older}"
    assert third in {row.article.id for row in list_articles(inst, slug="hebdo", now=now)}


def test_a_draft_goes_out_without_what_an_issue_carried_under_its_other_address(
    inst: Installation, now: datetime
) -> None:
    [older] = add_articles(inst, TITLES[:1], now=now)
    add_readers(inst, 1, now=now)
    first = drafting.draft_digest(inst, "hebdo", now=now, actor="test").issue
    steering.approve(inst, str(first.id), now=now, actor="test")
    publishing.publish_due(inst, now=now)
    younger, _ = add_articles(inst, TITLES[1:], now=now)
    drafting.draft_digest(inst, "hebdo", now=now, actor="test")
    join(inst, [older, younger], now)
    lines = explain_issue(inst, "hebdo/2", now=now).lines
    assert any(f"hebdo/1 already carried it, as article {older}" in line for line in lines)
    with pytest.raises(Refused, match="does not come again in 'hebdo': hebdo/1 carried it"):
        curating.pin(inst, "hebdo", str(younger), now=now, actor="test")


def test_the_one_that_was_pinned_last_comes(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    for wanted in (older, younger, older):
        curating.pin(inst, "hebdo", str(wanted), now=now, actor="test")
        assert due(inst, now) == {wanted, third}
    assert curating.unpin(inst, "hebdo", str(younger), now=now, actor="test").changed
    assert not curating.unpin(inst, "hebdo", str(older), now=now, actor="test").changed


@pytest.mark.parametrize("skipped", [0, 1])
def test_a_skip_of_one_holds_for_both_and_is_taken_back_for_both(
    inst: Installation, ids: list[int], now: datetime, skipped: int
) -> None:
    older, _, third = ids
    drafting.draft_digest(inst, "hebdo", now=now, actor="test")
    curating.skip(inst, "hebdo", str(ids[skipped]), now=now, actor="test")
    assert "1 article" not in str(explain_issue(inst, "hebdo/1", now=now).articles)
    taken = [one.article for one in explain_issue(inst, "hebdo/1", now=now).articles if one.taken]
    assert taken == [third]
    assert due(inst, now) == set()
    assert curating.unskip(inst, "hebdo", str(ids[1 - skipped]), now=now, actor="test")
    assert due(inst, now) == {older}


def test_what_was_withdrawn_before_it_was_known_to_be_the_same_stays_away(
    inst: Installation, now: datetime
) -> None:
    older, younger, third = add_articles(inst, TITLES, now=now)
    withdraw(inst, str(younger), now=now, actor="test")
    join(inst, [older, younger], now)
    assert due(inst, now) == {third}
    with pytest.raises(Refused, match=f"article {younger}, which is the same, was withdrawn"):
        curating.pin(inst, "hebdo", str(older), now=now, actor="test")


def test_one_that_waits_for_its_day_makes_room_and_an_editor_s_words_are_not_lost(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    change(inst, Article, {"published_at": now + timedelta(days=3)}, id=older)
    assert due(inst, now) == {younger, third}
    change(inst, Article, {"published_at": now + timedelta(days=3)}, id=third)
    assert why(inst, third, now).endswith(" (Europe/Paris)")
    curating.edit_article(inst, str(older), title="Ce soir", now=now, actor="test")
    assert [row.title for row in list_articles(inst, slug="hebdo", only="due", now=now)].count(
        "Ce soir"
    ) == 1
    curating.edit_article(inst, str(younger), reset=True, now=now, actor="test")
    assert show_article(inst, str(older)).article.override == {}


def test_words_of_before_two_were_found_to_be_one_are_of_both(
    inst: Installation, now: datetime
) -> None:
    older, younger, _ = add_articles(inst, TITLES, now=now)
    curating.edit_article(inst, str(younger), title="Ce soir", now=now, actor="test")
    join(inst, [older, younger], now)
    for article in (older, younger):
        assert show_article(inst, str(article)).article.override == {"title": "Ce soir"}


def test_the_topics_of_both_count(inst: Installation, ids: list[int], now: datetime) -> None:
    edit_mlist(
        inst, "hebdo", topics=(("musique", "Musique"), ("sport", "Sport")), now=now, actor="test"
    )
    for article, topic in zip(ids[:2], ("musique", "sport"), strict=True):
        change(inst, Article, {"topics": frozenset({topic})}, id=article)
    [row] = [r for r in list_articles(inst, slug="hebdo", now=now) if r.article.id == ids[0]]
    assert row.topics == ("musique", "sport")


def test_the_other_is_due_where_a_draft_goes_out_without_the_one_it_has(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, _ = ids
    drafting.draft_digest(inst, "hebdo", now=now, actor="test")
    take_away(inst, older, now)
    assert due(inst, now) == {younger}
    take_away(inst, older, None)
    assert due(inst, now) == set()


def test_no_alert_is_about_what_was_withdrawn_as_another(inst: Installation, now: datetime) -> None:
    older, younger, _ = add_articles(inst, TITLES, now=now)
    withdraw(inst, str(older), now=now, actor="test")
    join(inst, [older, younger], now)
    with pytest.raises(Refused, match="was withdrawn"):
        plan_alert(inst, "hebdo", subject="Orage", body="Vite", article=ORIGINAL, now=now)


def test_what_was_counted_as_seen_comes_on_offer_with_its_twin(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    change(inst, Offer, {"state": OfferState.SEEDED}, article_id=older)
    assert due(inst, now) == {third}
    assert curating.unskip(inst, "hebdo", str(younger), now=now, actor="test")
    assert due(inst, now) == {older, third}


def test_this_week_s_menu_is_not_the_last_one_whose_page_it_was_copied_from(
    inst: Installation, now: datetime
) -> None:
    last, this = add_articles(inst, ["Menu de la cantine", "Menu de la cantine"], now=now)
    for article, days, text in ((last, 8, "Carottes, poisson, riz"), (this, 1, "Soupe, omelette")):
        change(
            inst, Article, {"published_at": now - timedelta(days=days), "summary_html": text},
            id=article,
        )  # fmt: skip
    join(inst, [last, this], now)
    assert due(inst, now) == {last, this}
