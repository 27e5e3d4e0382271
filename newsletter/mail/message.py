"""Messages: a variant becomes a template once, and each recipient's message is joined from it.

A `Template` is the whole message, header and both parts, already encoded: fixed segments of ASCII
with places between them. Joining puts a recipient's encoded values into the places and does
nothing else, so a message costs microseconds, and the same values always give the same bytes.

Which fields a message carries follows from what it is:

* An issue or an alert is list mail: all List-* fields, one-click unsubscribe (RFC 8058), and
  Precedence: bulk, which keeps holiday answers away.
* A notice that belongs to a subscription (a welcome) names its list and can be unsubscribed from,
  but it is a letter to one person: no Precedence, so that no filter sorts it with bulk mail.
* A notice without one (a confirmation request, mail to an admin) has no List-* fields at all:
  there is nothing yet to unsubscribe from, and a filter for the list must not hide it.

All are `Auto-Submitted: auto-generated`. `auto-replied` would be wrong even for a confirmation:
RFC 3834 §5 keeps it for answers to a *message*, and a sign-up is a form.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from newsletter.errors import MessageError
from newsletter.mail.encoding import encode_pieces
from newsletter.mail.headers import (
    identifier_field,
    list_id_field,
    mailbox_field,
    text_field,
    uri_field,
)
from newsletter.mail.mailboxes import Mailbox, addr_spec, needs_smtputf8
from newsletter.mail.slots import Slot, Slots
from newsletter.mail.values import BODY_PLACES, Place, Values, encode_place, plain_forms

__all__ = ["Kind", "ListIdentity", "Template", "Values", "build_template", "message_id"]


class Kind(StrEnum):
    """What a message is; it decides the fields of the header."""

    ISSUE = "issue"  # an edition of a list
    ALERT = "alert"  # an urgent edition of a list
    NOTICE = "notice"  # to one person, belongs to no issue


@dataclass(frozen=True, slots=True)
class ListIdentity:
    """What a message says about the list it was sent through."""

    list_id: str  # label.domain, which never changes (RFC 2919)
    name: str
    help_url: str
    archive_url: str | None = None


@dataclass(frozen=True, slots=True)
class _Gap:
    """A place among the pieces of a template; no text, whatever it says, can be taken for one."""

    place: str


_Source = tuple[str, tuple[int, ...], tuple[tuple[str, int], ...]]
"""Where one value comes from, all its gaps, and its gaps each with the place they belong to."""

_PLACES = frozenset(Place) | BODY_PLACES.keys()


@dataclass(frozen=True)
class Template:
    """A whole message in pieces: `segments` of encoded ASCII, and between them `places`.

    Segment, place, segment … segment, so there is one segment more than places. A place is a
    `Place` for a header field or `plain:NAME`, `html:NAME` for a slot of a part, where the value
    is encoded differently.
    """

    segments: tuple[str, ...]
    places: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [place for place in self.places if place not in _PLACES]
        ascii_only = all(segment.isascii() for segment in self.segments)
        if unknown or not ascii_only or len(self.segments) != len(self.places) + 1:
            raise MessageError("not the pieces of a message template; render the variant again")

    def to_json(self) -> str:
        """The pieces as a JSON list that alternates segments and places; pure ASCII."""
        pieces = [self.segments[0]]
        for place, segment in zip(self.places, self.segments[1:], strict=True):
            pieces += (place, segment)
        return json.dumps(pieces, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Template:
        """The template that `to_json` wrote; MessageError for anything else."""
        try:
            pieces = json.loads(text)
        except ValueError as error:
            raise MessageError(f"not a message template ({error}); render the variant") from error
        if not isinstance(pieces, list) or not all(isinstance(piece, str) for piece in pieces):
            raise MessageError("not a message template; render the variant again")
        return cls(tuple(pieces[::2]), tuple(pieces[1::2]))

    def join(self, values: Values) -> bytes:
        """The message for one recipient, ready for DKIM and SMTP.

        Lines end in CRLF, the last one too, and none begins with ".", so that SMTP has nothing to
        double. The body is its own "relaxed" canonical form (RFC 6376 §3.4.4).

        Raises MessageError, naming the field, when a value would break the message or is missing;
        only this recipient's message fails then.
        """
        pieces, sources = self._compiled
        message = pieces.copy()
        plain = plain_forms(values)
        for source, indexes, spots in sources:
            form = plain.get(source)
            if form is not None:
                for index in indexes:
                    message[index] = form
            else:
                for place, index in spots:
                    message[index] = encode_place(place, values)
        return b"".join(message)

    @cached_property
    def _compiled(self) -> tuple[list[bytes], list[_Source]]:
        """The segments as bytes with a gap after each but the last, and what fills the gaps."""
        pieces = [self.segments[0].encode("ascii")]
        spots: dict[str, list[tuple[str, int]]] = {}
        for place, segment in zip(self.places, self.segments[1:], strict=True):
            _, name = BODY_PLACES.get(place, ("", place))
            spots.setdefault(str(name), []).append((place, len(pieces)))
            pieces += (b"", segment.encode("ascii"))
        return pieces, [
            (source, tuple(index for _, index in found), tuple(found))
            for source, found in spots.items()
        ]


def message_id(unique: str, sender: str) -> str:
    """A Message-ID of `unique` (an id that is never used twice) at the sender's domain."""
    return f"<{unique}@{_domain(sender)}>"


