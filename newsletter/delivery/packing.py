"""From a marked delivery to the very bytes that are sent: the same at every try.

All that goes into a message is frozen with the delivery or its first mark, and signed without a
time, so that a second copy, should there ever be one, is the first byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from newsletter.delivery.desk import Parcel
from newsletter.delivery.queue import Claimed
from newsletter.links import Links
from newsletter.mail.mailboxes import aligned
from newsletter.mail.message import Values, message_id
from newsletter.mail.settings import Envelope
from newsletter.mail.slots import SlotName

if TYPE_CHECKING:
    from newsletter.mail.dkim import Signer  # cryptography, which few senders need


class Packer:
    """Makes envelopes and messages. `return_path` None: the list's own address.

    `signers` has the DKIM signers of the domains that have keys here, by domain.
    """

    def __init__(
        self, links: Links, return_path: str | None, signers: Mapping[str, Signer] | None = None
    ) -> None:
        self.links = links
        self.return_path = return_path
        self.signers = signers or {}

    def pack(self, parcel: Parcel) -> None:
        """Give a parcel its envelope and content.

        Raises MessageError when a value would break the message, and UnknownKey when the key file
        of this machine is behind.
        """
        claimed = parcel.claimed
        sender = claimed.consignment.sender_address
        name = reference(claimed)
        urls = self._links(claimed)
        content = parcel.template.join(
            Values(
                address=claimed.address,
                name=claimed.name,
                message_id=message_id(name, sender),
                date=parcel.mark.date,
                delivery=name,
                unsubscribe_url=urls.get(SlotName.UNSUBSCRIBE),
                preferences_url=urls.get(SlotName.PREFERENCES),
                browser_url=urls.get(SlotName.BROWSER),
                confirm_url=urls.get(SlotName.CONFIRM),
            )
        )
        signer = aligned(self.signers, sender.rpartition("@")[2]) if self.signers else None
        if signer is not None:  # its Template promises that the body is in canonical form
            content = signer.sign(content, parcel.mark.date, canonical_body=True) + content
        parcel.content = content
        parcel.envelope = Envelope(self.return_path or sender, claimed.address, name, len(content))

    def _links(self, claimed: Claimed) -> Mapping[SlotName, str]:
        consignment = claimed.consignment
        if consignment.issue_id is None:
            return self.links.notice_slots(consignment.links or {}, claimed.key_id)
        assert claimed.subscription_id is not None  # an issue goes to subscriptions only
        assert claimed.variant_id is not None
        return self.links.issue_slots(
            subscription_id=claimed.subscription_id,
            issue_id=consignment.issue_id,
            variant_id=claimed.variant_id,
            key_id=claimed.key_id,
        )


def reference(claimed: Claimed) -> str:
    """The delivery's name in Message-ID, ENVID and X-Delivery, made of ids that never change."""
    return f"{claimed.consignment.public_id}.{claimed.id}"
