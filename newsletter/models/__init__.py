"""What is said and how it gets there, as tables.

The tables of people are `subscribers.models`; these point at them, never the other way round.
"""

from newsletter.models.content import (
    Article,
    Offer,
    OfferState,
    Sighting,
    Source,
    SourceKind,
    SourceList,
)
from newsletter.models.delivery import (
    FINAL_STATES,
    WAITING_STATES,
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Fact,
    Notice,
    NoticeKind,
)
from newsletter.models.issues import (
    Approval,
    Carried,
    Issue,
    IssueArticle,
    IssueKind,
    IssueState,
    Schedule,
    Slot,
    SlotState,
    Variant,
)
from newsletter.models.relays import RecipientDomain, Relay, RelayShare, RelayState, Worker
from subscribers.models import Base

__all__ = [
    "FINAL_STATES",
    "WAITING_STATES",
    "Approval",
    "Article",
    "Base",
    "Bounce",
    "BounceKind",
    "Carried",
    "Delivery",
    "DeliveryState",
    "Fact",
    "Issue",
    "IssueArticle",
    "IssueKind",
    "IssueState",
    "Notice",
    "NoticeKind",
    "Offer",
    "OfferState",
    "RecipientDomain",
    "Relay",
    "RelayShare",
    "RelayState",
    "Schedule",
    "Sighting",
    "Slot",
    "SlotState",
    "Source",
    "SourceKind",
    "SourceList",
    "Variant",
    "Worker",
]
