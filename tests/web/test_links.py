"""Links are made of base_url and a token for one purpose, and are the same at every try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.links import Links, unsigned
from newsletter.mail.slots import SlotName
from subscribers.errors import InvalidToken
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
