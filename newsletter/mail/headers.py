"""Header fields, made by our own code so that every byte of them is decided here.

The standard library folds a long List-Unsubscribe URL into an encoded-word, after which no client
shows one-click, and older versions let CR and LF through. So: each function returns the whole
field, ending in CRLF; controls are refused with MessageError naming the field; identifiers (List-*,
Message-ID, Feedback-ID …) fold only after ", " and are never encoded-words; a field that cannot be
kept within the 998 characters of RFC 5322 §2.1.1 is refused.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache

from newsletter.errors import MessageError
from newsletter.mail.encoding import refuse_controls
from newsletter.mail.mailboxes import Mailbox, addr_spec

__all__ = [
    "date_field",
    "identifier_field",
    "list_id_field",
    "mailbox_field",
    "message_id_field",
    "one_word",
    "text_field",
    "uri_field",
]

_LINE = 76  # of a line with encoded-words (RFC 2047 §2); others aim at 78, and gain nothing by it
_LIMIT = 998
_WORD = 75
_OVERHEAD = len("=?utf-8?q??=")
_Q_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q = [chr(byte) if byte in _Q_SAFE else f"={byte:02X}" for byte in range(256)]
_Q[0x20] = "_"
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI = re.compile(r"[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")  # RFC 3986, so without < > " \ ^ ` { |
_IDENTIFIER = re.compile(r"[!-~]+")
_MESSAGE_ID = re.compile(r"<[!#-'*+/-9=?A-Z^-~.-]+@[!#-'*+/-9=?A-Z^-~.\[\]:-]+>")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


def text_field(name: str, text: str) -> str:
    """An unstructured field such as Subject: ASCII as it is, anything else as encoded-words."""
    refuse_controls(text, name)
    # "=?" could be read as an encoded-word, and folding may not touch runs of spaces.
    plain = text.isascii() and "=?" not in text and " ".join(text.split()) == text
    if plain and max(map(len, text.split()), default=0) <= _LINE - len(name) - 2:
        return _folded(name, text.split(" "), "")
    return _folded(name, _encoded_words(text, _LINE - len(name) - 2), "")


def mailbox_field(name: str, mailbox: Mailbox) -> str:
    """From, To or Reply-To with one mailbox (RFC 5322 §3.4).

    Pure ASCII, but for a non-ASCII local part, which needs SMTPUTF8 (RFC 6532 §3.2).
    """
    refuse_controls(mailbox.name, name)
    spec = addr_spec(mailbox.address)
    display = mailbox.name.strip()
    if not display:
        return _folded(name, [spec], "")
    first = _LINE - len(name) - 2
    return _folded(name, [*_phrase(display, first), f"<{spec}>"], "")


def date_field(moment: datetime) -> str:
    """Date, with a numeric zone (RFC 5322 §3.3); `moment` must be aware."""
    if moment.tzinfo is UTC:
        return _utc_date(moment)
    offset = moment.utcoffset()
    if offset is None:
        raise MessageError(f"Date: {moment} has no time zone; give an aware datetime")
    return _date(moment.replace(tzinfo=None), offset)


@lru_cache(maxsize=256)  # many messages have the date of one mark
def _utc_date(moment: datetime) -> str:
    return _date(moment.replace(tzinfo=None), timedelta(0))


def _date(local: datetime, offset: timedelta) -> str:
    return f"Date: {format_datetime(local.replace(tzinfo=timezone(offset)))}\r\n"


def message_id_field(message_id: str) -> str:
    """Message-ID; `message_id` is in its angle brackets (RFC 5322 §3.6.4)."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise MessageError(f"Message-ID: {message_id!r} is not of the form <unique@domain>")
    return _folded("Message-ID", [message_id], ",")


def uri_field(name: str, *uris: str) -> str:
    """A List-* field with its URIs in the order of preference (RFC 2369 §2)."""
    for uri in uris:
        if not _URI.fullmatch(uri) or ":" not in uri:
            raise MessageError(
                f"{name}: {uri!r} is not a URI in ASCII; percent-encode it (RFC 3986)"
            )
    return _folded(name, [f"<{uri}>" for uri in uris], ",")


