"""Taking parcels from a source, each with the commands that open its transaction."""

from __future__ import annotations

from typing import Any

from newsletter.errors import MessageError
from newsletter.mail.carrying import Parcel, Source
from newsletter.mail.commands import Commands
from newsletter.mail.replies import Fault, Rejected

__all__ = ["Intake"]


class Intake:
    """Takes at most `most` parcels; those that this server cannot be asked for go back at once."""

    def __init__(self, source: Source[Any], commands: Commands, most: int) -> None:
        self._source = source
        self._commands = commands
        self._room = most

    @property
    def open(self) -> bool:
        """Whether anything more may be taken."""
        return self._room > 0

    def close(self) -> None:
        """Take nothing more."""
        self._room = 0

    def take(self) -> tuple[Parcel, bytes, bytes] | None:
        """The next parcel, its MAIL and its RCPT; None when there is none now."""
        while self._room > 0:
            parcel = self._source.take()
            if parcel is None:
                return None
            self._room -= 1
            try:
                # Without it the dot would not be on a line of its own.
                if parcel.content[-2:] != b"\r\n":
                    raise MessageError("the message does not end in CRLF; build it anew")
                opening = self._commands.open(parcel.envelope)
            except MessageError as error:
                opening = Rejected(Fault.MESSAGE, str(error))
            if not isinstance(opening, Rejected):
                return parcel, *opening
            self._source.done(parcel, opening)
        return None
