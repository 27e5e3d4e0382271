"""Mailchimp's audience export: a folder of files, one for each state.

They are `subscribed_…csv`, `unsubscribed_…csv`, `cleaned_…csv` and `nonsubscribed_…csv`. Each has
the columns of the audience, and then those of Mailchimp itself: MEMBER_RATING, OPTIN_TIME,
OPTIN_IP, CONFIRM_TIME, CONFIRM_IP, …, LEID, EUID, NOTES, TAGS. UNSUB_TIME and UNSUB_REASON stand
only in the second, CLEAN_TIME only in the third: whoever bounced for good. Times are UTC. The last
ones never agreed to anything, and have no time of an opt-in.
"""

from __future__ import annotations

import csv
from collections.abc import Callable

from subscribers.transfer.foreign import OTHERS_OWN, moments
from subscribers.transfer.formats import Format, Values

_COMPLAINT = ("spam", "abuse")  # UNSUB_REASON of those who reported a mail


def recognises(header: frozenset[str]) -> bool:
    """Whether this is one of its files; their admins name all other columns."""
    return header >= {"memberrating", "optintime"} or header >= {"leid", "euid"}


def read_under(header: frozenset[str]) -> Callable[[Values], Values]:
    """What a row says, in our own words, in the file that has these columns.

    Which of its files it is, is said by the header: whoever stands in that of the unsubscribed has
    left, though the time of it be missing. Where somebody put them together, the cells tell.
    """
    left, cleaned = "unsubtime" in header, "cleantime" in header
    if left and cleaned:
        return lambda values: _read(
            values, left="unsubscribed_at" in values, cleaned="suppressed_at" in values
        )
    return lambda values: _read(values, left=left, cleaned=cleaned)


def _read(values: Values, *, left: bool, cleaned: bool) -> Values:
    moments(values, "requested_at", "confirmed_at", "unsubscribed_at", "suppressed_at")
    if "labels" in values:
        values["labels"] = _labels(values["labels"])
    agreed = "requested_at" in values or "confirmed_at" in values
    if cleaned:
        _suppress(values, "bounce")
    elif left:
        values["state"] = "unsubscribed"
        reason = values.get("attribute.unsub_reason", "").casefold()
        if any(word in reason for word in _COMPLAINT):
            _suppress(values, "complaint")
            if "unsubscribed_at" in values:
                values["suppressed_at"] = values["unsubscribed_at"]
    elif not agreed:
        values["state"] = "pending"
    if agreed:  # who was only confirmed was imported there: that is when it began
        values.setdefault("requested_at", values.get("confirmed_at", ""))
        values["created_at"] = values["requested_at"]
    return values


def _suppress(values: Values, reason: str) -> None:
    values["suppression"] = reason
    values["suppression_source"] = "mailchimp"


def _labels(text: str) -> str:
    """TAGS is a list of quoted names, `"Abonnés","Marché"`; in older files they are bare."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    return ", ".join(" ".join(name.replace(",", " ").split()) for name in names if name.strip())


MAILCHIMP = Format(
    name="mailchimp",
    title="Mailchimp",
    recognises=recognises,
    fields=OTHERS_OWN
    | {
        "emailaddress": "address",
        "optintime": "requested_at",
        "optinip": "attribute.optin_ip",
        "confirmtime": "confirmed_at",
        "confirmip": "attribute.confirm_ip",
        "unsubtime": "unsubscribed_at",
        "unsubreason": "attribute.unsub_reason",
        "cleantime": "suppressed_at",
        "tags": "labels",
    },
    read_under=read_under,
)
