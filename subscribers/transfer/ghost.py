"""Ghost's members export: `id,email,name,note,subscribed_to_emails,complimentary_plan,
stripe_customer_id,created_at,deleted_at,labels,tiers,…`.

The last columns vary with its age (`products` before `tiers`, then `gift_id` and `custom_fields.…`)
and become attributes. Who is not subscribed to any newsletter there has left.
"""

from __future__ import annotations

from subscribers.transfer.foreign import flag, moments
from subscribers.transfer.formats import Format, Values


def recognises(header: frozenset[str]) -> bool:
    """Whether the columns that it always had are there."""
    return header >= {"email", "subscribedtoemails", "complimentaryplan", "createdat"}


def read(values: Values) -> Values:
    """What a row says, in our own words."""
    moments(values, "created_at", ".deleted_at")
    subscribed = values.pop(".subscribed", "")  # empty in the rows of its own example file
    deleted_at = values.pop(".deleted_at", "")
    if deleted_at:
        values["unsubscribed_at"] = deleted_at
    if deleted_at or (subscribed and not flag(subscribed, "subscribed_to_emails")):
        values["state"] = "unsubscribed"
    if "created_at" in values:
        values["requested_at"] = values["created_at"]
    return values


GHOST = Format(
    name="ghost",
    title="Ghost",
    recognises=recognises,
    fields={
        "id": "attribute.ghost_id",
        "subscribedtoemails": ".subscribed",
        "createdat": "created_at",
        "deletedat": ".deleted_at",
        "labels": "labels",
    },
    read=read,
)
