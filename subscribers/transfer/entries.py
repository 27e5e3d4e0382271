"""What one row of a file says of a person, checked field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from subscribers.addresses import Address, has_controls, parse, parse_mailbox
from subscribers.errors import InvalidValue
from subscribers.models import SubscriptionState, SuppressionReason
from subscribers.values import clean_language, clean_moment, clean_name, clean_slug

_TRUE = frozenset({"1", "true", "yes", "y", "oui", "o", "on", "x"})
_FALSE = frozenset({"0", "false", "no", "n", "non", "off"})
_SOURCE_LENGTH = 32
_FREE_TEXT = "consent"  # the only column in which a line may end


@dataclass(frozen=True, slots=True)
class Entry:
    """A good row. None: the row says nothing, and a default holds."""

    address: Address
    name: str
    language: str | None
    state: SubscriptionState
    cadence: str | None
    topics: frozenset[str] | None  # None: everything
    digests: bool
    alerts: bool
    attributes: dict[str, Any]
    paused_until: datetime | None
    source: str
    requested_at: datetime | None
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    words: str  # of the consent, as the person saw them
    suppression: SuppressionReason | None

    @property
    def left(self) -> bool:
        """Somebody who has left the list already."""
        return self.state is SubscriptionState.UNSUBSCRIBED


def read_entry(values: Mapping[str, str], *, topics: frozenset[str], confirmed: bool) -> Entry:
    """The row's meaning for a list with these topics; raises InvalidAddress or InvalidValue.

    Without `confirmed`, nobody is ACTIVE and nobody takes alerts, whatever the row says.
    """
    for column, value in values.items():
        if not value.isprintable() and column != _FREE_TEXT and has_controls(value):
            raise InvalidValue(f"{column} holds a control character: write it on one line")
    address, name = _mailbox(values.get("address", ""))
    get = values.get
    state = _state(get("state", ""))
    if state is SubscriptionState.ACTIVE and not confirmed:
        state = SubscriptionState.PENDING
    digests, alerts = _flag(get, "digests", True), _flag(get, "alerts", False)
    suppression = get("suppression", "")
    return Entry(
        address=address,
        name=clean_name(get("name", "") or name),
        language=clean_language(get("language")),
        state=state,
        cadence=clean_slug(cadence, "cadence") if (cadence := get("cadence", "")) else None,
        topics=_topics(get("topics", ""), topics),
        digests=digests,
        alerts=alerts and confirmed,
        attributes=_attributes(get("attributes", "")),
        paused_until=clean_moment(get("paused_until", "")),
        source=get("source", "")[:_SOURCE_LENGTH],
        requested_at=clean_moment(get("requested_at", "")),
        confirmed_at=clean_moment(get("confirmed_at", "")),
        unsubscribed_at=clean_moment(get("unsubscribed_at", "")),
        words=get(_FREE_TEXT, ""),
        suppression=_reason(suppression) if suppression else None,
    )


def _mailbox(text: str) -> tuple[Address, str]:
    if not text:
        raise InvalidValue("there is no address in this row: fill it in")
    if text.endswith(">"):
        mailbox = parse_mailbox(text)
        return mailbox.address, mailbox.name
    return parse(text), ""


def _state(word: str) -> SubscriptionState:
    if not word:
        return SubscriptionState.ACTIVE
    try:
        return SubscriptionState(word.lower())
    except ValueError:
        known = ", ".join(SubscriptionState)
        raise InvalidValue(f"state {word[:40]!r} is unknown: use one of {known}") from None


def _reason(word: str) -> SuppressionReason:
    try:
        return SuppressionReason(word.lower())
    except ValueError:
        known = ", ".join(SuppressionReason)
        raise InvalidValue(f"suppression {word[:40]!r} is unknown: use one of {known}") from None


def _flag(get: Any, column: str, default: bool) -> bool:
    word = get(column, "").lower()
    if not word:
        return default
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise InvalidValue(f"{column} {word[:40]!r} is neither: write true or false")


def _topics(text: str, known: frozenset[str]) -> frozenset[str] | None:
    """Slugs between blanks, commas or semicolons; none named: everything."""
    wanted = frozenset(text.replace(",", " ").replace(";", " ").split())
    if wanted - known:
        raise InvalidValue(
            f"topic {min(wanted - known)[:40]!r} is not one of the list's: "
            f"use {', '.join(sorted(known)) or 'none'}"
        )
    return wanted or None


def _attributes(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidValue('attributes are not a JSON object: write them like {"town": "Valmont"}')
    return value
