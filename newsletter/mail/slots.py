"""Slots: the places in a rendered variant where each recipient's own values are put in later.

A variant is rendered once for everybody who gets the same articles, so the template cannot know a
recipient's name or links. In their place it writes *markers*: long words of letters and digits
only, which pass unchanged through Jinja's autoescaping, premailer, URL attributes and the wrapping
of plain text. Before encoding, `Slots.split` cuts the text at its markers; what stands between
them is the same for every recipient and is encoded once.

Each variant has a nonce of its own, drawn at random after the articles were written, so that no
article can contain a marker, neither by accident nor by malice.
"""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ANY_MARKER", "Slot", "SlotName", "Slots"]

_ALPHABET = string.ascii_lowercase + string.digits
_NONCE_LENGTH = 14  # 36 ** 14 is about 2 ** 72: not to be guessed


class SlotName(StrEnum):
    """What a slot is filled with; the value is also the variable's name in the templates."""

    NAME = "name"  # the recipient's display name, possibly empty
    ADDRESS = "address"  # the address this very message goes to
    UNSUBSCRIBE = "unsubscribe_url"  # the page with the button that ends the subscription
    PREFERENCES = "preferences_url"  # lists, topics and cadence
    BROWSER = "browser_url"  # this issue in the browser
    CONFIRM = "confirm_url"  # the page with the button that confirms a sign-up


@dataclass(frozen=True)
class Slot:
    """One place to fill."""

    name: SlotName


def _word(name: SlotName) -> str:
    return name.value.replace("_", "")


_BY_WORD = {_word(name): name for name in SlotName}

ANY_MARKER = re.compile(rf"zq[A-Za-z0-9]{{8,64}}?Z(?:{'|'.join(_BY_WORD)})Zqz")
"""What looks like a marker of any variant: to measure with, never to fill."""


@dataclass(frozen=True)
class Slots:
    """The markers of one variant, told apart from all others by their nonce.

    `nonce` has only ASCII letters and digits; it is stored with the variant, so that a worker can
    split the stored text again. Raises ValueError for any other nonce.
    """

    nonce: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]{8,64}", self.nonce):
            raise ValueError(
                f"not a nonce for slots: {self.nonce!r}; use 8 to 64 ASCII letters and digits"
            )

    @classmethod
    def fresh(cls) -> Slots:
        """Slots with a new random nonce, for a variant about to be rendered."""
        return cls("".join(secrets.choice(_ALPHABET) for _ in range(_NONCE_LENGTH)))

    def marker(self, name: SlotName) -> str:
        """The word that stands for `name` in this variant, e.g. `zq8f3k2l1m…ZunsubscribeurlZqz`.

        It begins and ends in letters, so that it is one word to any wrapper and `\\b` holds.
        """
        return f"zq{self.nonce}Z{_word(name)}Zqz"

    def split(self, text: str) -> list[str | Slot]:
        """The fixed segments of `text` and the slots between them, in order.

        Empty segments are left out, so two slots may stand side by side; putting each slot's
        marker back and joining gives `text` again, character for character.
        """
        pieces = re.split(f"zq{self.nonce}Z({'|'.join(_BY_WORD)})Zqz", text)
        split: list[str | Slot] = []
        for index, piece in enumerate(pieces):
            if index % 2:
                split.append(Slot(_BY_WORD[piece]))
            elif piece:
                split.append(piece)
        return split