def identifier_field(name: str, identifier: str) -> str:
    """A field whose value is one word of printable ASCII, such as Feedback-ID."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise MessageError(f"{name}: {identifier!r} is not one word of printable ASCII")
    return _folded(name, [identifier], ",")


def list_id_field(list_id: str, title: str) -> str:
    """List-Id (RFC 2919): `list_id` is `label.domain` and never changes; `title` is for people.

    Filters match the raw line, so accents are dropped from the title rather than encoded.
    """
    refuse_controls(title, "List-Id")
    if len(list_id) > 255 or not _LIST_ID.fullmatch(list_id):
        raise MessageError(f"List-Id: {list_id!r} is not of the form label.domain in ASCII")
    plain = unicodedata.normalize("NFKD", title.replace("’", "'"))
    plain = " ".join(plain.encode("ascii", "ignore").decode("ascii").split())
    words = [f"{_quoted(plain)} <{list_id}>"] if plain else [f"<{list_id}>"]
    return _folded("List-Id", words, ",")


def _folded(name: str, words: Sequence[str], separator: str) -> str:
    """`name: ` and the words, folded before a word that would make the line too long.

    The space between two words becomes the white space that begins the next line (RFC 5322
    §2.2.3), so unfolding gives back `words` joined by `separator` and one space.
    """
    line = f"{name}: {f'{separator} '.join(words)}"
    if len(line) <= _LINE:
        return f"{line}\r\n"
    lines: list[str] = []
    line = f"{name}: {words[0]}"
    for word in words[1:]:
        line += separator
        if len(line) + 1 + len(word) + len(separator) > _LINE:
            lines.append(line)
            line = f" {word}"
        else:
            line += f" {word}"
    lines.append(line)
    if any(len(line.encode()) > _LIMIT for line in lines):
        raise MessageError(f"{name} has a line longer than {_LIMIT} characters; shorten its value")
    return "\r\n".join(lines) + "\r\n"


def _phrase(display: str, first: int) -> list[str]:
    """A display name as words: atoms, one quoted-string or encoded-words (RFC 5322 §3.2.5)."""
    if display.isascii() and "=?" not in display and "  " not in display:
        if _ATOMS.fullmatch(display):
            words = display.split(" ")
            if max(map(len, words)) <= first:
                return words
        quoted = _quoted(display)
        if len(quoted) <= first:
            return [quoted]
    return _encoded_words(display, first)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def one_word(display: str, room: int) -> tuple[str, str] | None:
    """A display name as one encoded-word of at most `room` characters, and what Q makes of it.

    The name has no spaces around it. None when it is written otherwise, or refused.
    """
    if display.isascii() or not display.isprintable():
        return None
    octets = display.encode()
    in_q = _q(octets)
    word = _encoded_word(octets, len(in_q) <= 4 * len(octets) / 3)
    return (word, in_q) if len(word) <= room else None


def _encoded_words(text: str, first: int) -> list[str]:
    """`text` as encoded-words of at most 75 characters, the first of at most `first` (RFC 2047).

    Each holds whole characters. Q or B, whichever is shorter for the whole; Q is limited to the
    characters allowed in a phrase, so it can be used everywhere.
    """
    octets = text.encode()
    use_q = len(_q(octets)) <= 4 * len(octets) / 3
    words: list[str] = []
    chunk = b""
    size = 0
    room = min(first, _WORD) - _OVERHEAD
    for character in text:
        raw = character.encode()
        added = len(_q(raw)) if use_q else len(raw)
        # Base64 makes 4 characters of each 3 octets begun.
        total = size + added if use_q else -(-(size + added) // 3) * 4
        if chunk and total > room:
            words.append(_encoded_word(chunk, use_q))
            chunk, size = b"", 0
            room = _WORD - _OVERHEAD
        chunk += raw
        size += added
    words.append(_encoded_word(chunk, use_q))
    return words


def _encoded_word(chunk: bytes, use_q: bool) -> str:
    if use_q:
        return f"=?utf-8?q?{_q(chunk)}?="
    return f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?="


def _q(raw: bytes) -> str:
    return "".join(map(_Q.__getitem__, raw))
