"""The evidence of a person as one cell of an export, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from subscribers.errors import InvalidValue, SubscriberError
from subscribers.models import ConsentKind
from subscribers.values import clean_moment

AGREED = (ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.REJOINED, ConsentKind.GRANTED)
"""Events whose words were agreed to."""

_DAMAGED = "evidence cannot be read: leave that column as the export wrote it"
_LENGTHS = {"source": 32, "ip": 45, "form": 64, "notice_language": 16}
_TEXTS = ("source", "words", "form", "ip", "actor", "notice_language", "notice")


class Past(NamedTuple):
    """One event of the evidence, as `ConsentEvent` has it."""

    of_list: bool  # False: about the person, whatever the list
    kind: ConsentKind
    at: datetime
    source: str
    words: str
    form: str | None
    ip: str | None
    detail: dict[str, Any]
    actor: str
    notice_language: str = ""
    notice: str = ""  # all that the form said whose hash is `form`; with the first that names it


def written_evidence(events: Sequence[Past]) -> str:
    """A JSON list, oldest first; empty for nothing. What an event does not say is left out."""
    if not events:
        return ""
    return json.dumps([_written(one) for one in events], separators=(",", ":"))


def _written(one: Past) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: value for name, value in zip(Past._fields, one, strict=True) if value
    }
    told["at"] = one.at.isoformat()
    if told.pop("of_list", None) is None:
        told["of_list"] = False
    return told


def read_evidence(text: str) -> tuple[Past, ...]:
    """What `written_evidence` wrote; raises InvalidValue."""
    if not text:
        return ()
    events = json_of(text)
    if not isinstance(events, list):
        raise InvalidValue(_DAMAGED)
    return tuple(map(_read, events))


def _hash(notice: str) -> str:
    return hashlib.sha256(notice.encode()).hexdigest()


def json_of(text: str) -> Any:
    """The value that a JSON text is; None where there is none that both databases can keep.

    NaN and the infinities are no JSON, and NUL and half a surrogate pair are in no text.
    """
    try:
        value = json.loads(text)
        plain = json.dumps(value, ensure_ascii=False, allow_nan=False)
        plain.encode()
    except (ValueError, RecursionError):
        return None
    return None if "\\u0000" in plain else value


def _read(told: Any) -> Past:
    try:
        at, kind = clean_moment(told["at"]), ConsentKind(told["kind"])
        detail, of_list = told.get("detail", {}), told.get("of_list", True)
        texts = {name: told.get(name) or "" for name in _TEXTS}
        sound = (
            at is not None
            and isinstance(detail, dict)
            and isinstance(of_list, bool)
            and all(isinstance(text, str) for text in texts.values())
            and all(len(texts[name]) <= most for name, most in _LENGTHS.items())
            and (not texts["notice"] or texts["form"] == _hash(texts["notice"]))
        )
    except (SubscriberError, TypeError, KeyError, ValueError, AttributeError):
        sound = False
    if not sound or at is None:
        raise InvalidValue(_DAMAGED)
    return Past(
        of_list,
        kind,
        at,
        texts["source"],
        texts["words"],
        texts["form"] or None,
        texts["ip"] or None,
        detail,
        texts["actor"],
        texts["notice_language"],
        texts["notice"],
    )
