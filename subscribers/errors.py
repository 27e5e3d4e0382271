"""The errors that a caller of this package may see.

SubscriberError             one line for the user: what, and the remedy
├── InvalidAddress          not an address that mail can be sent to
├── InvalidValue            a name, slug, language, topic … that cannot be kept
├── InvalidToken            a link that is not ours, not for this purpose, or too old
├── UnknownKey              a link is to be signed by a key that is not here
├── UnknownList             no list of that name
└── NotPermitted            consent or suppression stands against it
"""

from __future__ import annotations


class SubscriberError(Exception):
    """Base of every expected error of this package; `str()` is the line shown."""


class InvalidAddress(SubscriberError, ValueError):
    """The text is not an e-mail address (RFC 5321 §4.1.2), or holds control characters."""


class InvalidValue(SubscriberError, ValueError):
    """A name, slug, language, topic or column cannot be kept as it was given."""


class UnknownKey(SubscriberError, LookupError):
    """A key that once signed is not among the keys."""


class UnknownList(SubscriberError, LookupError):
    """There is no list of that name."""


class InvalidToken(SubscriberError, ValueError):
    """The link's token cannot be accepted; `expired` tells an old one from a wrong one."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(message)
        self.expired = expired


class NotPermitted(SubscriberError):
    """Someone's consent, or a suppression, stands against what was asked."""