@lru_cache(maxsize=256)
def _domain(sender: str) -> str:
    return addr_spec(sender).rpartition("@")[2]


def build_template(
    subject: str,
    html: str,
    text: str,
    slots: Slots,
    *,
    kind: Kind,
    sender: Mailbox,
    boundary: str,
    reply_to: Mailbox | None = None,
    list_identity: ListIdentity | None = None,
    issue_ref: str | None = None,
) -> Template:
    """The template of a rendered variant or notice.

    `html` and `text` hold the markers of `slots`; the subject may not, it is the same for all.
    `boundary` is 8 to 60 random letters and digits, frozen with the variant. `list_identity` is
    None for a notice that belongs to no subscription. `issue_ref` (like `weekly/12`) is the
    campaign in Feedback-ID. Raises MessageError, naming the field at fault.
    """
    if kind is not Kind.NOTICE and list_identity is None:
        raise MessageError(f"an {kind} belongs to a list; give its identity")
    if not re.fullmatch(r"[A-Za-z0-9]{8,60}", boundary):
        raise MessageError(f"boundary: {boundary!r} is not 8 to 60 letters and digits")
    if any(isinstance(piece, Slot) for piece in slots.split(subject)):
        raise MessageError("Subject: cannot hold a recipient's values; remove the variable from it")
    mark = f"=_{boundary}"  # "=_" cannot occur in quoted-printable (RFC 2045 §6.7)

    pieces: list[str | _Gap] = [
        _own_mailbox("From", sender),
        _Gap(Place.TO),
        text_field("Subject", subject),
        _Gap(Place.DATE),
        _Gap(Place.MESSAGE_ID),
    ]
    if reply_to is not None:
        pieces.append(_own_mailbox("Reply-To", reply_to))
    if list_identity is not None:
        pieces += _list_fields(list_identity)
    pieces.append("Auto-Submitted: auto-generated\r\n")
    if kind is not Kind.NOTICE:
        pieces.append("Precedence: bulk\r\n")
    if issue_ref is not None and list_identity is not None:
        pieces.append(_feedback_id(issue_ref, list_identity, kind, sender))
    pieces += (
        _Gap(Place.DELIVERY),
        "MIME-Version: 1.0\r\n",
        f'Content-Type: multipart/alternative;\r\n boundary="{mark}"\r\n',
        f"\r\n--{mark}\r\n",
        *_part("plain", slots.split(text)),
        f"\r\n--{mark}\r\n",
        *_part("html", slots.split(html)),
        f"\r\n--{mark}--\r\n",
    )
    return _template(pieces)


def _list_fields(identity: ListIdentity) -> list[str | _Gap]:
    """The List-* fields of RFC 2919, 2369 and 8058; List-Unsubscribe itself is per recipient."""
    fields: list[str | _Gap] = [
        list_id_field(identity.list_id, identity.name),
        _Gap(Place.UNSUBSCRIBE),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        uri_field("List-Help", identity.help_url),
    ]
    if identity.archive_url is not None:
        fields.append(uri_field("List-Archive", identity.archive_url))
    fields.append("List-Post: NO\r\n")
    return fields


def _own_mailbox(name: str, mailbox: Mailbox) -> str:
    """One of our own addresses, which must not make every message need SMTPUTF8."""
    if needs_smtputf8(mailbox.address):
        raise MessageError(
            f"{name}: {mailbox.address!r} has non-ASCII letters before the @, and few servers "
            "take that; use an address in ASCII"
        )
    return mailbox_field(name, mailbox)


def _feedback_id(issue_ref: str, identity: ListIdentity, kind: Kind, sender: Mailbox) -> str:
    """Feedback-ID: campaign:list:type:sender, with no value that differs per recipient.

    The mailbox provider wants 5 to 15 stable characters for the sender.
    """
    domain = _domain(sender.address)
    words = [issue_ref, identity.list_id.partition(".")[0], kind.value]
    plain = [re.sub(r"[^A-Za-z0-9_.-]", "-", word) for word in words]
    return identifier_field("Feedback-ID", ":".join([*plain, domain[:15].ljust(5, "-")]))


def _part(subtype: str, pieces: list[str | Slot]) -> list[str | _Gap]:
    """One body part with its header, its slots turned into places of that part."""
    header = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    body = encode_pieces(pieces)
    return [
        header,
        *(_Gap(f"{subtype}:{p.name}") if isinstance(p, Slot) else p for p in body),
    ]


def _template(pieces: list[str | _Gap]) -> Template:
    """Neighbouring segments joined, and an empty one between places that touch."""
    segments = [""]
    places: list[str] = []
    for piece in pieces:
        if isinstance(piece, _Gap):
            places.append(piece.place)
            segments.append("")
        else:
            segments[-1] += piece
    return Template(tuple(segments), tuple(places))
