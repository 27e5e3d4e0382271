"""Markers stand for each recipient's values, and no text can forge one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.slots import Slot, SlotName, Slots


def test_a_text_is_split_at_its_markers_in_order() -> None:
    slots = Slots.fresh()
    text = f"a {slots.marker(SlotName.NAME)}{slots.marker(SlotName.ADDRESS)} z"
    assert slots.split(text) == ["a ", Slot(SlotName.NAME), Slot(SlotName.ADDRESS), " z"]


def test_every_marker_is_one_word_of_letters_and_digits() -> None:
    slots = Slots.fresh()
    for name in SlotName:
        marker = slots.marker(name)
        assert marker.isascii()
        assert marker.isalnum()
        assert slots.split(marker) == [Slot(name)]


def test_the_marker_of_another_variant_is_plain_text() -> None:
    foreign = Slots("abcdefgh").marker(SlotName.UNSUBSCRIBE)
    assert Slots("abcdefgi").split(foreign) == [foreign]


def test_slots_are_the_same_again_from_their_nonce() -> None:
    slots = Slots.fresh()
    assert Slots(slots.nonce).marker(SlotName.NAME) == slots.marker(SlotName.NAME)
    assert Slots.fresh() != slots


@pytest.mark.parametrize("nonce", ["", "short", "not a nonce", "abcdefgé", "a" * 65, "abc.defgh"])
def test_a_nonce_that_could_break_a_text_is_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        Slots(nonce)


@given(st.lists(st.sampled_from(list(SlotName)) | st.text(max_size=20), max_size=12))
def test_splitting_loses_nothing(pieces: list[SlotName | str]) -> None:
    slots = Slots("0123456789abcd")
    text = "".join(slots.marker(p) if isinstance(p, SlotName) else p for p in pieces)
    split = slots.split(text)
    assert "".join(p if isinstance(p, str) else slots.marker(p.name) for p in split) == text
    assert [p.name for p in split if isinstance(p, Slot)] == [
        p for p in pieces if isinstance(p, SlotName)
    ]
