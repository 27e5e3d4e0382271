"""Signed links, each for one purpose; and the HMAC that stands for an erased address.

A token is `key-id.payload.signature`, URL-safe. Each purpose signs with a key of its own, derived
from the secret, so that a link for one purpose never opens another. Those that stand in issues
carry no time: the same payload gives the same bytes, now and when a message is sent again. Keys
that were rotated go on verifying for ever, since a mail may be opened years later.

itsdangerous reads them. It signs them too, in all but name: a message holds two tokens of its own,
and its `Signer.sign` takes longer than all the rest of joining that message, so the same bytes are
made here from an HMAC whose key is set up once.
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
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import HMACAlgorithm

from subscribers.errors import InvalidToken, UnknownKey

Payload = int | str | tuple[int, ...]

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SECRET_BYTES = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_LONGEST = 2048  # characters; nothing that we sign comes near


class Purpose(enum.StrEnum):
    """What a link may do."""

    UNSUBSCRIBE = "unsubscribe"  # leave; payload: the subscription's id
    PREFERENCES = "preferences"  # change lists, topics, cadence; payload: the subscription's id
    BROWSER = "browser"  # see an issue; payload: the ids of issue and variant
    CONFIRM = "confirm"  # payload: `signup.Request.payload`; 7 days
    SETTINGS = "settings"  # data, name, address, erasure; payload: the subscriber's id; 1 hour
    MOVE = "move"  # confirm a new address; payload: the `AddressChange`'s id; 1 day
    CHALLENGE = "challenge"  # the step after a sign-up form; payload: what it holds; 1 hour


LIFETIMES: Mapping[Purpose, timedelta] = {
    Purpose.CONFIRM: timedelta(days=7),
    Purpose.SETTINGS: timedelta(hours=1),
    Purpose.MOVE: timedelta(days=1),
    Purpose.CHALLENGE: timedelta(hours=1),
}


_SIGNATURE_BYTES = 16


class _Short(HMACAlgorithm):
    """HMAC-SHA-256 cut to 128 bits (RFC 2104 §5), which keeps links on one line."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")[:_SIGNATURE_BYTES]


class _Mac:
    """Signs as `_Short` does, with its key set up once (RFC 2104 §4).

    `hmac.digest` would look OpenSSL's methods up at every call, which takes four times as long.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """`key` has at most the 64 bytes of a block of SHA-256."""
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def sign(self, signed: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(signed)
        outer.update(inner.digest())
        return _base64(outer.digest()[:_SIGNATURE_BYTES])


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
        derived = {
            (purpose, key_id): _derive(secret, f"token {purpose}")
            for key_id, secret in keys.items()
            for purpose in Purpose
        }
        self._macs = {name: _Mac(key) for name, key in derived.items()}
        self._pairs = {
            key_id: (
                self._macs[Purpose.UNSUBSCRIBE, key_id],
                self._macs[Purpose.PREFERENCES, key_id],
            )
            for key_id in keys
        }
        self._readers = {
            name: Signer(key, key_derivation="none", algorithm=_Short(hashlib.sha256))
            for name, key in derived.items()
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
        """A token for a link. Those of LIFETIMES need `now`; the others never carry a time.

        `key_id` repeats the key of an earlier signature, so that a message can be built again byte
        by byte; without it the current key signs. Raises UnknownKey when it is not among ours.
        """
        key_id = key_id or self.current
        mac = self._macs.get((purpose, key_id))
        if mac is None:
            raise _unknown(key_id)
        value: object = payload
        if purpose in LIFETIMES:
            if now is None:
                raise ValueError(f"a {purpose} link carries a time: pass now")
            value = [payload, int(now.timestamp())]
        text = str(payload) if value is payload and isinstance(payload, int) else _dumps(value)
        signed = f"{key_id}.{_base64(text.encode())}"
        return f"{signed}.{mac.sign(signed.encode())}"

    def sign_subscription(
        self, subscription_id: int, *, key_id: str | None = None
    ) -> tuple[str, str]:
        """Its tokens for UNSUBSCRIBE and PREFERENCES, as `sign` makes them, in half the time.

        Every message of an issue holds both. Raises UnknownKey as `sign` does.
        """
        key_id = key_id or self.current
        macs = self._pairs.get(key_id)
        if macs is None:
            raise _unknown(key_id)
        leave, choose = macs
        text = f"{key_id}.{_base64(b'%d' % subscription_id)}"
        signed = text.encode()
        return (
            f"{text}.{leave.sign(signed)}",
            f"{text}.{choose.sign(signed)}",
        )

    def knows(self, key_id: str) -> bool:
        """Whether `sign` can repeat what that key has signed."""
        return key_id in self._pairs

    def read(self, purpose: Purpose, token: str, now: datetime) -> Payload:
        """The payload of a token of ours, for this purpose and not too old.

        Raises InvalidToken, with `expired` set when only its age is wrong. Signatures are compared
        in constant time.
        """
        return self.read_dated(purpose, token, now)[0]

    def read_dated(
        self, purpose: Purpose, token: str, now: datetime
    ) -> tuple[Payload, datetime | None]:
        """As `read`, with the moment that the token carries, in whole seconds, where it does."""
        key_id = token.partition(".")[0]
        signer = self._readers.get((purpose, key_id))
        if signer is None or len(token) > _LONGEST or not token.isascii():
            raise _wrong()
        try:
            packed = signer.unsign(token).partition(b".")[2]
            value = json.loads(base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
        except (BadSignature, binascii.Error, ValueError):
            raise _wrong() from None
        lifetime = LIFETIMES.get(purpose)
        at = None
        if lifetime is not None:
            value, signed_at = value
            if now.timestamp() - signed_at > lifetime.total_seconds():
                raise InvalidToken("this link is too old: ask for a new one", expired=True)
            at = datetime.fromtimestamp(signed_at, UTC)
        return (tuple(value) if isinstance(value, list) else value), at

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
    return "hmac:" + _base64(hmac.digest(secret, text.encode(), "sha256"))


def _base64(raw: bytes) -> str:
    """For URLs (RFC 4648 §5), without the padding."""
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _unknown(key_id: str) -> UnknownKey:
    return UnknownKey(f"key '{key_id}' is not known here (bring this machine's keys up to date)")


def _wrong() -> InvalidToken:
    return InvalidToken("this link is incomplete or not ours: copy it whole, or ask for a new one")
