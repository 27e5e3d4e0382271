from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import Signer
from itsdangerous.signer import HMACAlgorithm

from subscribers.errors import InvalidToken, UnknownKey
from subscribers.tokens import Payload, Purpose, Tokens

NOW = datetime(2026, 1, 24, 7, 0, tzinfo=UTC)
OLD, NEW = b"the river in winter, 2025", b"the river in summer, 2026"


def tokens() -> Tokens:
    return Tokens({"k1": OLD, "k2": NEW}, "k2")


def test_a_token_gives_back_what_was_signed_for_its_purpose() -> None:
    t = tokens()
    for purpose in Purpose:
        for payload in (12, "weekly/3", (1, 2, 3)):
            assert t.read(purpose, t.sign(purpose, payload, now=NOW), NOW) == payload


def test_a_token_for_one_purpose_opens_no_other() -> None:
    t = tokens()
    for mine in Purpose:
        token = t.sign(mine, 12, now=NOW)
        for other in set(Purpose) - {mine}:
            with pytest.raises(InvalidToken) as caught:
                t.read(other, token, NOW)
            assert not caught.value.expired


def test_links_in_issues_are_the_same_bytes_each_time_and_never_too_old() -> None:
    t = tokens()
    token = t.sign(Purpose.UNSUBSCRIBE, 12)
    assert token == t.sign(Purpose.UNSUBSCRIBE, 12, now=NOW)
    assert t.read_id(Purpose.UNSUBSCRIBE, token, NOW + timedelta(days=36_500)) == 12


def test_a_rotated_key_still_verifies_and_can_repeat_an_old_signature() -> None:
    before = Tokens({"k1": OLD}, "k1").sign(Purpose.PREFERENCES, 12)
    assert tokens().read(Purpose.PREFERENCES, before, NOW) == 12
    assert tokens().sign(Purpose.PREFERENCES, 12, key_id="k1") == before
    assert tokens().sign(Purpose.PREFERENCES, 12) != before
    with pytest.raises(InvalidToken):
        Tokens({"k2": NEW}, "k2").read(Purpose.PREFERENCES, before, NOW)


@pytest.mark.parametrize(
    ("purpose", "lifetime"),
    [(Purpose.CONFIRM, timedelta(days=7)), (Purpose.SETTINGS, timedelta(hours=1))],
)
def test_a_timed_link_ends_and_says_that_it_is_only_too_old(
    purpose: Purpose, lifetime: timedelta
) -> None:
    t = tokens()
    token = t.sign(purpose, 12, now=NOW)
    assert t.read(purpose, token, NOW + lifetime) == 12
    with pytest.raises(InvalidToken, match="ask for a new one") as caught:
        t.read(purpose, token, NOW + lifetime + timedelta(seconds=1))
    assert caught.value.expired
    with pytest.raises(ValueError, match="pass now"):
        t.sign(purpose, 12)


def test_a_token_changed_in_any_character_is_refused() -> None:
    t = tokens()
    token = t.sign(Purpose.UNSUBSCRIBE, 123_456)
    for i, character in enumerate(token):
        changed = token[:i] + ("A" if character != "A" else "B") + token[i + 1 :]
        with pytest.raises(InvalidToken):
            # The last character holds two bits that base64 leaves unused.
            t.read(Purpose.UNSUBSCRIBE, changed if i < len(token) - 1 else token[:-1], NOW)


@pytest.mark.parametrize(
    "token", ["", ".", "k2", "k2.", "k2..", "k2.MTI.", "k9.MTI.x", "é.é.é", "k2." + "A" * 9000]
)
def test_rubbish_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens().read(Purpose.UNSUBSCRIBE, token, NOW)


def test_a_token_is_short_and_needs_no_escaping_in_an_address() -> None:
    token = tokens().sign(Purpose.UNSUBSCRIBE, 1_000_000)
    assert len(token) < 45
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_an_erased_address_is_known_again_under_every_key() -> None:
    before = Tokens({"k1": OLD}, "k1").hmac("anne@valmont.example")
    assert before.startswith("hmac:")
    assert "anne" not in before
    assert before in tokens().hmacs("anne@valmont.example")
    assert tokens().hmac("anne@valmont.example") in tokens().hmacs("anne@valmont.example")
    assert before not in tokens().hmacs("anna@valmont.example")


def test_weak_or_unknown_keys_are_refused() -> None:
    for keys, current in (({"k": b"short"}, "k"), ({"a.b": OLD}, "a.b"), ({"k1": OLD}, "k2")):
        with pytest.raises(ValueError, match="key"):
            Tokens(keys, current)


@pytest.mark.parametrize("payload", [0, 7, 123_456, -1, "é/ñ", "x" * 50, (1, 2, 3)])
def test_a_token_is_what_itsdangerous_makes_of_its_payload(payload: Payload) -> None:
    """It reads our tokens, so ours must be its own, byte by byte."""
    derived = hmac.digest(NEW, b"newsletter token browser", "sha256")
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
    signer = Signer(derived, key_derivation="none", algorithm=Short(hashlib.sha256))
    assert tokens().sign(Purpose.BROWSER, payload).encode() == signer.sign(b"k2." + packed)


@pytest.mark.parametrize("key_id", ["k1", "k2", None])
def test_both_tokens_of_a_subscription_are_those_that_are_signed_one_by_one(
    key_id: str | None,
) -> None:
    for number in (1, 17, 123_456_789):
        assert tokens().sign_subscription(number, key_id=key_id) == (
            tokens().sign(Purpose.UNSUBSCRIBE, number, key_id=key_id),
            tokens().sign(Purpose.PREFERENCES, number, key_id=key_id),
        )
    with pytest.raises(UnknownKey, match="'k9' is not known here"):
        tokens().sign_subscription(17, key_id="k9")


class Short(HMACAlgorithm):
    """The first 128 bits of HMAC-SHA-256."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return super().get_signature(key, value)[:16]


def test_tokens_tell_which_keys_they_can_sign_with() -> None:
    assert tokens().knows("k1")
    assert not tokens().knows("k3")
