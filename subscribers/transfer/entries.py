"""What one row of a file says of a person, checked field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from subscribers.addresses import Address, has_controls, parse, parse_mailbox
from subscribers.errors import InvalidValue
from subscribers.models import SubscriptionState, SuppressionReason
from subscribers.transfer import standing
from subscribers.transfer.columns import ATTRIBUTE
from subscribers.transfer.restoring import Past, json_of, read_evidence
from subscribers.transfer.tongues import language_of
from subscribers.values import clean_moment, clean_name, clean_slug, suggest_slug

_TRUE = frozenset({"1", "true", "yes", "y", "oui", "o", "on", "x"})
_FALSE = frozenset({"0", "false", "no", "n", "non", "off"})
_SOURCE_LENGTH = 32
_FREE_TEXT = ("consent", "suppression_note")  # the only columns in which a line may end
_OF_ONE = frozenset({"address", "name", "former", "list"})
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_REMEMBERED = 5000  # different things that rows say


@dataclass(frozen=True, slots=True, eq=False)
class Says:
    """What a row says beside whom it is about. Rows that say the same share it.

    None: the row says nothing, and a default holds.
    """

    state: SubscriptionState | None  # None: a person who is on no list
    language: str | None
    attributes: dict[str, Any]
    tags: frozenset[str] | None
    paused_until: datetime | None
    created_at: datetime | None
    cadence: str | None
    topics: frozenset[str] | None  # None: everything
    digests: bool
    alerts: bool
    source: str
    requested_at: datetime | None
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    invited_at: datetime | None
    words: str  # of the consent, as the person saw them
    past: tuple[Past, ...]  # the evidence that an export of ours brings
    suppression: SuppressionReason | None
    suppression_source: str
    suppression_note: str
    suppressed_at: datetime | None
    other_cadence: str = ""  # named by the row, and no schedule of this list
    alerts_off: bool = False  # said by the row, and left off
    other_language: bool = False  # named by the row, and nobody knows which that is
    other_topics: bool = False  # named by a row of our own export; the list has them no more

    @property
    def left(self) -> bool:
        """Somebody who has left the list already."""
        return self.state is SubscriptionState.UNSUBSCRIBED


class Entry(NamedTuple):
    """A good row."""

    address: Address
    name: str
    former: str  # what another system's links call them; empty: nothing
    says: Says

    def outweighed_by(self, later: Entry) -> Entry:
        """This row, when `later` is about the same person on the same list: it holds where it says
        that they left, or must not be written to."""
        says, other = self.says, later.says
        if other.left and not says.left:
            against, says = says, other
        else:
            against = other
        if says.suppression is None and against.suppression is not None:
            says = replace(
                says,
                suppression=against.suppression,
                suppression_source=against.suppression_source,
                suppression_note=against.suppression_note,
                suppressed_at=against.suppressed_at,
            )
        return self if says is self.says else self._replace(says=says)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the rows of one list are read."""

    topics: frozenset[str]
    confirmed: bool  # without it nobody is ACTIVE, whatever the row says
    own: bool = False  # an export of ours: its alerts and its evidence are taken over
    cadences: frozenset[str] | None = None  # the list's schedules; None: not known here
    typed: bool = False  # cells of attributes that read like numbers, true and false are those


class Reader:
    """Reads rows, each different saying once: most rows of a file say the same."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._known: dict[tuple[tuple[str, str], ...], Says] = {}

    def entry(self, values: Mapping[str, str]) -> Entry:
        """The row's meaning; raises InvalidAddress or InvalidValue."""
        get = values.get
        address, name = _mailbox(get("address", ""))
        rest = tuple(item for item in values.items() if item[0] not in _OF_ONE)
        says = self._known.get(rest)
        if says is None:
            says = _read(values, self._terms)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[rest] = says
        former = get("former", "")
        if former and has_controls(former):
            raise InvalidValue("former holds a control character: write it on one line")
        return Entry(address, clean_name(get("name", "") or name), former, says)


