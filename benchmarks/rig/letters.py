"""One digest as a template, and its messages to made-up readers."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.links import Links
from newsletter.mail.mailboxes import Mailbox
from newsletter.mail.message import (
    Kind,
    ListIdentity,
    Template,
    Values,
    build_template,
    message_id,
)
from newsletter.mail.slots import SlotName, Slots
from rig.digest import SITE, render
from subscribers.tokens import Tokens

SENDER = Mailbox("courrier@valmont.example", "Le Courrier de Valmont")
NAMES = ("Ana Dubois", "Zoé Martin", "", "Jean-Luc Petit", "André Lefèvre", "Marie Roux")
MARKED_AT = datetime(2026, 1, 24, 7, 0, tzinfo=UTC)

_tokens = Tokens({"k1": b"x" * 32}, "k1")
LINKS = Links("https://lettre.valmont.example", lambda: _tokens)


def digest() -> Template:
    """The template of a digest of ten articles."""
    slots = Slots.fresh()
    rendered = render(slots)
    return build_template(
        rendered.subject,
        rendered.html,
        rendered.text,
        slots,
        kind=Kind.ISSUE,
        sender=SENDER,
        boundary="b0undary1234",
        list_identity=ListIdentity("hebdo.valmont.example", "Le Courrier", f"{SITE}/", SITE),
        issue_ref="hebdo/12",
    )


def values(number: int, urls: dict[SlotName, str]) -> Values:
    """Of reader `number`, as a sender puts them together."""
    name = f"a1b2c3d4.{number}"
    return Values(
        address=f"reader{number}@mail{number % 50}.example",
        name=NAMES[number % len(NAMES)],
        message_id=message_id(name, SENDER.address),
        date=MARKED_AT,
        delivery=name,
        unsubscribe_url=urls[SlotName.UNSUBSCRIBE],
        preferences_url=urls[SlotName.PREFERENCES],
        browser_url=urls[SlotName.BROWSER],
    )


def links(number: int) -> dict[SlotName, str]:
    """The addresses in the copy of reader `number`."""
    return LINKS.issue_slots(subscription_id=number, issue_id=12, variant_id=3, key_id="k1")
