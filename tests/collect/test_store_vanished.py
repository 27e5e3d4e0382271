"""What was taken away, and what only made room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.collect.vanished import Shown, left

DAY_NOUGHT = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)


def dated(*days: int) -> list[Shown]:
    """Articles named by the day of their date."""
    return [Shown(day, day, DAY_NOUGHT + timedelta(days=day)) for day in days]


def undated(*names: int) -> list[Shown]:
    return [Shown(name, name, None) for name in names]


def vanished(
    before: Sequence[Shown], now: Sequence[Shown], *, folder: bool = False, lost: int = 0
) -> set[int]:
    return set(left(before, now, folder=folder, lost=lost).vanished)


def test_what_leaves_from_the_middle_was_taken_away() -> None:
    assert vanished(dated(9, 8, 7, 6), dated(9, 7, 6)) == {8}


def test_it_was_taken_away_also_while_as_many_new_ones_came() -> None:
    assert vanished(dated(9, 8, 7, 6, 5), dated(11, 10, 9, 7, 6)) == {8}


def test_what_new_ones_push_off_the_end_has_made_room() -> None:
    assert vanished(dated(9, 8, 7, 6), dated(11, 10, 9, 8)) == set()
    assert left(dated(9, 8, 7, 6), dated(11, 10, 9, 8), folder=False, lost=0).aged == (7, 6)


def test_what_grows_too_old_for_a_window_of_days_has_made_room() -> None:
    assert vanished(dated(9, 8, 7, 6), dated(9, 8)) == set()


def test_a_feed_that_is_told_to_show_fewer_has_lost_nothing() -> None:
    assert vanished(dated(*range(30, 0, -1)), dated(*range(30, 20, -1))) == set()


def test_the_newest_may_be_taken_away_too() -> None:
    assert vanished(dated(9, 8, 7, 6), dated(8, 7, 6)) == {9}


def test_an_old_article_kept_on_top_does_not_make_others_look_taken_away() -> None:
    assert vanished(dated(1, 9, 8, 7), dated(1, 10, 9, 8)) == set()


def test_an_old_article_that_is_kept_on_top_no_longer_has_made_room() -> None:
    assert vanished(dated(1, 9, 8, 7), dated(9, 8, 7, 6)) == set()


def test_beside_one_kept_on_top_another_may_be_taken_away() -> None:
    assert vanished(dated(1, 9, 8, 7, 6), dated(1, 9, 7, 6)) == {8}


def test_an_article_moved_to_the_top_by_an_edit_leaves_the_order_as_it_is() -> None:
    assert vanished(dated(9, 8, 7, 6, 5, 4), dated(6, 9, 8, 7, 5)) == set()
    assert vanished(dated(9, 8, 7, 6, 5, 4), dated(6, 9, 7, 5, 4)) == {8}


def test_a_feed_that_begins_with_its_oldest_is_read_the_other_way_round() -> None:
    assert vanished(dated(5, 6, 7, 8), dated(7, 8, 9, 10)) == set()
    assert vanished(dated(5, 6, 7, 8), dated(5, 6, 8)) == {7}
    assert vanished(undated(5, 6, 7, 8), undated(7, 8, 9, 10)) == set()


@pytest.mark.parametrize("lost", [0, 1])
def test_an_empty_reading_proves_nothing(lost: int) -> None:
    found = left(dated(9, 8, 7), [], folder=True, lost=lost)
    assert found.vanished == ()
    assert not found.whole


def test_a_reading_that_lacks_an_article_it_could_not_read_proves_nothing() -> None:
    found = left(dated(9, 8, 7, 6), dated(9, 7, 6), folder=False, lost=1)
    assert found.vanished == ()
    assert not found.whole
    assert vanished(dated(9, 8, 7, 6, 5), dated(9, 6, 5), lost=1) == {8, 7}


def test_a_site_that_shows_less_than_half_of_it_was_rebuilt() -> None:
    found = left(dated(9, 8, 7, 6, 5), dated(9, 5), folder=False, lost=0)
    assert found.vanished == ()
    assert found.whole


def test_a_site_with_other_articles_altogether_was_rebuilt() -> None:
    assert vanished(dated(9, 8, 7), dated(30, 29, 28)) == set()


def test_one_of_two_may_be_taken_away() -> None:
    assert vanished(dated(9, 8), dated(8)) == {9}


def test_whatever_is_no_longer_in_a_folder_was_taken_away() -> None:
    assert vanished(dated(9, 8, 7), dated(9), folder=True) == {8, 7}


def test_undated_what_leaves_while_as_many_come_has_made_room() -> None:
    # A front page in sections: what leaves the news is not at the end of the page.
    assert vanished(undated(1, 2, 3, 10, 11), undated(4, 1, 2, 10, 11)) == set()


def test_undated_what_leaves_while_fewer_come_was_taken_away() -> None:
    assert vanished(undated(1, 2, 3, 4, 5), undated(1, 3, 4, 5)) == {2}
    assert vanished(undated(1, 2, 3, 4, 5), undated(6, 1, 3, 4)) == {2}


def test_what_leaves_a_choice_without_order_says_nothing() -> None:
    assert vanished(undated(1, 2, 3, 4, 5, 6), undated(5, 1, 4, 3, 2)) == set()
    assert vanished(dated(5, 9, 2, 7, 1, 8), dated(2, 8, 1, 9, 5)) == set()


def test_an_article_at_a_new_guid_is_still_there() -> None:
    before = dated(9, 8, 7)
    now = [before[0], Shown(80, 8, before[1].date), before[2]]
    assert vanished(before, now) == set()


def test_a_few_dates_among_many_articles_without_are_no_order() -> None:
    before = [*undated(1, 2), *dated(20), *undated(3), *dated(5)]
    assert vanished(before, [*undated(9, 1, 2, 3), *dated(5)]) == set()


@given(st.lists(st.integers(0, 40), unique=True), st.lists(st.integers(0, 40), unique=True))
def test_only_what_left_vanishes_and_never_more_than_half(
    before: list[int], now: list[int]
) -> None:
    found = left(dated(*before), dated(*now), folder=False, lost=0)
    assert {*found.vanished, *found.aged} <= set(before) - set(now)
    assert len(found.vanished) <= max(1, len(before) // 2)
    if found.whole:
        assert {*found.vanished, *found.aged} == set(before) - set(now)


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_a_feed_that_only_goes_on_never_loses_anything(size: int, new: int, later: int) -> None:
    before = list(range(size, 0, -1))
    now = list(range(size + new, 0, -1))[:later]
    for shape in (dated, undated):
        assert vanished(shape(*before), shape(*now)) == set()