def _read(values: Mapping[str, str], terms: Terms) -> Says:
    for column, value in values.items():
        if "\0" in value or (column not in _FREE_TEXT and has_controls(value)):
            raise InvalidValue(f"{column} holds a control character: write it on one line")
    get, moment = values.get, _moments(values)
    state, barred = _state(values, terms)
    cadence, alerts = get("cadence", ""), _flag(get, "alerts", False)
    other = "" if terms.cadences is None or cadence in terms.cadences else cadence
    suppression = get("suppression", "")
    attributes, labels = _attributes(values, terms.typed)
    tags = frozenset(get("tags", "").split()) | labels
    language = language_of(get("language", ""))
    topics, other_topics = _topics(get("topics", ""), terms)
    return Says(
        state=state,
        language=language,
        attributes=attributes,
        tags=frozenset(clean_slug(tag, "tag") for tag in tags) or None,
        paused_until=moment("paused_until"),
        created_at=moment("created_at"),
        cadence=clean_slug(cadence, "cadence") if cadence and not other else None,
        topics=topics,
        digests=_flag(get, "digests", True),
        alerts=alerts and terms.confirmed and terms.own,
        source=get("source", "")[:_SOURCE_LENGTH],
        requested_at=moment("requested_at"),
        confirmed_at=moment("confirmed_at"),
        unsubscribed_at=moment("unsubscribed_at"),
        invited_at=moment("invited_at"),
        words=get("consent", ""),
        past=read_evidence(get("evidence", "")) if terms.own and terms.confirmed else (),
        suppression=_reason(suppression) if suppression else barred,
        suppression_source=get("suppression_source", "")[:_SOURCE_LENGTH],
        suppression_note=get("suppression_note", ""),
        suppressed_at=moment("suppressed_at"),
        other_cadence=other,
        alerts_off=alerts and not (terms.confirmed and terms.own),
        other_language=language is None and bool(get("language", "").strip()),
        other_topics=other_topics,
    )


def _mailbox(text: str) -> tuple[Address, str]:
    if not text:
        raise InvalidValue("there is no address in this row: fill it in")
    if text.endswith(">"):
        mailbox = parse_mailbox(text)
        return mailbox.address, mailbox.name
    return parse(text), ""


def _state(
    values: Mapping[str, str], terms: Terms
) -> tuple[SubscriptionState | None, SuppressionReason | None]:
    """The state that a row says, in whatever words, and what these say against its person."""
    word = values.get("state", "")
    state, barred = SubscriptionState.ACTIVE, None
    if word:
        found = standing.meaning(word)
        if found is None:
            known = ", ".join(SubscriptionState)
            raise InvalidValue(
                f"state {word[:40]!r} is unknown: use one of {known} (or keep the column as an "
                "attribute: --map state=attribute.state)"
            )
        state, barred = found
    elif terms.own:
        return None, None
    elif "unsubscribed_at" in values:
        state = SubscriptionState.UNSUBSCRIBED
    if state is SubscriptionState.ACTIVE and not terms.confirmed:
        state = SubscriptionState.PENDING
    return state, barred


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


def _moments(values: Mapping[str, str]) -> Any:
    return lambda column: clean_moment(values[column]) if column in values else None


def _topics(text: str, terms: Terms) -> tuple[frozenset[str] | None, bool]:
    """Slugs between blanks, commas or semicolons; none named: everything.

    And whether some are left out: an export of ours may be older than the list's topics, and who
    chose one that is gone stands as if it had gone after that (see `lists.retire_topics`).
    """
    wanted, known = frozenset(text.replace(",", " ").replace(";", " ").split()), terms.topics
    if wanted - known and not terms.own:
        raise InvalidValue(
            f"topic {min(wanted - known)[:40]!r} is not one of the list's: "
            f"use {', '.join(sorted(known)) or 'none'}"
        )
    return wanted & known or None, bool(wanted - known)


def _attributes(values: Mapping[str, str], typed: bool) -> tuple[dict[str, Any], frozenset[str]]:
    """The attributes of a row, those in columns of their own included; and its labels as tags."""
    found: dict[str, Any] = {}
    if text := values.get("attributes", ""):
        found = json_of(text)
        if not isinstance(found, dict):
            raise InvalidValue(
                'attributes are not a JSON object: write them like {"town": "Valmont"}'
            )
    for column, value in values.items():
        if column.startswith(ATTRIBUTE):
            found[column.removeprefix(ATTRIBUTE)] = _typed(value) if typed else value
    labels = [label.strip() for label in values.get("labels", "").split(",")]
    if labels := [label for label in labels if label]:
        found["labels"] = labels
    return found, frozenset(slug for label in labels if (slug := suggest_slug(label)))


def _typed(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return json.loads(text) if _NUMBER.fullmatch(text) else text
