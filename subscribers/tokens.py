"""Signed links, each for one purpose; and the HMAC that stands for an erased address.

A token is `key-id.payload.signature`, URL-safe. Each purpose signs with a key of its own, derived
from the secret, so that a link for one purpose never opens another. Those that stand in issues
carry no time: the same payload gives the same bytes, now and when a message is sent again. Keys
that were rotated go on verifying for ever, since a mail may be opened years later.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import HMACAlgorithm

from subscribers.errors import InvalidToken, UnknownKey

Payload = int | str | tuple[int, ...]

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SECRET_BYTES = 16
_LONGEST = 2048  # characters; nothing that we sign comes near


class Purpose(enum.StrEnum):
    """What a link may do."""

    UNSUBSCRIBE = "unsubscribe"  # leave; payload: the subscription's id
    PREFERENCES = "preferences"  # change lists, topics, cadence; payload: the subscription's id
    BROWSER = "browser"  # see an issue; payload: the ids of issue and variant
    CONFIRM = "confirm"  # payload: `signup.Request.payload`; 7 days
    SETTINGS = "settings"  # data, name, address, erasure; payload: the subscriber's id; 1 hour


LIFETIMES: Mapping[Purpose, timedelta] = {
    Purpose.CONFIRM: timedelta(days=7),
    Purpose.SETTINGS: timedelta(hours=1),
}


class _Short(HMACAlgorithm):
    """HMAC-SHA-256 cut to 128 bits (RFC 2104 §5), which keeps links on one line."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")[:16]


class Tokens:
    """Signs with the current key, and reads what any known key has signed."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """`keys` maps key ids to secrets of at least 16 bytes; `current` is the id that signs."""
        for key_id, secret in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError(f"key id {key_id!r}: use letters, digits, - and _ only")
            if len(secret) < _SECRET_BYTES:
                raise ValueError(f"key {key_id!r} is too short: make a new one of 32 bytes")
        if current not in keys:
            raise ValueError(f"key {current!r} is not among the keys: add it, or name another")
        self.current = current
        self._signers = {
            (purpose, key_id): Signer(
                _derive(secret, f"token {purpose}"),
                key_derivation="none",
                algorithm=_Short(hashlib.sha256),
            )
            for key_id, secret in keys.items()
            for purpose in Purpose
        }
        self._hmac_keys = {
            key_id: _derive(secret, "erased address") for key_id, secret in keys.items()
        }

    def sign(
        self,
        purpose: Purpose,
        payload: Payload,
        *,
        key_id: str | None = None,
        now: datetime | None = None,
    ) -> str:
        """A token for a link. CONFIRM and SETTINGS need `now`; the others never carry a time.

        `key_id` repeats the key of an earlier signature, so that a message can be built again byte
        by byte; without it the current key signs. Raises UnknownKey when it is not among ours.
        """
        key_id = key_id or self.current
        signer = self._signers.get((purpose, key_id))
        if signer is None:
            raise UnknownKey(
                f"key '{key_id}' is not known here (bring this machine's keys up to date)"
            )
        value: object = payload
        if purpose in LIFETIMES:
            if now is None:
                raise ValueError(f"a {purpose} link carries a time: pass now")
            value = [payload, int(now.timestamp())]
        text = str(payload) if value is payload and isinstance(payload, int) else _dumps(value)
        packed = base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
        return signer.sign(key_id.encode() + b"." + packed).decode()

    def read(self, purpose: Purpose, token: str, now: datetime) -> Payload:
        """The payload of a token of ours, for this purpose and not too old.

        Raises InvalidToken, with `expired` set when only its age is wrong. Signatures are compared
        in constant time.
        """
        key_id = token.partition(".")[0]
        signer = self._signers.get((purpose, key_id))
        if signer is None or len(token) > _LONGEST or not token.isascii():
            raise _wrong()
        try:
            packed = signer.unsign(token).partition(b".")[2]
            value = json.loads(base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
        except (BadSignature, binascii.Error, ValueError):
            raise _wrong() from None
        lifetime = LIFETIMES.get(purpose)
        if lifetime is not None:
            value, signed_at = value
            if now.timestamp() - signed_at > lifetime.total_seconds():
                raise InvalidToken("this link is too old: ask for a new one", expired=True)
        return tuple(value) if isinstance(value, list) else value

    def read_id(self, purpose: Purpose, token: str, now: datetime) -> int:
        """As `read`, for the purposes whose payload is one id."""
        payload = self.read(purpose, token, now)
        if not isinstance(payload, int):
            raise _wrong()
        return payload

    def hmac(self, text: str) -> str:
        """What is kept of an erased address key: `hmac:` and 43 characters, by the current key."""
        return _seal(self._hmac_keys[self.current], text)

    def hmacs(self, text: str) -> list[str]:
        """All that may have been kept of it, one for every key there ever was."""
        return [_seal(secret, text) for secret in self._hmac_keys.values()]


def _derive(secret: bytes, label: str) -> bytes:
    """A key for one use only (RFC 5869 §2.3, one block)."""
    return hmac.digest(secret, b"newsletter " + label.encode(), "sha256")


def _seal(secret: bytes, text: str) -> str:
    digest = hmac.digest(secret, text.encode(), "sha256")
    return "hmac:" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _wrong() -> InvalidToken:
    return InvalidToken("this link is incomplete or not ours: copy it whole, or ask for a new one")
