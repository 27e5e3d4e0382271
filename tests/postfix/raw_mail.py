"""A second opinion on a message: its raw bytes against RFC 5322, 2045 and 2047, by no library.

Written apart from `newsletter.mail`, from the RFCs alone, so that both would have to be wrong in
the same way. Each finding is a line that names the place.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator

_FIELD = re.compile(rb"([!-9;-~]+):(.*)", re.S)
_WORD = re.compile(rb"=\?[^\s?]+\?[QqBb]\?[^\s?]+\?=")
_DATE = re.compile(
    rb" (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} "
    rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}"
)
_ONCE = {b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"}
_AT_MOST_ONCE = {b"reply-to", b"sender", b"cc", b"list-id", b"list-unsubscribe", b"list-help",
                 b"list-unsubscribe-post", b"list-post", b"list-archive", b"auto-submitted",
                 b"precedence", b"feedback-id", b"x-delivery", b"bcc"}  # fmt: skip
_NO_ENCODING = (b"list-", b"message-id", b"feedback-id", b"date", b"content-", b"x-delivery")
_QP_LINE = re.compile(rb"(?:[ -<>-~\t]|=[0-9A-F]{2})*=?")


def fields(message: bytes) -> list[tuple[bytes, bytes]]:
    """The header as (name in lower case, value with its folding and CRLFs)."""
    header = message.partition(b"\r\n\r\n")[0]
    return [
        (name.lower(), value)
        for name, _, value in (line.partition(b":") for line in _unfolded_fields(header))
    ]


def unfolded(value: bytes) -> bytes:
    """A field's value as one line (RFC 5322 §2.2.3)."""
    return value.replace(b"\r\n", b"").strip()


def faults(message: bytes) -> list[str]:
    """Everything that is wrong with a message with CRLF line ends; empty: nothing."""
    return [*_lines(message), *_header(message), *_encoded_words(message), *_body(message)]


def _lines(message: bytes) -> Iterator[str]:
    if re.search(rb"(?<!\r)\n|\r(?!\n)", message):
        yield "a bare CR or LF"
    if not message.endswith(b"\r\n"):
        yield "the last line has no end"
    if b"\x00" in message:
        yield "a NUL"
    for number, line in enumerate(message.split(b"\r\n"), 1):
        if len(line) > 998:
            yield f"line {number} has {len(line)} characters (RFC 5322 2.1.1: 998)"
        if line.startswith(b".") or line.startswith(b"From "):
            yield f"line {number} begins with {line[:5]!r}, which some relay will change"


def _unfolded_fields(header: bytes) -> list[bytes]:
    return re.split(rb"\r\n(?![ \t])", header)


def _header(message: bytes) -> Iterator[str]:
    header, separator, _ = message.partition(b"\r\n\r\n")
    if not separator:
        yield "no empty line ends the header"
    names: list[bytes] = []
    for field in _unfolded_fields(header):
        found = _FIELD.fullmatch(field)
        if found is None:
            yield f"not a field: {field[:60]!r}"
            continue
        name, value = found[1].lower(), found[2]
        names.append(name)
        where = name.decode()
        if not value.startswith(b" ") or not value.strip():
            yield f"{where}: no space after the colon, or no value"
        for number, line in enumerate(field.split(b"\r\n")):
            if line != line.rstrip():
                yield f"{where}: white space at the end of line {number}"
            if number and not line.strip():
                yield f"{where}: a folded line of white space only (RFC 5322 3.2.2)"
            # One long word, such as an address, cannot be folded; anything else can.
            if len(line) > 78 and len(line.split(b": ", 1)[-1].split()) > 1:
                yield f"{where}: line {number} has {len(line)} characters and could be folded"
            if re.search(rb"[^\t -~]", line):
                yield f"{where}: a byte that is not printable ASCII"
        if name == b"date" and not _DATE.fullmatch(value):
            yield f"date: {value!r}"
        if name == b"message-id" and not re.fullmatch(rb" <[^<>@\s]+@[^<>@\s]+>", value):
            yield f"message-id: {value!r}"
    for name in _ONCE:
        if names.count(name) != 1:
            yield f"{name.decode()} stands {names.count(name)} times"
    for name in _AT_MOST_ONCE:
        if names.count(name) > 1:
            yield f"{name.decode()} stands {names.count(name)} times"


