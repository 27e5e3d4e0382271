"""What a connection and the one who gives it its messages promise each other."""

from __future__ import annotations

from typing import Protocol, TypeVar

from newsletter.mail.replies import Outcome
from newsletter.mail.settings import Envelope

__all__ = ["Nothing", "Parcel", "Source"]


class Parcel(Protocol):
    """One message to one recipient; the caller's own object.

    `content` has lines that end in CRLF, the last one too; none begins with "." (RFC 5321
    §4.5.2), and the final dot is not part of it.
    """

    @property
    def envelope(self) -> Envelope: ...

    @property
    def content(self) -> bytes: ...


P = TypeVar("P", bound=Parcel)


class Source(Protocol[P]):
    """Who gives a connection its messages. Every method is called on the event loop's thread."""

    def take(self) -> P | None:
        """The next parcel, its mark committed; None when there is none now."""

    def fresh(self, parcel: P) -> bool:
        """Whether its mark is young enough for its content to start now."""

    async def renew(self, parcel: P) -> bool:
        """Make its mark anew; False: that was refused, and the parcel is not ours any more."""

    def done(self, parcel: P, outcome: Outcome) -> None:
        """What became of it: once for each parcel taken, unless `renew` said False."""


class Nothing:
    """A source that has no parcel and never will: for opening a connection and saying QUIT."""

    def take(self) -> Parcel | None:
        return None

    def fresh(self, parcel: Parcel) -> bool:
        return False

    async def renew(self, parcel: Parcel) -> bool:
        return False

    def done(self, parcel: Parcel, outcome: Outcome) -> None:
        """Nothing was taken."""
