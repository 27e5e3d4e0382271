"""Links are made of base_url and a token for one purpose, and are the same at every try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.links import Links, unsigned
from newsletter.mail.slots import SlotName
from subscribers.errors import InvalidToken, UnknownKey
from subscribers.tokens import Purpose, Tokens

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TOKENS = Tokens({"k1": b"1" * 32, "k2": b"2" * 32}, "k2")
LINKS = Links("https://news.example.org", lambda: TOKENS)


def _token(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_link_opens_one_purpose_only() -> None:
    url = LINKS.preferences(7)
    assert url.startswith("https://news.example.org/p/")
    assert TOKENS.read_id(Purpose.PREFERENCES, _token(url), NOW) == 7
    with pytest.raises(InvalidToken):
        TOKENS.read_id(Purpose.UNSUBSCRIBE, _token(url), NOW)


def test_a_frozen_key_signs_the_same_link_after_a_rotation() -> None:
    first = Tokens({"k1": b"1" * 32}, "k1")
    before = Links("https://news.example.org", lambda: first).unsubscribe(7)
    assert LINKS.unsubscribe(7, "k1") == before != LINKS.unsubscribe(7)


def test_the_slots_of_an_issue_are_the_links_made_one_by_one() -> None:
    for key_id in ("k1", "k2", None):
        slots = LINKS.issue_slots(subscription_id=7, issue_id=12, variant_id=3, key_id=key_id)
        assert slots == {
            SlotName.UNSUBSCRIBE: LINKS.unsubscribe(7, key_id),
            SlotName.PREFERENCES: LINKS.preferences(7, key_id),
            SlotName.BROWSER: LINKS.browser(12, 3, key_id),
        }


def test_the_keys_are_asked_for_once_for_a_key_that_is_known_and_again_for_a_new_one() -> None:
    asked = []

    def tokens() -> Tokens:
        asked.append(True)
        keys = {"k1": b"1" * 32} if len(asked) < 3 else {"k1": b"1" * 32, "k2": b"2" * 32}
        return Tokens(keys, max(keys))

    links = Links("https://news.example.org", tokens)
    assert links.unsubscribe(7, "k1") == links.unsubscribe(7, "k1") == LINKS.unsubscribe(7, "k1")
    assert len(asked) == 1
    with pytest.raises(UnknownKey, match="'k2' is not known here"):
        links.unsubscribe(7, "k2")
    assert links.unsubscribe(7, "k2") == LINKS.unsubscribe(7, "k2")
    assert links.unsubscribe(7) == LINKS.unsubscribe(7)  # by the current key: always asked for
    assert len(asked) == 4


def test_a_notice_stores_no_token_and_signs_the_same_bytes_at_every_try() -> None:
    stored = {
        "confirm_url": unsigned(Purpose.CONFIRM, (3, 4), NOW),
        "unsubscribe_url": unsigned(Purpose.UNSUBSCRIBE, 3),
    }
    slots = LINKS.notice_slots(stored, "k1")
    assert slots == LINKS.notice_slots(stored, "k1")
    assert slots[SlotName.UNSUBSCRIBE] == LINKS.unsubscribe(3, "k1")
    token = _token(slots[SlotName.CONFIRM])
    assert TOKENS.read(Purpose.CONFIRM, token, NOW + timedelta(days=6)) == (3, 4)
    with pytest.raises(InvalidToken) as late:
        TOKENS.read(Purpose.CONFIRM, token, NOW + timedelta(days=8))
    assert late.value.expired
    assert "/c/" not in str(stored)


def test_a_browser_link_names_issue_and_variant_and_no_reader() -> None:
    token = _token(LINKS.browser(12, 3))
    assert TOKENS.read(Purpose.BROWSER, token, NOW) == (12, 3)


def test_a_slug_cannot_leave_its_place_in_an_address() -> None:
    assert LINKS.signup("../u/x?y") == "https://news.example.org/lists/..%2Fu%2Fx%3Fy"
