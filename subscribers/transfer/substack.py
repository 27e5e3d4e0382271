"""Substack's two exports: `email_list.….csv` of its archive, and the one of the subscriber page.

The first is `email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at`, to
which other years added `prefer_digests` or left some out; it also holds those who turned mail off.
The second is `Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Activity,Type,…`, of
as many columns as the page shows. Everything about payments becomes attributes.
"""

from __future__ import annotations

from subscribers.transfer.foreign import flag, moments
from subscribers.transfer.formats import Format, Values


def recognises(header: frozenset[str]) -> bool:
    """Whether it is either of them, of whatever year."""
    return "email" in header and (
        header >= {"activesubscription", "expiry"} or header >= {"stripeplan", "startdate"}
    )


def read(values: Values) -> Values:
    """What a row says, in our own words."""
    moments(values, "created_at")
    disabled = values.pop(".email_disabled", "")
    if disabled and flag(disabled, "email_disabled"):
        values["state"] = "unsubscribed"
    if "created_at" in values:
        values["requested_at"] = values["created_at"]
    return values


SUBSTACK = Format(
    name="substack",
    title="Substack",
    recognises=recognises,
    fields={
        "emaildisabled": ".email_disabled",
        "createdat": "created_at",
        "startdate": "created_at",
        "activity": "attribute.activity",
        "type": "attribute.type",
        "subscriptionsourcefree": "attribute.subscription_source",
    },
    read=read,
)
