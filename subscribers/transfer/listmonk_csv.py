"""listmonk's CSV of subscribers: `uuid,email,name,attributes,status,created_at,updated_at`.

The status is the person's, not that of any list: `enabled` people may have left the very list that
was exported. So it says nothing of consent, and whoever imports it must say what it is; its
database (see `jobs.listmonk`) knows each of them by list.
"""

from __future__ import annotations

from dataclasses import replace

from subscribers.errors import InvalidValue
from subscribers.transfer.foreign import moments
from subscribers.transfer.formats import Format, Values

ASSUMED = {"confirmed": "active", "unconfirmed": "pending"}
"""What an admin may say of everybody in the file -> our state."""


def recognises(header: frozenset[str]) -> bool:
    """Whether the columns are these, in any order."""
    return header >= {"uuid", "email", "attributes", "status", "createdat", "updatedat"}


def read(values: Values) -> Values:
    """What a row says, in our own words; what is not said is that they are on any list."""
    moments(values, "created_at", ".updated_at")
    updated_at = values.pop(".updated_at", "")
    status = values.pop(".status", "enabled")
    if status in ("blocklisted", "blacklisted", "disabled"):
        values["state"] = "unsubscribed"
        values["suppression"] = "admin"
        values["suppression_source"] = "listmonk"
        values["suppression_note"] = f"listmonk: {status}"
        if updated_at:
            values["suppressed_at"] = updated_at
    elif status != "enabled":
        raise InvalidValue(
            f"status {status[:40]!r} is unknown: use enabled, disabled or blocklisted"
        )
    if "created_at" in values:
        values["requested_at"] = values["created_at"]
    if "former" in values:  # for whoever moves on to another system
        values["attribute.listmonk_uuid"] = values["former"]
    return values


LISTMONK = Format(
    name="listmonk",
    title="listmonk",
    recognises=recognises,
    fields={
        "uuid": "former",
        "attributes": "attributes",
        "status": ".status",
        "createdat": "created_at",
        "updatedat": ".updated_at",
    },
    read=read,
)


def assuming(status: str) -> Format:
    """The format, with what everybody in the file is: `confirmed` or `unconfirmed`."""

    def read_as(values: Values) -> Values:
        values = read(values)
        values.setdefault("state", ASSUMED[status])
        return values

    return replace(LISTMONK, read=read_as)
