"""What a server says: bytes in, whole replies out (RFC 5321 §4.2), and what they answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsletter.mail.expected import DATA
from newsletter.mail.replies import Reply

__all__ = ["Hearing", "as_reply", "dot_of_usual", "why_out_of_step"]

_FINAL_LINE = {b"%d " % code: code for code in range(200, 600)}
_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)", re.S)
_MAX_REPLY = 64 * 1024
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Hearing:
    """Puts the replies of one connection together, however their bytes arrive.

    `garbled` is what came instead of a reply, or None; nothing after it can be understood.
    """

    def __init__(self) -> None:
        self.garbled: str | None = None
        self._unended = b""  # the beginning of a line
        self._lines: list[bytes] = []  # of the reply that is coming in
        self._code = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The replies that `data` completes, each its code and its text without the codes."""
        lines = (self._unended + data if self._unended else data).split(b"\n")
        self._unended = lines.pop()
        replies: list[tuple[int, bytes]] = []
        for line in lines:
            code = _FINAL_LINE.get(line[:4])
            if code is not None and not self._lines:
                replies.append((code, line[4:].strip()))
            elif not self._continued(line.rstrip(b"\r"), replies):
                break
        if len(self._unended) + sum(map(len, self._lines)) > _MAX_REPLY:
            self.garbled = "a reply without end"
        return replies

    def _continued(self, line: bytes, replies: list[tuple[int, bytes]]) -> bool:
        """One line of a reply of several, or with no text; False when it is none."""
        found = _LINE.fullmatch(line)
        if found is None or (self._lines and found[1] != self._code):
            self.garbled = f"not an SMTP reply: {_readable(line[:200])!r}"
            return False
        self._code = found[1]
        self._lines.append(found[3].strip())
        if found[2] != b"-":
            replies.append((int(self._code), b"\n".join(self._lines)))
            self._lines.clear()
        return True


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


def as_reply(code: int, text: bytes, command: str) -> Reply:
    """The reply for people and logs."""
    return Reply(code, _readable(text), command)


def _readable(raw: bytes) -> str:
    """UTF-8 where it is, no control characters."""
    text = raw.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else _UNPRINTABLE.sub("\ufffd", text)