def _encoded_words(message: bytes) -> Iterator[str]:
    for name, value in fields(message):
        where = name.decode()
        if name.startswith(_NO_ENCODING) and b"=?" in value:
            yield f"{where}: an encoded-word in a field for machines (RFC 2047 5)"
        bare = re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', value)
        if name in (b"from", b"to", b"reply-to") and re.search(rb"<[^>]*=\?", bare):
            yield f"{where}: an encoded-word within an address"
        if re.search(rb'"[^"]*=\?[^"]*"', value):
            yield f"{where}: an encoded-word within a quoted-string"
        words = list(_WORD.finditer(value))
        if b"=?" in _WORD.sub(b"", value):
            yield f"{where}: something that is nearly an encoded-word"
        for line in (name + b":" + value).split(b"\r\n"):
            if b"=?" in line and len(line) > 76:
                yield f"{where}: a line of {len(line)} with an encoded-word (RFC 2047 2: 76)"
        for word in words:
            before = value[word.start() - 1 : word.start()]
            if before not in (b" ", b"\t") or value[word.end() : word.end() + 1].strip():
                yield f"{where}: {word[0]!r} is not set off by white space"
            yield from _encoded_word(where, word[0])


def _encoded_word(where: str, word: bytes) -> Iterator[str]:
    if len(word) > 75:
        yield f"{where}: an encoded-word of {len(word)} (RFC 2047 2: 75)"
    _, charset, encoding, text, _ = word.split(b"?")
    try:
        if encoding in b"Bb":
            raw = base64.b64decode(text, validate=True)
        else:
            raw = quopri.decodestring(text, header=True)
        decoded = raw.decode(charset.decode())  # each word holds whole characters
    except (binascii.Error, UnicodeDecodeError, LookupError) as error:
        yield f"{where}: {word!r} does not decode by itself ({error})"
    else:
        if re.search(r"[\x00-\x1f\x7f]", decoded):
            yield f"{where}: a control character in {word!r}"


def _body(message: bytes) -> Iterator[str]:
    header = dict(fields(message))
    kind = unfolded(header.get(b"content-type", b""))
    found = re.fullmatch(rb'multipart/alternative; boundary="([^"]{1,70})"', kind)
    if found is None:
        yield f"content-type: {kind!r}"
        return
    body = message.partition(b"\r\n\r\n")[2]
    pieces = (b"\r\n" + body).split(b"\r\n--" + found[1])
    if len(pieces) != 4 or not pieces[3].startswith(b"--"):
        yield f"{len(pieces) - 1} boundaries where 3 are expected"
        return
    if pieces[0].strip() or pieces[3] != b"--\r\n":
        yield "something before the first part or after the last"
    for piece, subtype in zip(pieces[1:3], (b"plain", b"html"), strict=True):
        where = subtype.decode()
        part = dict(fields(piece.removeprefix(b"\r\n")))
        if unfolded(part.get(b"content-type", b"")) != b"text/" + subtype + b"; charset=utf-8":
            yield f"{where}: content-type {part.get(b'content-type')!r}"
        if part.get(b"content-transfer-encoding") != b" quoted-printable":
            yield f"{where}: content-transfer-encoding {part.get(b'content-transfer-encoding')!r}"
        yield from _quoted_printable(where, piece.partition(b"\r\n\r\n")[2])


def _quoted_printable(where: str, body: bytes) -> Iterator[str]:
    """RFC 2045 §6.7."""
    for number, line in enumerate(body.split(b"\r\n"), 1):
        if len(line) > 76:
            yield f"{where}: line {number} has {len(line)} characters (RFC 2045 6.7: 76)"
        if line.endswith((b" ", b"\t")):
            yield f"{where}: line {number} ends in white space, which transport may drop"
        if not _QP_LINE.fullmatch(line):
            yield f"{where}: line {number} is not quoted-printable: {line!r}"
    if body.endswith(b"="):
        yield f"{where}: ends in a soft line break"
    try:
        quopri.decodestring(body).decode()
    except UnicodeDecodeError as error:
        yield f"{where}: not UTF-8 ({error})"
