"""What a server says: bytes in, whole replies out (RFC 5321 §4.2)."""

from __future__ import annotations

import re

from newsletter.mail.replies import Reply

__all__ = ["Hearing", "as_reply"]

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


def as_reply(code: int, text: bytes, command: str) -> Reply:
    """The reply for people and logs."""
    return Reply(code, _readable(text), command)


def _readable(raw: bytes) -> str:
    """UTF-8 where it is, no control characters."""
    text = raw.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else _UNPRINTABLE.sub("\ufffd", text)
