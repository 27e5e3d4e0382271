"""An editor's word on which articles are one holds, whatever their pages name later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from newsletter_kit import add_articles, add_readers
from test_twins import ORIGINAL, TITLES, due, ids, join

from newsletter.collect.history import MOST, What, note
from newsletter.collect.twins import twins_of
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import curating, drafting, publishing, steering
from newsletter.jobs.alerting import plan_alert, send_alert
from newsletter.jobs.articles import find_article
from newsletter.jobs.explaining import explain_article
from newsletter.jobs.parting import join_articles, part_article
from newsletter.jobs.withdrawing import withdraw
from newsletter.models import Article

__all__ = ["ids"]  # the fixture


def of(articles: Iterable[Article]) -> list[int]:
    return [one.id for one in articles]


def test_what_was_parted_comes_for_itself_and_is_not_joined_again(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    article, others = part_article(inst, str(younger), now=now, actor="test")
    assert (article.id, of(others)) == (younger, [older])
    assert due(inst, now) == {older, younger, third}
    join(inst, [older, younger], now + timedelta(days=1))  # its page is read once more
    assert due(inst, now) == {older, younger, third}
    told = explain_article(inst, str(younger), now=now).lines
    assert any(f"not the same as article {older}, an editor says" in line for line in told)
    assert part_article(inst, str(younger), now=now, actor="test")[1] == []


def test_what_an_issue_carried_as_another_comes_once_it_is_parted(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, _ = ids
    add_readers(inst, 1, now=now)
    issue = drafting.draft_digest(inst, "hebdo", now=now, actor="test").issue
    steering.approve(inst, str(issue.id), now=now, actor="test")
    publishing.publish_due(inst, now=now)
    assert due(inst, now) == set()
    part_article(inst, str(older), now=now, actor="test")
    assert due(inst, now) == {younger}


def test_the_address_that_they_shared_is_that_of_the_one_that_is_left(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, _ = ids
    part_article(inst, str(older), now=now, actor="test")
    with inst.database.read() as session:
        assert find_article(session, ORIGINAL).id == younger


def test_one_is_parted_from_all_and_the_others_stay_one(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    join_articles(inst, str(third), str(older), now=now, actor="test")  # third and younger by it
    assert due(inst, now) == {older}
    part_article(inst, str(older), now=now, actor="test")
    assert due(inst, now) == {older, younger}
    with inst.database.read() as session:
        assert of(twins_of(session, session.get_one(Article, third))) == [younger]


def test_two_are_joined_by_an_editor_parted_and_joined_again(
    inst: Installation, now: datetime
) -> None:
    one, two, third = add_articles(inst, TITLES, now=now)
    for _ in range(2):
        _, same, new = join_articles(inst, str(two), str(one), now=now, actor="test")
        assert (of(same), new) == ([one], True)
        assert not join_articles(inst, str(one), str(two), now=now, actor="test")[2]
        assert due(inst, now) == {one, third}
        part_article(inst, str(one), now=now, actor="test")
        assert due(inst, now) == {one, two, third}


def test_what_was_withdrawn_is_joined_with_nothing(inst: Installation, now: datetime) -> None:
    one, two, _ = add_articles(inst, TITLES, now=now)
    withdraw(inst, str(two), now=now, actor="test")
    with pytest.raises(Refused, match=f"article {two} was withdrawn, and what is the same would"):
        join_articles(inst, str(one), str(two), now=now, actor="test")
    with pytest.raises(Refused, match=f"are both article {one}"):
        join_articles(inst, str(one), str(one), now=now, actor="test")


def test_an_editor_s_words_hold_for_both_that_he_joined(inst: Installation, now: datetime) -> None:
    one, two, _ = add_articles(inst, TITLES, now=now)
    curating.edit_article(inst, str(two), title="Ce soir", now=now, actor="test")
    join_articles(inst, str(one), str(two), now=now, actor="test")
    assert curating.show_article(inst, str(one)).title == "Ce soir"


def test_a_long_history_forgets_no_word_of_an_editor(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, third = ids
    part_article(inst, str(older), now=now, actor="test")
    with inst.database.write() as session:
        for number in range(MOST):
            note(session.get_one(Article, older), What.UNLISTED, now, number=number)
    join(inst, [older, younger], now)
    assert due(inst, now) == {older, younger, third}


def test_an_alert_tells_of_earlier_ones_about_the_article_or_one_that_is_the_same(
    inst: Installation, ids: list[int], now: datetime
) -> None:
    older, younger, _ = ids
    add_readers(inst, 1, now=now, alerts=True)
    for number, article in enumerate((older, younger, older)):
        plan = plan_alert(
            inst, "hebdo", subject=f"Orage {number}", body="Vite", article=str(article), now=now
        )
        assert [issue.subject for issue in plan.earlier] == [f"Orage {n}" for n in range(number)]
        send_alert(inst, plan, now=now, actor="test")
    other = plan_alert(inst, "hebdo", subject="Pont", body="Vite", article=str(ids[2]), now=now)
    assert other.earlier == ()
