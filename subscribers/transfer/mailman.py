"""Mailman 3's members: as its web face exports them, as its command prints them, or by field.

Postorius' «CSV Export» holds addresses and nothing else, without a header; `mailman members` prints
`Anne Person <anne@example.com>` line by line. Both are read as any file without a header. A table
by field, such as scripts over its REST API write and newer web faces offer, is recognised by the
names that Mailman gives to a member's fields, with `_` or with blanks between their words.

Who turned delivery off, or had it turned off, gets no mail there and has left here. Owners,
moderators and nonmembers are no readers.
"""

from __future__ import annotations

from subscribers.errors import InvalidValue
from subscribers.transfer.columns import bare
from subscribers.transfer.formats import Format, Values

_TELLING = frozenset({"deliverymode", "deliverystatus", "subscriptionmode", "moderationaction"})
_MAIL_OFF = ("byuser", "bymoderator", "unknown")  # DeliveryStatus; "unknown" comes from Mailman 2


def recognises(header: frozenset[str]) -> bool:
    """Whether two of the fields are there that nobody else has by these names."""
    return ("email" in header or "address" in header) and len(header & _TELLING) >= 2


def read(values: Values) -> Values:
    """What a member's row says, in our own words; raises InvalidValue for whoever is no reader."""
    role = bare(values.pop(".role", ""))
    if role not in ("", "member", "memberrolemember"):
        raise InvalidValue(f"this is a {role} of the list, not a reader: leave the row out")
    status = bare(values.get("attribute.delivery_status", "")).removeprefix("deliverystatus")
    if status == "bybounces":
        values["suppression"] = "bounce"
        values["suppression_source"] = "mailman"
    elif status in _MAIL_OFF:
        values["state"] = "unsubscribed"
    # The API gives an address twice: as `email`, and as the URL of the `address`.
    twice = values.pop("attribute.email", "") or values.pop("attribute.address", "")
    address = values.get("address", "")
    values["address"] = twice if "/" in address and "/" not in twice else address
    return values


MAILMAN = Format(
    name="mailman",
    title="Mailman 3",
    recognises=recognises,
    fields={
        "deliverymode": "attribute.delivery_mode",
        "deliverystatus": "attribute.delivery_status",
        "role": ".role",
        "preferredlanguage": "language",
        "listid": "attribute.mailman_list",
        "listname": "attribute.mailman_list",
        "httpetag": "-",
        "selflink": "-",
        "user": "-",
    },
    read=read,
)
