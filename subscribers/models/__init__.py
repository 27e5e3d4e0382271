"""Who gets mail, and by what right: lists, people, subscriptions, evidence and suppressions."""

from subscribers.models.base import (
    AUTOINCREMENT,
    Base,
    public_id,
)
from subscribers.models.lists import (
    AfterAlert,
    ExcerptStyle,
    FormerLetter,
    FormerSlug,
    MailingList,
    OnUnknown,
    Segment,
    Topic,
    Visibility,
)
from subscribers.models.people import (
    AddressChange,
    FormerPerson,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from subscribers.models.records import (
    AttemptOutcome,
    AuditEvent,
    ConsentEvent,
    ConsentKind,
    FormWording,
    ImportRun,
    SignupAttempt,
    Suppression,
    SuppressionReason,
)

__all__ = [
    "AUTOINCREMENT",
    "AddressChange",
    "AfterAlert",
    "AttemptOutcome",
    "AuditEvent",
    "Base",
    "ConsentEvent",
    "ConsentKind",
    "ExcerptStyle",
    "FormWording",
    "FormerLetter",
    "FormerPerson",
    "FormerSlug",
    "ImportRun",
    "MailingList",
    "OnUnknown",
    "Segment",
    "SignupAttempt",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "Suppression",
    "SuppressionReason",
    "Topic",
    "Visibility",
    "public_id",
]
