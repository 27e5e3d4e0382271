"""Names, slugs, languages and times that people type: checked once, here."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from subscribers.addresses import has_controls
from subscribers.errors import InvalidValue

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_LENGTH = 64
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")  # RFC 5646, its common part
_LANGUAGE_LENGTH = 16
_FIRST_YEAR, _LAST_YEAR = 2, 9990  # what every time zone can show
_NAME_LENGTH = 200  # longer ones are advertisements in the name field of a sign-up form


def clean_name(text: str) -> str:
    """A person's name on one line, NFC; raises InvalidValue for control characters or length."""
    text = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    if has_controls(text):
        raise InvalidValue(
            f"name {text[:40]!r} holds a control character: write it on one line, without tabs"
        )
    if len(text) > _NAME_LENGTH:
        raise InvalidValue(
            f"name {text[:40]!r}… is longer than {_NAME_LENGTH} characters: shorten it"
        )
    return text


def clean_language(text: str | None) -> str | None:
    """A language tag such as `fr` or `pt-BR` (RFC 5646), or None when empty."""
    text = (text or "").strip()
    if not text:
        return None
    if not _LANGUAGE.fullmatch(text) or len(text) > _LANGUAGE_LENGTH:
        raise InvalidValue(f"language {text[:40]!r} is not a tag: write fr, en or pt-BR")
    first, *rest = text.replace("_", "-").split("-")
    return "-".join([first.lower(), *(r.upper() if len(r) == 2 else r for r in rest)])


def clean_slug(text: str, what: str = "list") -> str:
    """`text` if it may name a thing in commands and addresses; raises InvalidValue."""
    if len(text) > _SLUG_LENGTH or not _SLUG.fullmatch(text):
        hint = suggest_slug(text)
        example = f", for example {hint!r}" if hint else ""
        raise InvalidValue(
            f"{what} name {text[:40]!r} cannot be used: take up to {_SLUG_LENGTH} lower-case "
            f"letters a-z, digits and single hyphens{example}"
        )
    return text


def suggest_slug(text: str) -> str:
    """A slug near to `text`: «Le Courrier de l’été» gives `le-courrier-de-l-ete`; maybe empty."""
    text = re.sub("['’]", "-", text)
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:_SLUG_LENGTH].rstrip("-")


def clean_timezone(text: str) -> str:
    """The name of a time zone that this machine knows; raises InvalidValue."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown; a path outside; a folder of zones
        raise InvalidValue(
            f"time zone {text[:40]!r} is unknown: write it like Europe/Paris"
        ) from None
    return text


def clean_moment(text: str) -> datetime | None:
    """An ISO 8601 time with its zone, as UTC; None when empty; raises InvalidValue."""
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InvalidValue(f"time {text[:40]!r} cannot be read: write it like 2026-01-24T08:00Z")
    return moment.astimezone(UTC)
