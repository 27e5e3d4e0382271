"""A recipient's values, and how each is written at its places in a message.

Nearly every value needs no encoding at all: an address and a name in plain letters, a link of
characters that are safe wherever it stands. One pattern tells such a value, and it is then written
once for all its places. Whatever the pattern does not know takes the general way through `headers`
and `encoding`, and both ways give the same bytes.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from newsletter.errors import MessageError
from newsletter.mail.encoding import encode_value, refuse_controls
from newsletter.mail.headers import (
    date_field,
    identifier_field,
    mailbox_field,
    message_id_field,
    one_word,
    uri_field,
)
from newsletter.mail.mailboxes import Mailbox, needs_smtputf8
from newsletter.mail.slots import SlotName

__all__ = ["BODY_PLACES", "Place", "Values", "encode_place", "plain_forms"]


class Values(NamedTuple):
    """What is put in for one recipient; a URL that the template has no place for may be None.

    A tuple, for it is made once a message, and a frozen dataclass takes three times as long.
    """

    address: str
    message_id: str  # in its angle brackets
    date: datetime  # aware
    delivery: str  # the delivery's id, for X-Delivery: some relays replace the Message-ID
    name: str = ""
    unsubscribe_url: str | None = None  # takes the one-click POST, shows a page on GET
    unsubscribe_mailto: str | None = None  # "mailto:…", only while somebody reads that mailbox
    preferences_url: str | None = None
    browser_url: str | None = None
    confirm_url: str | None = None

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take this recipient's message."""
        return needs_smtputf8(self.address)


class Place(StrEnum):
    """A header field that differs from recipient to recipient."""

    TO = "head:to"
    DATE = "head:date"
    MESSAGE_ID = "head:message-id"
    UNSUBSCRIBE = "head:list-unsubscribe"
    DELIVERY = "head:x-delivery"


BODY_PLACES = {f"{part}:{name}": (part, name) for part in ("plain", "html") for name in SlotName}


def encode_place(place: str, values: Values) -> bytes:
    """What stands at one place, by the general way: right for every value.

    Raises MessageError, naming the field, when the value is missing or would break the message.
    """
    body = BODY_PLACES.get(place)
    if body is not None:
        part, name = body
        value: str | None = getattr(values, name.value)
        if value is None:
            raise MessageError(
                f"no {name} for {values.address}, and the message has a place for it"
            )
        refuse_controls(value, name)
        return encode_value(value, html=part == "html").encode("ascii")
    match place:
        case Place.TO:
            field = mailbox_field("To", Mailbox(values.address, values.name))
        case Place.DATE:
            field = date_field(values.date)
        case Place.MESSAGE_ID:
            field = message_id_field(values.message_id)
        case Place.UNSUBSCRIBE:
            field = _unsubscribe_field(values)
        case _:
            field = identifier_field("X-Delivery", values.delivery)
    return field.encode()


def _unsubscribe_field(values: Values) -> str:
    """List-Unsubscribe: the one-click address first, since clients take the first they know."""
    url, mailto = values.unsubscribe_url, values.unsubscribe_mailto
    if url is None or not url.startswith(("https://", "http://")):
        raise MessageError(f"List-Unsubscribe: {values.address} needs a web address, not {url!r}")
    if mailto is None:
        return uri_field("List-Unsubscribe", url)
    if not mailto.startswith("mailto:"):
        raise MessageError(f"List-Unsubscribe: {mailto!r} does not begin with mailto:")
    return uri_field("List-Unsubscribe", url, mailto)


# --- The short way -------------------------------------------------------------------------------

# Each knows only what the general way leaves as it is, in the header and in either part: no "=",
# "&", "<", ">" or quote, no run of spaces, nothing that may not begin a line.
_address = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*"
).fullmatch
_name = re.compile(r"(?!From )[A-Za-z0-9-]+(?: [A-Za-z0-9-]+)*").fullmatch
_letters = re.compile(r"(?!From )[A-Za-z0-9\x80-\uffff-]+(?: [A-Za-z0-9\x80-\uffff-]+)*").fullmatch
_link = re.compile(r"https?://[A-Za-z0-9:/._~%+,;@?-]{1,138}").fullmatch
_mailto = re.compile(r"mailto:[A-Za-z0-9:/._~%+,;@?=-]{1,140}").fullmatch
_message_id = re.compile(r"<[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.-]{1,255}>").fullmatch
_word = re.compile(r"[A-Za-z0-9._-]{1,200}").fullmatch

_ADDRESS = 64  # characters; then its local part, its labels and itself are within their bounds
_LINE = 76  # characters of a line
_ROOM = 75  # characters of a part's line before the "=" of a soft break


def plain_forms(values: Values) -> dict[str, bytes]:
    """What stands at the places of values that need no encoding, or next to none.

    By the name of the `Place`, or of the slot where both parts have the same. It is what
    `encode_place` gives; whatever is not plain is left out, and so is what would be refused.
    """
    forms = {"head:date": date_field(values.date).encode()}
    address, name = values.address, values.name
    if len(address) <= _ADDRESS and _address(address):
        forms["address"] = address.encode()
        if not name:
            forms["head:to"] = f"To: {address}\r\n".encode()
            forms["name"] = b""
        elif _name(name):
            if len(name) + len(address) <= _LINE - len("To:  <>"):
                forms["head:to"] = f"To: {name} <{address}>\r\n".encode()
                forms["name"] = name.encode()
        elif _letters(name) and (found := one_word(name, _LINE - len("To: "))) is not None:
            word, in_q = found
            fold = " " if len(word) + len(address) <= _LINE - len("To:  <>") else "\r\n "
            forms["head:to"] = f"To: {word}{fold}<{address}>\r\n".encode()
            if len(in_q) <= _ROOM:  # of letters, quoted-printable makes the same, but for spaces
                forms["name"] = in_q.replace("_", " ").encode()
    if _message_id(values.message_id):
        forms["head:message-id"] = f"Message-ID: {values.message_id}\r\n".encode()
    if _word(values.delivery):
        forms["head:x-delivery"] = f"X-Delivery: {values.delivery}\r\n".encode()
    leave, mailto = values.unsubscribe_url, values.unsubscribe_mailto
    if leave is not None and _link(leave):
        forms["unsubscribe_url"] = _wrapped(leave)
        if mailto is None:
            forms["head:list-unsubscribe"] = f"List-Unsubscribe: <{leave}>\r\n".encode()
        elif _mailto(mailto):
            short = len(leave) + len(mailto) <= _LINE - len("List-Unsubscribe: <>, <>")
            fold = " " if short else "\r\n "
            field = f"List-Unsubscribe: <{leave}>,{fold}<{mailto}>\r\n"
            forms["head:list-unsubscribe"] = field.encode()
    choose = values.preferences_url
    if choose is not None and _link(choose):
        forms["preferences_url"] = _wrapped(choose)
    if values.browser_url is not None and (shared := _shared(values.browser_url)) is not None:
        forms["browser_url"] = shared
    return forms


def _wrapped(link: str) -> bytes:
    """A plain link on one or two lines of a part."""
    if len(link) <= _ROOM:
        return link.encode()
    guarded = "=2E" if link[_ROOM] == "." else link[_ROOM]
    return f"{link[:_ROOM]}=\r\n{guarded}{link[_ROOM + 1 :]}".encode()


@lru_cache(maxsize=256)
def _shared(link: str) -> bytes | None:
    """A link that many recipients share, if it is plain."""
    return _wrapped(link) if _link(link) else None
