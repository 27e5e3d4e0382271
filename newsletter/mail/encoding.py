"""Quoted-printable in pieces: each fixed segment is encoded once, each recipient's values later.

The pieces are encoded apart and only joined afterwards, so no line may run from one into the next:
before and after every slot stands a soft line break, and a value is wrapped on lines of its own
(RFC 2045 §6.7). That keeps every line within 76 characters whatever is put in. Beyond what the RFC
asks, no line begins with "." (SMTP would have to double it, and a relay that forgets to undo that
eats it; without it the bytes we sign, send and keep are the same) or with "From " (mbox). Nor is
there a run of spaces, or one at the end of a line: so a body is what "relaxed" canonicalisation
would make of it (RFC 6376 §3.4.4), and DKIM can hash it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from newsletter.errors import MessageError
from newsletter.mail.slots import Slot

__all__ = ["encode_pieces", "encode_text", "encode_value", "refuse_controls"]

_ROOM = 75  # characters of a line; the 76th is kept for the "=" of a soft break
_GUARDED = (".", "From ")  # not to stand at the start of a line
_SOFT_BREAK = "=\r\n"
# All but printable ASCII; "="; all but the first of a run of spaces; a space at the end.
_UNSAFE = re.compile(rb"[^ -<>-~]+|(?<= ) +| \Z")
_ESCAPED = [f"={byte:02X}".encode() for byte in range(256)]
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def refuse_controls(text: str, what: str) -> None:
    """Raise MessageError, naming `what`, if `text` holds C0 or C1 controls or lone surrogates.

    CR and LF would let a value begin a header of its own, the rest breaks readers' programs.
    """
    found = _CONTROLS.search(text)
    if found:
        raise MessageError(
            f"{what} holds the control character U+{ord(found[0]):04X}; remove it from {text!r}"
        )


def encode_text(text: str) -> str:
    """`text`, which begins at the start of a line, as quoted-printable lines joined by CRLF.

    CR, LF and CRLF all count as a line's end. The last line has no line break of its own unless
    `text` ends in one, and has room left for a soft break's "=".
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(_encode_line(line) for line in lines)


def encode_value(value: str, *, html: bool) -> str:
    """A recipient's `value` as quoted-printable lines, to stand between two soft line breaks.

    `html` escapes it for HTML text and quoted attributes. The caller has refused controls.
    """
    return _encode_line(escape(value) if html else value)


def encode_pieces(pieces: Sequence[str | Slot]) -> list[str | Slot]:
    """The pieces of one body, encoded: ASCII segments and the slots between them.

    Joined with an `encode_value` in place of each slot they are valid quoted-printable that
    decodes to exactly the text with the values put in.
    """
    encoded: list[str | Slot] = []
    at_line_start = True
    after_slot = False
    for piece in pieces:
        if isinstance(piece, Slot):
            if after_slot or not at_line_start:
                encoded.append(_SOFT_BREAK)
            encoded.append(piece)
            after_slot, at_line_start = True, False
        elif piece:
            # A real line break right after a value ends its line as well as a soft one would.
            broken = piece[0] in "\r\n"
            segment = encode_text(piece)
            encoded.append(_SOFT_BREAK + segment if after_slot and not broken else segment)
            after_slot, at_line_start = False, segment.endswith("\n")
    return encoded


def _encode_line(line: str) -> str:
    """One line without line breaks, encoded and softly wrapped at 76 characters."""
    encoded = _UNSAFE.sub(_escape, line.encode()).decode("ascii")
    start, size = 0, len(encoded)
    if size <= _ROOM and not encoded.startswith(_GUARDED):
        return encoded
    wrapped: list[str] = []
    while True:
        guard = ""
        if encoded.startswith(_GUARDED, start):
            guard = f"={ord(encoded[start]):02X}"
            start += 1
        end = start + _ROOM - len(guard)
        if end >= size:
            wrapped.append(guard + encoded[start:])
            return _SOFT_BREAK.join(wrapped)
        if encoded[end - 1] == "=":  # never cut within "=C3"
            end -= 1
        elif encoded[end - 2] == "=":
            end -= 2
        wrapped.append(guard + encoded[start:end])
        start = end


def _escape(found: re.Match[bytes]) -> bytes:
    return b"".join(_ESCAPED[byte] for byte in found[0])
