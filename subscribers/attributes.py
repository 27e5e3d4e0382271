"""What an admin knows of a person beyond what mail needs: values by name, one within another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from subscribers.addresses import has_controls
from subscribers.conditions import is_name
from subscribers.errors import InvalidValue

_LENGTH = 10_000  # characters of one value


def read_value(text: str) -> Any:
    """What an admin typed: JSON where it is written as JSON writes it, else the text itself.

    `18`, `true`, `["a"]` and `{"a": 1}` are values; `01234`, `1.50` and `+33 1` stay texts, since
    as numbers they would come back written otherwise. Raises InvalidValue for what cannot be kept.
    """
    value: Any = text
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict | list) or (found is not None and json.dumps(found) == text):
        value = found
    written = json.dumps(value, ensure_ascii=False)
    if len(written) > _LENGTH or not _keepable(value):
        raise InvalidValue(
            f"attribute {text[:40]!r} cannot be kept: take up to {_LENGTH:,} characters, "
            "on one line, and no half of an emoji"
        )
    return value


def with_changes(attributes: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes with these values set; a dotted name is one within another, None takes away.

    Raises InvalidValue for a name that no condition could be asked about, and for one within what
    is no object.
    """
    changed: dict[str, Any] = json.loads(json.dumps(attributes))
    for name, value in changes.items():
        if not is_name(name):
            raise InvalidValue(
                f"attribute name {name[:40]!r} cannot be used: begin with a letter, and take "
                "letters, digits and hyphens (a.b for one within another)"
            )
        *outer, last = name.split(".")
        at = changed
        for part in outer:
            inner = at.setdefault(part, {})
            if not isinstance(inner, dict):
                raise InvalidValue(f"attribute {part!r} is a value: {name!r} cannot be within it")
            at = inner
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return changed


def _keepable(value: Any) -> bool:
    """Whether both databases can store it and take it apart again."""
    match value:
        case str():
            return not has_controls(value)
        case dict():
            return all(_keepable(name) and _keepable(one) for name, one in value.items())
        case list():
            return all(map(_keepable, value))
    return True


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
