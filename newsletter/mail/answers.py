"""Which reply answers which command, and when that cannot be known. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.mail.hearing import as_reply

__all__ = [
    "DATA",
    "DOT",
    "EMPTY",
    "GROUP",
    "MAIL",
    "QUIT",
    "RCPT",
    "RSET",
    "dot_of_usual",
    "why_out_of_step",
]

# What a reply can be awaited for. EMPTY is the dot of a message that nobody is to get.
MAIL, RCPT, DATA, DOT, RSET, EMPTY, QUIT = "MAIL", "RCPT", "DATA", ".", "RSET", "", "QUIT"
GROUP = (MAIL, RCPT, DATA)


def why_out_of_step(
    replies: list[tuple[int, bytes]], expected: Sequence[str], garbled: str | None
) -> str | None:
    """Why `replies`, of which `garbled` came last, are not those to `expected`; None if they are.

    Fewer are no fault: the others are still to come. What follows a 421, which may come at any
    time (RFC 5321 §3.8), counts no more and is removed from `replies`.
    """
    for number, (code, text) in enumerate(replies):
        if code == 421:
            del replies[number + 1 :]
            return None
        if number >= len(expected):
            return f"a reply to nothing: {code} {as_reply(code, text, '').text}"
        # 3xx answers DATA and nothing else, 2xx anything but DATA.
        if code < 400 and (code >= 300) != (expected[number] == DATA):
            return f"{as_reply(code, text, expected[number])}: not an answer to that command"
    if garbled is not None and replies:
        garbled += f" (after {as_reply(*replies[-1], expected[len(replies) - 1])})"
    return garbled


def dot_of_usual(data: bytes) -> bytes | None:
    """The text of the first of four replies that are the usual ones to DOT and GROUP; else None."""
    lines = data.split(b"\r\n")
    if (
        len(lines) == 5
        and lines[0][:4] == b"250 "
        and lines[1][:4] == b"250 "
        and lines[2][:4] == b"250 "
        and lines[3][:4] == b"354 "
        and not lines[4]
        and data.count(b"\n") == 4
    ):
        return lines[0][4:].strip()
    return None
